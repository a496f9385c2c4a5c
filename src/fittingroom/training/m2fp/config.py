"""A recipe for training M2FP: a TOML file whose key ``network`` names one of its presets."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fittingroom.errors import ConfigError
from fittingroom.labels import CIHP, LabelSet
from fittingroom.m2fp.framing import INPUT_MULTIPLE, M2fpInputRule
from fittingroom.models.m2fp import PRESETS
from fittingroom.training.config import DataSource, build_checked, read_label_set
from fittingroom.training.m2fp.criterion import M2fpLossRule
from fittingroom.training.m2fp.matcher import MatchWeights
from fittingroom.training.m2fp.views import ViewRule


@dataclass(frozen=True)
class M2fpTrainingConfig:
    """Everything that makes a model of M2FP, beside the data's bytes and the code.

    The defaults are the original's for CIHP, but for the batch: 2 pictures in place of 16, and the rate in proportion.
    """

    name: str
    network: str
    sources: tuple[DataSource, ...]
    val: DataSource | None = None
    label_set: LabelSet = CIHP  # without whole people, for whom a class is added
    people: Literal["multiple", "single"] = "multiple"  # "single": classes alone, people are not told apart
    start: str | None = None  # a published pytorch_model.pt, or a run's checkpoint.pt
    seed: int = 1
    steps: int = 265_000
    batch_size: int = 2
    view: ViewRule = field(default_factory=ViewRule)
    learning_rate: float = 5e-5
    backbone_rate: float = 0.1  # of learning_rate
    warmup_steps: int = 1000
    drops_at: tuple[float, ...] = (235 / 265, 250 / 265)  # shares of the steps after which the rate falls to a tenth
    weight_decay: float = 0.05
    max_gradient_norm: float = 0.01
    freezes_norms: bool | None = None  # of the backbone; None: if there are starting weights
    losses: M2fpLossRule = field(default_factory=M2fpLossRule)
    mixed_precision: bool = True  # on a GPU
    workers: int = 1
    cache_mb: int = 3000
    checkpoint_every: int = 1000
    evaluate_every: int = 5000
    short_side_px: int = 640
    long_side_px: int = 1333

    @property
    def outputs(self) -> int:
        """Classes of the network's masks: the label set's, and for several people one more."""
        return len(self.label_set) + (1 if self.people == "multiple" else 0)

    @property
    def input_rule(self) -> M2fpInputRule:
        """How photos are shown to the finished network."""
        kind: Literal["m2fp-multiple", "m2fp-single"] = "m2fp-multiple" if self.people == "multiple" else "m2fp-single"
        return M2fpInputRule(kind, self.short_side_px, self.long_side_px)


def read_m2fp_config(path: Path) -> M2fpTrainingConfig | None:
    """The recipe of a TOML file, or None if it is not one for M2FP: it has no key ``network``.

    Raises:
        ConfigError: not TOML, an unknown or missing key, or a value that cannot be.
    """
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the recipe ({error.strerror}); give the path of a TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    if "network" not in table:
        return None
    losses = table.get("losses")
    if isinstance(losses, dict) and "matching" in losses:
        losses["matching"] = build_checked(MatchWeights, losses["matching"], f"{path}: [losses.matching]")
    for key, kind in (("view", ViewRule), ("losses", M2fpLossRule), ("val", DataSource)):
        if key in table:
            table[key] = build_checked(kind, table[key], f"{path}: [{key}]")
    sources = table.get("sources")
    if not isinstance(sources, list) or not sources:
        raise ConfigError(f"{path}: no [[sources]]; name at least one folder of labelled photos")
    table["sources"] = tuple(build_checked(DataSource, source, f"{path}: [[sources]]") for source in sources)
    if "label_set" in table:
        table["label_set"] = read_label_set(table["label_set"], path)
    config: M2fpTrainingConfig = build_checked(M2fpTrainingConfig, table, str(path))
    if config.network not in PRESETS:
        raise ConfigError(f"{path}: network is {config.network!r}; known are {', '.join(PRESETS)}")
    if config.people not in ("multiple", "single"):
        raise ConfigError(f"{path}: people is {config.people!r}; it must be multiple or single")
    if config.view.side_px % INPUT_MULTIPLE:
        raise ConfigError(f"{path}: view.side_px is {config.view.side_px}; it must be a multiple of {INPUT_MULTIPLE}")
    return config
