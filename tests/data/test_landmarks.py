from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.data.landmarks import Landmarks, read_landmarks, swap_left_right, trusted_body_points
from fittingroom.errors import ConfigError
from fittingroom.labels import BODY_25

LEFT_WRIST, RIGHT_WRIST, NECK, SMALL_TOE = (
    BODY_25.index(name) for name in ("left-wrist", "right-wrist", "neck", "left-small-toe")
)
BLAZE_LEFT_WRIST, COCO_LEFT_WRIST = 15, 9


def agreeing() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Two BlazePose estimates and one of MoveNet of one person: shoulders at y 100, hips at y 200, all else at 0, 0."""
    blaze = np.zeros((1, 33, 5), np.float32)
    blaze[..., 3:] = 1
    blaze[0, 11:13, :2], blaze[0, 23:25, :2] = [[60, 100], [40, 100]], [[58, 200], [42, 200]]
    coco = np.zeros((1, 17, 3), np.float32)
    coco[..., 2] = 1
    coco[0, 5:7, :2], coco[0, 11:13, :2] = blaze[0, 11:13, :2], blaze[0, 23:25, :2]
    return blaze, blaze.copy(), coco


def test_points_on_which_all_agree_are_trusted_and_are_where_they_say() -> None:
    body = trusted_body_points(*agreeing())[0]
    assert body[BODY_25.index("left-shoulder")].tolist() == [60, 100, 1]
    assert body[BODY_25.index("right-hip")].tolist() == [42, 200, 1]


def test_the_neck_is_the_middle_of_the_shoulders_and_nobody_knows_small_toes() -> None:
    body = trusted_body_points(*agreeing())[0]
    assert body[NECK].tolist() == [50, 100, 1]
    assert not body[SMALL_TOE].any()


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_estimator_that_disagrees_takes_the_trust_away(which: int) -> None:
    estimates = agreeing()
    estimates[which][0, COCO_LEFT_WRIST if which == 2 else BLAZE_LEFT_WRIST, :2] = 60, 60
    body = trusted_body_points(*estimates)[0]
    assert body[LEFT_WRIST, 2] == 0
    assert body[RIGHT_WRIST, 2] == 1


def test_one_that_does_not_see_the_point_has_no_say() -> None:
    blaze, flipped, coco = agreeing()
    coco[0, COCO_LEFT_WRIST] = 500, 500, 0.1
    assert trusted_body_points(blaze, flipped, coco)[0, LEFT_WRIST, 2] == 1
    flipped[0, BLAZE_LEFT_WRIST, 3] = 0.1  # and one alone has no say either
    assert trusted_body_points(blaze, flipped, coco)[0, LEFT_WRIST, 2] == 0


def test_missing_estimates_are_not_trusted() -> None:
    nothing = np.full((1, 33, 5), np.nan, np.float32)
    assert not trusted_body_points(nothing, nothing, np.full((1, 17, 3), np.nan, np.float32)).any()


def test_exchanging_left_and_right_twice_changes_nothing() -> None:
    body = np.random.default_rng(0).random((2, 25, 3)).astype(np.float32)
    once = swap_left_right(body)
    assert np.array_equal(once[:, LEFT_WRIST], body[:, RIGHT_WRIST])
    assert np.array_equal(once[:, NECK], body[:, NECK])
    assert np.array_equal(swap_left_right(once), body)


def test_scaling_moves_points_and_keeps_the_trust() -> None:
    body = np.ones((25, 3), np.float32)
    scaled = Landmarks(body, np.ones((468, 2), np.float32)).scaled((2.0, 0.5))
    assert scaled.body[0].tolist() == [2, 0.5, 1]
    assert scaled.face is not None
    assert scaled.face[0].tolist() == [2, 0.5]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "pose.npz", ids=np.arange(3))
    with pytest.raises(ConfigError, match="not a file of landmarks"):
        read_landmarks(tmp_path / "pose.npz")


def test_real_landmarks_lie_in_their_photos(shared_data: Path) -> None:
    landmarks = read_landmarks(shared_data / "street-parsing/pose.npz")
    assert len(landmarks) == 853
    trusted = [found.body[:, 2].mean() for _, found in landmarks.values()]
    assert np.mean(trusted) > 0.6
    for (width, height), found in landmarks.values():
        points = found.body[found.body[:, 2] > 0, :2]
        assert (points > -0.1 * height).all()
        assert (points < 1.1 * np.array([width, height])).all()
