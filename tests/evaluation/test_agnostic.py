import numpy as np
import pytest

from fittingroom.data.photos import LabelledPhoto, no_points
from fittingroom.errors import ConfigError
from fittingroom.evaluation.agnostic import Sight, evaluate_masks, main_person, sight_of, true_result, wrist_discs
from fittingroom.labels import BODY_25, CIHP
from fittingroom.results import ParseResult


def drawn_photo() -> LabelledPhoto:
    """A person 150 pixels high in a shirt and trousers, (160, 120), whose left wrist is known."""
    labels = np.zeros((160, 120), np.uint8)
    for name, rows, columns in (
        ("hair", (10, 16), (52, 68)), ("face", (16, 31), (53, 67)), ("upper-clothes", (35, 78), (44, 76)),
        ("left-arm", (40, 90), (79, 86)), ("pants", (78, 142), (46, 74)), ("left-shoe", (142, 150), (46, 74)),
    ):  # fmt: skip
        labels[slice(*rows), slice(*columns)] = CIHP.id_of(name)
    labels[0, 0] = 255
    points = no_points(1)
    points[0, BODY_25.index("left-wrist")] = (82, 80, 1)
    points[0, BODY_25.index("right-wrist")] = (20, 20, 1)  # nothing of a hand is there
    person_ids = ((labels > 0) & (labels < 255)).astype(np.uint8)
    return LabelledPhoto(np.zeros((160, 120, 3), np.uint8), labels, person_ids, body_points=points)


def test_a_mask_of_the_garment_leaves_nothing_of_it_and_all_else() -> None:
    photo = drawn_photo()
    sight = Sight.of(photo.labels == CIHP.id_of("upper-clothes"), photo, "upper")
    assert sight is not None
    assert (sight.leak, sight.face, sight.hair, sight.other_garments, sight.shoes, sight.wrists) == (
        0,
        1,
        1,
        1,
        1,
        (1,),
    )


def test_an_empty_mask_leaves_everything_and_a_full_one_nothing() -> None:
    photo = drawn_photo()
    empty, full = (Sight.of(np.full((160, 120), is_full), photo, "lower") for is_full in (False, True))
    assert empty is not None
    assert full is not None
    assert (empty.leak, empty.face, empty.wrists) == (1, 1, (1,))
    assert (full.leak, full.face, full.wrists) == (0, 0, (0,))


def test_too_little_of_a_garment_is_not_judged() -> None:
    photo = drawn_photo()
    photo.labels[photo.labels == CIHP.id_of("pants")] = 0
    assert Sight.of(np.zeros((160, 120), bool), photo, "lower") is None


def test_only_wrists_that_are_trusted_and_show_a_hand_are_judged() -> None:
    (disc,) = wrist_discs(drawn_photo())
    assert disc[80, 82]
    assert disc.sum() == pytest.approx(np.pi * 4**2, rel=0.15)


def test_masks_of_the_true_labels_leave_nothing() -> None:
    figures = evaluate_masks(None, [drawn_photo()]).as_dict()
    assert figures["upper: photos"] == figures["lower: photos"] == 1
    for category in ("upper", "lower", "dress"):
        assert figures[f"{category}: left of the garment"] == 0
        assert figures[f"{category}: kept of face"] == 1
        assert figures[f"{category}: kept of the discs around wrists"] > 0.95


def test_a_photo_in_which_the_parse_sees_nobody_counts_as_left_out() -> None:
    nobody = np.zeros((160, 120), np.uint8)
    empty = ParseResult.from_maps(nobody, nobody.astype(np.uint16), nobody, label_set=CIHP)
    figures = evaluate_masks(lambda _: empty, [drawn_photo()]).as_dict()
    assert figures["upper: photos left out"] == 1
    assert figures["upper: photos"] == 0
    assert main_person(empty, drawn_photo()) is None


def test_the_true_parse_has_the_trusted_points_and_no_ignored_pixels() -> None:
    result = true_result(drawn_photo())
    assert result.label_map[0, 0] == 0
    assert result.people[0].body_points is not None
    assert result.people[0].body_points[BODY_25.index("left-wrist")].tolist() == [82, 80, 1]
    with pytest.raises(ConfigError, match="there is no category 'hat'"):
        sight_of(drawn_photo(), result, "hat")
