"""A parser: photo in, parse result out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import Engine, NetworkOutput
from fittingroom.labels import LabelSet
from fittingroom.parsing.looking import look
from fittingroom.parsing.people import GroupingRule, group_people
from fittingroom.parsing.prepare import InputRule, prepare
from fittingroom.parsing.restore import restore, restore_ids, softmax
from fittingroom.results import ParseResult

# A person who fills a picture of 544 pixels covers about 2,700 cells.
SPECK_SHARE = 0.005
MAX_SPECK_CELLS = 24


@dataclass(frozen=True)
class PixelParser:
    """Parses upright RGB pixels with one engine. :class:`fittingroom.Parser` adds photo files and bundled models."""

    engine: Engine
    label_set: LabelSet
    input_rule: InputRule
    also_mirrored: bool = False
    grouping: GroupingRule = field(default_factory=GroupingRule)
    model_name: str = ""
    model_sha256: str = ""

    def parse(self, pixels_rgb: NDArray[np.uint8]) -> ParseResult:
        """uint8 (H, W, 3) -> the people in it and their parts, at the photo's own size."""
        output = self.look(prepare(pixels_rgb, self.input_rule))
        return self.restored(output, (pixels_rgb.shape[0], pixels_rgb.shape[1]))

    def look(self, picture_rgb: NDArray[np.uint8]) -> NetworkOutput:
        """What the network says about one prepared picture (B = 1)."""
        return look(self.engine, picture_rgb, self.label_set, also_mirrored=self.also_mirrored)

    def restored(self, output: NetworkOutput, size_hw: tuple[int, int]) -> ParseResult:
        """What the network said about one picture (B = 1), at the size (H, W) of the photo."""
        class_logits = output.class_logits[0]
        foreground = 1 - softmax(class_logits)[0]
        people = group_people(output.centre_heat[0], output.centre_offsets_px[0], foreground, self.grouping)
        nobodys = (class_logits[0] < class_logits[1:].max(0)) & (people.ids == 0)
        class_logits = without_specks(without_cells(class_logits, nobodys), people.ids)
        labels, confidence = restore(class_logits, size_hw)
        person_map = restore_ids(people.nearest, size_hw)
        person_map[labels == 0] = 0
        person_map, visible = without_gaps(person_map, len(people.scores))
        return ParseResult.from_maps(
            labels, person_map, confidence, label_set=self.label_set,
            person_scores=[people.scores[person - 1] for person in visible],
            model_name=self.model_name, model_sha256=self.model_sha256,
        )  # fmt: skip

    def with_long_side(self, long_side_px: int) -> PixelParser:
        """The same parser with another input size."""
        return replace(self, input_rule=InputRule(long_side_px))


def without_cells(class_logits: NDArray[np.float32], dropped: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Logits in which the background wins in the cells that belong to nobody."""
    if not dropped.any():
        return class_logits
    cleared = class_logits.copy()
    cleared[0, dropped] = class_logits[:, dropped].max(0) + 4
    return cleared


def without_specks(class_logits: NDArray[np.float32], person_ids: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Logits in which no class wins in a speck: the next likeliest class takes it.

    A speck is a connected region smaller than SPECK_SHARE of the person it lies on, and at most MAX_SPECK_CELLS.
    """
    winner = class_logits.argmax(0)
    areas = np.bincount(person_ids.ravel())
    areas[0] = 0
    limits = np.minimum(areas * SPECK_SHARE, MAX_SPECK_CELLS)[person_ids]  # (h, w)
    cleared = class_logits.copy()
    for class_id in np.flatnonzero(np.bincount(winner.ravel())):
        count, regions, stats, _ = cv2.connectedComponentsWithStats(
            (winner == class_id).astype(np.uint8), connectivity=8
        )
        limit_of = np.zeros(count)
        np.maximum.at(limit_of, regions.ravel(), limits.ravel())
        is_speck = stats[:, cv2.CC_STAT_AREA] < limit_of
        is_speck[0] = False  # region 0 is everything else
        cleared[class_id][is_speck[regions]] = class_logits.min() - 1
    return cleared


def without_gaps(person_map: NDArray[np.uint16], count: int) -> tuple[NDArray[np.uint16], list[int]]:
    """The map with its ids numbered 1..M from the largest person, and which of the 1..count they were.

    A person of a few cells may have no pixel in a photo that is smaller than the network's input, and of two people of
    nearly as many cells either may have more pixels.
    """
    areas = cv2.calcHist([person_map], [0], None, [count + 1], [0, count + 1]).ravel()
    visible = [person for person in range(1, count + 1) if areas[person] > 0]
    visible.sort(key=lambda person: -areas[person])
    if visible == list(range(1, count + 1)):
        return person_map, visible
    table = np.zeros(count + 1, np.uint16)
    table[visible] = np.arange(1, len(visible) + 1)
    return table[person_map], visible
