"""A parser: photo in, parse result out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import Engine, NetworkOutput
from fittingroom.errors import ModelError
from fittingroom.labels import LabelSet
from fittingroom.parsing.cleaning import without_cells, without_specks, without_traces
from fittingroom.parsing.closer import CloserRule, crop_for, merged, plan_closer_look
from fittingroom.parsing.edges import guide_for
from fittingroom.parsing.fine import FineRule, find_body_points, fine_maps, look_at_heads
from fittingroom.parsing.garments import GarmentRule, with_steady_garments
from fittingroom.parsing.looking import look
from fittingroom.parsing.people import GroupingRule, People, group_people
from fittingroom.parsing.prepare import InputRule, prepare
from fittingroom.parsing.restore import restore, restore_ids, softmax
from fittingroom.results import ParseResult

FACE_CLASSES = ("face", "sunglasses")  # with what is worn on it, or glasses would cut a face in two
Schema = Literal["cihp", "fine"]
SCHEMAS: tuple[Schema, ...] = ("cihp", "fine")


@dataclass(frozen=True)
class Seen:
    """What the network said about a photo (B = 1), the people in it, and the picture that its cells show."""

    output: NetworkOutput
    people: People
    picture_rgb: NDArray[np.uint8]


@dataclass(frozen=True)
class PixelParser:
    """Parses upright RGB pixels with one engine. :class:`fittingroom.Parser` adds photo files and bundled models."""

    engine: Engine
    label_set: LabelSet
    input_rule: InputRule
    also_mirrored: bool = False
    grouping: GroupingRule = field(default_factory=GroupingRule)
    closer: CloserRule | None = field(default_factory=CloserRule)  # None: small people are not looked at again
    fine: FineRule = field(default_factory=FineRule)
    garments: GarmentRule | None = field(default_factory=GarmentRule)  # None: every cell names its cloth for itself
    refines_borders: bool = True  # False: borders are smooth instead of following the picture, and cost less
    min_part_iou: float = 0.15  # a part of which less is expected to be right goes to the next likeliest class
    model_name: str = ""
    model_sha256: str = ""

    def parse(self, pixels_rgb: NDArray[np.uint8], *, schema: Schema = "cihp") -> ParseResult:
        """uint8 (H, W, 3) -> the people in it and their parts, at the photo's own size.

        schema: "fine" gives details and body points too; the label map is the same either way.

        Raises:
            ModelError: fine parts are asked of a model that was not taught them.
        """
        seen = self.look(pixels_rgb, prepare(pixels_rgb, self.input_rule), finer=schema == "fine")
        photo_hw = (pixels_rgb.shape[0], pixels_rgb.shape[1])
        if schema == "fine":
            return self._finer(*self._restored(seen, photo_hw), seen.output, pixels_rgb)
        return self.restored(seen, photo_hw)

    def look(self, pixels_rgb: NDArray[np.uint8], picture_rgb: NDArray[np.uint8], *, finer: bool = False) -> Seen:
        """What the network says about a photo and the picture prepared of it; small people are looked at again."""
        output = look(self.engine, picture_rgb, self.label_set, also_mirrored=self.also_mirrored, finer=finer)
        people = self.people_in(output)
        if self.closer is None:
            return Seen(output, people, picture_rgb)
        input_hw = (picture_rgb.shape[0], picture_rgb.shape[1])
        plan = plan_closer_look(people, input_hw, (pixels_rgb.shape[0], pixels_rgb.shape[1]), self.closer)
        if plan is None:
            return Seen(output, people, picture_rgb)
        crop = crop_for(plan, pixels_rgb, input_hw)
        second = look(self.engine, crop, self.label_set, also_mirrored=False, finer=finer)
        output = merged(output, second, plan, people, self.closer)
        return Seen(output, self.people_in(output), guide_for(output.centre_heat[0], pixels_rgb))

    def people_in(self, output: NetworkOutput) -> People:
        """The people that a network's output (B = 1) shows, on its cells."""
        foreground = 1 - softmax(output.class_logits[0])[0]
        faces = None
        if "face" in self.label_set.classes:
            shown = [self.label_set.id_of(name) for name in FACE_CLASSES if name in self.label_set.classes]
            faces = np.isin(output.class_logits[0].argmax(0), shown)
        return group_people(output.centre_heat[0], output.centre_offsets_px[0], foreground, self.grouping, faces=faces)

    def restored(self, seen: Seen, size_hw: tuple[int, int]) -> ParseResult:
        """What was seen, at the size (H, W) of the photo."""
        return self._restored(seen, size_hw)[0]

    def _restored(self, seen: Seen, size_hw: tuple[int, int]) -> tuple[ParseResult, NDArray[np.uint16]]:
        """The result, and on the network's cells the ids that people have in it."""
        class_logits, people = seen.output.class_logits[0], seen.people
        nobodys = (class_logits[0] < class_logits[1:].max(0)) & (people.ids == 0)
        class_logits = without_cells(class_logits, nobodys)
        if self.garments is not None:
            class_logits = with_steady_garments(class_logits, people, seen.picture_rgb, self.label_set, self.garments)
        class_logits = without_specks(class_logits, people.ids)
        class_logits, ious = without_traces(class_logits, people, self.min_part_iou)
        guide_rgb = seen.picture_rgb if self.refines_borders else None
        labels, confidence = restore(class_logits, size_hw, guide_rgb)
        person_map = np.asarray(cv2.copyTo(restore_ids(people.nearest, size_hw, guide_rgb), labels), np.uint16)
        person_map, visible = without_gaps(person_map, len(people.scores))
        result = ParseResult.from_maps(
            labels, person_map, confidence, label_set=self.label_set,
            person_scores=[people.scores[person - 1] for person in visible], part_scores=ious[[0, *visible]],
            model_name=self.model_name, model_sha256=self.model_sha256,
        )  # fmt: skip
        renumbered = np.zeros(len(people.scores) + 1, np.uint16)
        renumbered[visible] = np.arange(1, len(visible) + 1)
        return result, renumbered[people.ids]

    def _finer(
        self, result: ParseResult, ids: NDArray[np.uint16], output: NetworkOutput, pixels_rgb: NDArray[np.uint8]
    ) -> ParseResult:
        """The result with details, bags and body points."""
        if output.detail_logits is None or output.point_heat is None:
            raise ModelError(
                f"the model {self.model_name or '(unnamed)'} gives no fine parts; use a bundled one, or export it again"
            )
        maps = fine_maps(output.detail_logits[0], output.class_logits[0], result.label_map, self.label_set)
        look_at_heads(self.engine, pixels_rgb, result, maps, self.fine)
        part_scores = np.zeros((len(result.people) + 1, len(self.label_set)), np.float32)
        for person in result.people:
            for part in person.parts.values():
                part_scores[person.id, part.class_id] = part.score
        return ParseResult.from_maps(
            result.label_map, result.person_map, result.confidence, label_set=self.label_set,
            person_scores=[person.score for person in result.people], part_scores=part_scores,
            model_name=self.model_name, model_sha256=self.model_sha256,
            detail_map=maps.details, detail_confidence=maps.confidence, bag_map=maps.bags,
            body_points=find_body_points(output.point_heat[0], ids, len(result.people), result.size_hw, self.fine),
        )  # fmt: skip

    def with_long_side(self, long_side_px: int) -> PixelParser:
        """The same parser with another input size."""
        return replace(self, input_rule=InputRule(long_side_px))


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
