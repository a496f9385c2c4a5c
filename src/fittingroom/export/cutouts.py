"""Cut-outs: every person and every part as a picture of its own with a transparent surround."""

import numpy as np
import numpy.typing as npt

from fittingroom.imaging.writing import encode_png
from fittingroom.results import ParseResult, Part, Person


def cutouts(result: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> dict[str, bytes]:
    """PNG files (RGBA) by file name: ``person-1.png``, then its parts, ``person-1-left-shoe.png``, and so on.

    Each is cropped to its box. Pixels outside the mask are transparent black: a cut-out shows nothing of its surround.

    Raises:
        ShapeError: the photo does not have the size of the result.
    """
    result.check_photo(photo_rgb)
    pictures = {}
    for person in result.people:
        pictures[f"person-{person.id}.png"] = encode_png(cut_out(person, photo_rgb))
        for label, part in person.parts.items():
            pictures[f"person-{person.id}-{label}.png"] = encode_png(cut_out(part, photo_rgb))
    return pictures


def cut_out(piece: Person | Part, photo_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """One person or part, uint8 (y1 - y0, x1 - x0, 4) RGBA; alpha is 255 on its mask and 0 elsewhere."""
    x0, y0, x1, y1 = piece.box_xyxy
    mask = piece.crop_mask
    picture = np.zeros((*mask.shape, 4), np.uint8)
    picture[mask, :3] = photo_rgb[y0:y1, x0:x1][mask]
    picture[mask, 3] = 255
    return picture
