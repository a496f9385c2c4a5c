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

from fittingroom.bundle.doubt import Clues, DoubtModel, bundled_doubt, clues_of
from fittingroom.bundle.pose_estimate import Pose, farthest_point, pose_of
from fittingroom.bundle.view import Mask, View
from fittingroom.errors import ConfigError
from fittingroom.labels import BODY_25, LabelSet
from fittingroom.results import ParseResult, Person

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
    {
        "upper": (*_ARMS, "torso-skin"),
        "lower": (*_LEGS, "socks"),
        "dress": (*_ARMS, *_LEGS, "socks", "torso-skin"),
    }
)
_HEAD = ("face", "hair", "hat", "sunglasses")
_KEPT_WEAR = ("glove", "scarf", "left-shoe", "right-shoe", "belt", "bag")

# Shares of the body's height.
_REACH = 0.15
_MARGIN = 0.026
_HAND = 0.108
_AROUND_HAND = 0.045
_WRIST = 0.036  # radius of the disc that is kept around a wrist
_FOOT = 0.05
_CHIN = 0.012


@dataclass(frozen=True, eq=False)
class AgnosticMask:
    """Masks of one person, bool (H, W).

    Attributes:
        repaint: where the generator may paint.
        garment: the old garment, as the parse shows it.
        hands: what was taken for the person's hands.
        in_doubt: what is covered because it may be a piece of the garment under a wrong name.
    """

    repaint: Mask
    garment: Mask
    hands: Mask
    in_doubt: Mask


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
    doubt: DoubtModel | None = None,
) -> AgnosticMask:
    """The mask of one person for a garment of a category.

    Args:
        result: the parse, at the size that the mask is to have.
        person: one of its people.
        pose: the person's body points; see `fittingroom.bundle.pose_estimate.pose_of`.
        category: "upper", "lower" or "dress".
        photo_rgb: the photo, uint8 (H, W, 3); its colours help to tell what belongs to the garment.
        is_truth: the labels were drawn, not predicted: then they are taken at their word. Else what may be the garment
            under another name is covered.
        doubt: says what may be; None: the model that comes with the package.

    Raises:
        ConfigError: an unknown category, or the person wears nothing of it.
    """
    if category not in GARMENTS:
        raise ConfigError(f"there is no category {category!r}; known are {', '.join(GARMENTS)}")
    view = View.of(result, person, reach_px=_REACH * pose.stature_px)
    pose = pose.seen_from(view.window_xyxy[:2])
    garment, skin = view(GARMENTS[category]), view(_SKIN_UNDER[category])
    if not garment.any() and not skin.any():
        raise ConfigError(
            f"person {person.id} shows no garment of the category {category} and no skin under it; "
            f"found were {', '.join(person.parts)}"
        )
    by_side, feet = _hands(view, pose), _feet(view, pose.stature_px)
    hands, at_hands = by_side["left"] | by_side["right"] | view(("glove",)), _at_hands(view, pose, by_side)
    cover = garment | (skin & ~hands & ~feet)
    if category != "upper":
        cover |= _between_legs(view, garment | skin)
    face = view(("face",))
    kept = view((*_HEAD, *_KEPT_WEAR, *_other_garments(category, result.label_set))) | feet | hands
    kept |= view(tuple(name for name in (*_ARMS, *_LEGS, "socks") if name not in _SKIN_UNDER[category]))
    kept |= (at_hands & ~garment) | _around(hands, view, pose) | view.bags
    in_doubt = np.zeros_like(garment)
    if not is_truth:
        clues = clues_of(view, pose, garment, at_hands, None if photo_rgb is None else view.within(photo_rgb))
        excess = _per_pixel((doubt or bundled_doubt()).excess(clues, category, result.label_set), clues, garment.shape)
        in_doubt = (excess > 0) & ~view.is_other & ~garment & ~cover
        # Where a sleeve ends and the hand begins is as uncertain as the rest.
        kept |= garment & at_hands & (excess < 0)
        # A chin ends where the parser is least sure, and a face is not to be touched.
        kept |= view(("torso-skin",)) & (_distance_to(face) <= _CHIN * pose.stature_px)
    kept = (kept & ~in_doubt) | face | view.is_other
    cover &= ~kept
    margin_px = max(3.0, _MARGIN * pose.stature_px)
    grown = (_distance_to(cover) <= margin_px) | in_doubt
    repaint = _without_specks((grown & ~kept) | cover, may_change=~kept & ~cover, smallest_px=margin_px**2)
    masks = (view.in_photo(mask, result.size_hw) for mask in (repaint, garment, hands, in_doubt & repaint))
    return AgnosticMask(*masks)


def _per_pixel(cells: npt.NDArray[np.float32], clues: Clues, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Values of cells for each pixel, float32 (h, w), smooth between the cells' middles."""
    step, half = clues.step_px, clues.step_px // 2
    to_pixels = np.array([[step, 0, half], [0, step, half]], np.float32)
    size = (shape[1], shape[0])
    return np.asarray(cv2.warpAffine(cells, to_pixels, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _at_hands(view: View, pose: Pose, hands: Mapping[str, Mask]) -> Mask:
    """A disc around each wrist that was seen, however faintly; else the hand and the background around it."""
    at_hands = np.zeros(view.labels.shape, bool)
    for side, hand in hands.items():
        x, y, confidence = pose.points[BODY_25.index(f"{side}-wrist")].tolist()
        if confidence and pose.source != "masks":
            disc = np.zeros(hand.shape, np.uint8)
            cv2.circle(disc, (round(x), round(y)), round(_WRIST * pose.stature_px), 1, -1)
            at_hands |= disc.view(np.bool_)
        else:
            at_hands |= hand | _around(hand, view, pose)
    return at_hands


def _around(hand: Mask, view: View, pose: Pose) -> Mask:
    around: Mask = (_distance_to(hand) <= _AROUND_HAND * pose.stature_px) & view.is_background
    return around


def clues_around(
    result: ParseResult, person: Person, category: str, photo_rgb: npt.NDArray[np.uint8]
) -> tuple[View, Clues]:
    """What `agnostic_mask` looks at in doubt, and where, for those who teach it."""
    pose = pose_of(result, person)
    view = View.of(result, person, reach_px=_REACH * pose.stature_px)
    pose = pose.seen_from(view.window_xyxy[:2])
    at_hands = _at_hands(view, pose, _hands(view, pose))
    return view, clues_of(view, pose, view(GARMENTS[category]), at_hands, view.within(photo_rgb))


def hand_mask(result: ParseResult, person: Person, pose: Pose) -> Mask:
    """The person's hands, bool (H, W): as details where they were parsed, else the ends of the arms; gloves always."""
    view = View.of(result, person, reach_px=0)
    hands = _hands(view, pose.seen_from(view.window_xyxy[:2]))
    return view.in_photo(hands["left"] | hands["right"] | view(("glove",)), result.size_hw)


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
    view = View.of(truth, person, reach_px=0)
    shown = view.within(repaint)

    def left_alone(area: Mask) -> float | None:
        return float(np.count_nonzero(area & ~shown) / area.sum()) if area.any() else None

    return MaskMeasures(
        leak=left_alone(view(GARMENTS[category]) if garment is None else view.within(garment)),
        face_kept=left_alone(view(("face",))),
        hair_kept=left_alone(view(("hair",))),
        hands_kept=left_alone(view.within(hands)) if hands is not None else None,
        other_garments_kept=left_alone(view((*_other_garments(category, truth.label_set), *_KEPT_WEAR))),
        covered=float(repaint.mean()),
    )


def _other_garments(category: str, label_set: LabelSet) -> tuple[str, ...]:
    worn = {"upper-clothes", "dress", "coat", "pants", "skirt", "jumpsuits"} - set(GARMENTS[category])
    return tuple(name for name in label_set.classes if name in worn)


def _hands(view: View, pose: Pose) -> dict[str, Mask]:
    """The hands by side."""
    hands = {}
    for side in ("left", "right"):
        arm = view((f"{side}-arm",))
        # A detail may be missed at its rim: the end of the arm is added all the same.
        hands[side] = _hand_of(arm, pose, side) if arm.any() else np.zeros_like(arm)
        if f"{side}-hand" in view.details:
            hands[side] |= view.details[f"{side}-hand"]
    return hands


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


def _feet(view: View, stature_px: float) -> Mask:
    """Bare feet: the lower ends of the legs, where no shoe covers them."""
    feet = np.zeros(view.labels.shape, bool)
    for side in ("left", "right"):
        leg = view((f"{side}-leg",))
        rows = np.flatnonzero(leg.any(axis=1))
        if not rows.size or view((f"{side}-shoe",)).any():
            continue
        # Cut off by the picture's lower edge, a leg shows no foot; the window ends there too.
        if rows[-1] < leg.shape[0] - 2:
            top = rows[-1] + 1 - round(_FOOT * stature_px)
            feet[top:][leg[top:]] = True
    return feet


def _between_legs(view: View, cover: Mask) -> Mask:
    """Background between the legs in each row: a skirt or wide trousers will hang there."""
    legs = cover & ~view(_ARMS)
    columns = np.arange(legs.shape[1])
    first = np.where(legs.any(axis=1), legs.argmax(axis=1), legs.shape[1])
    last = legs.shape[1] - 1 - legs[:, ::-1].argmax(axis=1)
    between: Mask = (columns >= first[:, None]) & (columns <= last[:, None]) & view.is_background
    return between


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
