"""Cut-outs: every person and every part as a picture of its own with a transparent surround."""

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.export.matting import clean_colours, soft_coverage
from fittingroom.imaging.writing import encode_png
from fittingroom.results import BoxXyxy, ParseResult, Part, Person

# How far a soft edge reaches to either side, of the longer side of the box.
HAIR_REACH = 0.06
OUTLINE_REACH = 0.004


def cutouts(result: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> dict[str, bytes]:
    """PNG files (RGBA) by file name: ``person-1.png``, then its parts, ``person-1-left-shoe.png``, and so on.

    Each is cropped to its box. People and hair have soft edges, in which pixels are partly transparent and have lost
    the colour of what is behind; other parts have hard ones, so that laid over each other they give the person again.
    Transparent pixels are black: a cut-out shows nothing of its surround.

    Raises:
        ShapeError: the photo does not have the size of the result.
    """
    result.check_photo(photo_rgb)
    pictures = {}
    for person in result.people:
        pictures[f"person-{person.id}.png"] = encode_png(soft_cut_out_of(person, photo_rgb))
        for label, part in person.parts.items():
            cut = soft_cut_out_of(part, photo_rgb) if label == "hair" else cut_out(part, photo_rgb)
            pictures[f"person-{person.id}-{label}.png"] = encode_png(cut)
    return pictures


def cut_out(piece: Person | Part, photo_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """One person or part, uint8 (y1 - y0, x1 - x0, 4) RGBA; alpha is 255 on its mask and 0 elsewhere."""
    x0, y0, x1, y1 = piece.box_xyxy
    mask = piece.crop_mask
    picture = np.zeros((*mask.shape, 4), np.uint8)
    picture[mask, :3] = photo_rgb[y0:y1, x0:x1][mask]
    picture[mask, 3] = 255
    return picture


def soft_cut_out_of(piece: Person | Part, photo_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The same with an edge that follows strands of hair; straight alpha. A piece of a few pixels has a hard edge."""
    reach_px = _reach_px(piece.box_xyxy, OUTLINE_REACH if isinstance(piece, Person) else HAIR_REACH)
    hair = piece.parts.get("hair") if isinstance(piece, Person) else None
    hair_reach_px = _reach_px(hair.box_xyxy, HAIR_REACH) if hair is not None else 0
    widest_px = max(reach_px, hair_reach_px)
    if widest_px == 0:
        return cut_out(piece, photo_rgb)

    # what the filters look at lies around the box too
    x0, y0, x1, y1 = _grown(piece.box_xyxy, 3 * widest_px, photo_rgb.shape)
    photo = photo_rgb[y0:y1, x0:x1]
    mask = np.zeros(photo.shape[:2], bool)
    left, top = piece.box_xyxy[0] - x0, piece.box_xyxy[1] - y0
    inner = np.s_[
        top : top + piece.box_xyxy[3] - piece.box_xyxy[1], left : left + piece.box_xyxy[2] - piece.box_xyxy[0]
    ]
    mask[inner] = piece.crop_mask
    coverage = soft_coverage(mask, photo, reach_px)
    if hair is not None and hair_reach_px > reach_px:
        wx0, wy0, wx1, wy1 = _grown(hair.box_xyxy, 3 * hair_reach_px, photo_rgb.shape)
        around = np.s_[max(wy0 - y0, 0) : wy1 - y0, max(wx0 - x0, 0) : wx1 - x0]
        near_hair = _near(hair, hair_reach_px, (x0, y0, x1, y1))[around]
        followed = soft_coverage(mask[around], photo[around], hair_reach_px)
        coverage[around] = np.where(near_hair, followed, coverage[around])
    colours = clean_colours(photo, coverage, widest_px)
    alpha = (coverage[inner] * 255 + 0.5).astype(np.uint8)
    return np.dstack([np.where(alpha[..., None] > 0, colours[inner], 0), alpha]).astype(np.uint8)


def _reach_px(box_xyxy: BoxXyxy, reach: float) -> int:
    x0, y0, x1, y1 = box_xyxy
    return round(reach * max(x1 - x0, y1 - y0))


def _grown(box_xyxy: BoxXyxy, margin_px: int, shape: tuple[int, ...]) -> BoxXyxy:
    """The box with a margin, as far as the photo goes."""
    x0, y0, x1, y1 = box_xyxy
    return (
        max(x0 - margin_px, 0), max(y0 - margin_px, 0), min(x1 + margin_px, shape[1]), min(y1 + margin_px, shape[0]),
    )  # fmt: skip


def _near(part: Part, reach_px: int, window_xyxy: BoxXyxy) -> npt.NDArray[np.bool_]:
    """Pixels of the window within reach of the part, which lies in the window."""
    x0, y0, x1, y1 = window_xyxy
    drawn = np.zeros((y1 - y0, x1 - x0), np.uint8)
    px0, py0, px1, py1 = part.box_xyxy
    drawn[py0 - y0 : py1 - y0, px0 - x0 : px1 - x0] = part.crop_mask
    side = 2 * reach_px + 1
    near: npt.NDArray[np.bool_] = cv2.dilate(drawn, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) > 0
    return near
