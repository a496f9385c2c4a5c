"""Curved surfaces in space, seen from the front without perspective.

A surface is a function of (u, v) in the unit square. Space is in centimetres: x to the right, y up, z to the camera.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from fabric import Fabric
from light import Relief
from noise import Floats

Shape = Callable[[Floats, Floats], Floats]  # u, v in [0, 1] -> (..., 3)
SUB_PX = 1.5  # samples per pixel and axis


@dataclass(frozen=True)
class Surface:
    """A shape in a fabric.

    Attributes:
        size_cm: what u and v in [0, 1] measure on the cloth: (across, down); `origin_cm` is where it begins there.
        grid: how finely the shape is evaluated, in u and v.
        relief_cm: seams, stitches, dents: a function of (u, v) in [0, 1] as `shape` is, added to the fabric's weave.
        tint: multiplies the colour: a function of (u, v) in [0, 1].
    """

    shape: Shape
    fabric: Fabric
    size_cm: tuple[float, float] = (60.0, 20.0)
    grid: tuple[int, int] = (240, 160)
    relief_cm: Callable[[Floats, Floats], Floats] | None = None
    tint: Callable[[Floats, Floats], Floats] | None = None
    opacity: float = 1.0
    origin_cm: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Camera:
    """Where the picture lies in space.

    Attributes:
        px_per_cm: scale of the final picture.
        size_px: (width, height) of the final picture.
        middle_cm: the point (x, y) in the picture's middle, after turning.
        pitch_deg: the camera looks down by this angle.
        yaw_deg: the thing turns its front to the camera's left by this angle.
    """

    px_per_cm: float
    size_px: tuple[int, int]
    middle_cm: tuple[float, float] = (0.0, 0.0)
    pitch_deg: float = 0.0
    yaw_deg: float = 0.0

    def rotation(self) -> Floats:
        p, y = np.radians(self.pitch_deg), np.radians(self.yaw_deg)
        about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
        about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
        return (about_x @ about_y).astype(np.float32)

    def project(self, xyz_cm: Floats) -> Floats:
        """Points (..., 3) in space to pixels of the final picture: x, y, and z towards the camera."""
        turned = xyz_cm @ self.rotation().T
        x = (turned[..., 0] - self.middle_cm[0]) * self.px_per_cm + self.size_px[0] / 2
        y = (self.middle_cm[1] - turned[..., 1]) * self.px_per_cm + self.size_px[1] / 2
        return np.stack([x, y, turned[..., 2] * self.px_per_cm], axis=-1)

    def pixel(self, x_cm: float, y_cm: float, z_cm: float) -> tuple[float, float]:
        x, y, _ = self.project(np.array([x_cm, y_cm, z_cm], np.float32))
        return float(x), float(y)


def seen(surfaces: Sequence[Surface], camera: Camera, *, factor: int) -> Relief:
    """The relief that the camera sees, `factor` times finer than the final picture."""
    width, height = (side * factor for side in camera.size_px)
    relief = Relief.empty(height, width)
    for piece, surface in enumerate(surfaces, start=1):
        _draw(relief, surface, camera, factor, piece)
    # Single pixels that no sample hit: closed, so that they do not sparkle.
    holes = relief.piece == 0
    closed = cv2.morphologyEx((~holes).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
    _fill(relief, holes & closed)
    return relief


def _draw(relief: Relief, surface: Surface, camera: Camera, factor: int, piece: int) -> None:
    nu, nv = surface.grid
    v, u = np.meshgrid(np.linspace(0, 1, nv, dtype=np.float32), np.linspace(0, 1, nu, dtype=np.float32), indexing="ij")
    points = camera.project(surface.shape(u, v).astype(np.float32)) * factor  # (nv, nu, 3)
    normals = _normals(points)
    cell, sub_u, sub_v = _nearest_sample(points, relief.z_px.shape)
    ys, xs = np.nonzero(cell >= 0)
    if not len(ys):
        return
    row, column = np.divmod(cell[ys, xs], nu - 1)
    fu, fv = sub_u[ys, xs], sub_v[ys, xs]
    corners = [points[row + dv, column + du] for dv in (0, 1) for du in (0, 1)]
    # From the sample to the pixel's own middle, to first order: else the fine relief would jitter.
    along_u = (corners[1] - corners[0]) * (1 - fv)[:, None] + (corners[3] - corners[2]) * fv[:, None]
    along_v = (corners[2] - corners[0]) * (1 - fu)[:, None] + (corners[3] - corners[1]) * fu[:, None]
    at = _between(corners, fu, fv)
    off_x, off_y = xs + 0.5 - at[:, 0], ys + 0.5 - at[:, 1]
    det = along_u[:, 0] * along_v[:, 1] - along_u[:, 1] * along_v[:, 0]
    safe = np.where(np.abs(det) > 0.02, det, 1)
    du = np.where(np.abs(det) > 0.02, (off_x * along_v[:, 1] - off_y * along_v[:, 0]) / safe, 0)
    dv = np.where(np.abs(det) > 0.02, (off_y * along_u[:, 0] - off_x * along_u[:, 1]) / safe, 0)
    fu, fv = np.clip(fu + np.clip(du, -0.5, 0.5), 0, 1), np.clip(fv + np.clip(dv, -0.5, 0.5), 0, 1)
    z = _between(corners, fu, fv)[:, 2]
    is_front = z > relief.z_px[ys, xs]
    ys, xs, row, column = ys[is_front], xs[is_front], row[is_front], column[is_front]
    z, fu, fv = z[is_front], fu[is_front], fv[is_front]
    normal = _between([normals[row + b, column + a] for b in (0, 1) for a in (0, 1)], fu, fv)
    normal = normal * np.where(normal[:, 2:] < 0, -1, 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    unit_u, unit_v = (column + fu) / (nu - 1), (row + fv) / (nv - 1)
    u_cm = surface.origin_cm[0] + unit_u * surface.size_cm[0]
    v_cm = surface.origin_cm[1] + unit_v * surface.size_cm[1]
    bump = surface.fabric.weave(u_cm, v_cm)
    if surface.relief_cm is not None:
        bump = bump + surface.relief_cm(unit_u, unit_v)
    albedo = surface.fabric.albedo(u_cm, v_cm)
    if surface.tint is not None:
        albedo = albedo * surface.tint(unit_u, unit_v)[..., None]
    relief.z_px[ys, xs] = z
    relief.normal[ys, xs] = normal
    relief.albedo[ys, xs] = albedo
    relief.bump_px[ys, xs] = bump * camera.px_per_cm * factor
    relief.gloss[ys, xs] = surface.fabric.gloss
    relief.roughness[ys, xs] = surface.fabric.roughness
    relief.sheen[ys, xs] = surface.fabric.sheen
    relief.is_metal[ys, xs] = surface.fabric.is_metal
    relief.opacity[ys, xs] = surface.opacity
    relief.piece[ys, xs] = piece


def _between(corners: Sequence[Floats], fu: Floats, fv: Floats) -> Floats:
    a, b, c, d = corners
    fu, fv = fu[:, None], fv[:, None]
    return (a * (1 - fu) + b * fu) * (1 - fv) + (c * (1 - fu) + d * fu) * fv


def _normals(points: Floats) -> Floats:
    along_v, along_u = np.gradient(points, axis=0), np.gradient(points, axis=1)
    normal = np.cross(along_u, along_v)
    length = np.linalg.norm(normal, axis=2, keepdims=True)
    normal = normal / np.maximum(length, 1e-9)
    # At a pole the grid is a point and has no normal: the neighbouring row's mean serves.
    for edge, beside in ((0, 2), (-1, -3)):
        if float(length[edge].mean()) < 0.05 * float(length[beside].mean()):
            normal[edge] = normal[beside].mean(axis=0)
    return normal.astype(np.float32)


def _nearest_sample(points: Floats, shape: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """For each pixel the cell of the grid in front (-1: none) and the place in it, from points strewn densely."""
    height, width = shape
    step_u = float(np.percentile(np.linalg.norm(np.diff(points[..., :2], axis=1), axis=2), 99.5))
    step_v = float(np.percentile(np.linalg.norm(np.diff(points[..., :2], axis=0), axis=2), 99.5))
    parts_u, parts_v = (int(np.clip(np.ceil(step * SUB_PX), 1, 40)) for step in (step_u, step_v))
    nv, nu = points.shape[:2]
    cells = (nv - 1) * (nu - 1)
    cell_index = np.arange(cells, dtype=np.int64)
    corners = [points[dv : nv - 1 + dv, du : nu - 1 + du].reshape(cells, 3) for dv in (0, 1) for du in (0, 1)]
    lowest = float(points[..., 2].min())
    best = np.full(height * width, -1, np.int64)
    for b in range(parts_v):
        for a in range(parts_u):
            fu = np.full(1, (a + 0.5) / parts_u, np.float32)
            fv = np.full(1, (b + 0.5) / parts_v, np.float32)
            at = _between(corners, fu, fv)
            x, y = np.floor(at[:, 0]).astype(np.int64), np.floor(at[:, 1]).astype(np.int64)
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            depth = ((at[:, 2] - lowest + 1) * 64).astype(np.int64)
            key = (depth << 36) | (cell_index << 12) | (b * parts_u + a)
            np.maximum.at(best, (y * width + x)[inside], key[inside])
    sub = best & 0xFFF
    cell = np.where(best >= 0, (best >> 12) & 0xFFFFFF, -1).reshape(height, width)
    sub_u = ((sub % parts_u + 0.5) / parts_u).astype(np.float32).reshape(height, width)
    sub_v = ((sub // parts_u + 0.5) / parts_v).astype(np.float32).reshape(height, width)
    return cell, sub_u, sub_v


def _fill(relief: Relief, holes: Floats) -> None:
    ys, xs = np.nonzero(holes)
    height, width = holes.shape
    for dy, dx in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        y, x = np.clip(ys + dy, 0, height - 1), np.clip(xs + dx, 0, width - 1)
        use = (relief.piece[ys, xs] == 0) & (relief.piece[y, x] > 0)
        to, source = (ys[use], xs[use]), (y[use], x[use])
        for field in (
            relief.z_px,
            relief.normal,
            relief.albedo,
            relief.bump_px,
            relief.gloss,
            relief.roughness,
            relief.sheen,
            relief.is_metal,
            relief.opacity,
            relief.piece,
        ):
            field[to] = field[source]


# Shapes
def revolved(profile: Sequence[tuple[float, float]], *, depth: float = 1.0) -> Shape:
    """A profile of (radius, height) points turned about the y axis; `depth` stretches z. v runs along the profile."""
    curve = smooth_curve(np.array(profile, np.float32))

    def shape(u: Floats, v: Floats) -> Floats:
        radius, y = np.moveaxis(along(curve, v), -1, 0)
        angle = 2 * np.pi * u + np.pi / 2  # u = 0 is behind: the seam is out of sight
        return np.stack([radius * np.cos(angle), y, -radius * np.sin(angle) * depth], axis=-1)

    return shape


def tube(path: Floats, radius: float | Callable[[Floats], Floats], *, flat: float = 1.0, closed: bool = False) -> Shape:
    """A tube round a path (N, 3); u along it, v around. `flat` < 1 presses it flat towards the camera."""
    path = np.asarray(path, np.float32)
    curve = smooth_curve(path, closed=closed)
    tangent = np.gradient(curve, axis=0)
    if closed:
        tangent[0] = tangent[-1] = curve[1] - curve[-2]
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    side = np.cross(tangent, np.array([0, 0, 1], np.float32))
    weak = np.linalg.norm(side, axis=1) < 0.05
    side[weak] = np.array([1, 0, 0], np.float32)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    up = np.cross(side, tangent)

    def shape(u: Floats, v: Floats) -> Floats:
        r = radius(u) if callable(radius) else radius
        r = np.broadcast_to(np.asarray(r, np.float32), u.shape)[..., None]
        around = (2 * np.pi * v)[..., None]
        return along(curve, u) + r * (along(side, u) * np.cos(around) + flat * along(up, u) * np.sin(around))

    return shape


def ball(centre: tuple[float, float, float], radius: tuple[float, float, float]) -> Shape:
    def shape(u: Floats, v: Floats) -> Floats:
        a, b = 2 * np.pi * u, np.pi * v
        unit = np.stack([np.sin(b) * np.cos(a), np.cos(b), np.sin(b) * np.sin(a)], axis=-1)
        return np.array(centre, np.float32) + np.array(radius, np.float32) * unit

    return shape


def smooth_curve(points: Floats, *, closed: bool = False, samples: int = 800) -> Floats:
    """A Catmull-Rom curve through the points, evenly spaced along its length: (samples, D)."""
    points = np.asarray(points, np.float32)
    if closed:
        padded = np.concatenate([points[-1:], points, points[:2]])
    else:
        padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    pieces = len(padded) - 3
    t = np.linspace(0, pieces, samples * 4, dtype=np.float32)
    i = np.minimum(t.astype(np.int32), pieces - 1)
    f = (t - i)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    curve = 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3)
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    even = np.linspace(0, lengths[-1], samples)
    return np.stack([np.interp(even, lengths, curve[:, k]) for k in range(points.shape[1])], axis=1).astype(np.float32)


def along(curve: Floats, t: Floats) -> Floats:
    """Values (N, D) of an evenly sampled curve at t in [0, 1]."""
    place = np.clip(t, 0, 1) * (len(curve) - 1)
    i = np.minimum(place.astype(np.int32), len(curve) - 2)
    f = (place - i)[..., None]
    return curve[i] * (1 - f) + curve[i + 1] * f
