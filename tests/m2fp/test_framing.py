import numpy as np
import pytest

from fittingroom.m2fp.framing import MEAN_RGB, STD_RGB, Framing, M2fpInputRule, prepare

MULTIPLE = M2fpInputRule("m2fp-multiple", 640, 1333)
SINGLE = M2fpInputRule("m2fp-single", 384, 512)


@pytest.mark.parametrize(
    ("photo_hw", "resized_hw", "input_hw"),
    [
        ((1080, 1920), (640, 1138), (640, 1152)),
        ((1920, 1080), (1138, 640), (1152, 640)),
        ((480, 640), (640, 853), (640, 864)),
        ((100, 1000), (133, 1333), (160, 1344)),  # the long side has its limit
        ((1, 4000), (1, 1333), (32, 1344)),
    ],
)
def test_several_people_get_a_short_side_of_640_and_padding_to_the_right_and_below(
    photo_hw: tuple[int, int], resized_hw: tuple[int, int], input_hw: tuple[int, int]
) -> None:
    assert MULTIPLE.framing(photo_hw) == Framing(photo_hw, resized_hw, input_hw, (0, 0))


@pytest.mark.parametrize(
    ("photo_hw", "resized_hw", "offset_yx"),
    [
        ((1024, 768), (512, 384), (0, 0)),
        ((1000, 2000), (192, 384), (160, 0)),
        ((2000, 1000), (512, 256), (0, 64)),
        ((101, 50), (101, 50), (205, 167)),  # never enlarged
        ((4000, 1), (512, 1), (0, 191)),
    ],
)
def test_one_person_is_fitted_into_the_middle_of_384_by_512(
    photo_hw: tuple[int, int], resized_hw: tuple[int, int], offset_yx: tuple[int, int]
) -> None:
    assert SINGLE.framing(photo_hw) == Framing(photo_hw, resized_hw, (512, 384), offset_yx)


def test_padding_is_zero_after_normalising_for_several_and_grey_before_it_for_one() -> None:
    photo = np.full((64, 64, 3), 200, np.uint8)
    several = prepare(photo, Framing((64, 64), (64, 64), (64, 96)), "m2fp-multiple")
    assert several.shape == (1, 3, 64, 96)
    assert several.dtype == np.float32
    assert not several[..., 64:].any()
    assert np.allclose(several[0, :, 0, 0], (200 - MEAN_RGB) / STD_RGB)
    one = prepare(photo, Framing((64, 64), (64, 64), (64, 96), (0, 16)), "m2fp-single")
    grey = (128 - MEAN_RGB) / STD_RGB
    assert np.allclose(one[0, :, 5, 15], grey)
    assert np.allclose(one[0, :, 5, 16], (200 - MEAN_RGB) / STD_RGB)
    assert np.allclose(one[0, :, 5, 80], grey)


def test_the_photo_is_padded_at_the_bottom_also_where_nothing_is_padded_above_and_left() -> None:
    framing = SINGLE.framing((511, 384))
    assert framing.offset_yx == (0, 0)
    filled = prepare(np.full((511, 384, 3), 0, np.uint8), framing, "m2fp-single")
    assert np.allclose(filled[0, :, 511], ((128 - MEAN_RGB) / STD_RGB)[:, None])
