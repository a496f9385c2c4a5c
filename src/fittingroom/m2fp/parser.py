"""Pixels in, result out, with M2FP's network: the steps in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import ModelError
from fittingroom.labels import LabelSet
from fittingroom.m2fp.engine import M2fpEngine, M2fpNetworkOutput
from fittingroom.m2fp.framing import Framing, M2fpInputRule, prepare
from fittingroom.m2fp.instances import Instance, find_instances
from fittingroom.m2fp.legacy import LegacyOutput, legacy_multiple, legacy_single
from fittingroom.m2fp.people import LinkRule, link_people
from fittingroom.m2fp.semantic import parse_semantic
from fittingroom.parsing.pixel_parser import Schema
from fittingroom.results import ParseResult


@dataclass(frozen=True)
class PreparedPhoto:
    """The network's input, float32 (1, 3, h, w), and how the photo lies in it."""

    pixels: NDArray[np.float32]
    framing: Framing


@dataclass(frozen=True)
class M2fpParser:
    """Parses upright RGB pixels with an M2FP network. :class:`fittingroom.Parser` adds photo files and stored models.

    label_set: without "Human", which comes after its last class where there are several people.
    legacy_names: the checkpoint's own names, for its own form of a result; "Human" included.
    """

    engine: M2fpEngine
    label_set: LabelSet
    input_rule: M2fpInputRule
    legacy_names: Sequence[str]
    linking: LinkRule = field(default_factory=LinkRule)
    model_name: str = ""
    model_sha256: str = ""

    def parse(self, pixels_rgb: NDArray[np.uint8], *, schema: Schema = "cihp") -> ParseResult:
        """uint8 (H, W, 3) -> the people in it and their parts, at the photo's own size.

        Raises:
            ModelError: the schema "fine" was asked for; M2FP knows no details.
        """
        if schema == "fine":
            raise ModelError(
                f"the model {self.model_name or 'M2FP'} gives no fine parts; use the model default for them"
            )
        prepared = self.prepared(pixels_rgb)
        return self.restored(self.look(prepared), prepared.framing)

    def legacy_output(self, pixels_rgb: NDArray[np.uint8]) -> LegacyOutput:
        """uint8 (H, W, 3) -> what the original gives: every query on its own, no link from a part to a person."""
        prepared = self.prepared(pixels_rgb)
        said = self.look(prepared)
        if self.is_single:
            return legacy_single(parse_semantic(said.pred_logits, said.pred_masks, prepared.framing), self.legacy_names)
        return legacy_multiple(self.instances(said, prepared.framing), prepared.framing.photo_hw, self.legacy_names)

    def prepared(self, pixels_rgb: NDArray[np.uint8]) -> PreparedPhoto:
        """uint8 (H, W, 3) at the size, and in the form, that the network takes."""
        framing = self.input_rule.framing((pixels_rgb.shape[0], pixels_rgb.shape[1]))
        return PreparedPhoto(prepare(pixels_rgb, framing, self.input_rule.kind), framing)

    def look(self, prepared: PreparedPhoto) -> M2fpNetworkOutput:
        """What the network says."""
        return self.engine.run(prepared.pixels)

    def instances(self, said: M2fpNetworkOutput, framing: Framing) -> list[Instance]:
        """The masks of parts, then of people, that several people's network is sure enough of."""
        return find_instances(said.pred_logits, said.pred_masks, framing, human_class=len(self.label_set))

    def restored(self, said: M2fpNetworkOutput, framing: Framing) -> ParseResult:
        """What the network said, as people and parts at the photo's size."""
        if self.is_single:
            parse = parse_semantic(said.pred_logits, said.pred_masks, framing)
            return ParseResult.from_maps(
                parse.label_map, (parse.label_map > 0).astype(np.uint16), parse.confidence,
                label_set=self.label_set, model_name=self.model_name, model_sha256=self.model_sha256,
            )  # fmt: skip
        people = link_people(
            self.instances(said, framing), framing.photo_hw, human_class=len(self.label_set), rule=self.linking
        )
        return ParseResult.from_maps(
            people.label_map, people.person_map, people.confidence, label_set=self.label_set,
            person_scores=people.person_scores, model_name=self.model_name, model_sha256=self.model_sha256,
        )  # fmt: skip

    def with_long_side(self, long_side_px: int) -> M2fpParser:
        """The same parser with another input size, of the same proportions."""
        rule = self.input_rule
        short_side_px = max(1, round(rule.short_side_px * long_side_px / rule.long_side_px))
        return replace(self, input_rule=M2fpInputRule(rule.kind, short_side_px, long_side_px))

    @property
    def is_single(self) -> bool:
        """Whether the network is that for one person."""
        return self.input_rule.kind == "m2fp-single"
