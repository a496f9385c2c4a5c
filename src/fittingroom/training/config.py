"""A training recipe: one TOML file, checked when read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from fittingroom.data.compositing import CompositeRule
from fittingroom.engine.protocol import INPUT_MULTIPLE
from fittingroom.errors import ConfigError, LabelError
from fittingroom.labels import CIHP, LabelSet, find_label_set
from fittingroom.training.losses import LossWeights


@dataclass(frozen=True)
class DataSource:
    """A folder of labelled photos (see fittingroom.data.photos), relative to the data root."""

    folder: str
    split: str | None = None
    leave_out_quality: tuple[str, ...] = ()
    weight: float = 1.0  # how often a photo of this folder is shown, relative to the other folders
    cut_weight: float = 1.0  # how often a person is cut out of it for a composite
    rarity_power: float = 0.5  # 0: all photos alike; 1: photos with rare classes as often as those classes are rare
    carried_ids: tuple[int, ...] = ()  # ids of labels_ext that are carried things (bags)


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that makes a model, beside the data's bytes and the code."""

    name: str
    sources: tuple[DataSource, ...]
    val: DataSource | None = None
    places: tuple[str, ...] = ()  # folders of pictures without people
    label_set: LabelSet = CIHP  # in TOML the name of one, or a table with name, classes, classes_zh, flip_pairs
    start: str | None = None  # "default" (the bundled model), a run's checkpoint.pt, or backbone weights (.npz)
    overview_blocks: int | None = None  # transformer blocks that look at the whole picture; None: as `start` has, or 0
    seed: int = 1
    steps: int = 10_000
    batch_size: int = 8
    view_sizes_hw: tuple[tuple[int, int], ...] = ((352, 256), (256, 352), (304, 304))
    composite_share: float = 0.4
    composites: CompositeRule = field(default_factory=CompositeRule)
    learning_rate: float = 2e-3
    backbone_rate: float = 0.15  # of learning_rate
    overview_rate: float = 1.0  # of learning_rate
    warmup_steps: int = 200
    weight_decay: float = 0.02
    frozen_blocks: int = 2
    class_weight_power: float = 0.2  # 0: all classes alike; 1: inverse to the classes' pixel counts
    averaging_decay: float = 0.999
    losses: LossWeights = field(default_factory=LossWeights)
    mixed_precision: bool = True
    workers: int = 1  # processes that prepare samples
    cache_mb: int = 3000  # decoded photos that each of them keeps
    checkpoint_every: int = 500
    evaluate_every: int = 2_000
    val_long_side_px: int = 512


def read_config(path: Path) -> TrainingConfig:
    """The recipe of a TOML file.

    Raises:
        ConfigError: not TOML, an unknown or missing key, or a value of the wrong kind.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the recipe ({error.strerror}); give the path of a TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    for key, kind in (("composites", CompositeRule), ("losses", LossWeights), ("val", DataSource)):
        if key in table:
            table[key] = build_checked(kind, table[key], f"{path}: [{key}]")
    sources = table.get("sources")
    if not isinstance(sources, list) or not sources:
        raise ConfigError(f"{path}: no [[sources]]; name at least one folder of labelled photos")
    table["sources"] = tuple(build_checked(DataSource, source, f"{path}: [[sources]]") for source in sources)
    if "label_set" in table:
        table["label_set"] = read_label_set(table["label_set"], path)
    config: TrainingConfig = build_checked(TrainingConfig, table, str(path))
    if not isinstance(config.view_sizes_hw, tuple) or not all(map(_is_view_size, config.view_sizes_hw)):
        raise ConfigError(
            f"{path}: view_sizes_hw is {table['view_sizes_hw']}; expected pairs [height, width], both multiples of 16"
        )
    return config


def _is_view_size(size: Any) -> bool:
    is_pair = isinstance(size, tuple) and len(size) == 2
    return is_pair and all(isinstance(side, int) and side > 0 and side % INPUT_MULTIPLE == 0 for side in size)


# What TOML may give where a dataclass names a plain type.
_KINDS: dict[type, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,), float: (int, float)}


def read_label_set(entry: str | dict[str, Any], path: Path) -> LabelSet:
    try:
        if isinstance(entry, str):
            return find_label_set(entry)
        label_set: LabelSet = build_checked(LabelSet, entry, f"{path}: [label_set]")
    except LabelError as error:
        raise ConfigError(f"{path}: {error}") from error
    return label_set


def build_checked(kind: Any, table: dict[str, Any], where: str) -> Any:
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: it is {table!r}, expected a table")
    known = {entry.name for entry in fields(kind)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise ConfigError(f"{where}: unknown key {unknown[0]!r}; known keys are {', '.join(sorted(known))}")
    wanted = get_type_hints(kind)
    for key, value in table.items():
        kinds = _KINDS.get(wanted[key])
        if kinds is not None and (not isinstance(value, kinds) or isinstance(value, bool) != (wanted[key] is bool)):
            raise ConfigError(f"{where}: {key} is {value!r}, expected {wanted[key].__name__}")
    try:
        return kind(**{key: _frozen(value) for key, value in table.items()})
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
