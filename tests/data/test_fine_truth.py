import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.data.fine_truth import detail_truth
from fittingroom.data.landmarks import Landmarks
from fittingroom.engine.protocol import BAG_ID
from fittingroom.labels import BODY_25, CIHP, DETAILS

ID = {name: number for number, name in enumerate(DETAILS)}


def standing(**points_xy: tuple[float, float]) -> NDArray[np.float32]:
    """Points of somebody who stands facing us, arms spread, in 200 x 160 pixels; others by name."""
    known = {
        "left-shoulder": (100, 50), "left-elbow": (125, 50), "left-wrist": (150, 50),
        "right-shoulder": (60, 50), "right-elbow": (35, 50), "right-wrist": (10, 50),
        "neck": (80, 50), "mid-hip": (80, 110),
        "left-hip": (90, 110), "left-knee": (95, 145), "left-ankle": (95, 180),
        "right-hip": (70, 110), "right-knee": (65, 145), "right-ankle": (65, 180),
    }  # fmt: skip
    body = np.zeros((25, 3), np.float32)
    for name, xy in (known | points_xy).items():
        body[BODY_25.index(name)] = (*xy, 1)
    return body


def painted(**boxes: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Labels of 200 x 160 pixels: boxes x0, y0, x1, y1 of classes named with underscores."""
    labels = np.zeros((200, 160), np.uint8)
    for name, (x0, y0, x1, y1) in boxes.items():
        labels[y0:y1, x0:x1] = CIHP.id_of(name.replace("_", "-"))
    return labels


def test_without_landmarks_nothing_is_said_about_what_needs_them() -> None:
    labels = painted(face=(70, 10, 90, 40), skirt=(60, 100, 100, 140))
    truth = detail_truth(labels, None, None)
    assert (truth[labels == CIHP.id_of("face")] == 255).all()
    assert (truth[labels == CIHP.id_of("skirt")] == 0).all()
    assert (truth[labels == 0] == 255).all()  # there may be bags


def test_things_that_are_labelled_are_taken_over() -> None:
    labels = painted(dress=(60, 50, 100, 150))
    finer = np.zeros_like(labels)
    finer[100:104, 60:100], finer[120:140, 110:130] = 21, 20
    truth = detail_truth(labels, finer, None)
    assert (truth[100:104, 60:100] == ID["belt"]).all()
    assert (truth[120:140, 110:130] == BAG_ID).all()
    assert truth[0, 0] == 0


def test_sleeves_lie_along_covered_arms_each_on_its_side() -> None:
    labels = painted(coat=(10, 42, 150, 58)) | painted(coat=(60, 58, 100, 110))
    truth = detail_truth(labels, None, Landmarks(standing(), None))
    assert truth[50, 140] == ID["left-sleeve"]
    assert truth[50, 20] == ID["right-sleeve"]
    assert truth[90, 80] == 0


def test_a_bare_arm_has_no_sleeve() -> None:
    labels = painted(dress=(60, 42, 100, 110), left_arm=(100, 45, 150, 55), right_arm=(10, 45, 60, 55))
    truth = detail_truth(labels, None, Landmarks(standing(), None))
    assert not np.isin(truth, [ID["left-sleeve"], ID["right-sleeve"]]).any()


def test_a_hand_begins_at_the_wrist() -> None:
    labels = painted(left_arm=(105, 45, 159, 55))
    truth = detail_truth(labels, None, Landmarks(standing(), None))
    assert truth[50, 156] == ID["left-hand"]
    assert truth[50, 140] == 0


def test_trouser_legs_begin_below_the_crotch_each_on_its_side() -> None:
    labels = painted(pants=(60, 105, 100, 185))
    truth = detail_truth(labels, None, Landmarks(standing(), None))
    assert truth[160, 96] == ID["left-trouser-leg"]
    assert truth[160, 64] == ID["right-trouser-leg"]
    assert truth[160, 80] == 255  # the seam is nobody's
    assert truth[106, 80] == 0


def test_the_neck_is_bare_skin_above_the_shoulders() -> None:
    labels = painted(torso_skin=(70, 35, 90, 70))
    truth = detail_truth(labels, None, Landmarks(standing(), None))
    assert truth[40, 80] == ID["neck"]
    assert truth[65, 80] == 0


@pytest.mark.parametrize("missing", ["left-shoulder", "right-hip"])
def test_what_a_missing_point_leaves_open_is_ignored(missing: str) -> None:
    body = standing()
    body[BODY_25.index(missing)] = 0
    labels = painted(coat=(10, 42, 150, 58))
    truth = detail_truth(labels, None, Landmarks(body, None))
    assert not np.isin(truth, [ID["left-sleeve"], ID["right-sleeve"]]).any()


def test_ignored_pixels_stay_ignored() -> None:
    labels = np.full((200, 160), 255, np.uint8)
    assert (detail_truth(labels, np.zeros_like(labels), Landmarks(standing(), None)) == 255).all()
