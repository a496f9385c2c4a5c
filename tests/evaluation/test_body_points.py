import math

import numpy as np
import pytest

from fittingroom.evaluation.body_points import PointHits, torso_length_px
from fittingroom.evaluation.overlaps import Overlaps
from fittingroom.labels import BODY_25
from fittingroom.results import ParseResult

SHOULDER, HIP, KNEE = BODY_25.index("right-shoulder"), BODY_25.index("left-hip"), BODY_25.index("left-knee")


def points(**named: tuple[float, float]) -> np.ndarray:
    body = np.zeros((25, 3), np.float32)
    for name, xy in named.items():
        body[BODY_25.index(name.replace("_", "-"))] = (*xy, 1)
    return body


TORSO = {"right_shoulder": (0.0, 0.0), "left_hip": (3.0, 4.0)}  # 5 pixels: 1 pixel is within 0.2 of it


def hits(drawn, truth: list[np.ndarray], predicted: list[np.ndarray]) -> PointHits:
    result = ParseResult.from_maps(
        drawn.result.label_map, drawn.result.person_map, drawn.result.confidence,
        label_set=drawn.result.label_set, body_points=predicted,
    )  # fmt: skip
    return PointHits.of(drawn.overlaps, np.array(truth), result.people)


def test_a_point_within_a_fifth_of_the_torso_is_right(drawn) -> None:
    truth = points(**TORSO, left_knee=(3, 5))
    found = points(right_shoulder=(1, 0), left_hip=(3, 5.5), left_knee=(3, 5))
    one = hits(drawn, [truth], [found, points(), points()])
    assert one.there[[SHOULDER, HIP, KNEE]].tolist() == [1, 1, 1]
    assert one.found[[SHOULDER, HIP, KNEE]].tolist() == [1, 0, 1]  # the hip is 1.5 pixels away
    assert one.pck() == pytest.approx(2 / 3)


def test_each_persons_points_are_those_of_the_one_who_was_found_there(drawn) -> None:
    # truth 2 is matched with person 2, not with person 3
    one = hits(drawn, [points(), points(**TORSO)], [points(), points(), points(**TORSO)])
    assert (one.found.sum(), one.there.sum()) == (0, 2)


def test_points_of_somebody_who_was_not_found_are_missed(drawn) -> None:
    nobody = ParseResult.from_maps(
        np.zeros((6, 8), np.uint8),
        np.zeros((6, 8), np.uint16),
        drawn.result.confidence,
        label_set=drawn.result.label_set,
    )
    overlaps = Overlaps.of(drawn.truth, drawn.true_ids, nobody.label_map, nobody.person_map, 3)
    assert PointHits.of(overlaps, np.array([points(**TORSO)] * 2), nobody.people).pck() == 0


def test_what_is_not_known_of_the_truth_is_not_asked(drawn) -> None:
    assert math.isnan(hits(drawn, [points(left_knee=(3, 5))], [points()] * 3).pck())  # no torso to measure by
    assert hits(drawn, [points(**TORSO)], [points(**TORSO, left_knee=(0, 0)), points(), points()]).pck() == 1


def test_the_torso_is_the_longer_of_its_diagonals() -> None:
    assert torso_length_px(points(**TORSO)) == 5
    assert torso_length_px(points(**TORSO, left_shoulder=(0, 0), right_hip=(6, 8))) == 10
    assert torso_length_px(points(right_shoulder=(0, 0))) is None


def test_pooling_adds_points(drawn) -> None:
    right = hits(drawn, [points(**TORSO)], [points(**TORSO), points(), points()])
    wrong = hits(drawn, [points(**TORSO)], [points(), points(), points()])
    assert (PointHits.empty() + right + wrong).pck() == 0.5
