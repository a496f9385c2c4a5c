import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.engine.protocol import STRIDE
from fittingroom.errors import ShapeError
from fittingroom.parsing.edges import apply_to_colours, fit_to_colours, guide_for
from fittingroom.parsing.restore import restore, restore_ids

CELLS = (16, 20)
GUIDE_HW = (STRIDE * 16, STRIDE * 20)
RED, BLUE = (200, 60, 50), (40, 60, 190)


def slanted() -> NDArray[np.bool_]:
    """A slanted outline at the guide's size, right of it True."""
    y, x = np.mgrid[: GUIDE_HW[0], : GUIDE_HW[1]]
    return np.asarray(x - 0.4 * y > 26)


def guide_of(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    noise = np.random.default_rng(4).integers(-6, 7, (*mask.shape, 3))
    return np.clip(np.where(mask[..., None], BLUE, RED) + noise, 0, 255).astype(np.uint8)


def logits_near(mask: NDArray[np.bool_], pushed_cells: int = 0) -> NDArray[np.float32]:
    """What a network says that sees the mask in cells, its outline pushed to the right."""
    height, width = CELLS
    share = mask.reshape(height, STRIDE, width, STRIDE).mean((1, 3)).astype(np.float32)
    share = np.roll(share, pushed_cells, 1)
    share[:, :pushed_cells] = 0
    return np.stack([-3 * (share - 0.5), 3 * (share - 0.5)])


@pytest.mark.parametrize("pushed_cells", [0, 1])
@pytest.mark.parametrize("size_hw", [GUIDE_HW, (131, 163), (50, 61)])
def test_an_outline_follows_the_colours(size_hw: tuple[int, int], pushed_cells: int) -> None:
    mask = slanted()
    rows = (np.arange(size_hw[0]) + 0.5) * GUIDE_HW[0] // size_hw[0]
    columns = (np.arange(size_hw[1]) + 0.5) * GUIDE_HW[1] // size_hw[1]
    truth = mask[np.ix_(rows.astype(int), columns.astype(int))]
    logits = logits_near(mask, pushed_cells)
    smooth, _ = restore(logits, size_hw)
    guided, _ = restore(logits, size_hw, guide_of(mask))
    assert (guided != truth).mean() < 0.015
    assert (guided != truth).sum() <= (smooth != truth).sum()


def test_without_a_difference_in_colour_an_outline_stays_where_it_is() -> None:
    logits = logits_near(slanted())
    smooth, _ = restore(logits, GUIDE_HW)
    guided, _ = restore(logits, GUIDE_HW, np.full((*GUIDE_HW, 3), 90, np.uint8))
    assert (guided != smooth).mean() < 0.02


def test_a_thin_part_of_the_colour_of_its_surround_is_not_lost() -> None:
    share = np.zeros(CELLS, np.float32)
    share[4:12, 9] = 1
    logits = np.stack([-3 * (share - 0.5), 3 * (share - 0.5)])
    guide = np.random.default_rng(6).integers(80, 100, (*GUIDE_HW, 3), dtype=np.uint8)
    smooth, _ = restore(logits, GUIDE_HW)
    guided, _ = restore(logits, GUIDE_HW, guide)
    assert (guided & smooth).sum() > 0.8 * smooth.sum()


def test_a_guide_changes_nothing_far_from_borders_and_adds_no_class() -> None:
    guide = np.random.default_rng(0).integers(0, 256, (*GUIDE_HW, 3), dtype=np.uint8)
    logits = np.zeros((4, *CELLS), np.float32)
    logits[1] = 2
    logits[2, :, 15:] = 5
    labels, confidence = restore(logits, (200, 240), guide)
    assert (labels[:, :120] == 1).all()
    assert set(np.unique(labels)) == {1, 2}
    assert np.array_equal(confidence, restore(logits, (200, 240))[1])


def test_the_border_between_two_people_follows_the_colours() -> None:
    mask = slanted()
    ids = np.where(logits_near(mask, 1).argmax(0) == 1, 7, 300).astype(np.uint16)
    truth = np.where(mask, 7, 300)
    wrong = [(restore_ids(ids, GUIDE_HW, guide) != truth).sum() for guide in (guide_of(mask), None)]
    assert wrong[0] < 0.5 * wrong[1]


def test_one_person_needs_no_guide() -> None:
    ids = np.full(CELLS, 1, np.uint16)
    assert (restore_ids(ids, (99, 77), np.zeros((*GUIDE_HW, 3), np.uint8)) == 1).all()


def test_a_plane_that_is_linear_in_colour_is_found_exactly() -> None:
    ramp = np.linspace(20, 230, GUIDE_HW[1])
    guide = np.broadcast_to(ramp[:, None], (*GUIDE_HW, 3)).astype(np.uint8)
    cells = guide[..., 0].reshape(CELLS[0], STRIDE, CELLS[1], STRIDE).mean((1, 3)).astype(np.float32)
    functions = fit_to_colours((cells / 255)[None], guide)
    refined = apply_to_colours(functions, np.repeat(cells[..., None], 3, 2).astype(np.uint8))
    inside = np.s_[4:-4, 4:-4]
    np.testing.assert_allclose(refined[0][inside], (cells / 255)[inside], atol=0.02)


def test_planes_that_sum_to_one_nearly_do_so_refined() -> None:
    planes = np.random.default_rng(1).random((3, *CELLS)).astype(np.float32)
    planes /= planes.sum(0)
    guide = np.random.default_rng(2).integers(0, 256, (*GUIDE_HW, 3), dtype=np.uint8)
    functions = fit_to_colours(planes, guide)
    refined = apply_to_colours(functions, guide[::STRIDE, ::STRIDE])
    np.testing.assert_allclose(refined.sum(0), 1, atol=0.05)


def test_a_guide_of_another_size_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"guide is \(60, 80, 3\), cells are \(16, 20\)"):
        restore(logits_near(slanted()), (50, 50), np.zeros((60, 80, 3), np.uint8))


@pytest.mark.parametrize("photo_hw", [(300, 400), (20, 30)])
def test_the_guide_has_a_square_of_pixels_for_each_cell(photo_hw: tuple[int, int]) -> None:
    guide = guide_for(np.zeros(CELLS, np.float32), np.full((*photo_hw, 3), 77, np.uint8))
    assert guide.shape == (*GUIDE_HW, 3)
    assert (guide == 77).all()


@pytest.mark.parametrize(("cells_hw", "size_hw"), [((8, 8), (1, 1)), ((9, 14), (4, 40)), ((2, 2), (333, 17))])
def test_a_guide_works_for_photos_of_any_size(cells_hw: tuple[int, int], size_hw: tuple[int, int]) -> None:
    logits = np.random.default_rng(3).normal(0, 3, (3, *cells_hw)).astype(np.float32)
    guide = np.zeros((STRIDE * cells_hw[0], STRIDE * cells_hw[1], 3), np.uint8)
    labels, _ = restore(logits, size_hw, guide)
    assert labels.shape == size_hw
