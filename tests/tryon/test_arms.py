"""Elbows and wrists from masks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.tryon.arms import arm_joints

UNIT = 100.0
SHOULDER = np.array([60, 40], np.float32)


def _drawn(*joints: tuple[int, int], width: int = 20) -> NDArray[np.bool_]:
    canvas = np.zeros((260, 320), np.uint8)
    cv2.polylines(canvas, [np.array(joints, np.int32)], False, 1, width)
    return canvas > 0


def test_a_bent_arm_has_its_elbow_at_the_bend() -> None:
    arm = _drawn((60, 40), (60, 120), (160, 120))
    hand = arm & (np.arange(320) > 132)
    joints = arm_joints(arm, hand, SHOULDER, UNIT)
    assert joints is not None
    elbow, wrist = joints
    assert wrist is not None
    assert np.linalg.norm(elbow - (60, 120)) < 18
    assert np.linalg.norm(wrist - (135, 120)) < 12


def test_an_arm_that_the_photo_cuts_off_goes_on_as_it_begins() -> None:
    arm = _drawn((60, 40), (60, 100))
    joints = arm_joints(arm, np.zeros_like(arm), SHOULDER, UNIT)
    assert joints is not None
    elbow, wrist = joints
    assert wrist is None
    assert elbow == pytest.approx((60, 120), abs=6)


def test_a_gap_between_sleeve_and_hand_does_not_end_the_arm() -> None:
    arm = _drawn((60, 40), (60, 190))
    arm[110:114] = False
    hand = arm & (np.arange(260)[:, None] > 185)
    joints = arm_joints(arm, hand, SHOULDER, UNIT)
    assert joints is not None
    assert joints[1] is not None
    assert joints[1] == pytest.approx((60, 187), abs=10)


def test_a_sleeve_too_short_to_tell_anything_gives_nothing() -> None:
    arm = _drawn((60, 40), (60, 55))
    assert arm_joints(arm, np.zeros_like(arm), SHOULDER, UNIT) is None


def test_an_empty_mask_gives_nothing() -> None:
    nothing = np.zeros((50, 50), bool)
    assert arm_joints(nothing, nothing, SHOULDER, UNIT) is None
