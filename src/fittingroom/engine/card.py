"""A model on disk: a folder with ``model.onnx`` and ``card.json``, which says what the model is and proves it whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from fittingroom.engine.store import is_model_name, models_home
from fittingroom.errors import ModelError

ModelKind = Literal["parsing-net", "m2fp-multiple", "m2fp-single"]

CARD_VERSION = 1
PRESETS = ("default", "fast")
_BUNDLED = Path(__file__).parent.parent / "bundled"


@dataclass(frozen=True)
class ModelCard:
    """What a model is.

    classes: names in the order of the ids; classes_zh likewise; flip_pairs: ids that a mirrored photo swaps.
    long_side_px: the size of the network's input. also_mirrored: whether it looks a second time, at the mirrored photo.
    sha256: of model.onnx. licence: of the weights, in words that are shown where they are used.
    refines_borders: whether borders follow the picture, which costs some milliseconds.
    kind: which network it is, and so what comes before and after it. short_side_px: of M2FP's input, see
    :class:`fittingroom.m2fp.framing.M2fpInputRule`; None for our own.
    measured: named figures with the data they were measured on. training_data: one line per set, with its licence.
    """

    name: str
    label_set: str
    classes: tuple[str, ...]
    classes_zh: tuple[str, ...]
    flip_pairs: tuple[tuple[int, int], ...]
    long_side_px: int
    also_mirrored: bool
    sha256: str
    licence: str
    training_data: tuple[str, ...]
    recipe: str
    measured: dict[str, float]
    card_version: int = CARD_VERSION
    refines_borders: bool = True
    kind: ModelKind = "parsing-net"
    short_side_px: int | None = None

    def to_json(self) -> str:
        """The text of card.json."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def model_folder(model: str | Path) -> Path:
    """The folder of a preset's bundled model, of a stored model of that name, or `model` itself.

    Raises:
        ModelError: there is no such folder.
    """
    candidates = [_BUNDLED / model] if model in PRESETS else [Path(model)]
    if is_model_name(str(model)):
        candidates.append(models_home() / model)
    for folder in candidates:
        if (folder / "card.json").is_file():
            return folder
    raise ModelError(
        f"{model}: no model there; give {' or '.join(PRESETS)}, or a folder that holds model.onnx and card.json, "
        "or a name that `fittingroom models list` shows"
    )


def read_card(folder: Path) -> ModelCard:
    """The card of a model folder.

    Raises:
        ModelError: the card is missing, is not JSON, lacks an entry or has one too many.
    """
    path = folder / "card.json"
    try:
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = table.get("card_version")
        if version != CARD_VERSION:
            raise ModelError(
                f"{path}: card_version is {version}, this fittingroom reads {CARD_VERSION}; export it again"
            )
        unknown = set(table) - {entry.name for entry in fields(ModelCard)}
        if unknown:
            raise ModelError(f"{path}: unknown entries {', '.join(sorted(unknown))}; export the model again")
        for key in ("classes", "classes_zh", "training_data"):
            table[key] = tuple(table[key])
        table["flip_pairs"] = tuple((int(left), int(right)) for left, right in table["flip_pairs"])
        if table.get("kind", "parsing-net") not in get_args(ModelKind):
            raise ModelError(
                f"{path}: kind is {table['kind']!r}; this fittingroom knows {', '.join(get_args(ModelKind))}"
            )
        return ModelCard(**table)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: not a readable model card ({error}); export the model again") from error


def read_model(folder: Path, card: ModelCard) -> bytes:
    """The bytes of model.onnx, proved to be those that the card speaks of.

    Raises:
        ModelError: the file is missing, or its hash is not the card's.
    """
    path = folder / "model.onnx"
    try:
        model = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot read the model ({error.strerror}); install or export it again") from error
    _check_digest(path, hashlib.sha256(model).hexdigest(), card)
    return model


def checked_model(folder: Path, card: ModelCard) -> Path:
    """The path of model.onnx, proved to be the file that the card speaks of without holding all of it in memory.

    Raises:
        ModelError: as :func:`read_model`.
    """
    path = folder / "model.onnx"
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot read the model ({error.strerror}); install or export it again") from error
    _check_digest(path, digest, card)
    return path


def _check_digest(path: Path, digest: str, card: ModelCard) -> None:
    if digest != card.sha256:
        raise ModelError(
            f"{path}: sha256 is {digest[:12]}..., its card says {card.sha256[:12]}...; "
            "the file is damaged or was exchanged: install or export it again"
        )
