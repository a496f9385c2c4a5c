import numpy as np
import pytest

from fittingroom.m2fp.instances import Instance
from fittingroom.m2fp.people import LinkRule, distinct_people, link_people

HUMAN, HAIR, SHIRT = 20, 2, 5
SIZE = (20, 40)
RULE = LinkRule(min_stray_px=10)


def instance(class_id: int, score: float, box_xyxy: tuple[int, int, int, int], chance: float = 1.0) -> Instance:
    """A filled box."""
    x0, y0, x1, y1 = box_xyxy
    probability = np.full((y1 - y0, x1 - x0), round(255 * chance), np.uint8)
    return Instance(0, class_id, score, box_xyxy, probability, probability.size)


def test_each_part_is_linked_to_the_person_it_lies_on() -> None:
    maps = link_people(
        [
            instance(HAIR, 0.9, (2, 2, 8, 6)), instance(HAIR, 0.9, (22, 2, 28, 6)),
            instance(SHIRT, 0.9, (2, 6, 10, 20)),
            instance(HUMAN, 0.8, (20, 0, 30, 20)), instance(HUMAN, 0.9, (0, 0, 10, 20)),
        ],
        SIZE, human_class=HUMAN, rule=RULE,
    )  # fmt: skip
    assert maps.person_map[3, 4] == maps.person_map[10, 5] == 1  # the larger one
    assert maps.person_map[3, 24] == 2
    assert maps.label_map[3, 4] == maps.label_map[3, 24] == HAIR
    assert maps.person_scores == pytest.approx((0.9, 0.8))
    assert np.array_equal(maps.label_map > 0, maps.person_map > 0)


def test_somebody_found_twice_is_one_person() -> None:
    twice = [instance(HUMAN, 0.7, (0, 0, 10, 20)), instance(HUMAN, 0.9, (1, 0, 10, 20))]
    assert [human.score for human in distinct_people(twice, RULE)] == [0.9]


def test_people_side_by_side_stay_two() -> None:
    beside = [instance(HUMAN, 0.7, (0, 0, 10, 20)), instance(HUMAN, 0.9, (8, 0, 20, 20))]
    assert len(distinct_people(beside, RULE)) == 2


def test_a_part_that_reaches_onto_somebody_else_is_divided() -> None:
    maps = link_people(
        [
            instance(SHIRT, 0.9, (0, 0, 20, 20)), instance(HUMAN, 0.9, (0, 0, 12, 20)),
            instance(HUMAN, 0.8, (12, 0, 20, 20)),
        ],
        SIZE, human_class=HUMAN, rule=RULE,
    )  # fmt: skip
    assert set(np.unique(maps.person_map[:, :12])) == {1}
    assert set(np.unique(maps.person_map[:, 12:20])) == {2}


def test_a_part_that_touches_somebody_else_stays_whole() -> None:
    maps = link_people(
        [
            instance(SHIRT, 0.9, (0, 0, 14, 20)), instance(HUMAN, 0.9, (0, 0, 12, 20)),
            instance(HUMAN, 0.8, (12, 0, 20, 20)),
        ],
        SIZE, human_class=HUMAN, rule=RULE,
    )  # fmt: skip
    assert set(np.unique(maps.person_map[:, :14])) == {1}
    assert maps.person_scores == pytest.approx((0.9,))


def test_the_likelier_part_wins_a_pixel() -> None:
    maps = link_people(
        [
            instance(HAIR, 0.6, (0, 0, 10, 10)), instance(SHIRT, 0.9, (0, 5, 10, 20)),
            instance(HUMAN, 0.9, (0, 0, 10, 20)),
        ],
        SIZE, human_class=HUMAN, rule=RULE,
    )  # fmt: skip
    assert maps.label_map[4, 5] == HAIR
    assert maps.label_map[6, 5] == SHIRT
    assert maps.confidence[4, 5] == round(0.6 * 255)


def test_a_doubtful_part_counts_only_within_its_person() -> None:
    parts = [instance(SHIRT, 0.3, (0, 0, 20, 20)), instance(HAIR, 0.3, (30, 0, 40, 20))]
    maps = link_people([*parts, instance(HUMAN, 0.9, (0, 0, 12, 20))], SIZE, human_class=HUMAN, rule=RULE)
    assert (maps.label_map[:, :12] == SHIRT).all()
    assert not maps.label_map[:, 12:].any()


def test_sure_parts_of_somebody_missed_become_a_person_and_specks_do_not() -> None:
    maps = link_people(
        [instance(HAIR, 0.8, (2, 2, 8, 6)), instance(SHIRT, 0.9, (2, 6, 8, 20)), instance(HAIR, 0.9, (30, 5, 33, 8))],
        SIZE, human_class=HUMAN, rule=RULE,
    )  # fmt: skip
    assert maps.person_scores == pytest.approx(((24 * 0.8 + 84 * 0.9) / 108,), abs=1e-3)
    assert maps.person_map[10, 5] == 1
    assert not maps.label_map[:, 20:].any()


def test_nobody_gives_empty_maps() -> None:
    maps = link_people([], SIZE, human_class=HUMAN)
    assert not maps.label_map.any()
    assert not maps.person_map.any()
    assert maps.person_scores == ()
