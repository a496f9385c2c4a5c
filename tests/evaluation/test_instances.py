import math

import numpy as np
import pytest

from fittingroom.evaluation.instances import Instances
from fittingroom.evaluation.overlaps import Overlaps
from fittingroom.results import ParseResult


@pytest.fixture
def instances(drawn) -> Instances:
    return Instances.of(drawn.overlaps, drawn.result.people)


def test_people_are_found_by_their_mean_iou(instances: Instances) -> None:
    # mean IoUs, by score: 0.77 (person 1), 0.44 (3, of truth 2), 0.62 (2, of truth 2)
    # above 0.5: hit, miss, hit; above 0.4: hit, hit, and the last one comes second
    assert instances.app(0.5) == pytest.approx((1 + 2 / 3) / 2)
    assert instances.app(0.4) == 1
    assert instances.app(0.7) == pytest.approx(1 / 2)
    assert instances.app(0.8) == 0
    # 0.1 to 0.4, then 0.5 and 0.6, 0.7, and nothing
    assert instances.app_vol() == pytest.approx((4 * 1 + 2 * (1 + 2 / 3) / 2 + 1 / 2) / 9)


def test_parts_count_where_their_person_is_found(instances: Instances) -> None:
    # above 0.5: of person 1 the face (0.8) and not the hair (0.5); of person 2 neither (0.5, 0.5)
    assert instances.pcp(0.5) == pytest.approx((1 / 2 + 0) / 2)
    # above 0.4 truth 2 is found by person 3, who has a face (0.5) and no hair
    assert instances.pcp(0.4) == pytest.approx((2 / 2 + 1 / 2) / 2)


def test_a_person_who_is_not_found_has_no_part_right(drawn) -> None:
    nothing = np.zeros((6, 8), np.uint8)
    missed = Instances.of(Overlaps.of(drawn.truth, drawn.true_ids, nothing, nothing, 3), [])
    assert missed.pcp(0.5) == missed.person_link() == missed.app_vol() == missed.aph() == missed.apr_vol() == 0


def test_parts_are_found_by_their_own_iou(instances: Instances) -> None:
    # hair: 0.5 and 0.5: all found up to 0.4, then none: 4/9
    # face: by score 0.8, 0.5 (person 3), 0.5 (person 2, the same truth): 1 up to 0.4; only the first up to 0.7: 1/2
    assert instances.apr_vol() == pytest.approx((4 / 9 + (4 * 1 + 3 / 2) / 9) / 2)


def test_the_legacy_count_takes_the_second_find_for_a_hit(instances: Instances) -> None:
    # face up to 0.4: three hits of two truths
    assert instances.apr_vol("hit") == pytest.approx((4 / 9 + (4 * 3 / 2 + 3 / 2) / 9) / 2)


def test_masks_are_found_by_cocos_thresholds(instances: Instances) -> None:
    # IoU 1, 1/2 and 1/3: one of two people from 0.5 to 0.95
    assert instances.aph() == pytest.approx(1 / 2)
    assert instances.person_recall(0.5) == 1 / 2
    assert instances.person_recall(0.4) == 1


def test_pixels_are_linked_to_the_right_person_or_not(instances: Instances) -> None:
    # all 12 of person 1, whatever their class, and the 6 of person 2 that person 2 has
    assert instances.person_link() == pytest.approx((12 + 6) / 24)


def test_a_perfect_prediction_scores_1(drawn) -> None:
    perfect = ParseResult.from_maps(
        drawn.truth, drawn.true_ids.astype(np.uint16), drawn.truth, label_set=drawn.result.label_set
    )
    overlaps = Overlaps.of(drawn.truth, drawn.true_ids, perfect.label_map, perfect.person_map, 3)
    instances = Instances.of(overlaps, perfect.people)
    figures = [
        instances.apr_vol(), instances.app_vol(), instances.pcp(0.5), instances.aph(), instances.person_link(),
        instances.person_recall(0.5),
    ]  # fmt: skip
    assert figures == pytest.approx([1] * 6)


def test_pooling_two_photos_is_as_one_with_both(instances: Instances) -> None:
    twice = instances + instances
    assert twice.pcp(0.5) == instances.pcp(0.5)
    assert twice.person_link() == instances.person_link()
    assert twice.aph() == pytest.approx(instances.aph())
    pooled = Instances.empty(3) + instances
    assert pooled.apr_vol() == instances.apr_vol()


def test_nobody_to_find_gives_no_figures() -> None:
    none = Instances.empty(3)
    for figure in (none.apr_vol(), none.app_vol(), none.pcp(0.5), none.aph(), none.person_link()):
        assert math.isnan(figure)
