"""Labels for unlabelled photos, made by a model that is already fair, for a model that is to be better.

The model looks several times (sizes, mirrored) and only what it is sure of is kept; the rest is ignored (255).
Two outside opinions keep it honest: tags that name what a photo shows, and a network that knows people but not parts.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from fittingroom.data.photos import SOMEBODY_ID
from fittingroom.engine.protocol import Engine
from fittingroom.errors import ConfigError
from fittingroom.imaging import encode_png, read_photo, write_bytes_atomically
from fittingroom.labels import IGNORE_ID, LabelSet
from fittingroom.models.mobilenet import MobileNetV2, copy_layers, read_layers
from fittingroom.models.parsing_net import Context
from fittingroom.parsing.looking import look
from fittingroom.parsing.prepare import InputRule, prepare
from fittingroom.parsing.restore import softmax

PERSON_CLASS = 15  # of the 21 PASCAL VOC classes


@dataclass(frozen=True)
class PseudoLabelRule:
    """How sure is sure enough."""

    long_sides_px: tuple[int, ...] = (416, 544, 704)
    min_probability: float = 0.6
    tag_bonus: float = 0.7  # added to the logits of the garments that the tags name
    most_tag_bonus: float = 1.6  # as much at most for one that is named and yet hardly found
    tag_bonus_step: float = 0.3
    max_doubt: float = 0.35  # ignore a pixel where the person network gives our answer less than this
    surely_nobody: float = 0.02  # background where the person network sees somebody with less than this
    surely_somebody: float = 0.9  # a person of unknown class where it sees somebody with more, and so do we
    max_ignored: float = 0.35  # leave out a photo of whose person a larger share is in doubt


class PersonNetwork(nn.Module):
    """The network that the starting weights come from: person or not, at stride 16."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.backbone, self.context = MobileNetV2(), Context()
        self.classify = nn.Conv2d(256, 21, 1)
        layers = [*self.backbone.convolutions(), *self.context.starting_layers(), self.classify]
        copy_layers(layers, read_layers(weights))
        self.eval()

    @torch.no_grad()
    def person_probability(self, images_rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 (H, W, 3) -> float32 (H/16, W/16) in [0, 1]."""
        x = torch.from_numpy(images_rgb)[None].permute(0, 3, 1, 2).float() / 127.5 - 1
        logits = self.classify(self.context.starting(self.backbone(x)[2]))
        probability: NDArray[np.float32] = logits.softmax(1)[0, PERSON_CLASS].numpy()
        return probability


def averaged_logits(
    engine: Engine, pixels_rgb: NDArray[np.uint8], label_set: LabelSet, rule: PseudoLabelRule
) -> NDArray[np.float32]:
    """Mean class logits (C, H, W) over all looks, at the photo's size: coarser labels would teach stairs."""
    height, width = pixels_rgb.shape[:2]
    total = np.zeros((len(label_set), height, width), np.float32)
    for long_side_px in rule.long_sides_px:
        picture = prepare(pixels_rgb, InputRule(long_side_px))
        logits = look(engine, picture, label_set, also_mirrored=True).class_logits[0]
        for plane, one in zip(total, logits, strict=True):
            plane += cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR)
    total /= len(rule.long_sides_px)
    return total


def label_photo(
    engine: Engine,
    person_network: PersonNetwork,
    pixels_rgb: NDArray[np.uint8],
    label_set: LabelSet,
    rule: PseudoLabelRule,
    *,
    allowed: frozenset[int] | None = None,
    least_shares: Mapping[int, float] | None = None,
) -> NDArray[np.uint8] | None:
    """uint8 (H, W) label map of the largest person, 255 or 254 where in doubt, 255 where others are.

    allowed: class ids that the photo may show (background included); None for all.
    least_shares: class ids that the photo shows, with the least share of the person's pixels that they cover; None is
    returned if one cannot be found.
    """
    logits = averaged_logits(engine, pixels_rgb, label_set, rule)
    if allowed is not None:
        for class_id in range(len(label_set)):
            logits[class_id] += rule.tag_bonus if class_id in allowed and class_id > 0 else 0.0
            if class_id not in allowed:
                logits[class_id] = -1e4
    for class_id, least_share in (least_shares or {}).items():
        if not raise_to_share(logits, class_id, least_share, rule):
            return None
    probabilities = softmax(logits)
    labels: NDArray[np.uint8] = probabilities.argmax(0).astype(np.uint8)
    doubt = probabilities.max(0) < rule.min_probability
    seen = person_network.person_probability(prepare(pixels_rgb, InputRule(512)))
    seen = np.asarray(cv2.resize(seen, (labels.shape[1], labels.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)
    doubt |= np.where(labels > 0, seen, 1 - seen) < rule.max_doubt
    others = (labels > 0) & ~largest_region(labels > 0)
    labels[doubt | others] = IGNORE_ID
    labels[(labels == IGNORE_ID) & ~others & (probabilities[0] < 0.5) & (seen > rule.surely_somebody)] = SOMEBODY_ID
    labels[seen < rule.surely_nobody] = 0
    return labels


def raise_to_share(logits: NDArray[np.float32], class_id: int, least_share: float, rule: PseudoLabelRule) -> bool:
    """Add to a class's logits, in place, until it wins in `least_share` of the person's pixels; False if it never does.

    A photo that is known to show a scarf shows it where a scarf is likeliest: the adaptive bias of Papandreou et al.,
    "Weakly- and Semi-Supervised Learning of a DCNN", ICCV 2015.
    """
    others = np.delete(logits, class_id, axis=0)
    best_other = others.max(0)
    on_person = (best_other > others[0]) | (logits[class_id] > best_other)
    lead = (logits[class_id] - best_other)[on_person]
    for bonus in np.arange(0, rule.most_tag_bonus - rule.tag_bonus + 1e-6, rule.tag_bonus_step):
        if (lead + bonus > 0).sum() >= least_share * lead.size:
            logits[class_id] += bonus
            return True
    return False


def largest_region(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part of a mask; the mask itself if it is empty."""
    count, regions, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count == 1:
        return mask
    largest: NDArray[np.bool_] = regions == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return largest


@dataclass(frozen=True)
class TagTable:
    """What tags say about a photo, in class ids."""

    allowed_by: Mapping[str, frozenset[int]]
    always: frozenset[int]  # background included
    least_share_by: Mapping[str, tuple[int, float]]  # tag -> the class it surely means, its least share of the person

    def allowed(self, tags: Sequence[str]) -> frozenset[int]:
        """The classes that a photo with these tags may show."""
        return self.always.union(*(self.allowed_by.get(tag, frozenset()) for tag in tags))

    def least_shares(self, tags: Sequence[str]) -> dict[int, float]:
        """The classes that it surely shows, with the least share of the person's pixels."""
        return dict(self.least_share_by[tag] for tag in tags if tag in self.least_share_by)


def read_tag_table(path: Path, label_set: LabelSet) -> TagTable:
    """A TOML file with [tags] (tag = [classes]), always = [classes] and, if wanted, [least_share] (tag = share).

    A tag with a least share names one class.

    Raises:
        ConfigError: unreadable; LabelError: an unknown class.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        tags = {tag: frozenset(label_set.id_of(name) for name in names) for tag, names in table["tags"].items()}
        always = frozenset(label_set.id_of(name) for name in table["always"])
        least_share_by = {
            tag: (label_set.id_of(table["tags"][tag][0]), float(share))
            for tag, share in table.get("least_share", {}).items()
        }
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not a tag table ({error}); expected always = [...] and [tags]") from error
    return TagTable(tags, always | {0}, least_share_by)


def label_folder(
    engine: Engine,
    person_network: PersonNetwork,
    pictures: Sequence[Path],
    out_dir: Path,
    label_set: LabelSet,
    *,
    rule: PseudoLabelRule = PseudoLabelRule(),
    tags_csv: Path | None = None,
    tag_table: TagTable | None = None,
    mended_dir: Path | None = None,
) -> int:
    """Label pictures into `out_dir`/images and /labels; returns how many were good enough.

    Pictures of whose person too much is in doubt are left out, and those that do not show what their tags name.
    mended_dir: an earlier `out_dir`. Of its photos those that show what their tags name are taken as they are, the
    others are labelled anew; no other photos are.
    """
    tags_of: dict[str, list[str]] = {}
    if tags_csv is not None:
        with tags_csv.open(newline="", encoding="utf-8") as file:
            tags_of = {row["id"]: row["tags"].split() for row in csv.DictReader(file)}
    (out_dir / "images").mkdir(parents=True, exist_ok=True)
    (out_dir / "labels").mkdir(parents=True, exist_ok=True)
    kept = 0
    for path in pictures:
        tags = tags_of.get(path.stem)
        allowed, least_shares = None, dict[int, float]()
        if tag_table is not None and tags is not None:
            allowed, least_shares = tag_table.allowed(tags), tag_table.least_shares(tags)
        labels: NDArray[np.uint8] | None = None
        if mended_dir is not None:
            earlier = mended_dir / "labels" / f"{path.stem}.png"
            if not earlier.exists():
                continue
            labels = np.asarray(Image.open(earlier), np.uint8)
        if labels is None or not shows(labels, least_shares, len(label_set)):
            labels = label_photo(
                engine, person_network, read_photo(path).pixels_rgb, label_set, rule,
                allowed=allowed, least_shares=least_shares,
            )  # fmt: skip
        if labels is None:
            continue
        sure, doubtful = int(((labels > 0) & (labels < len(label_set))).sum()), int((labels >= len(label_set)).sum())
        if sure < 0.02 * labels.size or doubtful > rule.max_ignored * (sure + doubtful):
            continue
        write_bytes_atomically(out_dir / "images" / path.name, path.read_bytes())
        write_bytes_atomically(out_dir / "labels" / f"{path.stem}.png", encode_png(labels))
        kept += 1
    return kept


def shows(labels: NDArray[np.uint8], least_shares: Mapping[int, float], num_classes: int) -> bool:
    """Whether a label map gives each class at least its share of the person's pixels."""
    areas = np.bincount(labels.ravel(), minlength=256)
    worn = areas[1:num_classes].sum()
    return all(areas[class_id] >= share * worn for class_id, share in least_shares.items())
