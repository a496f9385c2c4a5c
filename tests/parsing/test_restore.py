import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.parsing import restore as restoring
from fittingroom.parsing.restore import interpolation_weights, largest_plane, restore, restore_ids, softmax

# (cells, pixels): smaller than the cells, equal, whole and broken ratios, one pixel thin
SIZES = [
    ((8, 8), (1, 1)),
    ((8, 8), (3, 5)),
    ((9, 14), (4, 40)),
    ((7, 5), (7, 5)),
    ((13, 9), (52, 36)),
    ((13, 26), (57, 101)),
    ((25, 6), (333, 17)),
    ((1, 1), (5, 3)),
    ((30, 8), (200, 1)),
]


def enlarged_plainly(planes: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """All planes at full size, as one would write it without a thought for time."""
    rows = interpolation_weights(planes.shape[1], size_hw[0])
    columns = interpolation_weights(planes.shape[2], size_hw[1])
    return np.asarray(rows @ planes @ columns.T, np.float32)


def random_logits(num_classes: int, cells_hw: tuple[int, int]) -> NDArray[np.float32]:
    return np.random.default_rng(3).normal(0, 3, (num_classes, *cells_hw)).astype(np.float32)


def assert_wins(labels: NDArray[np.integer], planes: NDArray[np.float32]) -> None:
    """The label's plane is the largest at every pixel, up to rounding."""
    chosen = np.take_along_axis(planes, labels[None].astype(np.intp), 0)[0]
    assert np.abs(planes.max(0) - chosen).max() < 1e-4


@pytest.mark.parametrize("tile_cells", [1, 2, 5, 12])
@pytest.mark.parametrize(("cells_hw", "size_hw"), SIZES)
def test_labels_are_those_of_enlarging_every_plane(
    cells_hw: tuple[int, int], size_hw: tuple[int, int], tile_cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "TILE_CELLS", tile_cells)
    logits = random_logits(2, cells_hw)
    labels, _ = restore(logits, size_hw)
    assert labels.shape == size_hw
    assert labels.dtype == np.uint8
    assert_wins(labels, enlarged_plainly(logits, size_hw))


def test_labels_of_many_classes_are_those_of_enlarging_every_plane_where_each_wins_somewhere_near() -> None:
    logits = random_logits(6, (12, 24))
    winners = logits.argmax(0)
    assert all(len(np.unique(half)) == 6 for half in np.hsplit(winners, 2))  # two tiles, six classes in each
    labels, _ = restore(logits, (61, 103))
    assert_wins(labels, enlarged_plainly(logits, (61, 103)))


def test_a_class_that_wins_in_no_cell_does_not_appear_between_two_others() -> None:
    # halfway between a cell of 1 and a cell of 2, class 3 is second to both and would win
    logits = np.array([[[0, 0]], [[9, 0]], [[0, 9]], [[8, 8]]], np.float32)
    labels, _ = restore(logits, (4, 8))
    assert (labels == [1, 1, 1, 1, 2, 2, 2, 2]).all()


@pytest.mark.parametrize("tile_cells", [1, 3, 12])
@pytest.mark.parametrize(("cells_hw", "size_hw"), SIZES)
def test_confidence_is_the_winners_probability_enlarged(
    cells_hw: tuple[int, int], size_hw: tuple[int, int], tile_cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "TILE_CELLS", tile_cells)
    logits = random_logits(3, cells_hw)
    _, confidence = restore(logits, size_hw)
    plain = enlarged_plainly(softmax(logits).max(0)[None], size_hw)[0] * 255
    assert confidence.dtype == np.uint8
    assert np.abs(confidence - plain).max() <= 0.51


@pytest.mark.parametrize("class_id", [0, 4])
def test_a_picture_of_one_class_is_filled_with_it(class_id: int) -> None:
    logits = np.zeros((5, 30, 14), np.float32)
    logits[class_id] = 50
    labels, confidence = restore(logits, (123, 45))
    assert (labels == class_id).all()
    assert (confidence == 255).all()


def test_at_the_networks_own_size_every_pixel_is_its_cell() -> None:
    logits = random_logits(7, (15, 31))
    assert np.array_equal(restore(logits, (15, 31))[0], logits.argmax(0))


def test_a_straight_outline_stays_straight() -> None:
    logits = np.zeros((2, 6, 8), np.float32)
    logits[0, :, :4] = logits[1, :, 4:] = 3
    labels, _ = restore(logits, (24, 32))
    assert (labels == (np.arange(32) >= 16)).all()


@pytest.mark.parametrize("tile_cells", [1, 2, 12])
@pytest.mark.parametrize(("cells_hw", "size_hw"), SIZES)
def test_restored_ids_are_those_with_the_largest_share_of_each_pixel(
    cells_hw: tuple[int, int], size_hw: tuple[int, int], tile_cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "TILE_CELLS", tile_cells)
    ids = np.random.default_rng(5).choice(np.array([0, 1, 2, 700], np.uint16), cells_hw)
    restored = restore_ids(ids, size_hw)
    assert restored.dtype == np.uint16
    names = np.array([0, 1, 2, 700], np.uint16)
    shares = enlarged_plainly((ids == names[:, None, None]).astype(np.float32), size_hw)
    assert_wins(np.searchsorted(names, restored), shares)


def test_one_id_everywhere_stays_one_id() -> None:
    assert (restore_ids(np.full((20, 3), 300, np.uint16), (77, 13)) == 300).all()


@pytest.mark.parametrize(("cells", "pixels"), [(1, 1), (1, 9), (2, 9), (8, 1), (8, 3), (32, 128), (31, 100), (7, 7)])
def test_the_weights_of_a_pixel_sum_to_1_and_are_those_of_opencvs_bilinear_resize(cells: int, pixels: int) -> None:
    weights = interpolation_weights(cells, pixels)
    assert weights.shape == (pixels, cells)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(1), 1, rtol=0, atol=1e-6)
    values = np.random.default_rng(1).random((cells, 1), np.float32)
    resized = cv2.resize(values, (1, pixels), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(weights @ values, resized.reshape(pixels, 1), rtol=0, atol=1e-5)


def test_the_largest_plane_is_the_argmax_and_the_first_of_equals() -> None:
    planes = np.random.default_rng(2).integers(0, 3, (5, 6, 8)).astype(np.float32)
    assert np.array_equal(largest_plane(planes), planes.argmax(0))


def test_probabilities_sum_to_1_for_logits_of_any_size() -> None:
    logits = np.array([[[1000, -1000]], [[0, 0]], [[999, 5]]], np.float32)
    np.testing.assert_allclose(softmax(logits).sum(0), 1, rtol=1e-6)
