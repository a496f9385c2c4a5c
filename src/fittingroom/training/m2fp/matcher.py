"""Which query is to answer for which mask: the assignment of least cost.

Carion et al., DETR, 2020; costs as in Mask2Former.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from fittingroom.training.m2fp.points import look_up, sample_at
from fittingroom.training.m2fp.targets import MaskTargets


@dataclass(frozen=True)
class MatchWeights:
    """What a wrong class, wrong points and a wrong overlap cost."""

    classes: float = 2.0
    points: float = 5.0
    overlap: float = 5.0


@torch.no_grad()
def match(
    class_logits: Tensor, mask_logits: Tensor, targets: MaskTargets, *, points: int, weights: MatchWeights
) -> tuple[Tensor, Tensor]:
    """For one picture: int64 queries and int64 targets, pair by pair; each target has one query.

    Where there are more masks than queries, those that fit worst go without.

    Args:
        class_logits: (Q, C + 1).
        mask_logits: (Q, h, w).
        targets: N masks.
        points: at how many random points, the same for all, masks are compared.
        weights: of the costs.
    """
    from scipy.optimize import linear_sum_assignment

    device = class_logits.device
    if len(targets.classes) == 0:
        nothing = torch.zeros(0, dtype=torch.int64, device=device)
        return nothing, nothing
    points_xy = torch.rand(1, points, 2, device=device)
    logits = sample_at(mask_logits.float(), points_xy.expand(len(mask_logits), -1, -1))  # (Q, P)
    truth = look_up(targets.masks, points_xy.expand(len(targets.masks), -1, -1)).float()  # (N, P)
    is_known = look_up(targets.is_known[None], points_xy).float()  # (1, P)
    known_count = is_known.sum().clamp(min=1)
    wrong_if_inside = F.softplus(-logits) * is_known  # -log sigmoid
    wrong_if_outside = F.softplus(logits) * is_known
    by_points = (wrong_if_inside @ truth.T + wrong_if_outside @ (1 - truth).T) / known_count  # (Q, N)
    chance = logits.sigmoid() * is_known
    truth = truth * is_known
    by_overlap = 1 - (2 * chance @ truth.T + 1) / (chance.sum(1)[:, None] + truth.sum(1) + 1)
    by_class = -class_logits.float().softmax(1)[:, targets.classes]
    cost = weights.classes * by_class + weights.points * by_points + weights.overlap * by_overlap
    queries, masks = linear_sum_assignment(cost.cpu().numpy())
    return torch.as_tensor(queries, device=device), torch.as_tensor(masks, device=device)
