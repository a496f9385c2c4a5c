"""What an M2FP network is punished for: wrong classes, and masks that are wrong at points, at every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from fittingroom.models.m2fp import M2fpOutput
from fittingroom.training.m2fp.matcher import MatchWeights, match
from fittingroom.training.m2fp.points import doubtful_points, look_up, sample_at
from fittingroom.training.m2fp.targets import MaskTargets


@dataclass(frozen=True)
class M2fpLossRule:
    """Weights of the losses; no_object: weight of a query that should say nothing; points: sampled on each mask."""

    classes: float = 2.0
    mask: float = 5.0
    dice: float = 5.0
    no_object: float = 0.1
    points: int = 12544
    matching: MatchWeights = field(default_factory=MatchWeights)


def m2fp_loss(output: M2fpOutput, targets: Sequence[MaskTargets], rule: M2fpLossRule) -> dict[str, Tensor]:
    """The parts of the loss, summed over the prediction and those before each layer, and "total", weighted."""
    predictions = [*output.aux_outputs, (output.pred_logits, output.pred_masks)]
    parts = {name: output.pred_logits.new_zeros(()) for name in ("classes", "mask", "dice")}
    for class_logits, mask_logits in predictions:
        for name, value in prediction_loss(class_logits.float(), mask_logits.float(), targets, rule).items():
            parts[name] = parts[name] + value
    total = rule.classes * parts["classes"] + rule.mask * parts["mask"] + rule.dice * parts["dice"]
    return parts | {"total": total}


def prediction_loss(
    class_logits: Tensor, mask_logits: Tensor, targets: Sequence[MaskTargets], rule: M2fpLossRule
) -> dict[str, Tensor]:
    """class_logits (B, Q, C + 1), mask_logits (B, Q, h, w), a target for each picture."""
    no_object = class_logits.shape[2] - 1
    wanted = torch.full(class_logits.shape[:2], no_object, dtype=torch.int64, device=class_logits.device)
    chosen_logits, chosen_masks, chosen_known = [], [], []
    for picture, target in enumerate(targets):
        queries, masks = match(
            class_logits[picture], mask_logits[picture], target, points=rule.points, weights=rule.matching
        )
        wanted[picture, queries] = target.classes[masks]
        chosen_logits.append(mask_logits[picture, queries])
        chosen_masks.append(target.masks[masks])
        chosen_known.append(target.is_known.expand(len(masks), -1, -1))
    class_weights = class_logits.new_ones(no_object + 1)
    class_weights[no_object] = rule.no_object
    by_class = F.cross_entropy(class_logits.transpose(1, 2), wanted, class_weights)
    mask_loss, dice_loss = point_losses(
        torch.cat(chosen_logits), torch.cat(chosen_masks), torch.cat(chosen_known), points=rule.points
    )
    return {"classes": by_class, "mask": mask_loss, "dice": dice_loss}


def point_losses(logits: Tensor, truth: Tensor, is_known: Tensor, *, points: int) -> tuple[Tensor, Tensor]:
    """Binary cross-entropy and dice loss of M masks, mean over the masks.

    Args:
        logits: (M, h, w).
        truth: bool (M, H, W).
        is_known: bool (M, H, W), where the truth counts.
        points: sampled on each.
    """
    if len(logits) == 0:
        return logits.sum(), logits.sum()
    points_xy = doubtful_points(logits, points)
    said = sample_at(logits, points_xy)  # (M, P)
    true, known = look_up(truth, points_xy).float(), look_up(is_known, points_xy).float()
    per_point = F.binary_cross_entropy_with_logits(said, true, reduction="none") * known
    by_points = per_point.sum(1) / known.sum(1).clamp(min=1)
    chance, true = said.sigmoid() * known, true * known
    dice = 1 - (2 * (chance * true).sum(1) + 1) / (chance.sum(1) + true.sum(1) + 1)
    return by_points.mean(), dice.mean()
