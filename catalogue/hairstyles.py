"""Hairstyles, strand by strand: locks grow from a head, fall round the face, and are lit as fibres.

Centimetres, y upwards, z towards the camera; the eyes are at y = 0, the chin at y = -11.5. What lies before the face
and shoulders is the view's picture, what falls behind them its back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from drawn import Drawn, Picture, View
from fabric import linear
from light import LAMP, blurred, encoded
from noise import Floats, Mask, noise, step

FACTOR = 2
TALL_PX, WIDE_PX = 740, 620
SKULL = np.array([0.0, 2.2, -1.0], np.float32)
AXES = np.array([7.5, 9.3, 9.2], np.float32)
CHIN_Y, HAIRLINE_Y, FACE_HALF_CM = -11.5, 6.4, 7.0
STEP_CM = 0.45


@dataclass(frozen=True)
class Style:
    """How hair grows and falls.

    Attributes:
        length_cm: (shortest, longest) lock.
        lift: how far it stands off the scalp, in shares of the skull.
        part_x: where the parting is; None: combed back or forward, no parting.
        fringe_cm: length of the locks that fall over the forehead, 0 for none.
        wave_cm, wave_every_cm: sideways swing of a lock, and its period.
        curl_cm: radius of the spirals.
        gravity: 0 stands, 1 hangs.
        spread_cm: thickness of a lock at the root; `gather` is how much it closes towards its tip.
        up: direction in which hair on top is combed; None: away from the parting.
        sides: how short the sides are kept, 0 to 1; `ruffle` is disorder.
        cut_y, fringe_y: where scissors have gone straight through the hair and the fringe.
    """

    length_cm: tuple[float, float]
    lift: float = 0.12
    part_x: float | None = 0.0
    fringe_cm: float = 0.0
    wave_cm: float = 0.0
    wave_every_cm: float = 9.0
    curl_cm: float = 0.0
    gravity: float = 0.6
    spread_cm: float = 0.42
    gather: float = 0.55
    up: tuple[float, float, float] | None = None
    locks: int = 900
    strands: int = 13
    frizz_cm: float = 0.10
    inward: float = 0.0
    cut_y: float | None = None
    fringe_y: float | None = None
    sides: float = 0.0
    ruffle: float = 0.25


def _roots(rng: np.random.Generator, style: Style) -> Floats:
    """Where locks grow: unit vectors on the skull, none on the face or below the nape: (N, 3)."""
    direction = rng.normal(size=(style.locks * 6, 3)).astype(np.float32)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    at = SKULL + direction * AXES
    hairline = HAIRLINE_Y - 0.045 * at[:, 0] ** 2 + 0.25 * noise(at[:, 0] * 0.6, at[:, 1] * 0.2, 301)
    is_side = (at[:, 2] < 0.4) & (at[:, 1] > -0.5)
    is_nape = (at[:, 2] < -4.0) & (at[:, 1] > -6.0)
    return direction[(at[:, 1] > hairline) | is_side | is_nape][: style.locks]


def _grown(style: Style, roots: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The locks' middle lines (N, steps, 3), and the length of each in steps."""
    count = len(roots)
    at = SKULL + roots * AXES
    # The parting runs from the forehead to the crown; behind it hair falls to the side on which it grows.
    side = np.sign(at[:, 0] - (style.part_x or 0.0) * step(-2, 3, at[:, 2]) + 1e-3)
    normal = roots / AXES
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    is_fringe = (at[:, 2] > 3.8) & (np.abs(at[:, 0]) < 6.4) & (style.fringe_cm > 0)
    top = step(3.0, 8.0, at[:, 1])
    if style.up is not None:
        # On top as it is combed, at the sides down and back.
        combed = (
            np.array(style.up, np.float32) * top[:, None]
            + np.array([0.0, -0.45, -0.75]) * style.sides * (1 - top)[:, None]
        )
        heading = combed + style.ruffle * rng.normal(size=at.shape)
    else:
        away = np.stack([side * (1.2 - 0.05 * np.abs(at[:, 0])), np.full(count, 0.1), np.full(count, -0.25)], axis=1)
        heading = np.where(is_fringe[:, None], np.array([0.0, -0.2, 1.0]), away)
    heading = heading - 0.8 * (heading * normal).sum(axis=1, keepdims=True) * normal
    heading += 0.25 * normal
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    longest = style.length_cm[0] + (style.length_cm[1] - style.length_cm[0]) * rng.random(count) ** 0.5
    if style.length_cm[1] > 28:  # long hair ends at one height, wherever it grows
        longest = longest - 0.75 * np.clip(11 - at[:, 1], 0, 17)
    longest = longest * (1 - style.sides * 0.62 * (1 - top)) if style.up is not None else longest
    longest = np.where(is_fringe, style.fringe_cm * rng.uniform(0.94, 1.04, count), longest)
    # Most locks lie near the outside: a closed silhouette, with little that strays.
    off = style.lift * (0.25 + 0.75 * np.sqrt(rng.random(count)))
    off = off * (1 - 0.55 * style.sides * (1 - top)) if style.up is not None else off
    off = np.where(is_fringe, off * 0.8, off)
    steps = int(np.ceil(longest.max() / STEP_CM)) + 1
    falls_before = at[:, 2] > rng.normal(0.5, 1.2, count)
    line = np.empty((count, steps, 3), np.float32)
    for k in range(steps):
        line[:, k] = at
        share = min(k * STEP_CM / 6.0, 1.0)
        pull = style.gravity * (0.15 + 0.85 * share)
        heading[:, 1] -= pull * 0.35
        if style.inward > 0:
            low = np.clip((-6.0 - at[:, 1]) / 5.0, 0, 1)
            heading[:, 0] -= np.sign(at[:, 0]) * style.inward * low * 0.35
        heading += 0.03 * rng.normal(size=heading.shape)
        heading /= np.linalg.norm(heading, axis=1, keepdims=True)
        at = at + heading * STEP_CM
        at = _outside_head(at, 1.0 + off * min(k * STEP_CM / 3.0, 1.0))
        at = _beside_face(at, is_fringe, falls_before, off)
        moved = at - line[:, k]
        heading = 0.35 * heading + 0.65 * moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return line, longest


def _outside_head(at: Floats, scale: Floats) -> Floats:
    ratio = np.linalg.norm((at - SKULL) / AXES, axis=1)
    push = np.where(ratio < scale, scale / np.maximum(ratio, 1e-6), 1.0)
    # Below the ears the skull ends: a neck takes its place.
    push = np.where(at[:, 1] < -4.5, 1.0, push)
    at = SKULL + (at - SKULL) * push[:, None]
    is_low = at[:, 1] < -4.5
    across = np.hypot(at[:, 0] / 6.3, (at[:, 2] + 2.0) / 6.3)
    wide = np.where(is_low & (across < 1), 1 / np.maximum(across, 1e-3), 1.0)
    at[:, 0] *= wide
    at[:, 2] = (at[:, 2] + 2.0) * wide - 2.0
    return at


def _beside_face(at: Floats, is_fringe: Mask, falls_before: Mask, off: Floats) -> Floats:
    """Nothing but the fringe crosses the face; what falls before the shoulders stays before them."""
    y = at[:, 1]
    half = np.interp(y, [-14, CHIN_Y, -7, 0, 4, HAIRLINE_Y], [4.4, 5.0, 6.3, FACE_HALF_CM - 0.1, 6.0, 0.0])
    half = half + 2.0 * off
    hits = (np.abs(at[:, 0]) < half) & (at[:, 2] > 0) & ~is_fringe & (y < HAIRLINE_Y)
    at[:, 0] = np.where(hits, np.sign(at[:, 0]) * (0.6 * np.abs(at[:, 0]) + 0.4 * half), at[:, 0])
    below = np.clip((-9 - y) / 6, 0, 1)
    at[:, 2] = np.where(
        falls_before, np.maximum(at[:, 2], 1.2 * below), np.where(y < -9, np.minimum(at[:, 2], -1.5), at[:, 2])
    )
    return at


def _strands(style: Style, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Points (S, steps, 3), lengths in centimetres (S,), and the shade of each strand (S,)."""
    roots = _roots(rng, style)
    line, length = _grown(style, roots, rng)
    locks, steps, _ = line.shape
    arc = (np.arange(steps) * STEP_CM).astype(np.float32)
    tangent = np.gradient(line, axis=1)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=2, keepdims=True), 1e-6)
    outward = line - SKULL
    outward[..., 1] *= np.clip(1 + line[..., 1] / 8, 0, 1)
    across = np.cross(tangent, outward)
    across /= np.maximum(np.linalg.norm(across, axis=2, keepdims=True), 1e-6)
    lift = np.cross(across, tangent)
    phase: Floats = rng.uniform(0, 2 * np.pi, (locks, 1))
    if style.wave_cm > 0:
        # Neighbouring locks swing together.
        phase = (
            2.2 * noise(line[:, 0, 0] * 0.22, line[:, 0, 2] * 0.22 + 0.13 * line[:, 0, 1], 302)[:, None] + 0.35 * phase
        )
        swing = style.wave_cm * step(1.0, 9.0, arc)
        turn = 2 * np.pi * arc / style.wave_every_cm + phase
        line = line + swing[:, None] * (np.sin(turn)[..., None] * across + 0.5 * np.cos(turn)[..., None] * lift)
    if style.curl_cm > 0:
        period: Floats = rng.uniform(2.2, 3.8, (locks, 1))
        turn = 2 * np.pi * arc / period + phase
        radius = style.curl_cm * step(0.3, 3.0, arc)
        line = line + radius[:, None] * (np.cos(turn)[..., None] * across + np.sin(turn)[..., None] * lift)
    per = style.strands
    offset = rng.normal(size=(locks, per, 2)).astype(np.float32) * style.spread_cm
    close = 1 - style.gather * np.clip(arc[None, :] / np.maximum(length[:, None], 1e-3), 0, 1)
    strand = line[:, None] + (offset[:, :, 0, None] * close[:, None])[..., None] * across[:, None]
    strand = strand + (0.6 * offset[:, :, 1, None] * close[:, None])[..., None] * lift[:, None]
    stray = rng.normal(size=(locks, per, 1)) * 11
    frizz = style.frizz_cm * noise(
        np.broadcast_to(arc / 2.2, (locks, per, steps)), np.broadcast_to(stray, (locks, per, steps)), 303
    )
    strand = strand + frizz[..., None] * across[:, None]
    strand_length = length[:, None] * rng.uniform(0.86, 1.0, (locks, per))
    shade = 1 + 0.13 * rng.normal(size=(locks, 1)) + 0.12 * rng.normal(size=(locks, per))
    return (
        strand.reshape(-1, steps, 3).astype(np.float32),
        strand_length.reshape(-1),
        shade.reshape(-1).astype(np.float32),
    )


def _undergrowth(steps: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Short dark hair close to the scalp, so that no parting shows through to what is behind."""
    cropped = Style(
        (0.9, 1.4),
        lift=0.015,
        part_x=None,
        up=(0.0, 0.0, -0.2),
        locks=1700,
        strands=4,
        ruffle=0.8,
        gather=0.0,
        gravity=0.2,
    )
    points, length, shade = _strands(cropped, rng)
    root_y = points[:, 0, 1]
    # None at the temples, where it would be seen, nor on top, where it would stick out.
    is_hidden = (root_y > 2.5) & (root_y < 10.4)
    points, length, shade = points[is_hidden], length[is_hidden], shade[is_hidden]
    missing = steps - points.shape[1]
    points = np.concatenate([points, np.repeat(points[:, -1:], max(missing, 0), axis=1)], axis=1)[:, :steps]
    return points, length, shade * 0.6


@dataclass(frozen=True)
class _Canvas:
    px_per_cm: float
    width: int
    height: int
    top_cm: float

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        return self.width / 2 + x * self.px_per_cm, (self.top_cm - y) * self.px_per_cm


def _lit(points: Floats, arc_share: Floats, shade: Floats, colour: Floats, tip: Floats) -> Floats:
    """Linear RGB of each point of each strand (Kajiya and Kay's fibres): (S, steps, 3)."""
    tangent = np.gradient(points, axis=1)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=2, keepdims=True), 1e-6)
    lamp = np.array([LAMP[0], -LAMP[1], LAMP[2]], np.float32)
    half = lamp + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    normal = (points - SKULL) / AXES
    normal[..., 1] = np.where(points[..., 1] < 0, 0.0, normal[..., 1])
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-6)
    facing = np.clip(0.35 + 0.65 * (normal @ lamp), 0.05, 1)
    along_lamp = tangent @ lamp
    diffuse = np.sqrt(np.maximum(1 - along_lamp**2, 0)) * facing
    shift = 0.10 * (shade[:, None] - 1) / 0.15

    def glint(power: float, moved: Floats) -> Floats:
        bent = tangent + (moved[..., None] if np.ndim(moved) else moved) * normal
        bent /= np.maximum(np.linalg.norm(bent, axis=2, keepdims=True), 1e-6)
        return np.maximum(1 - (bent @ half) ** 2, 0) ** (power / 2) * facing

    rgb = colour + (tip - colour) * (arc_share**1.5)[..., None]
    root = 0.62 + 0.38 * step(0.0, 0.12, arc_share)
    body = rgb * ((0.34 + 0.85 * diffuse) * shade[:, None] * root)[..., None]
    first = 0.10 * glint(90, shift - 0.06)
    second = 0.75 * glint(22, shift + 0.10)
    return np.maximum(body + first[..., None] + rgb * second[..., None], 0).astype(np.float32)


def _splat(points: Floats, rgb: Floats, length: Floats, is_used: Mask, canvas: _Canvas) -> Picture:
    """The nearest strand at each pixel; what lies deep between others is darker."""
    width, height = canvas.width * FACTOR, canvas.height * FACTOR
    scale = canvas.px_per_cm * FACTOR
    nearest = np.full(width * height, -1, np.int64)
    steps = points.shape[1]
    per_step = int(np.ceil(STEP_CM * scale * 1.5))
    flat = np.arange(points.shape[0] * steps, dtype=np.int64).reshape(points.shape[0], steps)
    arc = (np.arange(steps) * STEP_CM).astype(np.float32)
    for k in range(per_step):
        f = np.float32(k / per_step)
        at = points[:, :-1] * (1 - f) + points[:, 1:] * f
        use = is_used[:, :-1] & (arc[None, :-1] + f * STEP_CM < length[:, None])
        x = np.floor(width / 2 + at[..., 0] * scale).astype(np.int64)
        y = np.floor((canvas.top_cm - at[..., 1]) * scale).astype(np.int64)
        use &= (x >= 0) & (x < width) & (y >= 0) & (y < height)
        key = (((at[..., 2] + 60) * 256).astype(np.int64) << 40) | flat[:, :-1]
        np.maximum.at(nearest, (y * width + x)[use], key[use])
    is_there = (nearest >= 0).reshape(height, width)
    which = np.where(nearest >= 0, nearest & 0xFFFFFFFFFF, 0)
    colour = rgb.reshape(-1, 3)[which].reshape(height, width, 3) * is_there[..., None]
    depth = points[..., 2].reshape(-1)[which].reshape(height, width) * is_there
    weight = is_there.astype(np.float32)
    dark = np.zeros_like(weight)
    for radius_cm in (0.25, 0.8, 2.0):
        mean = blurred(depth.astype(np.float32), radius_cm * scale) / np.maximum(
            blurred(weight, radius_cm * scale), 1e-3
        )
        dark += np.clip((mean - depth) / radius_cm, 0, 1.5)
    colour = colour * (np.exp(-0.38 * dark) * 1.06)[..., None]
    size = (canvas.width, canvas.height)
    # A strand is thinner than two pixels of the fine picture: the little blur lets neighbours close up.
    light = cv2.resize(cv2.GaussianBlur(colour.astype(np.float32), (0, 0), 0.6), size, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(cv2.GaussianBlur(weight, (0, 0), 0.6), size, interpolation=cv2.INTER_AREA)
    straight = light / np.maximum(alpha, 1e-3)[..., None]
    around = cv2.GaussianBlur(light, (0, 0), 5) / np.maximum(cv2.GaussianBlur(alpha, (0, 0), 5), 1e-4)[..., None]
    straight = np.where((alpha < 0.03)[..., None], around, straight)
    return np.dstack([encoded(straight), np.round(np.clip(alpha * 1.15, 0, 1) * 255).astype(np.uint8)])


def _hairstyle(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    style: Style,
    *,
    tip: str | None = None,
    seed: int,
    tall_cm: float,
    wide_cm: float,
    top_cm: float = 17.0,
) -> Drawn:
    rng = np.random.default_rng(seed)
    points, length, shade = _strands(style, rng)
    steps = points.shape[1]
    under_points, under_length, under_shade = _undergrowth(steps, rng)
    points, length = np.concatenate([points, under_points]), np.concatenate([length, under_length])
    shade = np.concatenate([shade, under_shade])
    share = np.clip(np.arange(steps) * STEP_CM / np.maximum(length[:, None], 1e-3), 0, 1).astype(np.float32)
    rgb = _lit(points, share, shade, linear(colour), linear(tip or colour))
    scale = min(TALL_PX / tall_cm, WIDE_PX / wide_cm)
    canvas = _Canvas(scale, round(wide_cm * scale), round(tall_cm * scale), top_cm)
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    kept = np.ones(y.shape, bool)
    uneven = 0.35 * noise(x * 1.5, 0 * y, 304)
    if style.cut_y is not None:
        kept &= np.cumsum(y < style.cut_y + uneven, axis=1) == 0
    if style.fringe_y is not None:
        kept &= np.cumsum((y < style.fringe_y + uneven + 0.02 * x**2 * -1) & (np.abs(x) < 6.2) & (z > 4), axis=1) == 0
    # The face stays free of what grows behind it, at the sides and on the neck.
    is_behind_face = (y < 3.0) & (np.abs(x) < FACE_HALF_CM * np.interp(y, [-13, -9, 3], [0.75, 0.9, 0.97])) & (z < 4)
    before = ((z > -1.2) | ((y > 1.0) & (z > -7))) & ~is_behind_face
    front = _splat(points, rgb, length, kept & before, canvas)
    back = _splat(points, rgb * np.float32(0.72), length, kept & (z <= 1.5), canvas)
    column = front[..., 3][:, canvas.width // 2 - 3 : canvas.width // 2 + 4].max(axis=1) > 100
    rows = np.nonzero(column)[0]
    crown = float(rows[0])
    # The hair's lower edge on the forehead: above the first gap that is more than a parting that shows through.
    gaps = np.nonzero(np.diff(rows) > 1.2 * scale)[0]
    hairline = float(rows[gaps[0]] if len(gaps) else rows[-1])
    middle = canvas.width / 2
    anchors = {
        "left_temple": canvas.pixel(FACE_HALF_CM, 0),
        "right_temple": canvas.pixel(-FACE_HALF_CM, 0),
        "hairline": (middle, hairline),
        "crown": (middle, crown),
        "chin": canvas.pixel(0, CHIN_Y),
    }
    return Drawn(
        id, "hairstyle", name, name_zh, colour, {"front": View(front, anchors, back).cropped()}, {"gloss": 0.3}
    )


def hairstyles() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    straight = Style(
        (35, 40), lift=0.10, gravity=0.9, spread_cm=0.5, gather=0.35, frizz_cm=0.05, locks=1100, strands=12
    )
    bob = Style(
        (24, 27),
        lift=0.13,
        gravity=0.8,
        fringe_cm=11.0,
        fringe_y=2.2,
        spread_cm=0.62,
        gather=0.15,
        frizz_cm=0.05,
        inward=0.55,
        locks=2300,
        strands=12,
        cut_y=-10.5,
    )
    wavy = Style(
        (30, 38),
        lift=0.20,
        part_x=2.4,
        wave_cm=0.85,
        wave_every_cm=8.5,
        gravity=0.7,
        gather=0.6,
        locks=1000,
        strands=14,
    )
    curly = Style(
        (13, 17),
        lift=0.40,
        part_x=None,
        up=(0.0, 0.0, 0.0),
        curl_cm=0.6,
        gravity=0.26,
        spread_cm=0.30,
        gather=0.2,
        frizz_cm=0.25,
        locks=1700,
        strands=8,
    )
    short = Style(
        (5.0, 7.0),
        lift=0.20,
        part_x=None,
        up=(0.75, 0.5, 0.0),
        sides=1.0,
        ruffle=0.10,
        gravity=0.22,
        spread_cm=0.42,
        gather=0.6,
        locks=2200,
        strands=12,
        frizz_cm=0.06,
    )
    return {
        "hair-long-straight": lambda: _hairstyle(
            "hair-long-straight", "Long straight hair", "长直发", "#3a2519", straight, seed=1001, tall_cm=58, wide_cm=34
        ),
        "hair-bob-fringe": lambda: _hairstyle(
            "hair-bob-fringe", "Bob with a fringe", "齐刘海波波头", "#1d1613", bob, seed=1002, tall_cm=34, wide_cm=28
        ),
        "hair-wavy-blonde": lambda: _hairstyle(
            "hair-wavy-blonde",
            "Wavy blonde hair",
            "金色大波浪",
            "#b08a52",
            wavy,
            tip="#d8bb85",
            seed=1003,
            tall_cm=54,
            wide_cm=38,
        ),
        "hair-curly": lambda: _hairstyle(
            "hair-curly",
            "Curly hair",
            "蓬松卷发",
            "#4a2416",
            curly,
            tip="#6b3820",
            seed=1004,
            tall_cm=54,
            wide_cm=52,
            top_cm=28,
        ),
        "hair-short": lambda: _hairstyle(
            "hair-short", "Short quiff", "短发", "#4b3422", short, seed=1005, tall_cm=32, wide_cm=26
        ),
    }
