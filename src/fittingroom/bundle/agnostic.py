"""Agnostic masks: where a try-on generator may paint. They cover the old garment and the skin that a new one may cover.

Hands, face, hair, feet, the other garments and other people stay. The mask is grown over the background around the
garment, because outlines are uncertain by some pixels, and a rim of the old garment is what generators copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.bundle.doubt import doubtful_parts
from fittingroom.bundle.pose_estimate import Pose, farthest_point
from fittingroom.errors import ConfigError
from fittingroom.labels import LabelSet
from fittingroom.results import ParseResult, Person

Mask = npt.NDArray[np.bool_]

GARMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "upper": ("upper-clothes", "dress", "coat", "jumpsuits"),
        "lower": ("pants", "skirt", "dress", "jumpsuits"),
        "dress": ("upper-clothes", "dress", "coat", "pants", "skirt", "jumpsuits"),
    }
)
"""What is taken off for a garment of each category. A dress goes with either half of it."""

_ARMS, _LEGS = ("left-arm", "right-arm"), ("left-leg", "right-leg")
_SKIN_UNDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"upper": (*_ARMS, "torso-skin"), "lower": _LEGS, "dress": (*_ARMS, *_LEGS, "torso-skin")}
)
_HEAD = ("face", "hair", "hat", "sunglasses")
_KEPT_WEAR = ("glove", "scarf", "socks", "left-shoe", "right-shoe", "belt", "bag")

# Shares of the body's height.
_MARGIN = 0.026
_OVERLAP = 0.01
_HAND = 0.108
_AROUND_HAND = 0.045
_FOOT = 0.05
_DOUBT = 0.08
_CHIN = 0.012
# Confidences below which a pixel near the garment is painted over: background, and what would be kept.
_UNSURE = 0.85
_VERY_UNSURE = 0.7


@dataclass(frozen=True, eq=False)
class AgnosticMask:
    """Masks of one person, bool (H, W).

    Attributes:
        repaint: where the generator may paint.
        garment: the old garment, as the parse shows it.
        hands: what was taken for the person's hands.
        doubtful: parts that are covered because they may be a piece of the garment under a wrong name.
    """

    repaint: Mask
    garment: Mask
    hands: Mask
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True)
class MaskMeasures:
    """How good an agnostic mask is, in shares of pixels; None where there is nothing to measure on.

    Attributes:
        leak: of the old garment, what the mask leaves visible.
        face_kept, hair_kept, hands_kept, other_garments_kept: of each, what the mask leaves alone.
        covered: of the picture, what the mask covers.
    """

    leak: float | None
    face_kept: float | None
    hair_kept: float | None
    hands_kept: float | None
    other_garments_kept: float | None
    covered: float


def agnostic_mask(
    result: ParseResult,
    person: Person,
    pose: Pose,
    *,
    category: str,
    photo_rgb: npt.NDArray[np.uint8] | None = None,
    is_truth: bool = False,
) -> AgnosticMask:
    """The mask of one person for a garment of a category.

    Args:
        result: the parse, at the size that the mask is to have.
        person: one of its people.
        pose: the person's body points; see `fittingroom.bundle.pose_estimate.pose_of`.
        category: "upper", "lower" or "dress".
        photo_rgb: the photo, uint8 (H, W, 3); its colours help to tell whether a part in doubt belongs to the garment.
        is_truth: the labels were drawn, not predicted: then they are taken at their word. Else what is in doubt is
            covered, and the mask reaches over the border to other garments by a hundredth of the body's height or so.

    Raises:
        ConfigError: an unknown category, or the person wears nothing of it.
    """
    if category not in GARMENTS:
        raise ConfigError(f"there is no category {category!r}; known are {', '.join(GARMENTS)}")
    is_person = result.person_map == person.id
    of = _Finder(result, is_person)
    garment = of(GARMENTS[category])
    if category == "upper" and not is_truth:
        garment &= ~_skirt_named_dress(of, pose)
    skin = of(_SKIN_UNDER[category])
    if not garment.any() and not skin.any():
        raise ConfigError(
            f"person {person.id} shows no garment of the category {category} and no skin under it; "
            f"found were {', '.join(person.parts)}"
        )
    stature_px = pose.stature_px
    hands, feet = hand_mask(result, person, pose), _feet(of, stature_px)
    other_garments = _other_garments(category, result.label_set)
    doubtful: tuple[str, ...] = ()
    if not is_truth:
        may_be_meant = (*other_garments, "scarf", *(("socks",) if category != "upper" else ()))
        doubtful = doubtful_parts(result, person, garment, labels=may_be_meant, photo_rgb=photo_rgb)
    cover = garment | of(doubtful) | (skin & ~hands & ~feet)
    if category != "upper":
        cover |= _between_legs(of, garment | skin, result.label_map == 0)
    margin_px = max(3.0, _MARGIN * stature_px)
    distance_px = _distance_to(cover)
    grown = distance_px <= margin_px

    face = of(("face",))
    kept = of(tuple(name for name in (*_HEAD, *_KEPT_WEAR, *other_garments) if name not in doubtful))
    kept |= of(GARMENTS[category]) & ~garment
    kept |= of(tuple(name for name in (*_ARMS, *_LEGS) if name not in _SKIN_UNDER[category])) | feet
    if not is_truth:
        # Unsure pixels farther out may be garment still, whatever they were called.
        is_unsure = (distance_px <= _DOUBT * stature_px) & (result.confidence < 255 * _UNSURE) & (is_person | ~kept)
        grown |= _opened(is_unsure | grown, 0.25 * margin_px)
        is_given_up = (distance_px <= _DOUBT * stature_px) & (result.confidence < 255 * _VERY_UNSURE)
        is_given_up |= of(other_garments) & (_distance_to(garment) <= max(1.0, _OVERLAP * stature_px))
        kept &= ~is_given_up
        # A chin ends where the parser is least sure, and a face is not to be touched.
        kept |= of(("torso-skin",)) & (_distance_to(face) <= _CHIN * stature_px)
    kept |= face | hands | _near_hands(hands, result.label_map == 0, stature_px)
    kept |= (result.person_map > 0) & ~is_person
    if result.bag_map is not None:
        kept |= result.bag_map
    kept &= ~garment
    repaint = _without_specks(grown & ~kept, may_change=~kept & ~garment, smallest_px=margin_px**2)
    return AgnosticMask(repaint | garment, garment, hands, doubtful)


def hand_mask(result: ParseResult, person: Person, pose: Pose) -> Mask:
    """The person's hands, bool (H, W): as details where they were parsed, else the ends of the arms; gloves always."""
    is_person = result.person_map == person.id
    of = _Finder(result, is_person)
    hands = of(("glove",))
    details = [person.details[name].mask for name in ("left-hand", "right-hand") if name in person.details]
    if details:
        # A detail may be missed at its rim: the disc around the wrist is added below all the same.
        hands = np.logical_or.reduce([hands, *details])
    for side in ("left", "right"):
        arm = of((f"{side}-arm",))
        if arm.any():
            hands |= _hand_of(arm, pose, side)
    return hands


def measure_mask(
    repaint: Mask,
    truth: ParseResult,
    person: Person,
    *,
    category: str,
    hands: Mask | None = None,
    garment: Mask | None = None,
) -> MaskMeasures:
    """Compare a mask with a parse: the one that it was made from, or better, labels drawn by somebody.

    Args:
        repaint: bool (H, W).
        truth: what is where.
        person: one of its people.
        category: "upper", "lower" or "dress".
        hands: bool (H, W), or None.
        garment: the old garment, bool (H, W); None: what the labels of ``truth`` say.

    Raises:
        ConfigError: the mask has another size.
    """
    if repaint.shape != truth.size_hw:
        raise ConfigError(f"mask is {repaint.shape}, the labels are {truth.size_hw} (height, width)")
    of = _Finder(truth, truth.person_map == person.id)

    def left_alone(area: Mask) -> float | None:
        return float(np.count_nonzero(area & ~repaint) / area.sum()) if area.any() else None

    return MaskMeasures(
        leak=left_alone(of(GARMENTS[category]) if garment is None else garment),
        face_kept=left_alone(of(("face",))),
        hair_kept=left_alone(of(("hair",))),
        hands_kept=left_alone(hands) if hands is not None else None,
        other_garments_kept=left_alone(of((*_other_garments(category, truth.label_set), *_KEPT_WEAR))),
        covered=float(repaint.mean()),
    )


def _other_garments(category: str, label_set: LabelSet) -> tuple[str, ...]:
    worn = {"upper-clothes", "dress", "coat", "pants", "skirt", "jumpsuits"} - set(GARMENTS[category])
    return tuple(name for name in label_set.classes if name in worn)


class _Finder:
    """Pixels of one person by class names; names that the label set does not have are nowhere."""

    def __init__(self, result: ParseResult, is_person: Mask) -> None:
        self._labels = np.where(is_person, result.label_map, 0).astype(np.uint8)
        self._classes = result.label_set.classes

    def __call__(self, names: tuple[str, ...]) -> Mask:
        table = np.zeros(256, np.uint8)
        table[[self._classes.index(name) for name in names if name in self._classes]] = 1
        return np.asarray(cv2.LUT(self._labels, table), np.uint8).view(np.bool_)


def _hand_of(arm: Mask, pose: Pose, side: str) -> Mask:
    """The end of an arm from the wrist on."""
    y, x = np.nonzero(arm)
    y0, y1, x0, x1 = y.min(), y.max() + 1, x.min(), x.max() + 1
    crop = arm[y0:y1, x0:x1]
    corner = np.array([x0, y0], np.float64)
    shoulder, wrist = pose.point(f"{side}-shoulder"), pose.point(f"{side}-wrist")
    hand_px = _HAND * pose.stature_px
    tip, length_px = farthest_point(crop, (shoulder if shoulder is not None else corner) - corner)
    reach_px = 1.5 * hand_px  # from the tip of the fingers, with room for an error
    yy, xx = np.mgrid[0 : crop.shape[0], 0 : crop.shape[1]]
    hand = np.zeros_like(arm)
    if wrist is not None and pose.source != "masks":
        # From a little above the wrist on, as the forearm points.
        elbow = pose.point(f"{side}-elbow")
        start = wrist - corner
        near = np.hypot(xx - start[0], yy - start[1])
        if elbow is not None and np.linalg.norm(wrist - elbow) > 1:
            along = (wrist - elbow) / np.linalg.norm(wrist - elbow)
            is_beyond = (xx - start[0]) * along[0] + (yy - start[1]) * along[1] > -_AROUND_HAND * pose.stature_px
        else:
            is_beyond = np.ones_like(crop)
        is_hand = ((near <= 1.4 * hand_px) & is_beyond) | (near <= _AROUND_HAND * pose.stature_px)
        if (crop & is_hand).any():
            hand[y0:y1, x0:x1] = crop & is_hand
            return hand
    if length_px <= 1.8 * hand_px:
        hand[y0:y1, x0:x1] = crop  # only the hand looks out of the sleeve
        return hand
    hand[y0:y1, x0:x1] = crop & (np.hypot(xx - tip[0], yy - tip[1]) <= reach_px)
    return hand


def _near_hands(hands: Mask, is_background: Mask, stature_px: float) -> Mask:
    near: Mask = (_distance_to(hands) <= _AROUND_HAND * stature_px) & is_background
    return near


def _feet(of: _Finder, stature_px: float) -> Mask:
    """Bare feet: the lower ends of the legs, where no shoe covers them."""
    feet = np.zeros_like(of(("face",)))
    for side in ("left", "right"):
        leg = of((f"{side}-leg",))
        rows = np.flatnonzero(leg.any(axis=1))
        if not rows.size or of((f"{side}-shoe",)).any():
            continue
        # Cut off by the picture's lower edge, a leg shows no foot.
        if rows[-1] < leg.shape[0] - 2:
            top = rows[-1] + 1 - round(_FOOT * stature_px)
            feet[top:][leg[top:]] = True
    return feet


def _between_legs(of: _Finder, cover: Mask, is_background: Mask) -> Mask:
    """Background between the legs in each row: a skirt or wide trousers will hang there."""
    y, x = np.nonzero(cover & ~of(_ARMS))
    if not y.size:
        return np.zeros_like(cover)
    height, width = cover.shape
    first, last = np.full(height, width), np.full(height, -1)
    np.minimum.at(first, y, x)
    np.maximum.at(last, y, x)
    columns = np.arange(width)
    between: Mask = (columns >= first[:, None]) & (columns <= last[:, None]) & is_background
    return between


def _skirt_named_dress(of: _Finder, pose: Pose) -> Mask:
    """Pieces of a dress that lie below the hips, touch a skirt or trousers, and nothing that is worn above."""
    dress, hip = of(("dress",)), pose.point("mid-hip")
    wrongly = np.zeros_like(dress)
    if hip is None or not dress.any():
        return wrongly
    beside = [_distance_to(of(names)) <= 2 for names in (("pants", "skirt"), ("upper-clothes", "coat"))]
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(dress.view(np.uint8), connectivity=8)
    for piece in range(1, count):
        if stats[piece, cv2.CC_STAT_TOP] > hip[1]:
            is_piece = pieces == piece
            if (is_piece & beside[0]).any() and not (is_piece & beside[1]).any():
                wrongly |= is_piece
    return wrongly


def _opened(mask: Mask, radius_px: float) -> Mask:
    """The mask without what is thinner than two radii."""
    core = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 3) > radius_px
    opened: Mask = _distance_to(core) <= radius_px
    return opened


def _distance_to(mask: Mask) -> npt.NDArray[np.float32]:
    """How far each pixel is from the mask, in pixels; endlessly far from an empty one."""
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    return np.asarray(cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3), np.float32)


def _without_specks(mask: Mask, *, may_change: Mask, smallest_px: float) -> Mask:
    """Small holes closed and small islands dropped, where that is allowed: generators paint them badly."""
    for is_hole in (True, False):
        count, pieces, stats, _ = cv2.connectedComponentsWithStats((mask != is_hole).view(np.uint8), connectivity=4)
        is_small = stats[:count, cv2.CC_STAT_AREA] < smallest_px
        is_small[0] = False
        if is_small.any():
            mask = np.where(is_small[pieces] & may_change, is_hole, mask)
    return mask
