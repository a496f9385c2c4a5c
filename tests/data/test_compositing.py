import numpy as np
import pytest
from numpy.random import Generator

from fittingroom.data.compositing import CompositeRule, compose, cut_out, hide_behind, paste, without_slivers
from fittingroom.data.photos import LabelledPhoto

EVERYTHING = CompositeRule(min_visible_px=1)


def empty_place(height: int, width: int, gray: int = 90) -> LabelledPhoto:
    nothing = np.zeros((height, width), np.uint8)
    return LabelledPhoto(np.full((height, width, 3), gray, np.uint8), nothing, nothing)


def two_people() -> LabelledPhoto:
    """6 x 8: person 1 (class 5, with a bag and an unclear pixel inside) beside person 2 (class 9)."""
    labels = np.array(
        [
            [0, 0, 0, 0, 0, 0, 0, 0],
            [0, 5, 5, 5, 0, 9, 9, 0],
            [0, 5, 255, 5, 0, 9, 9, 0],
            [0, 5, 5, 5, 0, 9, 9, 0],
            [0, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0],
        ],
        np.uint8,
    )
    person_ids = np.where(labels == 5, 1, np.where(labels == 9, 2, 0)).astype(np.uint8)
    carried = np.zeros((6, 8), bool)
    carried[4, 1:3] = True
    pixels = np.random.default_rng(0).integers(100, 256, (6, 8, 3), dtype=np.uint8)
    return LabelledPhoto(pixels, labels, person_ids, carried)


def bar(class_id: int, height: int = 40, width: int = 10) -> LabelledPhoto:
    """A cut-out person who is all of one class."""
    whole = np.ones((height, width), np.uint8)
    return LabelledPhoto(np.full((height, width, 3), 200, np.uint8), whole * class_id, whole)


def test_a_person_is_cut_out_with_the_bag_and_the_unclear_pixels_inside_and_without_the_neighbour() -> None:
    photo = two_people()
    figure = cut_out(photo, 1)
    assert figure is not None
    assert figure.labels.tolist() == [[5, 5, 5], [5, 255, 5], [5, 5, 5], [0, 0, 0]]
    assert figure.person_ids.tolist() == [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 0]]
    assert np.array_equal(figure.pixels_rgb, photo.pixels_rgb[1:5, 1:4])


def test_a_person_who_is_not_there_cannot_be_cut_out() -> None:
    assert cut_out(two_people(), 3) is None


def test_a_pasted_person_keeps_labels_ignored_pixels_and_gets_the_id() -> None:
    photo = two_people()
    figure = LabelledPhoto(photo.pixels_rgb, photo.labels, (photo.person_ids == 1).astype(np.uint8))
    pasted = paste(empty_place(6, 8), figure, person_id=7, light=0, edge_px=0.5)
    mask = figure.person_ids > 0
    assert np.array_equal(pasted.labels, np.where(mask, photo.labels, 0))
    assert np.array_equal(pasted.person_ids, np.where(photo.labels == 5, 7, 0))


def test_bags_and_unclear_pixels_hide_those_behind_and_belong_to_nobody() -> None:
    behind = LabelledPhoto(np.zeros((3, 4, 3), np.uint8), np.full((3, 4), 2, np.uint8), np.ones((3, 4), np.uint8))
    labels = np.array([[0, 0, 0, 0], [0, 5, 255, 0], [0, 0, 0, 0]], np.uint8)
    taken = np.array([[0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], np.uint8)  # a bag above
    pasted = paste(behind, LabelledPhoto(behind.pixels_rgb, labels, taken), person_id=2, light=0, edge_px=0.5)
    assert pasted.labels.tolist() == [[2, 0, 2, 2], [2, 5, 255, 2], [2, 2, 2, 2]]
    assert pasted.person_ids.tolist() == [[1, 0, 1, 1], [1, 2, 0, 1], [1, 1, 1, 1]]


def test_pasting_leaves_its_arguments_and_the_pixels_far_from_the_seam_alone() -> None:
    place = empty_place(40, 40)
    figure = LabelledPhoto(
        np.full((40, 40, 3), 200, np.uint8), np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.uint8)
    )
    figure.person_ids[10:30, 10:30] = 1
    figure.labels[10:30, 10:30] = 3
    pasted = paste(place, figure, person_id=1, light=0, edge_px=1)
    assert (place.pixels_rgb == 90).all()
    assert not place.labels.any()
    assert (pasted.pixels_rgb[:6] == 90).all()
    assert (pasted.pixels_rgb[15:25, 15:25] == 200).all()


def test_the_light_of_the_place_falls_on_the_figure() -> None:
    figure = LabelledPhoto(np.full((9, 9, 3), 100, np.uint8), np.ones((9, 9), np.uint8), np.ones((9, 9), np.uint8))
    bright = paste(empty_place(9, 9, gray=150), figure, person_id=1, light=1, edge_px=0.5)
    assert bright.pixels_rgb[4, 4, 0] == pytest.approx(150, abs=1)
    kept = paste(empty_place(9, 9, gray=150), figure, person_id=1, light=0, edge_px=0.5)
    assert kept.pixels_rgb[4, 4, 0] == 100


def test_a_figure_outside_the_picture_changes_nothing() -> None:
    place = empty_place(6, 8)
    assert paste(place, empty_place(6, 8), person_id=1, light=0, edge_px=1) is place


@pytest.mark.parametrize("seed", range(20))
def test_a_composite_numbers_people_without_gaps_and_labels_exactly_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    figures = [bar(class_id) for class_id in (1, 2, 3, 4)]
    composed = compose(empty_place(64, 48), figures, rng, flip_pairs=(), rule=CompositeRule())
    ids = np.unique(composed.person_ids[composed.person_ids > 0])
    assert ids.tolist() == list(range(1, len(ids) + 1))
    labelled = (composed.labels > 0) & (composed.labels < 255)
    assert np.array_equal(labelled, composed.person_ids > 0)
    for person in ids:  # everybody here is of one class, so nobody's label is anybody else's
        assert len(np.unique(composed.labels[composed.person_ids == person])) == 1


def test_a_composite_of_nobody_is_the_place() -> None:
    place = empty_place(16, 16)
    composed = compose(place, [], np.random.default_rng(0), flip_pairs=(), rule=EVERYTHING)
    assert np.array_equal(composed.pixels_rgb, place.pixels_rgb)
    assert not composed.person_ids.any()


def test_those_already_in_the_place_stay_with_it() -> None:
    place = two_people()
    composed = compose(place, [], np.random.default_rng(0), flip_pairs=(), rule=EVERYTHING)
    assert np.array_equal(composed.labels, place.labels)
    assert np.array_equal(composed.person_ids, place.person_ids)


def test_people_of_whom_hardly_anything_shows_become_ignored() -> None:
    place = two_people()
    kept = without_slivers(place, min_visible_px=7)  # person 1 has eight pixels, person 2 six
    assert np.array_equal(kept.person_ids, place.person_ids == 1)
    assert (kept.labels[place.person_ids == 2] == 255).all()
    assert np.array_equal(kept.labels[place.person_ids != 2], place.labels[place.person_ids != 2])


def test_those_left_are_numbered_anew() -> None:
    place = two_people()
    ids = (place.person_ids * 3).astype(np.uint8)
    renumbered = without_slivers(LabelledPhoto(place.pixels_rgb, place.labels, ids), min_visible_px=1)
    assert np.array_equal(renumbered.person_ids, place.person_ids)
    assert np.array_equal(renumbered.labels, place.labels)


class HalfAndHalf:
    """What the table of `hide_behind` draws from a generator: always a table, its edge at half its range."""

    def random(self) -> float:
        return 0.0

    def uniform(self, low: float, high: float) -> float:
        return (low + high) / 2


@pytest.mark.parametrize("rng", [HalfAndHalf(), np.random.default_rng(1), np.random.default_rng(4)])
def test_behind_a_thing_there_is_nobody_and_beside_it_nothing_changes(rng: Generator) -> None:
    crowd = LabelledPhoto(np.zeros((40, 30, 3), np.uint8), np.full((40, 30), 5, np.uint8), np.ones((40, 30), np.uint8))
    hidden = hide_behind(crowd, np.full((8, 8, 3), 77, np.uint8), rng)
    covered = hidden.pixels_rgb[..., 0] == 77
    assert 0 < covered.mean() < 1
    assert np.array_equal(hidden.labels == 0, covered)
    assert np.array_equal(hidden.person_ids == 0, covered)
    assert (hidden.labels[~covered] == 5).all()
    assert (crowd.labels == 5).all()
