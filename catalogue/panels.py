"""Flat clothes out of cut pieces: outlines filled out, folded, sewn on one another.

Lengths are centimetres, x to the right, y down, as on a cutting table; x = 0 is the middle of the garment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from fabric import Fabric, linear
from light import Relief, blurred
from noise import Floats, Mask, noise, ridged, step
from solids import smooth_curve

Field = Callable[[Floats, Floats], Floats]  # x_cm, y_cm -> height in centimetres
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Crease:
    """One fold: a ridge along a path, steep on one side, fading towards both ends.

    Attributes:
        path: points in centimetres.
        width_cm, height_cm: of the ridge. A negative height is a furrow.
        lean: -1 to 1, the side on which it is steeper.
    """

    path: Points
    width_cm: float = 1.6
    height_cm: float = 0.45
    lean: float = 0.5


@dataclass(frozen=True)
class Panel:
    """One piece of cloth.

    Attributes:
        outline: closed, in centimetres.
        round_cm: how far in from its edge it is rounded; `thick_cm` is how high it gets there.
        lift_cm: it lies this much above what is under it.
        grain_deg: how far the cloth's own upright is turned clockwise.
        origin_cm: where the cloth's u = v = 0 is.
        creases, folds: single folds, and a field of folds.
        hems_cm: distances from the edge at which there are rows of stitches.
        seams: lines of stitching: (path, width of the groove); `topstitch_cm` away from each there is a row of thread.
        thread: colour of the stitches; None: the cloth's.
        tint: multiplies the colour at (x, y); `dark` does everywhere, for linings and insides.
        follows: lies on what is under it and takes over its folds.
        uv: the cloth's coordinates at (x, y), where it is not simply turned, as on ribbing round a neck.
        hem_where: where the rows of hems_cm are.
    """

    outline: Points | Floats
    fabric: Fabric
    thick_cm: float = 1.0
    round_cm: float = 1.2
    lift_cm: float = 0.0
    grain_deg: float = 0.0
    origin_cm: tuple[float, float] = (0.0, 0.0)
    creases: Sequence[Crease] = ()
    folds: Field | None = None
    hems_cm: Sequence[float] = ()
    seams: Sequence[tuple[Points, float]] = ()
    topstitch_cm: Sequence[float] = ()
    thread: str | None = None
    tint: Callable[[Floats, Floats], Floats] | None = None
    dark: float = 1.0
    follows: bool = False
    uv: Callable[[Floats, Floats], tuple[Floats, Floats]] | None = None
    hem_where: Callable[[Floats, Floats], Mask] | None = None
    opacity: float = 1.0


def sewn_on(
    outline: Points | Floats,
    fabric: Fabric,
    relief_cm: tuple[float, float, float],
    *,
    grain_deg: float = 0.0,
    origin_cm: tuple[float, float] = (0.0, 0.0),
    folds: Field | None = None,
    hems_cm: Sequence[float] = (),
    hem_where: Callable[[Floats, Floats], Mask] | None = None,
    seams: Sequence[tuple[Points, float]] = (),
    topstitch_cm: Sequence[float] = (),
    thread: str | None = None,
    dark: float = 1.0,
    uv: Callable[[Floats, Floats], tuple[Floats, Floats]] | None = None,
) -> Panel:
    """A pocket, a band, a button: a piece that lies on another and follows its folds.

    relief_cm: its thickness, how far in it is rounded, and its lift, as in `Panel`.
    """
    thick_cm, round_cm, lift_cm = relief_cm
    return Panel(
        outline, fabric, thick_cm, round_cm, lift_cm, grain_deg, origin_cm, (), folds, hems_cm, seams, topstitch_cm,
        thread, None, dark, True, uv, hem_where,
    )  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Which part of the plane is in the picture."""

    px_per_cm: float
    left_cm: float
    top_cm: float
    right_cm: float
    bottom_cm: float

    def size_px(self, factor: int) -> tuple[int, int]:
        scale = self.px_per_cm
        width, height = (self.right_cm - self.left_cm) * scale, (self.bottom_cm - self.top_cm) * scale
        return round(width) * factor, round(height) * factor

    def pixel(self, x_cm: float, y_cm: float) -> tuple[float, float]:
        return (x_cm - self.left_cm) * self.px_per_cm, (y_cm - self.top_cm) * self.px_per_cm


def rounded(points: Points, *, corners: Sequence[int] = (), samples: int = 60) -> Floats:
    """A closed outline through the points, smooth but for the corners (indices): (N, 2)."""
    at = np.array(points, np.float32)
    if not corners:
        return smooth_curve(at, closed=True, samples=samples * len(at))
    parts = []
    order = list(corners)
    for a, b in zip(order, [*order[1:], order[0] + len(at)], strict=True):
        run = np.array([at[i % len(at)] for i in range(a, b + 1)])
        parts.append(run if len(run) == 2 else smooth_curve(run, samples=samples * (len(run) - 1)))
    return np.concatenate(parts)


def laid(panels: Sequence[Panel], table: Table, *, factor: int) -> Relief:
    """All panels, the first at the bottom, as a relief."""
    width, height = table.size_px(factor)
    relief = Relief.empty(height, width)
    scale = table.px_per_cm * factor
    relief.z_px[:] = 0
    for piece, panel in enumerate(panels, start=1):
        _lay(relief, panel, table, scale, piece)
    relief.z_px[relief.piece == 0] = np.float32(-1e6)
    return relief


def _lay(relief: Relief, panel: Panel, table: Table, scale: float, piece: int) -> None:
    full_height, full_width = relief.z_px.shape
    outline = np.asarray(panel.outline, np.float32)
    pixels = (outline - (table.left_cm, table.top_cm)) * scale
    x0, y0 = np.maximum(np.floor(pixels.min(axis=0)).astype(int) - 2, 0)
    x1, y1 = np.ceil(pixels.max(axis=0)).astype(int) + 3
    x1, y1 = min(int(x1), full_width), min(int(y1), full_height)
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillPoly(mask, [np.round((pixels - (x0, y0)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    inside = mask > 127
    ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    x_cm, y_cm = (xs + 0.5) / scale + table.left_cm, (ys + 0.5) / scale + table.top_cm
    depth_cm = np.asarray(cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5), np.float32) / scale
    height = _filled_out(depth_cm, panel, scale)
    for crease in panel.creases:
        _add_crease(height, crease, x_cm, y_cm, scale)
    if panel.folds is not None:
        height += panel.folds(x_cm, y_cm)
    area = (slice(y0, y1), slice(x0, x1))
    if panel.follows:
        under = blurred(relief.z_px[area], 0.25 * scale) / scale
        height = height + under
    z = (height + panel.lift_cm) * scale
    gradient_y, gradient_x = np.gradient(cv2.GaussianBlur(z, (0, 0), max(0.09 * scale, 0.8)))
    normal = np.dstack([-gradient_x, -gradient_y, np.ones_like(z)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    if panel.uv is not None:
        u, v = panel.uv(x_cm, y_cm)
    else:
        c, s = math.cos(math.radians(panel.grain_deg)), math.sin(math.radians(panel.grain_deg))
        dx, dy = x_cm - panel.origin_cm[0], y_cm - panel.origin_cm[1]
        u, v = c * dx + s * dy, -s * dx + c * dy
    stitched, thread = _stitching(panel, depth_cm, x_cm, y_cm, scale)
    bump = panel.fabric.weave(u, v) + stitched
    albedo = panel.fabric.albedo(u, v) * panel.dark
    if panel.tint is not None:
        albedo = albedo * panel.tint(x_cm, y_cm)[..., None]
    if panel.thread is not None:
        albedo = albedo + (linear(panel.thread) - albedo) * (0.75 * thread)[..., None]
    else:
        albedo = albedo * (1 - 0.10 * thread)[..., None]
    relief.z_px[area][inside] = z[inside]
    relief.normal[area][inside] = normal[inside]
    relief.albedo[area][inside] = albedo[inside]
    relief.bump_px[area][inside] = (bump * scale)[inside]
    for name in ("gloss", "roughness", "sheen", "is_metal"):
        getattr(relief, name)[area][inside] = getattr(panel.fabric, name)
    relief.opacity[area][inside] = panel.opacity
    relief.piece[area][inside] = piece


def _filled_out(depth_cm: Floats, panel: Panel, scale: float) -> Floats:
    """A quarter circle in from the edge, then flat; smoothed, so that the skeleton of the outline does not show."""
    t = np.clip(depth_cm / panel.round_cm, 0, 1)
    height = panel.thick_cm * np.sqrt(np.maximum(1 - (1 - t) ** 2, 0))
    return blurred(height.astype(np.float32), 0.12 * panel.round_cm * scale)


def _add_crease(height: Floats, crease: Crease, x_cm: Floats, y_cm: Floats, scale: float) -> None:
    curve = smooth_curve(np.array(crease.path, np.float32), samples=24)
    reach = 3.2 * crease.width_cm
    left, top = curve.min(axis=0) - reach
    right, bottom = curve.max(axis=0) + reach
    columns = np.nonzero((x_cm[0] > left) & (x_cm[0] < right))[0]
    rows = np.nonzero((y_cm[:, 0] > top) & (y_cm[:, 0] < bottom))[0]
    if not len(columns) or not len(rows):
        return
    area = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    every = max(int(0.12 * scale), 1)  # folds are smooth: a coarse grid is enough
    x, y = x_cm[area][::every, ::every], y_cm[area][::every, ::every]
    nearest = np.full(x.shape, 1e9, np.float32)
    signed, place = np.zeros_like(nearest), np.zeros_like(nearest)
    for k in range(len(curve) - 1):
        ax, ay = curve[k]
        bx, by = curve[k + 1] - curve[k]
        t = np.clip(((x - ax) * bx + (y - ay) * by) / max(bx * bx + by * by, 1e-9), 0, 1)
        dx, dy = x - ax - t * bx, y - ay - t * by
        distance = dx * dx + dy * dy
        closer = distance < nearest
        nearest = np.where(closer, distance, nearest)
        signed = np.where(closer, np.sign(bx * dy - by * dx), signed)
        place = np.where(closer, (k + t) / (len(curve) - 1), place)
    taper = np.abs(np.sin(np.pi * np.clip(place, 0, 1))) ** 0.8
    off = np.sqrt(nearest) * signed / (crease.width_cm * (0.55 + 0.45 * taper))
    steep = off * (1 + 0.55 * crease.lean * np.tanh(off * 2))
    ridge = np.exp(-(steep**2)) - 0.35 * np.exp(-(((off - 1.5 * np.sign(crease.lean)) / 0.9) ** 2))
    add = (crease.height_cm * taper * ridge).astype(np.float32)
    target = height[area]
    target += cv2.resize(add, target.shape[::-1], interpolation=cv2.INTER_CUBIC)


def _stitching(panel: Panel, depth_cm: Floats, x_cm: Floats, y_cm: Floats, scale: float) -> tuple[Floats, Floats]:
    """Relief and visibility of seams and threads."""
    relief_cm, thread = np.zeros_like(depth_cm), np.zeros_like(depth_cm)
    dash = np.abs(np.sin((x_cm + y_cm * 0.97) * 9)) > 0.3
    dash = dash | (np.abs(np.sin((x_cm - y_cm * 0.97) * 9)) > 0.8)

    def row(off_cm: Floats) -> None:
        line = np.exp(-((off_cm / 0.07) ** 2))
        relief_cm[:] += 0.035 * line * dash - 0.05 * np.exp(-((off_cm / 0.16) ** 2))
        thread[:] = np.maximum(thread, line * dash)

    for hem in panel.hems_cm:
        off = depth_cm - hem
        if panel.hem_where is not None:
            off = np.where(panel.hem_where(x_cm, y_cm), off, 9)
        row(off)
    for path, groove_cm in panel.seams:
        off = _distance(path, x_cm, y_cm, scale)
        relief_cm -= 0.12 * np.exp(-((off / groove_cm) ** 2))
        for beside in panel.topstitch_cm:
            row(np.abs(off) - beside)
    return relief_cm, thread


def _distance(path: Points, x_cm: Floats, y_cm: Floats, scale: float) -> Floats:
    """Distance to a line in centimetres, exact near it."""
    at = np.array(path, np.float32)
    curve = smooth_curve(at, samples=200) if len(at) > 2 else at
    drawn = np.full(x_cm.shape, 255, np.uint8)
    pixels = (curve - (x_cm[0, 0], y_cm[0, 0])) * scale
    cv2.polylines(drawn, [np.round(pixels * 16).astype(np.int32)], False, 0, 1, cv2.LINE_8, 4)
    return np.asarray(cv2.distanceTransform(drawn, cv2.DIST_L2, 5), np.float32) / scale


def hanging(
    seed: int, *, across_cm: float, height_cm: float, top_cm: float, full_cm: float, slant: float = 0.0
) -> Field:
    """Folds that hang down: nothing at top_cm, all of height_cm from full_cm on."""

    def field_(x: Floats, y: Floats) -> Floats:
        bend = 0.25 * noise(x / 14, y / 26, seed + 1)
        crest = ridged((x + slant * y) / across_cm + bend, y / 45, seed) - 0.35
        return height_cm * crest * step(top_cm, full_cm, y)

    return field_


def crumpled(seed: int, *, size_cm: float, height_cm: float, stretch: float = 1.6, slant_deg: float = 0.0) -> Field:
    """Soft unrest all over: long dents, turned by slant_deg from the upright."""
    c, s = math.cos(math.radians(slant_deg)), math.sin(math.radians(slant_deg))

    def field_(x: Floats, y: Floats) -> Floats:
        u, v = (c * x + s * y) / size_cm, (-s * x + c * y) / (size_cm * stretch)
        bend = 0.4 * noise(u, v, seed + 2)
        wide = 0.55 * noise(u + bend, v, seed) + 0.35 * (ridged(u + bend, v, seed) - 0.4)
        fine = noise(u * 2.1 + 7, v * 1.7, seed + 1)
        return height_cm * (wide + 0.25 * fine)

    return field_


def added(*fields: Field) -> Field:
    def field_(x: Floats, y: Floats) -> Floats:
        total = fields[0](x, y)
        for one in fields[1:]:
            total = total + one(x, y)
        return total

    return field_


def mirror(points: Points | Floats) -> list[tuple[float, float]]:
    """The same points on the other side of x = 0, in reverse order."""
    return [(-float(x), float(y)) for x, y in reversed(list(points))]


def mirrored_creases(creases: Sequence[Crease]) -> list[Crease]:
    return [Crease([(-x, y) for x, y in c.path], c.width_cm, c.height_cm, -c.lean) for c in creases]


def disc(x: float, y: float, radius_cm: float) -> Floats:
    t = np.linspace(0, 2 * np.pi, 49)[:-1]
    return np.stack([x + radius_cm * np.cos(t), y + radius_cm * np.sin(t)], axis=1).astype(np.float32)
