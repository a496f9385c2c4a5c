import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.engine.fake_engine import FakeEngine
from fittingroom.parsing.people import (
    GroupingRule,
    People,
    find_centres,
    group_people,
    pointed_cells,
    split_by_faces,
    spread,
)

SMALL = GroupingRule(min_area_cells=2, peak_reach_cells=1)
HERE = pointed_cells(np.zeros((2, 9, 9), np.float32))  # every cell points to itself


def drawn(*rows: str) -> NDArray[np.uint8]:
    """A map of cells from rows of digits; a dot is 0."""
    return np.array([[0 if cell == "." else int(cell) for cell in row] for row in rows], np.uint8)


def grouped(*rows: str, rule: GroupingRule = SMALL) -> People:
    """The people of a drawing in which every connected figure has its own centre."""
    mask = drawn(*rows)
    output = FakeEngine(2, lambda _: mask).run(np.zeros((1, 1, 1, 3), np.uint8))
    return group_people(output.centre_heat[0], output.centre_offsets_px[0], mask.astype(np.float32), rule)


def test_two_figures_are_two_people_the_larger_first() -> None:
    people = grouped(
        "11......",
        "11..111.",
        "....111.",
        "....111.",
    )
    assert people.ids.dtype == np.uint16
    assert np.array_equal(
        people.ids,
        drawn(
            "22......",
            "22..111.",
            "....111.",
            "....111.",
        ),
    )
    assert people.scores == (1.0, 1.0)


def test_nobody_gives_no_people_and_an_empty_map() -> None:
    people = grouped("........", "........")
    assert people.scores == ()
    assert not people.ids.any()
    assert not people.nearest.any()


def test_specks_are_nobody() -> None:
    people = grouped("1...11..", "....11..")
    assert np.array_equal(people.ids, drawn("....11..", "....11.."))
    assert len(people.scores) == 1


def test_people_who_touch_are_told_apart_by_where_their_cells_point() -> None:
    foreground = np.ones((3, 8), np.float32)
    heat = np.zeros((3, 8), np.float32)
    heat[1, 1] = heat[1, 6] = 0.9
    offsets_px = np.zeros((2, 3, 8), np.float32)
    offsets_px[0, :, :5] = 4 * (1 - np.arange(5))  # five columns to the left centre
    offsets_px[0, :, 5:] = 4 * (6 - np.arange(5, 8))
    people = group_people(heat, offsets_px, foreground, SMALL)
    assert (people.ids == [1, 1, 1, 1, 1, 2, 2, 2]).all()


def test_a_figure_without_a_centre_is_a_person_of_its_own() -> None:
    foreground = drawn("11....11", "11....11", "......11").astype(np.float32)
    heat = np.zeros_like(foreground)
    heat[0, 0] = 0.9
    people = group_people(heat, np.zeros((2, 3, 8), np.float32), foreground, SMALL)
    assert np.array_equal(people.ids, drawn("22....11", "22....11", "......11"))


def test_a_hand_cut_off_by_a_table_belongs_to_the_person_it_points_to() -> None:
    foreground = drawn("1111..11", "1111..11").astype(np.float32)
    heat = np.zeros_like(foreground)
    heat[0, 1] = 0.9
    offsets_px = np.zeros((2, 2, 8), np.float32)
    offsets_px[0] = 4 * (1 - np.arange(8))
    offsets_px[1, 1] = -4
    people = group_people(heat, offsets_px, foreground, SMALL)
    assert np.array_equal(people.ids, foreground.astype(np.uint16))


def test_a_faint_peak_is_no_centre() -> None:
    heat = np.zeros((4, 10), np.float32)
    heat[1, 2], heat[1, 7] = 0.9, SMALL.min_heat - 0.01
    people = group_people(heat, np.zeros((2, 4, 10), np.float32), np.ones((4, 10), np.float32), SMALL)
    assert (people.ids == 1).all()


def test_of_two_peaks_near_each_other_the_stronger_one_is_the_centre() -> None:
    heat = np.zeros((9, 9), np.float32)
    heat[4, 2], heat[4, 5] = 0.6, 0.9
    assert find_centres(heat, HERE, GroupingRule(peak_reach_cells=3)).tolist() == [[5, 4]]
    assert find_centres(heat, HERE, GroupingRule(peak_reach_cells=2)).tolist() == [[5, 4], [2, 4]]


def test_a_peak_that_points_to_a_stronger_one_is_no_centre() -> None:
    heat = np.zeros((9, 9), np.float32)
    heat[1, 1], heat[6, 7] = 0.9, 0.8
    offsets_px = np.zeros((2, 9, 9), np.float32)
    offsets_px[:, 6, 7] = (4 * (1 - 7), 4 * (1 - 6))
    assert find_centres(heat, pointed_cells(offsets_px), GroupingRule()).tolist() == [[1, 1]]
    assert len(find_centres(heat, HERE, GroupingRule())) == 2


def test_no_heat_gives_no_centres() -> None:
    assert find_centres(np.zeros((9, 9), np.float32), HERE, GroupingRule()).shape == (0, 2)


def test_an_offset_of_the_stride_points_to_the_next_cell() -> None:
    offsets_px = np.zeros((2, 6, 8), np.float32)
    offsets_px[:, 2, 3] = (4, -8)
    pointed = pointed_cells(offsets_px)
    assert pointed[2, 3].tolist() == [4, 0]
    assert pointed[5, 7].tolist() == [7, 5]


@pytest.mark.parametrize("count", [1, 2, 30])
def test_as_many_people_are_found_as_there_are(count: int) -> None:
    mask = np.zeros((6, 8 * count), np.uint8)
    for person in range(count):
        mask[:, 8 * person : 8 * person + 3 + person % 5] = 1
    people = grouped(*("".join(map(str, row)) for row in mask.tolist()), rule=GroupingRule())
    assert len(people.scores) == count
    areas = np.bincount(people.ids.ravel())[1:].tolist()
    assert areas == sorted(areas, reverse=True)
    assert np.array_equal(people.ids > 0, mask > 0)


def test_a_persons_score_is_the_mean_probability_of_somebody_being_there() -> None:
    foreground = np.array([[0.9, 0.7, 0.8, 0.1]], np.float32)
    people = group_people(np.zeros((1, 4), np.float32), np.zeros((2, 1, 4), np.float32), foreground, SMALL)
    assert people.ids.tolist() == [[1, 1, 1, 0]]
    assert people.scores == pytest.approx((0.8,))


def test_a_doubtful_figure_is_dropped() -> None:
    foreground = np.array([[0.6, 0.6, 0, 0.9, 0.9]], np.float32)
    rule = GroupingRule(min_area_cells=2, min_confidence=0.7)
    people = group_people(np.zeros((1, 5), np.float32), np.zeros((2, 1, 5), np.float32), foreground, rule)
    assert people.ids.tolist() == [[0, 0, 0, 1, 1]]
    assert people.scores == pytest.approx((0.9,))


def test_nearest_keeps_everybodys_cells_and_gives_the_others_away() -> None:
    people = grouped("11....1.", "11....1.")
    assert people.nearest.tolist() == [[1, 1, 1, 1, 2, 2, 2, 2]] * 2


def test_spreading_gives_each_cell_the_id_nearest_to_it() -> None:
    rng = np.random.default_rng(0)
    ids = np.zeros((12, 16), np.uint16)
    ids.ravel()[rng.choice(ids.size, 9, replace=False)] = rng.integers(1, 400, 9)
    ys, xs = np.nonzero(ids)
    for (y, x), spread_id in np.ndenumerate(spread(ids)):
        distance = np.hypot(ys - y, xs - x)
        # the distance transform's steps are rounded, so of two nearly as near either may win
        assert distance[ids[ys, xs] == spread_id].min() <= 1.1 * distance.min()


def test_spreading_no_ids_gives_no_ids() -> None:
    assert not spread(np.zeros((6, 8), np.uint16)).any()


def faces_side_by_side() -> tuple[NDArray[np.uint16], NDArray[np.bool_], NDArray[np.float32]]:
    """20 x 40 cells of one person with two faces, everything pointing straight down."""
    ids = np.zeros((20, 40), np.uint16)
    ids[2:18, 4:36] = 1
    faces = np.zeros(ids.shape, bool)
    faces[2:6, 8:12] = faces[2:6, 28:32] = True
    offsets = np.zeros((2, *ids.shape), np.float32)
    offsets[1] = (10 - np.arange(20))[:, None] * 4
    return ids, faces, pointed_cells(offsets)


def test_who_has_two_faces_is_two_people() -> None:
    ids, faces, pointed = faces_side_by_side()
    split = split_by_faces(ids, faces, pointed, GroupingRule())
    assert np.array_equal(split > 0, ids > 0)
    assert set(np.unique(split)) == {0, 1, 2}
    assert np.array_equal(split[2:18, 4:20] == split[4, 9], np.ones((16, 16), bool))
    assert np.array_equal(split[2:18, 20:36] == split[4, 29], np.ones((16, 16), bool))


def test_a_small_second_face_is_a_piece_of_the_first() -> None:
    ids, faces, pointed = faces_side_by_side()
    faces[:, 20:] = False
    faces[3:5, 28:30] = True
    assert np.array_equal(split_by_faces(ids, faces, pointed, GroupingRule()), ids)


def test_two_pieces_close_together_are_one_face() -> None:
    ids, faces, pointed = faces_side_by_side()
    faces[:, 20:] = False
    faces[2:6, 13:16] = True  # beyond a strand of hair
    assert np.array_equal(split_by_faces(ids, faces, pointed, GroupingRule()), ids)


def test_a_face_is_never_divided() -> None:
    ids, faces, pointed = faces_side_by_side()
    faces[2:12, 24:34] = True  # the larger face reaches over to where the smaller one is nearer in its own size
    split = split_by_faces(ids, faces, pointed, GroupingRule())
    assert len(np.unique(split[2:12, 24:34])) == 1
    assert len(np.unique(split[2:6, 8:12])) == 1
