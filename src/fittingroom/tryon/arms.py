"""Elbows and wrists read off the masks of sleeves, arms and hands, for arms whose joints the parse is not sure of."""

from __future__ import annotations

import cv2
import numpy as np

from fittingroom.tryon.filling import Floats, Mask

_UPPER, _FORE = 0.80, 0.72  # lengths in distances between the shoulder joints
_LEAST_REACH = 0.45  # of it, that a mask must reach from the shoulder to tell anything
_CELLS = 36  # of the small picture, for that distance


def arm_joints(arm: Mask, hand: Mask, shoulder_xy: Floats, unit_px: float) -> tuple[Floats, Floats | None] | None:
    """Elbow and wrist, float32 (2,) each, by the way along the mask from the shoulder.

    Args:
        arm: bool (H, W), sleeve, bare arm and hand of one side.
        hand: bool (H, W), the hand alone; may be empty.
        shoulder_xy: the joint, in pixels of the masks.
        unit_px: distance between the shoulder joints as seen from the front.

    Returns:
        None where the mask does not reach far enough; the wrist is None where it is outside the photo or hidden.
    """
    step = max(1, round(unit_px / _CELLS))
    small = _reduced(arm, step)
    away = _ways(small, shoulder_xy / step, 0.3 * unit_px / step)
    reached = np.isfinite(away)
    if not reached.any():
        return None
    unit = unit_px / step
    longest = float(np.quantile(away[reached], 0.99))
    if longest < _LEAST_REACH * unit:
        return None
    on_hand = reached & _reduced(hand, step)
    wrist_at = float(np.quantile(away[on_hand], 0.05)) if on_hand.sum() > 4 else None
    if wrist_at is not None and wrist_at > _LEAST_REACH * unit:
        # What is seen of the whole arm is divided as arms are, also when it points towards us.
        elbow = _middle(away, wrist_at * _UPPER / (_UPPER + _FORE), unit)
        return _placed(elbow, step), _placed(_middle(away, wrist_at, unit), step)
    elbow_at = min(_UPPER * unit, 0.97 * longest)
    elbow = _middle(away, elbow_at, unit)
    if longest >= 0.95 * (_UPPER + _FORE) * unit:
        return _placed(elbow, step), _placed(_middle(away, (_UPPER + _FORE) * unit, unit), step)
    if longest > (_UPPER + 0.2) * unit:  # cut off below the elbow: the forearm goes on as it begins
        end = _middle(away, longest, unit)
        along = (end - elbow) / max(float(np.linalg.norm(end - elbow)), 1e-3)
        return _placed(elbow, step), _placed(elbow + along * np.float32(_FORE * unit), step)
    start = shoulder_xy / step
    along = (elbow - start) / max(float(np.linalg.norm(elbow - start)), 1e-3)
    return _placed(start + along * np.float32(_UPPER * unit), step), None


def _reduced(mask: Mask, step: int) -> Mask:
    """One cell for each square of pixels: is the mask in it?"""
    height, width = -(-mask.shape[0] // step), -(-mask.shape[1] // step)
    padded = np.zeros((height * step, width * step), bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    cells: Mask = padded.reshape(height, step, width, step).mean(axis=(1, 3)) >= 0.4
    return cells


def _ways(mask: Mask, start_xy: Floats, reach: float) -> Floats:
    """Length of the way within the mask from near the start, in cells; infinite where none leads."""
    away = np.full(mask.shape, np.inf, np.float32)
    y, x = np.nonzero(mask)
    if not y.size:
        return away
    beside = np.hypot(x - start_xy[0], y - start_xy[1]).astype(np.float32)
    first = beside <= max(reach, float(beside.min()) + 1)
    away[y[first], x[first]] = beside[first]
    # Gaps of a cell or two (a cuff, a bracelet) do not end the arm.
    open_way = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    for _ in range(int(12 * reach) + 40):
        around = np.pad(away, 1, constant_values=np.inf)
        straight = np.minimum.reduce([around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:]]) + 1
        slanted = np.minimum.reduce([around[:-2, :-2], around[:-2, 2:], around[2:, :-2], around[2:, 2:]])
        better = np.where(open_way, np.minimum(np.minimum(straight, slanted + np.float32(1.414)), away), np.inf)
        if np.array_equal(better, away):
            break
        away = better.astype(np.float32)
    away[~mask] = np.inf
    return away


def _middle(away: Floats, length: float, unit: float) -> Floats:
    """Middle of the cells that lie about so far along."""
    for reach in (0.06, 0.12, 0.3):
        y, x = np.nonzero(np.abs(away - length) <= reach * unit)
        if y.size:
            return np.array([x.mean(), y.mean()], np.float32)
    nearest = int(np.argmin(np.abs(np.where(np.isfinite(away), away, 1e9) - length)))
    return np.array([nearest % away.shape[1], nearest // away.shape[1]], np.float32)


def _placed(cell_xy: Floats, step: int) -> Floats:
    place: Floats = ((cell_xy + 0.5) * step - 0.5).astype(np.float32)
    return place
