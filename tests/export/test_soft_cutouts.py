import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fittingroom.errors import LabelError
from fittingroom.export.soft_cutouts import outfit_mask, parts_mask, person_of, soft_alpha, soft_cut_out
from fittingroom.results import ParseResult

Mask = npt.NDArray[np.bool_]


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=9)), st.floats(0, 4))
@settings(deadline=None)
def test_half_opaque_or_more_is_the_mask_exactly(mask: Mask, softness_px: float) -> None:
    assert np.array_equal(soft_alpha(mask, softness_px) >= 128, mask)


def test_alpha_falls_across_a_straight_edge() -> None:
    mask = np.zeros((20, 20), bool)
    mask[:, :10] = True
    row = soft_alpha(mask, 2)[10].astype(int)
    assert (np.diff(row) <= 0).all()
    assert row[5] == 255
    assert row[14] == 0
    assert 128 <= row[9] < 255
    assert 0 < row[10] < 128


def test_no_rim_of_the_background_is_left() -> None:
    photo = np.zeros((30, 30, 3), np.uint8)
    photo[..., 2] = 255  # blue around
    mask = np.zeros((30, 30), bool)
    mask[8:22, 8:22] = True
    photo[mask] = (200, 0, 0)
    photo[8, 8:22] = (100, 0, 128)  # an edge where both are mixed
    picture = soft_cut_out(mask, photo, softness_px=2)
    shown = picture[picture[..., 3] > 0]
    assert (shown[:, :3] == (200, 0, 0)).all()


def test_a_hard_cut_keeps_the_photo_and_its_size_if_wanted() -> None:
    photo = np.random.default_rng(0).integers(1, 256, (6, 8, 3), dtype=np.uint8)
    mask = np.zeros((6, 8), bool)
    mask[2:4, 3:7] = True
    assert np.array_equal(soft_cut_out(mask, photo, softness_px=0)[..., :3], photo[2:4, 3:7])
    assert soft_cut_out(mask, photo, softness_px=0, crop=False).shape == (6, 8, 4)


def test_an_outfit_is_what_is_worn(result: ParseResult) -> None:
    person = person_of(result, 2)
    assert np.array_equal(outfit_mask(person), person.parts["left-shoe"].mask)


def test_what_is_not_there_is_named_with_what_is(result: ParseResult) -> None:
    with pytest.raises(LabelError, match="person 1 has no coat; the parts found are hat, upper-clothes, face"):
        parts_mask(person_of(result, 1), ["hat", "coat"])
    with pytest.raises(LabelError, match="there is no person 3; the photo shows people 1 to 2"):
        person_of(result, 3)
