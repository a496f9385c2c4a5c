from __future__ import annotations

import numpy as np
import pytest

from fittingroom.tryon.light import (
    SKIN_RGB,
    Light,
    estimate_blur,
    estimate_grain,
    estimate_light,
    from_linear,
    grain_like,
    to_linear,
)

UP = np.array([0, -1], np.float32)
SIZE = 160


def render_head(
    direction: np.ndarray, contrast: float, gain: float, skin: np.ndarray, rng: np.random.Generator
) -> tuple:
    """A head with eye sockets and a nose under ambient and directed light: photo and skin mask."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    u, v = (x - 80) / 50, (y - 80) / 66
    inside = u * u + v * v < 1
    z = np.sqrt(np.maximum(1 - u * u - v * v, 1e-3))
    # A nose and two sockets make the surface something else than the ellipsoid that the estimate takes it for.
    z = z + 0.22 * np.exp(-((u / 0.16) ** 2 + ((v - 0.1) / 0.22) ** 2))
    for side in (-0.38, 0.38):
        z = z - 0.08 * np.exp(-(((u - side) / 0.16) ** 2 + ((v + 0.18) / 0.1) ** 2))
    dz_dx, dz_dy = np.gradient(z, axis=1) * 50, np.gradient(z, axis=0) * 50
    normals = np.stack([-dz_dx, -dz_dy, np.ones_like(z)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    received = (1 - contrast) + contrast * np.maximum(normals @ direction, 0)
    facing = (1 - contrast) + contrast * max(float(direction[2]), 0)
    linear = skin * (gain * received / facing)[..., None]
    linear = np.where(inside[..., None], linear, 0.25)
    photo = np.clip(from_linear(linear.astype(np.float32)) + rng.normal(0, 2, (SIZE, SIZE, 1)), 0, 255)
    return photo.astype(np.uint8), inside & (u * u + v * v < 0.92)


def estimated(photo: np.ndarray, skin: np.ndarray) -> Light:
    return estimate_light(photo, skin, np.array([80, 80], np.float32), (100.0, 132.0), UP)


def test_the_light_on_rendered_heads_is_found_in_direction_and_strength() -> None:
    rng = np.random.default_rng(3)
    near_direction, near_gain = [], []
    for _ in range(60):
        angle, lean = rng.uniform(-np.pi, 0.15 * np.pi), rng.uniform(0.35, 1.15)
        direction = np.array([np.cos(angle) * np.sin(lean), np.sin(angle) * np.sin(lean), np.cos(lean)])
        share = rng.uniform(0, 3)
        skin = np.array([np.interp(share, range(4), SKIN_RGB[:, c]) for c in range(3)])
        gain = rng.uniform(0.6, 1.05)
        photo, mask = render_head(direction, rng.uniform(0.35, 0.8), gain, skin, rng)
        light = estimated(photo, mask)
        near_direction.append(np.degrees(np.arccos(np.clip(light.direction @ direction, -1, 1))) < 30)
        near_gain.append(abs(light.gain / gain - 1))
    assert np.mean(near_direction) >= 0.8
    assert np.median(near_gain) < 0.1


def test_grain_is_measured_and_made_again() -> None:
    rng = np.random.default_rng(0)
    gray = np.full((120, 120, 3), 128.0)
    skin = np.ones((120, 120), bool)
    for sigma in (2.0, 5.0):
        photo = np.clip(gray + rng.normal(0, sigma, gray.shape), 0, 255).astype(np.uint8)
        grain = estimate_grain(photo, skin, (60.0, 60.0))
        assert grain == pytest.approx(sigma, rel=0.35)
        light = Light(np.array([0, 0, 1], np.float32), 0.3, 1.0, np.ones(3, np.float32), grain, 0.6, 1.0)
        made = grain_like(light, 10, 20, (80, 90))
        assert made.std() == pytest.approx(grain, rel=0.1)
        assert np.array_equal(made[5:, 7:], grain_like(light, 17, 25, (75, 83)))


def test_blur_is_measured() -> None:
    import cv2

    board = np.kron(np.indices((6, 6)).sum(axis=0) % 2, np.ones((24, 24)))[..., None].repeat(3, axis=2) * 200.0 + 20
    measured = []
    for sigma in (0.7, 1.5, 3.0):
        photo = cv2.GaussianBlur(board, (0, 0), sigma).astype(np.uint8)
        measured.append(estimate_blur(photo, np.array([72, 72], np.float32), (70.0, 70.0)))
        assert measured[-1] == pytest.approx(sigma, rel=0.3)


def test_no_skin_gives_neutral_light() -> None:
    light = estimated(np.zeros((SIZE, SIZE, 3), np.uint8), np.zeros((SIZE, SIZE), bool))
    assert (light.gain, light.confidence) == (1.0, 0.0)


def test_srgb_and_linear_are_inverse() -> None:
    values = np.arange(256, dtype=np.float32)
    assert np.abs(from_linear(to_linear(values)) - values).max() < 0.3
