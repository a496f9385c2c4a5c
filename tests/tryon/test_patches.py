from __future__ import annotations

import numpy as np

from fittingroom.tryon.filling import filled
from fittingroom.tryon.patches import premultiplied, ruled_map, thin_plate_map, warp_affine


def test_a_spline_passes_through_its_controls() -> None:
    controls = np.array([[2, 3], [30, 4], [5, 28], [33, 30], [16, 12]], np.float32)
    values = np.array([[0, 0], [10, 1], [1, 10], [12, 11], [4, 6]], np.float32)
    mapped = thin_plate_map(controls, values, (0, 0, 40, 36))
    for (x, y), value in zip(controls.astype(int), values, strict=True):
        assert np.allclose(mapped[y, x], value, atol=0.05)


def test_a_strip_maps_its_cross_lines_onto_each_other() -> None:
    source = np.array([[[0, 0], [10, 0]], [[0, 20], [10, 20]]], np.float32)
    target = np.array([[[30, 5], [30, 15]], [[10, 5], [10, 15]]], np.float32)  # a quarter turn
    (x0, y0, _, _), at, covered = ruled_map(source, target, (40, 40))
    assert covered[10 - y0, 20 - x0]
    assert np.allclose(at[10 - y0, 20 - x0], (5, 10), atol=0.7)
    assert 200 <= covered.sum() <= 310


def test_what_lies_outside_the_photo_is_cut_off() -> None:
    picture = premultiplied(np.full((20, 20, 4), 255, np.uint8))
    shift = np.array([[1, 0, -10], [0, 1, 35]], np.float32)
    patch = warp_affine(picture, shift, (40, 30))
    x0, y0, x1, y1 = patch.box_xyxy
    assert 0 <= x0 <= x1 <= 30
    assert 0 <= y0 <= y1 <= 40
    far = warp_affine(picture, np.array([[1, 0, 500], [0, 1, 500]], np.float32), (40, 30))
    assert far.alpha.size == 0


def test_a_hole_in_one_colour_is_filled_with_it() -> None:
    window = np.full((24, 30, 3), 90, np.uint8)
    hole = np.zeros((24, 30), bool)
    hole[8:16, 10:20] = True
    window[hole] = 255
    assert np.allclose(filled(window, ~hole, hole), 90, atol=1)
