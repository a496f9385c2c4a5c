"""Losses at points instead of pixels: a sample, with more of it where a mask is in doubt.

Kirillov et al., "PointRend", CVPR 2020, as used by Mask2Former.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

OVERSAMPLING = 3
SHARE_IN_DOUBT = 0.75


def sample_at(maps: Tensor, points_xy: Tensor) -> Tensor:
    """Values of maps (N, H, W) at points (N, P, 2), x and y in [0, 1] -> (N, P), bilinear."""
    sampled = F.grid_sample(maps[:, None], 2 * points_xy[:, None] - 1, mode="bilinear", align_corners=False)
    return sampled[:, 0, 0]


def look_up(maps: Tensor, points_xy: Tensor) -> Tensor:
    """Values of bool maps (N, H, W) at the pixels that points (N, P, 2) lie in -> bool (N, P)."""
    height, width = maps.shape[1:]
    columns = (points_xy[..., 0] * width).long().clamp(0, width - 1)
    rows = (points_xy[..., 1] * height).long().clamp(0, height - 1)
    return maps.flatten(1).gather(1, rows * width + columns)


@torch.no_grad()
def doubtful_points(mask_logits: Tensor, count: int) -> Tensor:
    """(N, h, w) logits -> (N, count, 2) points: three quarters where the logit is nearest to 0, the others anywhere."""
    masks, device = len(mask_logits), mask_logits.device
    candidates = torch.rand(masks, OVERSAMPLING * count, 2, device=device)
    doubt = -sample_at(mask_logits, candidates).abs()
    in_doubt = int(SHARE_IN_DOUBT * count)
    chosen = doubt.topk(in_doubt, dim=1).indices
    taken = candidates.gather(1, chosen[..., None].expand(-1, -1, 2))
    return torch.cat([taken, torch.rand(masks, count - in_doubt, 2, device=device)], 1)
