import numpy as np
import pytest

from fittingroom.parsing.prepare import MAX_ENLARGEMENT, MIN_SIDE_PX, InputRule, prepare

SIZES_HW = [(1, 1), (1, 500), (33, 31), (100, 100), (255, 257), (640, 427), (1080, 1920), (4000, 3000), (10_000, 10)]


@pytest.mark.parametrize("size_hw", SIZES_HW)
@pytest.mark.parametrize("long_side_px", [64, 320, 512, 1000])
def test_both_sides_are_multiples_of_16_and_neither_is_too_small_for_a_network(
    size_hw: tuple[int, int], long_side_px: int
) -> None:
    size = InputRule(long_side_px).input_size_hw(size_hw)
    assert all(side % 16 == 0 and side >= MIN_SIDE_PX for side in size)


@pytest.mark.parametrize("size_hw", SIZES_HW)
def test_each_side_is_within_half_a_step_of_its_proportion_or_at_the_smallest(size_hw: tuple[int, int]) -> None:
    scale = min(512 / max(size_hw), MAX_ENLARGEMENT)
    for side, given in zip(InputRule(512).input_size_hw(size_hw), size_hw, strict=True):
        assert abs(side - given * scale) <= 8 or side == MIN_SIDE_PX


@pytest.mark.parametrize(
    ("size_hw", "expected"),
    [
        ((512, 512), (512, 512)),
        ((640, 427), (512, 336)),
        ((427, 640), (336, 512)),
        ((3000, 4000), (384, 512)),
        ((88, 56), (176, 112)),  # twice as large, no more
        ((1, 1), (32, 32)),
        ((10_000, 10), (512, 32)),
        ((10, 10_000), (32, 512)),
    ],
)
def test_the_longer_side_gets_the_asked_length_unless_that_enlarges_more_than_twice(
    size_hw: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert InputRule(512).input_size_hw(size_hw) == expected


@pytest.mark.parametrize("size_hw", [(1, 1), (7, 300), (100, 60), (900, 700)])
def test_the_picture_gets_the_size_that_the_rule_says(size_hw: tuple[int, int]) -> None:
    rule = InputRule(256)
    prepared = prepare(np.full((*size_hw, 3), (10, 100, 200), np.uint8), rule)
    assert prepared.dtype == np.uint8
    assert prepared.shape == (*rule.input_size_hw(size_hw), 3)
    assert (prepared == (10, 100, 200)).all()  # one colour stays that colour


def test_a_picture_of_the_right_size_is_not_resampled() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    assert np.array_equal(prepare(picture, InputRule(64)), picture)


def test_engines_get_contiguous_pixels_from_a_mirrored_view() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)[:, ::-1]
    prepared = prepare(picture, InputRule(64))
    assert prepared.flags.c_contiguous
    assert np.array_equal(prepared, picture)


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 200
    assert (prepare(stripes, InputRule(64)) == 100).all()
