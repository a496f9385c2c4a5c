"""The overlay: the photo with its classes tinted, people and parts outlined, and large parts named."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.errors import ConfigError
from fittingroom.export.mosaic import mosaic_colours
from fittingroom.results import BoxXyxy, ParseResult, Part, Person

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_HEIGHT_PX = 22  # height of capitals at scale 1
_DARK_RGB, _LIGHT_RGB = (0, 0, 0), (255, 255, 255)


def overlay(
    result: ParseResult,
    photo_rgb: npt.NDArray[np.uint8],
    *,
    opacity: float = 0.5,
    outlines: bool = True,
    names: bool = True,
) -> npt.NDArray[np.uint8]:
    """Lay a result over its photo, uint8 (H, W, 3) RGB; the photo itself is not changed.

    Args:
        result: what to draw.
        photo_rgb: the upright photo it was made from, uint8 (H, W, 3).
        opacity: share of the class colour in the tint, 0 (none) to 1 (hides the photo).
        outlines: draw people in white on black, and the borders of parts in their full colour.
        names: write the class name on each part that has room for it, and number the people if there are several. Lines
            and letters grow with the photo.

    Raises:
        ShapeError: the photo does not have the size of the result.
        ConfigError: the opacity is not in [0, 1].
    """
    result.check_photo(photo_rgb)
    if not 0 <= opacity <= 1:
        raise ConfigError(f"opacity is {opacity}; it must be from 0 to 1")
    picture = photo_rgb.copy()
    if not result.people:
        return picture
    pen_px = max(1, round(min(result.size_hw) / 540))
    rows, columns = _joint_window(result, margin_px=3 * pen_px)
    window = picture[rows, columns]
    labels, persons = result.label_map[rows, columns], result.person_map[rows, columns]
    colours = mosaic_colours(labels, result.label_set)
    if opacity > 0:
        # Labels above 0 are the mask of what changes.
        cv2.copyTo(cv2.addWeighted(window, 1 - opacity, colours, opacity, 0), labels, window)
    if outlines:
        is_edge = _edges(labels, pen_px) & (labels > 0)
        window[is_edge] = colours[is_edge]
        window[_edges(persons, 2 * pen_px + 1)] = _DARK_RGB
        window[_edges(persons, pen_px)] = _LIGHT_RGB
    if names:
        for tag in _uncluttered(_tags(result, letter_px=max(9, round(min(result.size_hw) / 60))), result.size_hw):
            _write(picture, tag)
    return picture


def _joint_window(result: ParseResult, *, margin_px: int) -> tuple[slice, slice]:
    """Rows and columns that hold all people and the outlines around them."""
    boxes = np.array([person.box_xyxy for person in result.people])
    height, width = result.size_hw
    x0, y0 = np.maximum(boxes[:, :2].min(axis=0) - margin_px, 0).tolist()
    x1, y1 = np.minimum(boxes[:, 2:].max(axis=0) + margin_px, (width, height)).tolist()
    return slice(y0, y1), slice(x0, x1)


def _edges(ids: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], thickness_px: int) -> npt.NDArray[np.bool_]:
    """Pixels that see another id within a square of ``thickness_px + 1``: lines of that thickness along the borders."""
    square = np.ones((thickness_px + 1, thickness_px + 1), np.uint8)
    is_edge: npt.NDArray[np.bool_] = cv2.dilate(ids, square) != cv2.erode(ids, square)
    return is_edge


@dataclass(frozen=True)
class _Tag:
    """A piece of writing and where its middle goes, in pixels."""

    text: str
    centre_xy: tuple[int, int]
    letter_px: int

    @property
    def scale(self) -> float:
        return self.letter_px / _FONT_HEIGHT_PX

    @property
    def stroke_px(self) -> int:
        return max(1, round(self.letter_px / 12))

    @property
    def halo_px(self) -> int:
        return max(1, round(self.letter_px / 8))

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height with the halo around it."""
        (width, height), below = cv2.getTextSize(self.text, _FONT, self.scale, self.stroke_px)
        return width + 2 * self.halo_px, height + below + 2 * self.halo_px


def _tags(result: ParseResult, *, letter_px: int) -> Iterator[_Tag]:
    """Everything worth writing, the most important first."""
    if len(result.people) > 1:
        for person in result.people:
            x0, y0, _, _ = person.box_xyxy
            # Above the highest pixel, usually the head: the middle of the box may lie over somebody else.
            head_x = x0 + int(np.flatnonzero(person.crop_mask[0]).mean())
            yield _Tag(str(person.id), (head_x, y0 - letter_px), round(1.4 * letter_px))
    parts = [part for person in result.people for part in person.parts.values()]
    for part in sorted(parts, key=lambda part: -part.area_px):
        centre_xy, radius_px = _deepest_point(part)
        tag = _Tag(part.label, centre_xy, letter_px)
        width, height = tag.size_wh
        # Room is where the letters cover less than the part and do not reach far beyond it.
        if part.area_px >= 1.2 * width * height and radius_px >= max(0.6 * letter_px, width / 5):
            yield tag


def _deepest_point(piece: Person | Part) -> tuple[tuple[int, int], float]:
    """The pixel (x, y) farthest from the border of the piece, and how far that is; good to a hundredth of its box."""
    x0, y0, x1, y1 = piece.box_xyxy
    step = max(1, max(x1 - x0, y1 - y0) // 96)
    # A border of zeros: what the photo cuts off counts as border too.
    coarse = np.pad(piece.crop_mask[::step, ::step].astype(np.uint8), 1)
    depth = cv2.distanceTransform(coarse, cv2.DIST_L2, 3)
    y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return (x0 + (int(x) - 1) * step, y0 + (int(y) - 1) * step), float(depth[y, x]) * step


def _uncluttered(tags: Iterator[_Tag], size_hw: tuple[int, int]) -> Iterator[_Tag]:
    """Tags moved into the picture, without those that would lie on an earlier one or do not fit at all."""
    height, width = size_hw
    taken: list[BoxXyxy] = []
    for tag in tags:
        tag_width, tag_height = tag.size_wh
        if tag_width > width or tag_height > height:
            continue
        x0 = min(max(tag.centre_xy[0] - tag_width // 2, 0), width - tag_width)
        y0 = min(max(tag.centre_xy[1] - tag_height // 2, 0), height - tag_height)
        x1, y1 = x0 + tag_width, y0 + tag_height
        if all(x1 <= left or right <= x0 or y1 <= top or bottom <= y0 for left, top, right, bottom in taken):
            taken.append((x0, y0, x1, y1))
            yield _Tag(tag.text, (x0 + tag_width // 2, y0 + tag_height // 2), tag.letter_px)


def _write(picture: npt.NDArray[np.uint8], tag: _Tag) -> None:
    """Write white letters with a black halo, readable on any ground, into ``picture``."""
    width, height = tag.size_wh
    x0, y0 = tag.centre_xy[0] - width // 2, tag.centre_xy[1] - height // 2
    _, below = cv2.getTextSize(tag.text, _FONT, tag.scale, tag.stroke_px)
    letters = np.zeros((height, width), np.uint8)
    foot = (tag.halo_px, height - tag.halo_px - below)
    cv2.putText(letters, tag.text, foot, _FONT, tag.scale, 255, tag.stroke_px, cv2.LINE_AA)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * tag.halo_px + 1, 2 * tag.halo_px + 1))
    light = letters[..., None] / 255
    dark = cv2.dilate(letters, disc)[..., None] / 255
    patch = picture[y0 : y0 + height, x0 : x0 + width]
    # Black where the halo is, then white where the letters are: both with their soft edges.
    patch[:] = np.rint(patch * (1 - dark) * (1 - light) + 255 * light)
