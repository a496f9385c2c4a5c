"""Published checkpoints of M2FP: read without running code from them, and loaded without skipping anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from fittingroom.errors import ModelError
from fittingroom.m2fp.class_names import MULTIPLE_CLASSES, SINGLE_CLASSES
from fittingroom.m2fp.framing import M2fpKind

CONFIGURATION_NAME = "configuration.json"
WEIGHTS_NAME = "pytorch_model.pt"
PRESET_OF_DEPTH = {50: "m2fp-r50", 101: "m2fp-r101"}
_HEADS = 8


@dataclass(frozen=True)
class PublishedCheckpoint:
    """Weights by key, and what their configuration says of them."""

    preset: str
    kind: M2fpKind
    classes: tuple[str, ...]
    state: dict[str, Tensor]


def read_published(path: Path) -> PublishedCheckpoint:
    """A checkpoint in ModelScope's form.

    Args:
        path: the folder with configuration.json and pytorch_model.pt, or the second of them.

    Raises:
        ModelError: a file is missing, damaged, holds more than weights, or is of another network or other classes.
    """
    folder = path if path.is_dir() else path.parent
    weights = folder / WEIGHTS_NAME if path.is_dir() else path
    configuration = folder / CONFIGURATION_NAME
    for file in (weights, configuration):
        if not file.is_file():
            raise ModelError(
                f"{file}: no such file; a checkpoint is a folder with {CONFIGURATION_NAME} and {WEIGHTS_NAME}, or the "
                "second of them with the first beside it"
            )
    preset, kind, classes = read_configuration(configuration)
    return PublishedCheckpoint(preset, kind, classes, read_weights(weights))


def read_configuration(path: Path) -> tuple[str, M2fpKind, tuple[str, ...]]:
    """The preset, the kind and the checkpoint's own class names.

    Raises:
        ModelError: not JSON, entries are missing, or it describes another network or other classes.
    """
    try:
        model = json.loads(path.read_text(encoding="utf-8"))["model"]
        depth, heads = int(model["backbone"]["depth"]), int(model["decoder"]["nheads"])
        classes = tuple(str(name) for name in model["classes"])
        is_single = bool(model["single_human"])
        counted = int(model["decoder"]["num_classes"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path}: not the configuration of an M2FP checkpoint ({type(error).__name__}: {error}); expected JSON "
            "with model.backbone.depth, model.decoder.nheads, model.decoder.num_classes, model.classes and "
            "model.single_human"
        ) from error
    if depth not in PRESET_OF_DEPTH or heads != _HEADS:
        raise ModelError(
            f"{path}: describes a ResNet of depth {depth} and {heads} attention heads; known are the depths "
            f"{', '.join(map(str, PRESET_OF_DEPTH))} with {_HEADS} heads"
        )
    expected = SINGLE_CLASSES if is_single else MULTIPLE_CLASSES
    if classes != expected or counted != len(expected):
        first = next((name for name, ours in zip(classes, expected, strict=False) if name != ours), None)
        raise ModelError(
            f"{path}: names {len(classes)} classes and counts {counted}, expected {len(expected)}"
            + (f"; {first!r} is not where it belongs" if first is not None else "")
            + f". Expected for {'one person' if is_single else 'several people'}: {', '.join(expected)}"
        )
    return PRESET_OF_DEPTH[depth], "m2fp-single" if is_single else "m2fp-multiple", classes


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors under "model" of a checkpoint, by key. No code from the file is run.

    Raises:
        ModelError: truncated, damaged, holding anything but tensors, or without "model".
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise ModelError(
            f"{path}: holds other things than weights, perhaps code that runs when it is read; it was not loaded. "
            "Fetch the file again from a source that you trust"
        ) from error
    except Exception as error:  # torch raises whatever the file makes it stumble over
        raise ModelError(
            f"{path}: cannot be read as a PyTorch checkpoint ({_one_line(error)}); is it whole? Fetch it again"
        ) from error
    if not isinstance(saved, dict) or not isinstance(saved.get("model"), dict):
        held = ", ".join(map(str, list(saved)[:5])) if isinstance(saved, dict) else type(saved).__name__
        raise ModelError(f'{path}: holds {held or "nothing"}; expected an entry "model" with the weights')
    state: dict[Any, Any] = saved["model"]
    strange = [str(key) for key, value in state.items() if not isinstance(key, str) or not isinstance(value, Tensor)]
    if strange:
        raise ModelError(f'{path}: {strange[0]} under "model" is no tensor; is this M2FP\'s checkpoint?')
    spoilt = [key for key, value in state.items() if value.is_floating_point() and not value.isfinite().all()]
    if spoilt:
        raise ModelError(f"{path}: {spoilt[0]} holds numbers that are not finite; the file is damaged: fetch it again")
    return dict(state)


def load_strictly(net: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Fill every parameter and statistic of a network from `state`, which must name exactly these.

    Only the counters of batch norms, which say nothing, may be missing.

    Raises:
        ModelError: a key is missing, is one too many, or has another shape; all of them are named.
    """
    wanted = net.state_dict()
    missing = [key for key in wanted if key not in state and not key.endswith("num_batches_tracked")]
    extra = [key for key in state if key not in wanted]
    reshaped = [
        f"{key} is {tuple(value.shape)}, expected {tuple(wanted[key].shape)}"
        for key, value in state.items()
        if key in wanted and value.shape != wanted[key].shape
    ]
    if missing or extra or reshaped:
        lists = (("missing", missing), ("extra", extra), ("reshaped", reshaped))
        found = "\n".join(f"  {len(keys)} {kind}: {'; '.join(keys)}" for kind, keys in lists if keys)
        raise ModelError(f"{source}: these weights are not of this network; nothing was loaded.\n{found}")
    net.load_state_dict(dict(state), strict=False)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
