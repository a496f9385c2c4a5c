"""Light on a relief: a lamp above the camera, the sky, shade in hollows, cast shadows, highlights.

The picture plane is (x to the right, y down), z comes towards the camera; lengths are pixels of the relief. The lamp
stands straight above and before the thing, so that the try-on can add a direction of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from noise import Floats, Mask
from numpy.typing import NDArray

LAMP = np.array([0.0, -0.52, 0.854], np.float32)
FAR = np.float32(-1e6)


@dataclass
class Relief:
    """What the camera sees at each pixel: filled by solids.py and panels.py.

    Attributes:
        z_px: height towards the camera; FAR where there is nothing.
        normal: unit vectors (H, W, 3).
        albedo: linear RGB (H, W, 3).
        bump_px: fine relief, not part of z.
        opacity: 0 to 1.
        piece: which piece is seen, 0 = none; bumps and seams of different pieces do not mix.
    """

    z_px: Floats
    normal: Floats
    albedo: Floats
    bump_px: Floats
    gloss: Floats
    roughness: Floats
    sheen: Floats
    is_metal: Mask
    opacity: Floats
    piece: NDArray[np.int32]

    @classmethod
    def empty(cls, height: int, width: int) -> Relief:
        def zeros(*more: int) -> Floats:
            return np.zeros((height, width, *more), np.float32)

        normal = zeros(3)
        normal[..., 2] = 1
        return cls(
            z_px=np.full((height, width), FAR, np.float32),
            normal=normal,
            albedo=zeros(3),
            bump_px=zeros(),
            gloss=zeros(),
            roughness=zeros() + 0.5,
            sheen=zeros(),
            is_metal=np.zeros((height, width), bool),
            opacity=zeros(),
            piece=np.zeros((height, width), np.int32),
        )


def photograph(relief: Relief, *, factor: int, exposure: float = 1.0, shadow: float = 0.6) -> NDArray[np.uint8]:
    """The relief as sRGB with straight alpha, uint8 (H / factor, W / factor, 4).

    Args:
        shadow: strength of the cast shadows and of the shade in hollows, 0 to 1.
    """
    rgb = _lit(relief, shadow) * exposure
    cover = relief.opacity * (relief.piece > 0)
    # Averaged as premultiplied light: edges keep the colour of the thing, not of the emptiness beside it.
    size = (rgb.shape[1] // factor, rgb.shape[0] // factor)
    light, alpha = averaged(rgb * cover[..., None], size), averaged(cover, size)
    straight = _spread(light, alpha)
    return np.dstack([encoded(straight), np.round(np.clip(alpha, 0, 1) * 255).astype(np.uint8)])


def encoded(rgb: Floats) -> NDArray[np.uint8]:
    """Linear RGB to sRGB bytes; what is brighter than white is rolled off, not cut."""
    knee = np.float32(0.8)
    rgb = np.where(rgb > knee, knee + (1 - knee) * np.tanh((rgb - knee) / (1 - knee)), np.maximum(rgb, 0))
    stored = np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * np.maximum(rgb, 1e-8) ** (1 / 2.4) - 0.055)
    return np.round(np.clip(stored, 0, 1) * 255).astype(np.uint8)


def _spread(light: Floats, alpha: Floats) -> Floats:
    """Colour without alpha, carried a few pixels into the emptiness so that resampling brings in no black."""
    straight = light / np.maximum(alpha, 1e-4)[..., None]
    wide_light, wide_alpha = light, alpha
    for sigma in (2.0, 6.0):
        wide_light, wide_alpha = blurred(wide_light, sigma), blurred(wide_alpha, sigma)
        around = wide_light / np.maximum(wide_alpha, 1e-6)[..., None] * (wide_alpha > 1e-5)[..., None]
        is_empty = (alpha < 0.02) & (straight.sum(axis=2) <= 0.0) if sigma > 2 else alpha < 0.02
        straight = np.where(is_empty[..., None], around, straight)
    return straight


def _lit(relief: Relief, shadow: float) -> Floats:
    is_there = relief.piece > 0
    normal = _with_bumps(relief)
    facing = np.clip(normal @ LAMP, 0, 1)
    up = 0.5 - 0.5 * normal[..., 1]
    open_sky = 1 - shadow * (1 - _openness(relief.z_px, is_there))
    lamp = 1 - shadow * _cast_shadow(relief.z_px, is_there)
    # A surface that faces the camera gets about 1: its colour in the picture is the colour it was given.
    ambient = (0.30 + 0.26 * up + 0.10 * normal[..., 2]) * open_sky
    diffuse = 0.62 * facing * lamp * (0.35 + 0.65 * open_sky)
    rim = relief.sheen * (1 - np.clip(normal[..., 2], 0, 1)) ** 2.5 * open_sky
    glint = _highlight(normal, relief.roughness) * lamp
    around = _surroundings(normal, relief.roughness)
    edge = (1 - np.clip(normal[..., 2], 0, 1)) ** 5
    mirror = relief.gloss * (0.35 + 0.65 * edge) * around * open_sky
    body = relief.albedo * (ambient + diffuse + rim)[..., None]
    body = body + (relief.gloss * glint * 0.5 + 0.25 * mirror)[..., None]
    metal = relief.albedo * (0.18 * ambient + 1.05 * around * open_sky + 1.2 * glint * relief.gloss)[..., None]
    return np.where(relief.is_metal[..., None], metal, body).astype(np.float32)


def _with_bumps(relief: Relief) -> Floats:
    """Normals tilted by the fine relief (Mikkelsen, "Bump mapping unparametrized surfaces on the GPU")."""
    slopes = []
    for axis in (1, 0):
        forward = np.roll(relief.bump_px, -1, axis) - relief.bump_px
        backward = relief.bump_px - np.roll(relief.bump_px, 1, axis)
        forward = np.where(np.roll(relief.piece, -1, axis) == relief.piece, forward, 0)
        backward = np.where(np.roll(relief.piece, 1, axis) == relief.piece, backward, 0)
        slopes.append(np.clip((forward + backward) / 2, -1.5, 1.5))
    dx, dy = slopes
    n = relief.normal
    nz = np.maximum(n[..., 2], 0.15)
    # With the tangents (1, 0, -nx/nz) and (0, 1, -ny/nz) of an orthographic view the surface gradient is:
    along_x = np.stack([(n[..., 1] ** 2 + nz**2), -n[..., 0] * n[..., 1], -n[..., 0] * nz], axis=-1) / nz[..., None]
    along_y = np.stack([-n[..., 0] * n[..., 1], (n[..., 0] ** 2 + nz**2), -n[..., 1] * nz], axis=-1) / nz[..., None]
    tilted = n / nz[..., None] - dx[..., None] * along_x - dy[..., None] * along_y
    return tilted / np.maximum(np.linalg.norm(tilted, axis=2, keepdims=True), 1e-6)


def _openness(z: Floats, is_there: Mask) -> Floats:
    """1 on hills, towards 0 in hollows: height against the mean height around, at four radii."""
    there = is_there.astype(np.float32)
    height = np.where(is_there, z, 0).astype(np.float32)
    hidden = np.zeros_like(height)
    side = max(z.shape)
    for share in (0.003, 0.008, 0.02, 0.045):
        radius = share * side
        weight = blurred(there, radius)
        mean = blurred(height, radius) / np.maximum(weight, 1e-4)
        # Near a silhouette half of the neighbourhood is empty: less to be hidden by.
        hidden += np.clip((mean - height) / radius, 0, 1.2) * np.clip(weight * 1.2 - 0.2, 0, 1)
    return np.exp(-1.5 * hidden)


def _cast_shadow(z: Floats, is_there: Mask) -> Floats:
    """How much stands between each point and the lamp, 0 to 1; softer with distance."""
    height = np.where(is_there, z, FAR).astype(np.float32)
    slope = LAMP[2] / float(np.hypot(LAMP[0], LAMP[1]))
    dark = np.zeros_like(height)
    reach = 0.10 * max(z.shape)
    for k in range(1, 15):
        run = reach * (k / 14) ** 1.6
        down = round(run * -float(LAMP[1]) / float(np.hypot(LAMP[0], LAMP[1])))
        if down < 1:
            continue
        above = np.full_like(height, FAR)
        above[down:] = height[:-down]
        dark = np.maximum(dark, np.clip((above - height - run * slope) / (0.35 * run + 3), 0, 1))
    return blurred(dark, max(0.004 * max(z.shape), 0.8)) * is_there


def blurred(field: Floats, sigma_px: float) -> Floats:
    """Gaussian blur of float32; a wide one is made on a smaller picture."""
    if sigma_px < 4:
        return np.asarray(cv2.GaussianBlur(field, (0, 0), max(sigma_px, 0.5)), np.float32)
    every = int(sigma_px // 2)
    small = cv2.resize(field, None, fx=1 / every, fy=1 / every, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma_px / every)
    size = (field.shape[1], field.shape[0])
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.float32)


def averaged(field: Floats, size: tuple[int, int]) -> Floats:
    """The field on (width, height) larger pixels, float32."""
    return np.asarray(cv2.resize(np.asarray(field, np.float32), size, interpolation=cv2.INTER_AREA), np.float32)


def _highlight(normal: Floats, roughness: Floats) -> Floats:
    half = LAMP + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    towards = np.clip(normal @ half, 0, 1)
    power = 2 / np.maximum(roughness, 0.05) ** 3
    return towards**power * np.minimum(0.5 + power / 80, 3)


def _surroundings(normal: Floats, roughness: Floats) -> Floats:
    """A studio in a mirror: bright above, a wide lamp, dark floor; smeared on rough surfaces."""
    nx, ny, nz = normal[..., 0], normal[..., 1], normal[..., 2]
    mirror_y = 2 * nz * ny
    mirror_x = 2 * nz * nx
    soft = 0.05 + roughness
    sky = 1 / (1 + np.exp(np.clip((mirror_y + 0.12) / (0.22 * soft), -40, 40)))
    lamp = np.exp(-(((mirror_y + 0.62) / (0.16 + 0.5 * roughness)) ** 2)) * np.exp(-((mirror_x / 0.75) ** 2))
    side = np.exp(-(((np.abs(mirror_x) - 0.75) / (0.12 + 0.4 * roughness)) ** 2))
    return 0.10 + 0.55 * sky + 1.1 * lamp + 0.35 * side
