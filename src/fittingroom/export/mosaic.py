"""The mosaic: a picture with one plain colour for each class."""

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.labels import LabelSet, mosaic_palette
from fittingroom.results import ParseResult


def mosaic(result: ParseResult) -> npt.NDArray[np.uint8]:
    """The label map in the colours of `mosaic_palette`, uint8 (H, W, 3) RGB; background is black."""
    return mosaic_colours(result.label_map, result.label_set)


def mosaic_colours(label_map: npt.NDArray[np.uint8], label_set: LabelSet) -> npt.NDArray[np.uint8]:
    """Colours of a label map, uint8 (H, W) -> (H, W, 3) RGB; ids that the label set does not have are black."""
    colours = np.zeros((256, 1, 3), np.uint8)
    colours[: len(label_set), 0] = mosaic_palette(label_set)
    # A table look-up ten times as fast as numpy's; it leaves the order of the channels alone.
    return np.asarray(cv2.applyColorMap(label_map, colours), np.uint8)
