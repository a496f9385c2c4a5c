"""From a stored model to a parser that runs it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from fittingroom.engine.card import ModelCard, checked_model
from fittingroom.engine.devices import Device
from fittingroom.errors import ModelError
from fittingroom.labels import LabelSet
from fittingroom.m2fp.class_names import legacy_names
from fittingroom.m2fp.engine import M2fpEngine, M2fpOnnxEngine, M2fpOpenVinoEngine
from fittingroom.m2fp.framing import M2fpInputRule
from fittingroom.m2fp.parser import M2fpParser

_log = logging.getLogger(__name__)


def load_m2fp(
    folder: Path,
    card: ModelCard,
    *,
    threads: int | None = None,
    engine: Literal["onnxruntime", "openvino"] = "onnxruntime",
    device: Device = "cpu",
) -> M2fpParser:
    """The parser of a model folder whose card says that it is M2FP. Logs the licence of weights that not all may use.

    Raises:
        ModelError: the file is damaged, or card and file do not belong together.
        MissingExtraError: the engine, or its build for the device, is not installed.
        ConfigError: OpenVINO with another device than the CPU.
    """
    if card.kind == "parsing-net" or card.short_side_px is None:
        raise ModelError(f"{folder / 'card.json'}: kind is {card.kind!r} without short_side_px; import the model again")
    label_set = LabelSet(card.label_set, card.classes, card.classes_zh, card.flip_pairs)
    is_single = card.kind == "m2fp-single"
    outputs = len(label_set) + (1 if is_single else 2)  # "no object", and for several people "Human"
    model = checked_model(folder, card)
    built: M2fpEngine
    if engine == "openvino":
        built = M2fpOpenVinoEngine(model, outputs=outputs, threads=threads, device=device)
    else:
        built = M2fpOnnxEngine(model, outputs=outputs, threads=threads, device=device)
    if "non-commercial" in card.licence:
        _log.warning("%s: %s", card.name, card.licence)
    return M2fpParser(
        engine=built,
        label_set=label_set,
        input_rule=M2fpInputRule(card.kind, card.short_side_px, card.long_side_px),
        legacy_names=legacy_names(label_set, is_single=is_single),
        model_name=card.name,
        model_sha256=card.sha256,
    )
