import numpy as np
import pytest

from fittingroom.bundle.agnostic import GARMENTS, agnostic_mask, hand_mask, measure_mask
from fittingroom.bundle.doubt import AT_HAND, FEATURES, DoubtModel
from fittingroom.bundle.pose_estimate import Pose, pose_of
from fittingroom.errors import ConfigError
from fittingroom.labels import BODY_25, CIHP
from fittingroom.results import ParseResult

from .conftest import drawn_labels, drawn_result


@pytest.fixture
def result() -> ParseResult:
    return drawn_result()


def doubting(**log_odds: float) -> DoubtModel:
    """A model that gives every pixel of a kind the same odds of being the garment, and covers from even odds on."""
    rows = {kind.replace("_", " "): value * np.eye(len(FEATURES))[0] for kind, value in log_odds.items()}
    return DoubtModel(dict.fromkeys(GARMENTS, rows), dict.fromkeys(GARMENTS, 1.0), {})


SURE = doubting()


def repaint(result: ParseResult, category: str, doubt: DoubtModel = SURE) -> np.ndarray:
    person = result.people[0]
    return agnostic_mask(result, person, pose_of(result, person), category=category, doubt=doubt).repaint


def with_wrists(result: ParseResult) -> ParseResult:
    """The same with body points: the left wrist where the sleeve of a long arm would end."""
    points = np.zeros((25, 3), np.float32)
    for name, at in {
        "left-shoulder": (82, 40), "left-elbow": (82, 56), "left-wrist": (82, 70), "right-shoulder": (37, 40),
        "left-hip": (68, 80), "right-hip": (52, 80), "right-elbow": (37, 58), "right-wrist": (37, 80),
    }.items():  # fmt: skip
        points[BODY_25.index(name)] = (*at, 0.9)
    return ParseResult.from_maps(
        result.label_map, result.person_map, result.confidence, label_set=CIHP, body_points=[points]
    )


@pytest.mark.parametrize("category", GARMENTS)
def test_the_whole_garment_is_covered_and_head_hands_and_shoes_are_not(result: ParseResult, category: str) -> None:
    person = result.people[0]
    masks = agnostic_mask(result, person, pose_of(result, person), category=category, doubt=SURE)
    measures = measure_mask(masks.repaint, result, person, category=category, hands=masks.hands)
    assert measures.leak == 0
    assert measures.face_kept == measures.hair_kept == measures.hands_kept == 1
    assert not masks.repaint[result.mask("left-shoe")].any()


def test_an_upper_garment_takes_the_arms_along_but_not_the_trousers(result: ParseResult) -> None:
    mask = repaint(result, "upper")
    assert mask[60, 37]  # the forearm
    assert mask[33:35, 56:64].all()  # the neck, but for a band below the chin
    assert not (mask & result.mask("pants")).any()
    assert repaint(result, "lower")[result.mask("pants")].all()
    assert not (repaint(result, "lower") & result.mask("left-arm")).any()


def test_what_is_likely_the_garment_under_another_name_is_covered_but_never_the_face(result: ParseResult) -> None:
    person = result.people[0]
    doubt = doubting(worn=3, head=-3, background=-3)
    masks = agnostic_mask(result, person, pose_of(result, person), category="upper", doubt=doubt)
    assert masks.repaint[100:135, 47:57].all()  # the trousers
    assert masks.in_doubt[110, 50]
    assert not (masks.repaint & (result.mask("face") | result.mask("hair"))).any()
    assert not (repaint(result, "upper", doubting(head=9)) & result.mask("face")).any()


def test_labels_drawn_by_somebody_are_taken_at_their_word(result: ParseResult) -> None:
    person = result.people[0]
    pose, doubt = pose_of(result, person), doubting(worn=9, background=9)
    mask = agnostic_mask(result, person, pose, category="upper", is_truth=True, doubt=doubt).repaint
    assert not (mask & result.mask("pants")).any()


def test_hands_are_not_painted_over_on_a_mere_suspicion(result: ParseResult) -> None:
    seen = with_wrists(result)
    assert not repaint(seen, "lower", doubting(arms=1.3))[66:88, 81].any()
    assert repaint(seen, "lower", doubting(arms=5))[66:88, 81].all()


def test_at_the_wrist_what_is_rather_a_hand_than_a_sleeve_is_kept(result: ParseResult) -> None:
    labels = drawn_labels()
    labels[52:76, 79:86] = CIHP.id_of("upper-clothes")  # down to below the wrist
    sleeve = ParseResult.from_maps(labels, result.person_map, result.confidence, label_set=CIHP)
    assert repaint(with_wrists(sleeve), "upper", doubting())[70, 82]
    rather_a_hand = repaint(with_wrists(sleeve), "upper", doubting(**{AT_HAND: -3}))
    assert not rather_a_hand[70, 82]
    assert rather_a_hand[58, 82]


@pytest.mark.parametrize("category", GARMENTS)
def test_a_mask_is_the_same_wherever_in_the_photo_the_person_stands(result: ParseResult, category: str) -> None:
    seen = with_wrists(result)
    pose = pose_of(seen, seen.people[0])
    shift = np.array([60, 30, 0], np.float32)
    moved = Pose(np.where(pose.points[:, 2:] > 0, pose.points + shift, 0), pose.source, pose.stature_px)
    padded = [np.pad(m, ((30, 50), (60, 40))) for m in (seen.label_map, seen.person_map, seen.confidence)]
    wide = ParseResult.from_maps(*padded, label_set=CIHP)
    doubt = doubting(worn=-1, background=-1, arms=-1)
    mask = agnostic_mask(seen, seen.people[0], pose, category=category, doubt=doubt).repaint
    in_wide = agnostic_mask(wide, wide.people[0], moved, category=category, doubt=doubt).repaint
    assert np.array_equal(in_wide[40:170, 70:170], mask[10:140, 10:110])


def test_a_skirt_may_hang_between_the_legs(result: ParseResult) -> None:
    assert repaint(result, "lower")[110, 60]
    assert not repaint(result, "upper")[110, 60]


def test_only_the_hand_of_a_bare_arm_is_kept(result: ParseResult) -> None:
    person = result.people[0]
    hands = hand_mask(result, person, pose_of(result, person))
    assert hands[88, 37]
    assert hands[88, 82]
    assert not hands[54, 37]
    assert not (hands & ~result.mask("left-arm") & ~result.mask("right-arm")).any()


def test_a_hand_alone_at_the_end_of_a_sleeve_is_kept_whole(result: ParseResult) -> None:
    labels = drawn_labels()
    sleeve = np.zeros(labels.shape, bool)
    sleeve[52:80] = np.isin(labels[52:80], [14, 15])
    labels[sleeve] = CIHP.id_of("upper-clothes")
    long = ParseResult.from_maps(labels, result.person_map, result.confidence, label_set=CIHP)
    person = long.people[0]
    hands = hand_mask(long, person, pose_of(long, person))
    assert np.array_equal(hands, long.mask("left-arm") | long.mask("right-arm"))


def test_other_people_are_kept(result: ParseResult) -> None:
    labels = drawn_labels()
    persons = (labels > 0).astype(np.uint16)
    labels[40:70, 87:100], persons[40:70, 87:100] = CIHP.id_of("coat"), 2
    two = ParseResult.from_maps(labels, persons, np.full(labels.shape, 230, np.uint8), label_set=CIHP)
    person = two.people[0]
    for doubt in (SURE, doubting(background=9, worn=9)):
        mask = agnostic_mask(two, person, pose_of(two, person), category="upper", doubt=doubt).repaint
        assert not mask[persons == 2].any()


def test_a_seen_wrist_says_where_the_hand_begins(result: ParseResult) -> None:
    seen = with_wrists(result)
    person = seen.people[0]
    pose = pose_of(seen, person)
    assert pose.source == "body points"
    hands = hand_mask(seen, person, pose)
    assert hands[70, 82]
    assert not hands[60, 82]
    assert not hands[70, 37]


def test_somebody_without_the_garment_is_refused_by_name(result: ParseResult) -> None:
    labels = np.where(drawn_labels() == 13, 13, 0).astype(np.uint8)
    face = ParseResult.from_maps(labels, (labels > 0).astype(np.uint16), result.confidence, label_set=CIHP)
    with pytest.raises(ConfigError, match=r"shows no garment of the category upper .* found were face"):
        repaint(face, "upper")
    with pytest.raises(ConfigError, match="there is no category 'hat'"):
        repaint(result, "hat")


def test_the_pose_of_masks_has_shoulders_above_hips_and_sides_as_the_person_has_them(result: ParseResult) -> None:
    pose = pose_of(result, result.people[0])
    assert pose.source == "masks"
    at = {name: pose.point(name) for name in BODY_25}
    assert at["left-shoulder"][0] > at["right-shoulder"][0]
    assert at["left-hip"][1] > at["left-shoulder"][1] + 20
    assert at["left-elbow"][1] < at["left-wrist"][1] < 90
    assert at["left-ankle"][1] > at["left-knee"][1] > at["left-hip"][1]


def test_from_behind_left_is_left_in_the_picture(result: ParseResult) -> None:
    labels = CIHP.swap_left_right(drawn_labels())
    labels[labels == CIHP.id_of("face")] = CIHP.id_of("hair")
    behind = ParseResult.from_maps(labels, result.person_map, result.confidence, label_set=CIHP)
    pose = pose_of(behind, behind.people[0])
    assert pose.point("left-hip")[0] < pose.point("right-hip")[0]
