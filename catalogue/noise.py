"""Smooth noise on the plane: the same numbers for the same seed, on every machine."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
LATTICE = 256


@cache
def _slopes(seed: int) -> tuple[Floats, Floats]:
    angle = np.random.default_rng(seed).random(LATTICE * LATTICE, dtype=np.float32) * np.float32(2 * np.pi)
    return np.cos(angle), np.sin(angle)


def noise(x: Floats, y: Floats, seed: int, *, octaves: int = 1) -> Floats:
    """Gradient noise (Perlin's) in about [-1, 1], features of size 1; each octave is twice as fine, half as strong.

    Args:
        x, y: coordinates, float arrays of one shape.
    """
    total = np.zeros(np.shape(x), np.float32)
    for octave in range(octaves):
        # Turned and moved, so that the lattices of two octaves never show as one grid.
        scale, turn = 2.0**octave, 0.5 + 1.1 * octave
        c, s = scale * math.cos(turn), scale * math.sin(turn)
        total += 0.5**octave * _octave(x * c - y * s + 9.7 * octave, x * s + y * c + 3.1 * octave, seed)
    return total


def _octave(x: Floats, y: Floats, seed: int) -> Floats:
    slope_x, slope_y = _slopes(seed)
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    column, row = np.floor(x), np.floor(y)
    fx, fy = x - column, y - row
    i, j = column.astype(np.int32), row.astype(np.int32)

    def corner(di: int, dj: int) -> Floats:
        at = ((j + dj) % LATTICE) * LATTICE + (i + di) % LATTICE
        return np.take(slope_x, at) * (fx - di) + np.take(slope_y, at) * (fy - dj)

    wx = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
    wy = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
    near = corner(0, 0) * (1 - wx) + corner(1, 0) * wx
    far = corner(0, 1) * (1 - wx) + corner(1, 1) * wx
    return (near + (far - near) * wy) * np.float32(1.5)


def ridged(x: Floats, y: Floats, seed: int) -> Floats:
    """Noise in [0, 1] whose crests are narrow: the shape of folds."""
    return (1 - np.minimum(np.abs(noise(x, y, seed)) * 1.6, 1)) ** 2


def cells(x: Floats, y: Floats, seed: int) -> tuple[Floats, Floats]:
    """One point in every unit square: distance to the nearest, and a number in [0, 1) that belongs to it."""
    random = np.random.default_rng(seed).random((3, LATTICE * LATTICE), dtype=np.float32)
    column, row = np.floor(x), np.floor(y)
    best = np.full(np.shape(x), 9, np.float32)
    label = np.zeros(np.shape(x), np.float32)
    for dj in (-1, 0, 1):
        for di in (-1, 0, 1):
            i, j = column + di, row + dj
            at = (j.astype(np.int32) % LATTICE) * LATTICE + i.astype(np.int32) % LATTICE
            distance = np.hypot(i + random[0][at] - x, j + random[1][at] - y)
            label = np.where(distance < best, random[2][at], label)
            best = np.minimum(best, distance)
    return best, label


def step(low: float, high: float, x: Floats) -> Floats:
    """0 below low, 1 above high (or the reverse), smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
