"""What the parsing network is punished for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from fittingroom.data.photos import SOMEBODY_ID
from fittingroom.labels import IGNORE_ID
from fittingroom.models.parsing_net import OFFSET_UNIT_PX, ParsingOutput

NO_DETAIL_WEIGHT = 0.3  # of a pixel without a detail: most pixels have none


@dataclass(frozen=True)
class LossWeights:
    """How much each part of the loss counts."""

    overlap: float = 0.5
    aux: float = 0.3
    centre: float = 1.0
    offset: float = 1.0
    detail: float = 0.5
    point: float = 1.0


@dataclass(frozen=True)
class PersonTargets:
    """Where the people's centres are, at stride 4.

    heat: float32 (B, h, w), 1 at centres. offsets: float32 (B, 2, h, w), (dx, dy) in units of OFFSET_UNIT_PX.
    on_person: bool (B, h, w). is_known: bool (B, h, w), False where the truth is ignored.
    """

    heat: Tensor
    offsets: Tensor
    on_person: Tensor
    is_known: Tensor


@dataclass(frozen=True)
class Truth:
    """What a batch shows.

    labels: int64 (B, H, W), 255 = ignore, 254 = somebody. details: int64 (B, H, W), 255 = ignore.
    point_heat: uint8 (B, P, H/4, W/4), 254 at body points, 255 = ignore.
    """

    labels: Tensor
    details: Tensor
    point_heat: Tensor
    people: PersonTargets


def parsing_loss(output: ParsingOutput, truth: Truth, class_weights: Tensor, weights: LossWeights) -> dict[str, Tensor]:
    """The parts of the loss and, as "total", their weighted sum."""
    labels, people = truth.labels, truth.people
    # logits at a quarter, enlarged to half; every second label: a compromise between edges and time
    logits = F.interpolate(output.class_logits.float(), scale_factor=2.0, mode="bilinear", align_corners=False)
    parts = {"classes": class_loss(logits, labels[:, 1::2, 1::2], class_weights)}
    parts["overlap"] = overlap_loss(output.class_logits.float(), labels[:, 2::4, 2::4])
    parts["centre"] = centre_loss(output.centre_logits.float()[:, 0], people.heat, people.is_known)
    parts["offset"] = offset_loss(output.centre_offsets.float(), people)
    details = truth.details[:, 2::4, 2::4]
    detail_logits = output.detail_logits.float()
    detail_weights = torch.ones(detail_logits.shape[1], device=detail_logits.device)
    detail_weights[0] = NO_DETAIL_WEIGHT
    parts["detail"] = class_loss(detail_logits, details, detail_weights) + overlap_loss(detail_logits, details)
    heat = truth.point_heat.float() / 254
    parts["point"] = centre_loss(output.point_logits.float(), heat, truth.point_heat < IGNORE_ID)
    total = parts["classes"] + weights.overlap * parts["overlap"]
    total = total + weights.detail * parts["detail"] + weights.point * parts["point"]
    total = total + weights.centre * parts["centre"] + weights.offset * parts["offset"]
    if output.aux_logits is not None:
        total = total + weights.aux * class_loss(output.aux_logits.float(), labels[:, 8::16, 8::16], class_weights)
    parts["total"] = total
    return parts


def class_loss(logits: Tensor, labels: Tensor, class_weights: Tensor) -> Tensor:
    """Cross-entropy per known pixel; where the truth is "somebody", of all classes but the background together."""
    is_somebody = labels == SOMEBODY_ID
    known = torch.where(is_somebody, IGNORE_ID, labels)
    loss = F.cross_entropy(logits, known, class_weights, ignore_index=IGNORE_ID, reduction="sum")
    weight = class_weights[known[known != IGNORE_ID]].sum()
    if is_somebody.any():
        somebody = logits.logsumexp(1) - logits[:, 1:].logsumexp(1)  # -log(1 - background)
        loss = loss + somebody[is_somebody].sum()
        weight = weight + is_somebody.sum()
    return loss / weight.clamp(min=1)


def overlap_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """1 - soft Dice, averaged over the classes that the batch shows; small classes count as much as large ones.

    Milletari et al., "V-Net", 3DV 2016.
    """
    num_classes = logits.shape[1]
    known = labels < num_classes
    probabilities = logits.softmax(1).permute(0, 2, 3, 1)[known]  # (N, C)
    truth = F.one_hot(labels[known], num_classes).to(probabilities.dtype)
    both = (probabilities * truth).sum(0)
    either = probabilities.sum(0) + truth.sum(0)
    shown = truth.sum(0) > 0
    if not shown.any():
        return logits.sum() * 0  # nothing is known: the mean over no classes would be NaN
    return 1 - (2 * both[shown] / either[shown]).mean()


def centre_loss(logits: Tensor, heat: Tensor, is_known: Tensor) -> Tensor:
    """The penalty-reduced focal loss of CornerNet and CenterNet (Zhou et al., 2019), per centre.

    All (B, h, w), or (B, P, h, w) for body points. heat: 1 at centres, falling off around them.
    """
    chance = logits.sigmoid()
    is_centre = (heat >= 0.999) & is_known
    found = -F.logsigmoid(logits) * (1 - chance) ** 2
    refused = -F.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4
    per_pixel = torch.where(is_centre, found, refused) * is_known
    return per_pixel.sum() / is_centre.sum().clamp(min=1)


def offset_loss(offsets: Tensor, people: PersonTargets) -> Tensor:
    """Mean absolute error (dx and dy added) over the people's pixels."""
    error = (offsets - people.offsets).abs().sum(1)
    return (error * people.on_person).sum() / people.on_person.sum().clamp(min=1)


def person_targets(person_ids: Tensor, labels: Tensor) -> PersonTargets:
    """Centres and offsets of the visible people. person_ids: (B, H, W); H, W multiples of 4."""
    ids = person_ids[:, 2::4, 2::4].long()
    batch, height, width = ids.shape
    ys = torch.arange(height, dtype=torch.float32)[:, None].expand(height, width)
    xs = torch.arange(width, dtype=torch.float32)[None, :].expand(height, width)
    heat = torch.zeros(batch, height, width)
    offsets = torch.zeros(batch, 2, height, width)
    for item in range(batch):
        flat = ids[item].reshape(-1)
        count = int(flat.max()) + 1
        area = torch.bincount(flat, minlength=count).float()
        centre_x = torch.bincount(flat, xs.reshape(-1), minlength=count) / area.clamp(min=1)
        centre_y = torch.bincount(flat, ys.reshape(-1), minlength=count) / area.clamp(min=1)
        offsets[item, 0] = centre_x[ids[item]] - xs
        offsets[item, 1] = centre_y[ids[item]] - ys
        for person in range(1, count):
            if area[person] > 0:
                x, y = centre_x[person].round(), centre_y[person].round()
                sigma = float((area[person].sqrt() * 0.12).clamp(0.8, 4.0))
                bump = torch.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * sigma**2))
                heat[item] = torch.maximum(heat[item], bump)
    offsets *= 4 / OFFSET_UNIT_PX
    is_known = labels[:, 2::4, 2::4] != IGNORE_ID
    return PersonTargets(heat, offsets, ids > 0, is_known)
