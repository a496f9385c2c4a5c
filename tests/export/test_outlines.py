import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco

from fittingroom.errors import ShapeError
from fittingroom.export.outlines import fill_rings, outline_rings, polygons_without_holes

Mask = npt.NDArray[np.bool_]
masks = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=9))


def drawn(*rows: str) -> Mask:
    return np.array([[letter == "#" for letter in row] for row in rows])


@given(masks)
@settings(deadline=None)
def test_filling_the_outlines_gives_the_mask_back(mask: Mask) -> None:
    assert np.array_equal(fill_rings(outline_rings(mask), mask.shape), mask)


@given(masks)
@settings(deadline=None)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_coco_fills_polygons_with_slits_to_the_same_mask(mask: Mask) -> None:
    polygons = polygons_without_holes(mask)
    assert np.array_equal(fill_rings(polygons, mask.shape), mask)
    if polygons:
        runs = coco.frPyObjects([polygon.reshape(-1).tolist() for polygon in polygons], *mask.shape)
        assert np.array_equal(coco.decode(coco.merge(runs)).astype(bool), mask)


@given(masks)
@settings(deadline=None)
def test_rings_turn_at_every_corner(mask: Mask) -> None:
    for ring in outline_rings(mask):
        steps = np.roll(ring, -1, axis=0) - ring
        assert len(ring) >= 4
        assert np.array_equal(steps[0::2, 1], np.zeros(len(ring) // 2))
        assert np.array_equal(steps[1::2, 0], np.zeros(len(ring) // 2))
        assert steps.any(axis=1).all()


def test_a_pixel_is_a_square_of_its_four_corners() -> None:
    (ring,) = outline_rings(drawn("...", ".#."))
    assert {tuple(corner) for corner in ring.tolist()} == {(1, 1), (2, 1), (2, 2), (1, 2)}


@pytest.mark.parametrize("mask", [drawn("#.", ".#"), drawn(".#", "#.")])
def test_pixels_that_touch_at_a_corner_are_two_outlines(mask: Mask) -> None:
    assert sorted(len(ring) for ring in outline_rings(mask)) == [4, 4]


def test_a_hole_is_an_outline_of_its_own_and_a_slit_makes_it_one() -> None:
    ring_of_pixels = drawn("####", "#..#", "####")
    assert len(outline_rings(ring_of_pixels)) == 2
    assert [len(polygon) for polygon in polygons_without_holes(ring_of_pixels)] == [10]


def test_nothing_has_no_outline() -> None:
    assert outline_rings(np.zeros((3, 4), bool)) == []
    assert polygons_without_holes(np.zeros((3, 4), bool)) == []
    assert not fill_rings([], (3, 4)).any()


@given(st.floats(0.51, 1.49), st.floats(2.51, 3.49))
@settings(deadline=None)
def test_a_pixel_belongs_to_a_drawn_shape_when_its_middle_does(left: float, right: float) -> None:
    filled = fill_rings([[(left, 0), (right, 0), (right, 9), (left, 9)]], (2, 5))
    assert filled.tolist() == [[False, True, True, False, False]] * 2


def test_other_arrays_than_masks_are_refused() -> None:
    with pytest.raises(ShapeError, match="mask is uint8"):
        outline_rings(np.zeros((2, 2), np.uint8))
