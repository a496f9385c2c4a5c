"""A second, closer look at people who are small in the photo.

The first look sees the whole photo at a fixed size; somebody of forty pixels' height in it is found, but a face of four
pixels is not told apart from the hair. Where the photo has more to show, the part of it that holds the small people is
looked at again, larger, as far as the budget of pixels goes. Large people keep what the first look said of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import INPUT_MULTIPLE, STRIDE, NetworkOutput
from fittingroom.parsing.people import People


@dataclass(frozen=True)
class CloserRule:
    """When a second look is worth its time; sizes in pixels of the network's input.

    max_small_px: the longer side of a person who counts as small.
    wanted_px: the size that half of the small people are to have in the second look.
    max_pixels: of the second look's input: the budget of time, which grows in proportion.
    min_zoom: not worth it below; max_enlargement: of the photo's own pixels.
    margin: around the small people, in their own sizes.
    """

    max_small_px: float = 150
    wanted_px: float = 260
    max_pixels: int = 900_000
    min_zoom: float = 1.3
    max_enlargement: float = 1.5
    margin: float = 0.35


@dataclass(frozen=True)
class CloserLook:
    """What to look at again: `box_xyxy` of the first look's input (multiples of STRIDE), `zoom` times larger."""

    box_xyxy: tuple[int, int, int, int]
    zoom: float

    def input_size_hw(self) -> tuple[int, int]:
        """The size of the second look's input."""
        x0, y0, x1, y1 = self.box_xyxy
        height, width = (
            max(2 * INPUT_MULTIPLE, INPUT_MULTIPLE * round(side * self.zoom / INPUT_MULTIPLE))
            for side in (y1 - y0, x1 - x0)
        )
        return height, width


def plan_closer_look(
    people: People, input_hw: tuple[int, int], photo_hw: tuple[int, int], rule: CloserRule
) -> CloserLook | None:
    """Whether and where to look again, after a first look of `input_hw` at a photo of `photo_hw`."""
    boxes = person_boxes_px(people)
    small = boxes[np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) <= rule.max_small_px]
    if not len(small):
        return None
    sizes = np.maximum(small[:, 2] - small[:, 0], small[:, 3] - small[:, 1])
    reach = rule.margin * sizes
    x0, y0 = np.maximum(np.min(small[:, :2] - reach[:, None], 0), 0)
    x1, y1 = np.minimum(np.max(small[:, 2:] + reach[:, None], 0), (input_hw[1], input_hw[0]))
    box = (
        int(x0) // STRIDE * STRIDE, int(y0) // STRIDE * STRIDE,
        -(-int(np.ceil(x1)) // STRIDE) * STRIDE, -(-int(np.ceil(y1)) // STRIDE) * STRIDE,
    )  # fmt: skip
    zoom = min(
        rule.wanted_px / float(np.median(sizes)),
        rule.max_enlargement * max(photo_hw) / max(input_hw),
        float(np.sqrt(rule.max_pixels / ((box[2] - box[0]) * (box[3] - box[1])))),
    )
    return CloserLook(box, zoom) if zoom >= rule.min_zoom else None


def person_boxes_px(people: People) -> NDArray[np.float64]:
    """(N, 4) x0, y0, x1, y1 in pixels of the input, of each person's cells, in the order of the ids."""
    boxes = np.zeros((len(people.scores), 4))
    for person_id in range(1, len(people.scores) + 1):
        x, y, width, height = cv2.boundingRect((people.ids == person_id).astype(np.uint8))
        boxes[person_id - 1] = np.array([x, y, x + width, y + height]) * STRIDE
    return boxes


def crop_for(look: CloserLook, pixels_rgb: NDArray[np.uint8], input_hw: tuple[int, int]) -> NDArray[np.uint8]:
    """The part of the photo that the second look sees, at its size: uint8 (h, w, 3)."""
    height, width = pixels_rgb.shape[:2]
    across, down = width / input_hw[1], height / input_hw[0]
    x0, y0, x1, y1 = look.box_xyxy
    part = pixels_rgb[round(y0 * down) : round(y1 * down), round(x0 * across) : round(x1 * across)]
    size_hw = look.input_size_hw()
    shrinks = size_hw[0] * size_hw[1] < part.shape[0] * part.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (size_hw[1], size_hw[0]), interpolation=interpolation), np.uint8)


def merged(
    first: NetworkOutput, second: NetworkOutput, look: CloserLook, people: People, rule: CloserRule
) -> NetworkOutput:
    """Both looks in one, on cells as fine as the second's; large people are as the first look saw them."""
    rows, columns = first.centre_heat.shape[1:]
    fine_hw = (round(rows * look.zoom), round(columns * look.zoom))
    x0, y0, x1, y1 = (round(side / STRIDE * look.zoom) for side in look.box_xyxy)
    x1, y1 = min(x1, fine_hw[1]), min(y1, fine_hw[0])
    boxes = person_boxes_px(people)
    large = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) > rule.max_small_px
    is_large = np.concatenate([[False], large])[people.nearest if len(large) else people.ids]
    taken = _enlarged(is_large.astype(np.float32)[None], fine_hw)[0, y0:y1, x0:x1] < 0.5

    def both(coarse: NDArray[np.float32], fine: NDArray[np.float32], factor: float = 1.0) -> NDArray[np.float32]:
        planes = _enlarged(coarse, fine_hw) * np.float32(factor)
        inside = planes[:, y0:y1, x0:x1]
        inside[:, taken] = _enlarged(fine, (y1 - y0, x1 - x0))[:, taken]
        return planes[None]

    return NetworkOutput(
        class_logits=both(first.class_logits[0], second.class_logits[0]),
        centre_heat=both(first.centre_heat, second.centre_heat)[0],
        # the way to the centre is longer on the finer grid
        centre_offsets_px=both(first.centre_offsets_px[0], second.centre_offsets_px[0], look.zoom),
        detail_logits=None
        if first.detail_logits is None or second.detail_logits is None
        else both(first.detail_logits[0], second.detail_logits[0]),
        point_heat=None
        if first.point_heat is None or second.point_heat is None
        else both(first.point_heat[0], second.point_heat[0]),
    )


def _enlarged(planes: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """(C, h, w) -> (C, *size_hw)."""
    if planes.shape[1:] == size_hw:
        return planes
    return np.stack([cv2.resize(plane, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_LINEAR) for plane in planes])
