"""The eight EXIF orientations."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from fittingroom.imaging.orientation import stored_orientation, turn_upright

UPRIGHT = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


def with_orientation(pixels: np.ndarray, orientation: object) -> Image.Image:
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = orientation
    return image


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_agrees_with_pillow_and_stays_contiguous(orientation: int) -> None:
    turned = turn_upright(UPRIGHT, orientation)
    expected = np.array(ImageOps.exif_transpose(with_orientation(UPRIGHT, orientation)))
    np.testing.assert_array_equal(turned, expected)
    assert turned.flags.c_contiguous


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_and_turning_back_is_the_identity(orientation: int) -> None:
    undoes = {6: 8, 8: 6}.get(orientation, orientation)
    np.testing.assert_array_equal(turn_upright(turn_upright(UPRIGHT, orientation), undoes), UPRIGHT)


@pytest.mark.parametrize("nonsense", [0, 9, -1, 65535, "right", (6, 6)])
def test_an_orientation_that_makes_no_sense_is_upright(nonsense: object) -> None:
    assert stored_orientation(with_orientation(UPRIGHT, nonsense)) == 1


def test_broken_exif_is_upright_and_warns_nobody() -> None:
    image = Image.fromarray(UPRIGHT)
    image.info["exif"] = b"Exif\0\0no TIFF header"
    assert stored_orientation(image) == 1
    image = Image.fromarray(UPRIGHT)
    image.info["exif"] = b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"
    assert stored_orientation(image) == 1
