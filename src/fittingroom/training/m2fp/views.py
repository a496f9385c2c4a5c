"""Random views for training M2FP: scaled over a wide range, turned, mirrored, cut to one size; and their stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.utils.data import Dataset

from fittingroom.data.augmentation import Matrix, random_camera, view_matrix, warp_photo
from fittingroom.data.photos import LabelledPhoto
from fittingroom.data.samples import PhotoCache, PhotoSource
from fittingroom.labels import LabelSet
from fittingroom.m2fp.framing import MEAN_RGB, STD_RGB
from fittingroom.training.m2fp.targets import MaskTargets, mask_targets

PADDING_RGB = (round(float(MEAN_RGB[0])), round(float(MEAN_RGB[1])), round(float(MEAN_RGB[2])))


@dataclass(frozen=True)
class ViewRule:
    """The original's augmentation. The scale counts from a photo that just fits the view."""

    side_px: int = 800
    min_scale: float = 0.1
    max_scale: float = 2.0
    mirror_chance: float = 0.5
    turn_chance: float = 0.6
    turn_deg: float = 40.0  # standard deviation
    max_turn_deg: float = 80.0
    changes_colours: bool = True


def random_matrix(photo: LabelledPhoto, rule: ViewRule, rng: Generator) -> Matrix:
    """Any piece of the photo where it is larger than the view; else the photo anywhere in it."""
    height, width = photo.labels.shape
    scale = rule.side_px / max(height, width) * rng.uniform(rule.min_scale, rule.max_scale)
    angle_deg = 0.0
    if rng.random() < rule.turn_chance:
        angle_deg = float(np.clip(rng.normal(0, rule.turn_deg), -rule.max_turn_deg, rule.max_turn_deg))
    slack_xy = np.array([width, height]) - rule.side_px / scale
    focus_x, focus_y = np.array([width, height]) / 2 + slack_xy * rng.uniform(-0.5, 0.5, 2)
    return view_matrix(
        (float(focus_x), float(focus_y)), (rule.side_px, rule.side_px),
        scale=float(scale), angle_deg=angle_deg, mirrored=bool(rng.random() < rule.mirror_chance),
    )  # fmt: skip


class ViewBatches(Dataset[tuple[Tensor, list[MaskTargets]]]):
    """Batch i: float32 pixels (B, 3, S, S), normalised, and a target for each. It depends on the seed and i alone."""

    def __init__(
        self,
        sources: Sequence[PhotoSource],
        label_set: LabelSet,
        rule: ViewRule,
        *,
        tells_people_apart: bool,
        batch_size: int,
        seed: int,
        first: int,
        count: int,
        cache_mb: int,
    ) -> None:
        self.sources, self.label_set, self.rule = list(sources), label_set, rule
        self.tells_people_apart = tells_people_apart
        self.batch_size, self.seed, self.first, self.count = batch_size, seed, first, count
        weights = np.array([source.weight for source in sources])
        self._chances = weights / weights.sum()
        self._cache = PhotoCache(cache_mb * 1_000_000)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, list[MaskTargets]]:
        pictures, targets = [], []
        for item in range(self.batch_size):
            rng = np.random.default_rng((self.seed, (self.first + index) * self.batch_size + item))
            view = self._view(rng)
            pixels = random_camera(view.pixels_rgb, rng) if self.rule.changes_colours else view.pixels_rgb
            pictures.append(torch.from_numpy(((pixels - MEAN_RGB) / STD_RGB).transpose(2, 0, 1)))
            targets.append(
                mask_targets(
                    view.labels, view.person_ids,
                    num_classes=len(self.label_set), tells_people_apart=self.tells_people_apart,
                )
            )  # fmt: skip
        return torch.stack(pictures), targets

    def _view(self, rng: Generator) -> LabelledPhoto:
        source = self.sources[rng.choice(len(self.sources), p=self._chances)]
        photo = self._cache.read(source.photos[rng.choice(len(source.photos), p=source.rare_boost)])
        side = self.rule.side_px
        # Outside the photo nothing is known, and nobody is there: a person's mask must not go on into the border. Its
        # colour is that of the padding when photos are parsed.
        return warp_photo(
            photo,
            random_matrix(photo, self.rule, rng),
            (side, side),
            self.label_set.flip_pairs,
            outside_rgb=PADDING_RGB,
        )
