"""Sine positions: where a cell lies, as numbers that a network can compare.

Vaswani et al., "Attention Is All You Need", 2017, on two axes as in Carion et al., "End-to-End Object Detection with
Transformers" (DETR), 2020. They are absolute: nothing here depends on how far two cells are apart.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

TEMPERATURE = 10_000
EPSILON = 1e-6


def sine_positions(features: Tensor) -> Tensor:
    """(B, C, H, W) -> (1, C, H, W): the first half of the channels says y, the second x; C is a multiple of 4."""
    channels, (height, width) = features.shape[1], features.shape[2:]
    rows = _axis(height, channels // 2, features)[:, :, None].expand(-1, -1, width)  # (C/2, H) -> (C/2, H, W)
    columns = _axis(width, channels // 2, features)[:, None, :].expand(-1, height, -1)
    return torch.cat([rows, columns])[None]


def _axis(length: int, channels: int, like: Tensor) -> Tensor:
    """(channels, length): sines in the even channels, cosines in the odd ones."""
    # cells count from 1, and the last one lies at a full turn
    place = torch.arange(1, length + 1, device=like.device, dtype=like.dtype)
    angle = place / (place[-1] + EPSILON) * (2 * math.pi)
    pair = torch.arange(channels // 2, device=like.device, dtype=like.dtype)
    angles = angle / TEMPERATURE ** (2 * pair / channels)[:, None]  # (channels/2, length)
    return torch.stack([angles.sin(), angles.cos()], 1).flatten(0, 1)
