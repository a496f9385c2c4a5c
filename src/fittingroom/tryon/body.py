"""A clothed body as garments see it: the trunk's frame, arms and legs as lines with a thickness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fittingroom.errors import PlacementError
from fittingroom.tryon.anchors import PersonAnchors
from fittingroom.tryon.filling import Mask
from fittingroom.tryon.patches import Floats

# Half widths of a slim body in distances between the shoulder joints.
_ARM = (0.145, 0.115, 0.085)  # shoulder, elbow, wrist
_LEG = (0.285, 0.195, 0.125)  # hip, knee, ankle
_LEAST_THIGH = 0.5  # of the shank's length, for people who stand
_LEAST_HIPS = 0.22  # confidence of the hips' points; of people who stand it is hardly ever below 0.3
_TRUNK = (
    (0.0, 0.50),
    (0.30, 0.475),
    (0.62, 0.42),
    (1.0, 0.51),
    (1.25, 0.54),
)  # share of the way to the hips, half width


# Where a hem comes: share of the way from shoulders to hips, then (beyond 1) of the way from hips to ankles, plus 1.
HEMS = {"waist": 0.72, "hip": 1.06, "thigh": 1.24, "knee": 1.52, "calf": 1.75, "ankle": 1.96}


@dataclass(frozen=True, eq=False)
class Limb:
    """An arm or a leg.

    Attributes:
        side: "left" or "right", the person's own.
        line: its joints from the trunk outwards, float32 (2 or 3, 2).
        half_widths: at each of these, in pixels.
        is_seen_to_the_end: whether wrist or ankle is in the photo.
    """

    side: str
    line: Floats
    half_widths: Floats
    is_seen_to_the_end: bool

    def at(self, length_share: float) -> tuple[Floats, Floats, float]:
        """Place, unit direction and half width at a share of the way, where each section counts 1.

        0 is the shoulder or hip, 1 elbow or knee, 2 wrist or ankle; beyond the end it goes on straight.
        """
        last = len(self.line) - 2
        section = int(np.clip(np.floor(length_share), 0, last))
        share = np.float32(length_share - section)
        start, end = self.line[section], self.line[section + 1]
        direction = (end - start) / max(float(np.linalg.norm(end - start)), 1e-3)
        width = self.half_widths[section] + (self.half_widths[section + 1] - self.half_widths[section]) * min(
            share, 1.0
        )
        return start + (end - start) * share, direction.astype(np.float32), float(width)

    def outer(self, direction: Floats) -> Floats:
        """Unit normal on the outer side (away from the body where the limb hangs down)."""
        sign = 1 if self.side == "left" else -1
        return np.array([sign * direction[1], -sign * direction[0]], np.float32)

    def cross_line(self, length_share: float, outer_px: float, inner_px: float) -> Floats:
        """The two ends (outer, inner) of a line across the limb, (2, 2); at a joint it halves the angle."""
        place, direction, _ = self.at(length_share)
        joint = round(length_share)
        near = abs(length_share - joint)
        if 0 < joint < len(self.line) - 1 and near < 0.3:
            before = self.at(joint - 0.01)[1]
            after = self.at(joint + 0.01)[1]
            middle = before + after
            bisector = middle / max(float(np.linalg.norm(middle)), 1e-3)
            direction = direction * np.float32(near / 0.3) + bisector * np.float32(1 - near / 0.3)
            direction = direction / max(float(np.linalg.norm(direction)), 1e-3)
        normal = self.outer(direction)
        return np.stack([place + normal * np.float32(outer_px), place - normal * np.float32(inner_px)]).astype(
            np.float32
        )

    def coordinates(self, grid: Floats) -> tuple[Floats, Floats]:
        """For points (..., 2): share of the way as in `at`, and distance from the line over the half width there."""
        best_share = best = None
        for section in range(len(self.line) - 1):
            start, along = self.line[section], self.line[section + 1] - self.line[section]
            length = max(float(np.linalg.norm(along)), 1e-3)
            u = along / np.float32(length)
            x, y = grid[..., 0] - start[0], grid[..., 1] - start[1]
            share = (x * u[0] + y * u[1]) / np.float32(length)
            aside = x * u[1] - y * u[0]
            held = np.clip(share, 0, 1 if section < len(self.line) - 2 else 1.6)
            away = np.sqrt(aside * aside + ((share - held) * np.float32(length)) ** 2)
            step = self.half_widths[section + 1] - self.half_widths[section]
            relative = away / np.maximum(self.half_widths[section] + step * np.minimum(held, 1), 0.5)
            if best_share is None or best is None:
                best_share, best = held, relative
            else:
                nearer = relative < best
                best_share, best = np.where(nearer, section + held, best_share), np.minimum(best, relative)
        assert best_share is not None
        assert best is not None
        return best_share.astype(np.float32), best.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Body:
    """The trunk's frame and the limbs.

    Attributes:
        left_shoulder, right_shoulder, left_hip, right_hip: joints, float32 (2,).
        across: unit vector to the picture's right (the person's left).
        down: unit vector from neck to hips.
        unit: distance between the shoulder joints as seen from the front, in pixels.
        arms, legs: those that are seen, by side.
        hip_confidence: mean of both hips', 0 to 1.
        warnings: what is guessed.
    """

    left_shoulder: Floats
    right_shoulder: Floats
    left_hip: Floats
    right_hip: Floats
    across: Floats
    down: Floats
    unit: float
    arms: dict[str, Limb]
    legs: dict[str, Limb]
    hip_confidence: float
    warnings: list[str]

    @property
    def neck_mid(self) -> Floats:
        """Middle between the shoulder joints."""
        return (self.left_shoulder + self.right_shoulder) / 2

    @property
    def hip_mid(self) -> Floats:
        """Middle between the hip joints."""
        return (self.left_hip + self.right_hip) / 2

    def axis_at(self, share: float) -> Floats:
        """Place on the body's axis: 0 between the shoulders, 1 between the hips, 2 between the ankles."""
        if share <= 1:
            return self.neck_mid + (self.hip_mid - self.neck_mid) * np.float32(share)
        places = [limb.at(2 * (share - 1))[0] for limb in self.legs.values() if limb.is_seen_to_the_end]
        if not places:
            return self.hip_mid + self.down * np.float32((share - 1) * 1.9 * self.trunk_length)
        between: Floats = np.mean(places, axis=0).astype(np.float32)
        return between

    def check_stands(self, person_id: int, garment: str) -> None:
        """Of people who sit the thighs point towards us, and hide the hips.

        Raises:
            PlacementError: they do; what hangs freely is drawn for people who stand.
        """
        if len(self.legs) == 2 and self.hip_confidence < _LEAST_HIPS:
            raise PlacementError(
                f"the hips of person {person_id} are hidden, as of people who sit; "
                f"a {garment} is drawn for people who stand"
            )
        for limb in self.legs.values():
            if len(limb.line) == 3:
                thigh, shank = np.linalg.norm(np.diff(limb.line, axis=0), axis=1)
                if thigh < _LEAST_THIGH * shank:
                    raise PlacementError(f"person {person_id} sits; a {garment} is drawn for people who stand")

    @property
    def trunk_length(self) -> float:
        """From between the shoulders to between the hips, in pixels."""
        return float(np.linalg.norm(self.hip_mid - self.neck_mid))

    def half_width(self, share: float) -> float:
        """Half width of a slim body at a share of the way down the trunk, in pixels."""
        shares, widths = zip(*_TRUNK, strict=True)
        return float(np.interp(share, shares, widths)) * self.unit


def find_body(anchors: PersonAnchors) -> Body:
    """The body that garments are fitted to.

    Raises:
        PlacementError: the shoulders cannot be seen.
    """
    left, right = anchors.need_joint(5, "left shoulder"), anchors.need_joint(2, "right shoulder")
    warnings = []
    if anchors.are_body_points_guessed:
        warnings.append("joints are guessed from the masks")
    head = anchors.head
    seen = float(np.linalg.norm(left - right))
    least = 1.25 * head.face_height if head is not None else 1.0  # of people who face us about 1.6
    if left[0] < right[0]:
        raise PlacementError(f"person {anchors.person_id} is seen from behind; garments are drawn from the front")
    if seen < 0.5 * least:
        raise PlacementError(f"person {anchors.person_id} is seen from the side; garments are drawn from the front")
    if seen < least:
        warnings.append("the trunk is turned: the garment, drawn from the front, fits roughly")
    unit = max(seen, least)
    left_hip, right_hip = anchors.joint(12), anchors.joint(9)
    middle = (left + right) / 2
    if left_hip is None or right_hip is None:
        down = np.array([0, 1], np.float32) if head is None else _upright(-head.up)
        across = np.array([down[1], -down[0]], np.float32)
        left_hip = middle + down * np.float32(1.5 * unit) + across * np.float32(0.3 * unit)
        right_hip = left_hip - across * np.float32(0.6 * unit)
        warnings.append("the hips are outside the photo")
    hips = (left_hip + right_hip) / 2
    down = (hips - middle) / max(float(np.linalg.norm(hips - middle)), 1e-3)
    across = np.asarray((left - right) / max(seen, 1e-3), np.float32)
    arms = _limbs(anchors, {"left": (5, 6, 7), "right": (2, 3, 4)}, _ARM, unit)
    legs = _limbs(anchors, {"left": (12, 13, 14), "right": (9, 10, 11)}, _LEG, unit)
    hip_confidence = float(anchors.body_points[[9, 12], 2].mean())
    return Body(
        left, right, left_hip, right_hip, across, down.astype(np.float32), unit, arms, legs, hip_confidence, warnings
    )


def _upright(down: Floats) -> Floats:
    """A head's direction says little of the trunk's: half of its tilt."""
    mixed = down + np.array([0, 1.5], np.float32)
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


def _limbs(
    anchors: PersonAnchors, joints: dict[str, tuple[int, int, int]], shares: tuple[float, ...], unit: float
) -> dict[str, Limb]:
    limbs = {}
    for side, indices in joints.items():
        line = []
        for index in indices:
            joint = anchors.joint(index)
            if joint is None:
                break
            line.append(joint)
        if len(line) >= 2:
            widths = np.array(shares[: len(line)], np.float32) * np.float32(unit)
            limbs[side] = Limb(side, np.stack(line).astype(np.float32), widths, len(line) == 3)
    return limbs


def measured_half_widths(
    mask: Mask, corner: Floats, place: Floats, across: Floats, reach_px: float
) -> tuple[float, float]:
    """How far the mask goes from a place, to the right and the left along ``across``, in pixels; 0: not at all."""
    steps = np.arange(0, max(reach_px, 1), dtype=np.float32)
    sides = []
    for sign in (1, -1):
        at = np.round(place - corner + (sign * steps)[:, None] * across).astype(int)
        inside = (at >= 0).all(axis=1) & (at[:, 1] < mask.shape[0]) & (at[:, 0] < mask.shape[1])
        seen = np.zeros(len(steps), bool)
        seen[inside] = mask[at[inside, 1], at[inside, 0]]
        ends = np.flatnonzero(~seen)
        # A gap of a few pixels (a button, a strap) does not end the trunk.
        length = len(steps)
        for end in ends:
            if not seen[end : end + 4].any():
                length = int(end)
                break
        sides.append(float(length))
    return sides[0], sides[1]
