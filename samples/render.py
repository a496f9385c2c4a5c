"""A small ray marcher: solids given by their distance functions, lit by one lamp and the sky.

Points are float32 arrays (3, N) in metres, y upwards; colours are linear RGB (3, N). After Inigo Quilez,
"Raymarching distance fields".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
TILE_PX = 48
EPSILON_M = 4e-4


def vector(*xyz: float) -> Floats:
    return np.array(xyz, np.float32).reshape(3, 1)


def length(v: Floats) -> Floats:
    return np.sqrt(np.einsum("ij,ij->j", v, v))


def unit(v: Floats) -> Floats:
    return v / np.maximum(length(v), 1e-9)


def mix(a: Floats, b: Floats, share: Floats) -> Floats:
    return a + (b - a) * share


def step(low: float, high: float, x: Floats) -> Floats:
    """0 below low, 1 above high (or the reverse), smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


_LATTICE = np.random.default_rng(7).random((64, 64, 64), dtype=np.float32)


def noise(p: Floats, *, octaves: int = 1) -> Floats:
    """Smooth noise in about [-1, 1], features of size 1; each further octave is twice as fine and half as strong."""
    total = np.zeros(p.shape[1], np.float32)
    for octave in range(octaves):
        q = p * 2**octave + 17.3 * octave
        cell = np.floor(q)
        x, y, z = (f * f * (3 - 2 * f) for f in q - cell)
        x0, y0, z0 = cell.astype(np.int64) & 63
        x1, y1, z1 = (x0 + 1) & 63, (y0 + 1) & 63, (z0 + 1) & 63
        near = (_LATTICE[x0, y0, z0] * (1 - x) + _LATTICE[x1, y0, z0] * x) * (1 - y)
        near += (_LATTICE[x0, y1, z0] * (1 - x) + _LATTICE[x1, y1, z0] * x) * y
        far = (_LATTICE[x0, y0, z1] * (1 - x) + _LATTICE[x1, y0, z1] * x) * (1 - y)
        far += (_LATTICE[x0, y1, z1] * (1 - x) + _LATTICE[x1, y1, z1] * x) * y
        total += (near * (1 - z) + far * z - 0.5) * 2 * 0.5**octave
    return total


# Solids: distance(p) is negative inside; a sphere (centre, radius) bounds each.
@dataclass(frozen=True)
class Cone:
    """A stick between two points with round ends, of another radius at each; or cut flat at its end."""

    start: Floats
    end: Floats
    start_radius: float
    end_radius: float
    is_cut: bool = False

    @property
    def bound(self) -> tuple[Floats, float]:
        half = float(length(self.end - self.start)[0]) / 2
        return (self.start + self.end) / 2, half + max(self.start_radius, self.end_radius)

    def distance(self, p: Floats) -> Floats:
        axis = self.end - self.start
        offset = p - self.start
        squared = float((axis * axis).sum())
        share = (axis * offset).sum(0) / squared
        along = np.clip(share, 0, 1)
        d = length(offset - axis * along) - (self.start_radius + (self.end_radius - self.start_radius) * along)
        return np.maximum(d, (share - 1) * squared**0.5) if self.is_cut else d


@dataclass(frozen=True)
class Ellipsoid:
    centre: Floats
    radii: Floats

    @property
    def bound(self) -> tuple[Floats, float]:
        return self.centre, float(self.radii.max())

    def distance(self, p: Floats) -> Floats:
        q = (p - self.centre) / self.radii
        size = length(q)
        return size * (size - 1) / np.maximum(length(q / self.radii), 1e-6)


@dataclass(frozen=True)
class Block:
    centre: Floats
    half_size: Floats
    rounding: float = 0.01

    @property
    def bound(self) -> tuple[Floats, float]:
        return self.centre, float(length(self.half_size)[0])

    def distance(self, p: Floats) -> Floats:
        q = np.abs(p - self.centre) - self.half_size + self.rounding
        return length(np.maximum(q, 0)) + np.minimum(q.max(0), 0) - self.rounding


@dataclass(frozen=True)
class Loft:
    """An upright body with elliptic sections. rows: y, half width, half depth, z of the centre, from below upwards."""

    rows: Floats
    pleats: int = 0
    pleat_depth: float = 0.0  # at the lower end, as a share of the width; none at the upper end

    @classmethod
    def of(cls, *rows: Sequence[float], thicker_m: float = 0, pleats: int = 0, pleat_depth: float = 0) -> Loft:
        """A smooth body through the rows."""
        coarse = np.array(rows, np.float32)
        coarse[:, 1:3] += thicker_m
        y = np.linspace(coarse[0, 0], coarse[-1, 0], 60, dtype=np.float32)
        columns = [np.interp(y, coarse[:, 0], coarse[:, i]) for i in range(1, 4)]
        smooth = [np.convolve(np.pad(column, 3, mode="edge"), np.ones(7) / 7, mode="valid") for column in columns]
        return cls(np.stack([y, *smooth]).astype(np.float32), pleats, pleat_depth)

    @property
    def bound(self) -> tuple[Floats, float]:
        y, width, depth, _ = self.rows
        return vector(0, (y[0] + y[-1]) / 2, 0), float(
            np.hypot((y[-1] - y[0]) / 2, max(width.max(), depth.max() + 0.1))
        )

    def distance(self, p: Floats) -> Floats:
        y, *columns = self.rows
        width, depth, z = (np.interp(p[1], y, column).astype(np.float32) for column in columns)
        size = np.sqrt((p[0] / width) ** 2 + ((p[2] - z) / depth) ** 2)
        if self.pleats:
            drop = np.clip((y[-1] - p[1]) / (y[-1] - y[0]) - 0.2, 0, 1)
            angle = np.arctan2(p[0] / width, (p[2] - z) / depth)
            size = size * (1 + self.pleat_depth * drop * np.sin(self.pleats * angle + 2 * np.sin(2.3 * angle)))
        side = (size - 1) * np.minimum(width, depth)
        beyond = np.maximum(y[0] - p[1], p[1] - y[-1])
        return np.where((side > 0) & (beyond > 0), np.hypot(side, beyond), np.maximum(side, beyond))


Solid = Cone | Ellipsoid | Block | Loft


@dataclass(frozen=True)
class Frame:
    """A place to build at: origin and axes (columns) in the surrounding space."""

    origin: Floats = field(default_factory=lambda: vector(0, 0, 0))
    axes: Floats = field(default_factory=lambda: np.eye(3, dtype=np.float32))
    scale: float = 1.0

    def inside(self, p: Floats) -> Floats:
        return self.axes.T @ (p - self.origin) / self.scale

    def within(self, outer: Frame) -> Frame:
        return Frame(
            outer.origin + outer.axes @ self.origin * outer.scale, outer.axes @ self.axes, outer.scale * self.scale
        )


def turned(origin: Floats, *, yaw_deg: float = 0, pitch_deg: float = 0, roll_deg: float = 0, scale: float = 1) -> Frame:
    """yaw turns the front (+z) towards +x, pitch bows, roll leans towards +x."""
    (sy, sp, sr), (cy, cp, cr) = (f(np.deg2rad([yaw_deg, pitch_deg, roll_deg])) for f in (np.sin, np.cos))
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return Frame(origin, (yaw @ pitch @ roll).astype(np.float32), scale)


@dataclass(frozen=True)
class Material:
    """albedo: points -> linear RGB. bump_m: points -> height of the relief in metres."""

    albedo: Callable[[Floats], Floats]
    bump_m: Callable[[Floats], Floats] | None = None
    gloss: float = 0.05
    is_skin: bool = False
    is_hair: bool = False


@dataclass(frozen=True)
class Part:
    """Solids of one material, melted together over blend_m, less the holes and what lies beyond the cuts."""

    material: Material
    solids: Sequence[Solid]
    blend_m: float = 0.02
    holes: Sequence[Solid] = ()
    cuts: Sequence[tuple[Floats, Floats]] = ()  # (point, normal): what the normal points at is taken away
    hole_blend_m: float = 0.006
    rough_m: float = 0.0  # tufts of hair
    frame: Frame = field(default_factory=Frame)

    def bound(self) -> tuple[Floats, float]:
        centres, radii = zip(*(solid.bound for solid in self.solids), strict=True)
        middle = sum(centres) / np.float32(len(centres))
        radius = max(float(length(c - middle)[0]) + r for c, r in zip(centres, radii, strict=True))
        frame = self.frame
        return frame.origin + frame.axes @ middle * frame.scale, (radius + self.blend_m) * frame.scale

    def distance(self, p: Floats) -> Floats:
        q = self.frame.inside(p)
        d = self.solids[0].distance(q)
        for solid in self.solids[1:]:
            other = solid.distance(q)
            overlap = np.maximum(self.blend_m - np.abs(d - other), 0)
            d = np.minimum(d, other) - overlap * overlap / (4 * self.blend_m)
        for hole in self.holes:
            other = -hole.distance(q)
            overlap = np.maximum(self.hole_blend_m - np.abs(d - other), 0)
            d = np.maximum(d, other) + overlap * overlap / (4 * self.hole_blend_m)
        for point, normal in self.cuts:
            d = np.maximum(d, ((q - point) * normal).sum(0))
        if self.rough_m:
            d = d + self.rough_m * noise(q * vector(75, 14, 75))
        return d * self.frame.scale


@dataclass(frozen=True)
class Backdrop:
    """What lies behind everything, for N rays: distance, normal, albedo, and the light that it sends out itself."""

    distance_m: Floats
    normal: Floats
    albedo: Floats
    glow: Floats
    gloss: float = 0.03


@dataclass(frozen=True)
class Scene:
    parts: Sequence[Part]
    backdrop: Callable[[Floats, Floats], Backdrop]  # (eye, ray directions) -> what they meet
    eye: Floats
    target: Floats
    width_px: int
    height_px: int
    focal: float = 2.2  # in half image heights
    lamp: Floats = field(default_factory=lambda: unit(vector(-0.5, 0.8, 0.6)))
    lamp_rgb: Floats = field(default_factory=lambda: vector(2.35, 2.2, 2.0))
    sky_rgb: Floats = field(default_factory=lambda: vector(0.55, 0.62, 0.75))
    ground_rgb: Floats = field(default_factory=lambda: vector(0.22, 0.2, 0.18))
    shadow_sharpness: float = 9.0
    blur_px: float = 6.0
    focus_m: float = 4.0
    exposure: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class _Bounds:
    centres: Floats  # (3, P)
    radii: Floats  # (P,)

    def on_line(self, start: Floats, direction: Floats, *, radius: float, growth_per_m: float = 0) -> NDArray[np.intp]:
        """Parts that a beam may meet, given its radius at the start and how that grows on the way."""
        offset = self.centres - start
        along = np.maximum((offset * direction).sum(0), 0)
        apart = length(offset - direction * along)
        return np.flatnonzero(apart < self.radii + radius + growth_per_m * along)

    def near(self, centre: Floats, radius: float) -> NDArray[np.intp]:
        return np.flatnonzero(length(self.centres - centre) < self.radii + radius)


def _nearest(parts: Sequence[Part], chosen: NDArray[np.intp], p: Floats) -> tuple[Floats, NDArray[np.intp]]:
    best = np.full(p.shape[1], 9.0, np.float32)
    which = np.full(p.shape[1], -1, np.intp)
    for index in chosen:
        d = parts[index].distance(p)
        closer = d < best
        best = np.where(closer, d, best)
        which[closer] = index
    return best, which


def _march(
    parts: Sequence[Part], chosen: NDArray[np.intp], eye: Floats, rays: Floats, far_m: Floats
) -> tuple[Floats, NDArray[np.intp]]:
    """Distance along each ray to the first part, and which; inf and -1 where there is none before far_m."""
    t = np.full(rays.shape[1], 0.3, np.float32)
    which = np.full(rays.shape[1], -1, np.intp)
    active = np.arange(rays.shape[1])
    for _ in range(110):
        d, nearest = _nearest(parts, chosen, eye + rays[:, active] * t[active])
        is_hit = d < EPSILON_M
        which[active[is_hit]] = nearest[is_hit]
        t[active] += np.where(is_hit, 0, d * 0.85)
        active = active[~is_hit & (t[active] < far_m[active])]
        if not active.size:
            break
    return np.where(which >= 0, t, np.inf).astype(np.float32), which


def _normals(part: Part, p: Floats) -> Floats:
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)
    normal = sum(c.reshape(3, 1) * part.distance(p + c.reshape(3, 1) * 7e-4) for c in corners)
    bump = part.material.bump_m
    normal = unit(np.asarray(normal, np.float32))
    if bump is None:
        return normal
    q = part.frame.inside(p)
    slope = sum(c.reshape(3, 1) * bump(q + c.reshape(3, 1) * 8e-4) for c in corners) / np.float32(4 * 8e-4)
    slope = part.frame.axes @ slope
    return unit(normal - (slope - normal * (slope * normal).sum(0)))


def _lamp_share(scene: Scene, bounds: _Bounds, p: Floats, normal: Floats) -> Floats:
    """How much of the lamp each point sees, in [0, 1]."""
    share = np.ones(p.shape[1], np.float32)
    middle = p.mean(1, keepdims=True)
    chosen = bounds.on_line(middle, scene.lamp, radius=float(length(p - middle).max()) + 0.1)
    if not chosen.size:
        return share
    start = p + normal * 0.004
    t = np.full(p.shape[1], 0.012, np.float32)
    active = np.arange(p.shape[1])
    for _ in range(40):
        d, _ = _nearest(scene.parts, chosen, start[:, active] + scene.lamp * t[active])
        share[active] = np.minimum(share[active], scene.shadow_sharpness * d / t[active] + 0.35)
        t[active] += np.clip(d, 0.012, 0.2)
        active = active[(share[active] > 0.01) & (t[active] < 3.5)]
        if not active.size:
            break
    return step(0, 1, np.clip(share, 0, 1))


def _sky_share(scene: Scene, bounds: _Bounds, p: Floats, normal: Floats) -> Floats:
    """How much of the sky is not hidden by what is near, in [0, 1]."""
    middle = p.mean(1, keepdims=True)
    chosen = bounds.near(middle, float(length(p - middle).max()) + 0.4)
    hidden = np.zeros(p.shape[1], np.float32)
    if chosen.size:
        for reach, weight in ((0.015, 7.0), (0.05, 3.4), (0.12, 1.7), (0.28, 0.9)):
            d, _ = _nearest(scene.parts, chosen, p + normal * reach)
            hidden += weight * np.maximum(reach - d, 0)
    return np.clip(1 - hidden, 0.08, 1)


def _lit(
    scene: Scene, bounds: _Bounds, p: Floats, normal: Floats, rays: Floats, albedo: Floats, material: Material
) -> Floats:
    lamp_share = _lamp_share(scene, bounds, p, normal)
    sky_share = _sky_share(scene, bounds, p, normal)
    facing = (normal * scene.lamp).sum(0)
    view = np.clip(-(normal * rays).sum(0), 0, 1)
    halfway = unit(scene.lamp - rays)
    shine = np.clip((normal * halfway).sum(0), 0, 1)
    up = normal[1] * 0.5 + 0.5
    ambient = (scene.sky_rgb * up + scene.ground_rgb * (1 - up)) * sky_share
    if material.is_skin:
        # Light that enters skin leaves it nearby, red first: a soft and warm edge of the shadow.
        wrap = np.stack([np.clip((facing + w) / (1 + w), 0, 1) ** 1.2 for w in (0.34, 0.2, 0.14)])
        direct = wrap * (0.15 * vector(1, 0.3, 0.2) * (1 - lamp_share) + lamp_share)
        ambient = ambient * (1 + 0.18 * vector(1, 0.25, 0.1) * (1 - sky_share))
    else:
        direct = np.clip(facing, 0, 1)[None] * lamp_share
    colour = albedo * (scene.lamp_rgb * direct + ambient)
    gloss = material.gloss
    if material.is_hair:
        # Strands run downwards; they shine in a band across them (Kajiya and Kay).
        strand = unit(vector(0.12, -1, 0) - normal * (normal * vector(0.12, -1, 0)).sum(0))
        band = np.sqrt(np.clip(1 - (strand * halfway).sum(0) ** 2, 0, 1))
        return colour + (albedo * 1.6 + 0.03) * band**40 * lamp_share * np.clip(facing + 0.3, 0, 1) * scene.lamp_rgb
    fresnel = 0.04 + 0.96 * (1 - view) ** 5
    sharpness = 12 + 60 * gloss
    colour = colour + scene.lamp_rgb * (gloss * 1.2 * shine**sharpness * lamp_share * np.clip(facing * 4, 0, 1))
    return colour + scene.sky_rgb * (gloss * 1.5 * fresnel * sky_share)


def render(scene: Scene, *, oversampling: int = 2) -> NDArray[np.uint8]:
    """The scene as an RGB picture."""
    width, height = scene.width_px * oversampling, scene.height_px * oversampling
    forward = unit(scene.target - scene.eye)
    right = unit(np.cross(forward, vector(0, 1, 0), axis=0))
    upward = np.cross(right, forward, axis=0)
    bounds = _Bounds(
        np.hstack([part.bound()[0] for part in scene.parts]) if scene.parts else np.zeros((3, 0), np.float32),
        np.array([part.bound()[1] for part in scene.parts], np.float32),
    )
    behind = np.zeros((height, width, 3), np.float32)
    depth_m = np.zeros((height, width), np.float32)
    front = np.zeros((height, width, 4), np.float32)
    for top in range(0, height, TILE_PX):
        for left in range(0, width, TILE_PX):
            rows, columns = slice(top, min(top + TILE_PX, height)), slice(left, min(left + TILE_PX, width))
            y, x = np.mgrid[rows, columns].astype(np.float32) + 0.5
            shape = y.shape
            u, v = (2 * x.ravel() - width) / height, (height - 2 * y.ravel()) / height
            rays = unit(forward * scene.focal + right * u + upward * v)
            beyond = scene.backdrop(scene.eye, rays)
            ground = scene.eye + rays * np.minimum(beyond.distance_m, 60)
            plain = Material(lambda p: p, gloss=beyond.gloss)
            colour = _lit(scene, bounds, ground, beyond.normal, rays, beyond.albedo, plain) + beyond.glow
            behind[rows, columns] = colour.T.reshape(*shape, 3)
            depth_m[rows, columns] = beyond.distance_m.reshape(shape)
            axis = unit(rays.mean(1, keepdims=True))
            growth = float(length(rays - axis).max())
            chosen = bounds.on_line(scene.eye, axis, radius=0.01, growth_per_m=growth)
            if chosen.size:
                front[rows, columns] = _front(scene, bounds, chosen, rays, beyond.distance_m).T.reshape(*shape, 4)
    blurred = _blurred_by_depth(behind, depth_m, scene, oversampling)
    alpha = front[..., 3:]
    picture = front[..., :3] * alpha + blurred * (1 - alpha)
    size = (scene.width_px, scene.height_px)
    return _developed(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32), scene)


def _front(scene: Scene, bounds: _Bounds, chosen: NDArray[np.intp], rays: Floats, far_m: Floats) -> Floats:
    """Colour and alpha (4, N) of what stands before the backdrop."""
    t, which = _march(scene.parts, chosen, scene.eye, rays, far_m)
    seen = np.zeros((4, rays.shape[1]), np.float32)
    for index in np.unique(which[which >= 0]):
        part = scene.parts[index]
        here = np.flatnonzero(which == index)
        p = scene.eye + rays[:, here] * t[here]
        normal = _normals(part, p)
        albedo = part.material.albedo(part.frame.inside(p))
        seen[:3, here] = _lit(scene, bounds, p, normal, rays[:, here], albedo, part.material)
        seen[3, here] = 1
    return seen


def _blurred_by_depth(picture: Floats, depth_m: Floats, scene: Scene, oversampling: int) -> Floats:
    """What lies behind the plane of focus, the softer the farther."""
    softness = np.clip(1 - scene.focus_m / np.maximum(depth_m, 0.1), 0, 1)[..., None]
    result = picture
    for share in (0.33, 0.66, 1.0):
        sigma = scene.blur_px * oversampling * share
        soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(sigma, 0.1)), np.float32)
        result = mix(result, soft, step(share - 0.33, share, softness))
    return result


def _developed(picture: Floats, scene: Scene) -> NDArray[np.uint8]:
    """Linear light -> what a camera would store: bloom, film curve, darker corners, grain."""
    rng = np.random.default_rng(scene.seed)
    height, width, _ = picture.shape
    bloom = cv2.GaussianBlur(np.maximum(picture - 1.2, 0), (0, 0), width / 60)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    corners = (1 - 0.16 * (x * x + y * y))[..., None]
    grey = picture.mean(axis=2, keepdims=True)
    picture = grey + 0.88 * (picture - grey)
    light = (picture + 0.5 * bloom) * corners * scene.exposure * 0.5
    film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    stored = np.clip(film, 0, 1) ** (1 / 2.2) * 255
    grain = cv2.GaussianBlur(rng.normal(0, 1, picture.shape).astype(np.float32), (0, 0), 0.7)
    return np.clip(stored + 3.2 * grain, 0, 255).astype(np.uint8)
