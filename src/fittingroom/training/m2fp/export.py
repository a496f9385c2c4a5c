"""M2FP as ONNX, with dynamic height and width and standard operators only, and proof that it answers alike."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fittingroom.engine.card import ModelCard
from fittingroom.errors import ModelError
from fittingroom.imaging.writing import write_bytes_atomically
from fittingroom.labels import LabelSet
from fittingroom.m2fp.engine import INPUT_NAME, OUTPUT_NAMES, M2fpOnnxEngine
from fittingroom.m2fp.framing import MEAN_RGB, STD_RGB, M2fpInputRule
from fittingroom.models.m2fp import M2FP
from fittingroom.training.export import CardText
from fittingroom.training.m2fp.config import M2fpTrainingConfig
from fittingroom.training.m2fp.trainer import trained_network

OPSET = 17
MAX_MEAN_LOGIT_DIFFERENCE = 2e-3
MAX_SIGN_FLIPS = 2e-3
CHECKED_SIZES_HW = ((256, 320), (160, 96))


@dataclass(frozen=True)
class Agreement:
    """How far an engine's answers are from the network's, over the pictures compared.

    Differences are absolute. A query looks where its mask is above 0, and a rounding there can change a whole mask: so
    beside the largest differences the mean ones are told, and the share of mask logits that changed their sign.
    """

    logits_max: float
    logits_mean: float
    masks_max: float
    masks_mean: float
    sign_flips: float

    def summary(self) -> str:
        """One line."""
        return (
            f"class logits within {self.logits_max:.1g} (mean {self.logits_mean:.1g}), mask logits within "
            f"{self.masks_max:.1g} (mean {self.masks_mean:.1g}), {self.sign_flips:.2%} of mask signs flipped"
        )


class _ExportedM2fp(nn.Module):
    def __init__(self, net: M2FP) -> None:
        super().__init__()
        self.net = net

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        output = self.net(pixels)
        return output.pred_logits, output.pred_masks


def write_onnx(net: M2FP, path: Path) -> None:
    """Write the network, in evaluation mode, with the batch size 1.

    Raises:
        OSError: it cannot be written.
    """
    axes = {INPUT_NAME: {2: "height", 3: "width"}, "pred_masks": {2: "rows", 3: "columns"}}
    with warnings.catch_warnings():
        # torch prefers its newer exporter, which needs one more package and changes the graph with every release
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Constant folding")  # ONNX Runtime does it when it loads the model
        # sizes stay symbols in the graph, whatever Python does with them while it is traced
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # type: ignore[attr-defined]
        torch.onnx.export(
            _ExportedM2fp(net).eval(), (torch.zeros(1, 3, 64, 96),), path,
            input_names=[INPUT_NAME], output_names=list(OUTPUT_NAMES), dynamic_axes=axes,
            opset_version=OPSET, dynamo=False,
        )  # fmt: skip


@torch.no_grad()
def measure_agreement(net: M2FP, model: Path) -> Agreement:
    """Compare ONNX Runtime with PyTorch on made-up pictures of two sizes.

    Raises:
        ModelError: the model cannot be loaded.
    """
    engine = M2fpOnnxEngine(model, outputs=net.sem_seg_head.predictor.class_embed.out_features)
    net.eval()
    logits, masks, flips = [], [], []
    for size_hw in CHECKED_SIZES_HW:
        pixels = made_up_input(size_hw)
        said, expected = engine.run(pixels), net(torch.from_numpy(pixels))
        expected_masks = expected.pred_masks[0].numpy()
        logits.append(np.abs(said.pred_logits - expected.pred_logits[0].numpy()).ravel())
        masks.append(np.abs(said.pred_masks - expected_masks).ravel())
        flips.append(((said.pred_masks > 0) != (expected_masks > 0)).ravel())
    logit, mask = np.concatenate(logits), np.concatenate(masks)
    return Agreement(
        float(logit.max()), float(logit.mean()), float(mask.max()), float(mask.mean()),
        float(np.concatenate(flips).mean()),
    )  # fmt: skip


def check_agreement(net: M2FP, model: Path) -> Agreement:
    """
    Raises:
        ModelError: the model's answers differ by more than rounding explains.
    """
    agreement = measure_agreement(net, model)
    if not (agreement.logits_mean <= MAX_MEAN_LOGIT_DIFFERENCE and agreement.sign_flips <= MAX_SIGN_FLIPS):
        raise ModelError(
            f"the exported model does not answer as the network does: {agreement.summary()}; at most "
            f"{MAX_MEAN_LOGIT_DIFFERENCE:g} in the mean and {MAX_SIGN_FLIPS:.1%} of the signs are rounding"
        )
    return agreement


def made_up_input(size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """float32 (1, 3, H, W): patches of colour with noise on them, normalised."""
    rng = np.random.default_rng(0)
    height, width = size_hw
    patches = rng.integers(0, 256, (-(-height // 32), -(-width // 32), 3)).repeat(32, 0).repeat(32, 1)
    picture = 0.8 * patches[:height, :width] + rng.integers(0, 52, (height, width, 3))
    normalised = ((picture - MEAN_RGB) / STD_RGB).astype(np.float32)
    return np.ascontiguousarray(normalised.transpose(2, 0, 1))[None]


def export_run(config: M2fpTrainingConfig, checkpoint: Path, out_dir: Path, text: CardText) -> Agreement:
    """A run's network as a model folder; its input has the card's long side and the recipe's proportions.

    Raises:
        ModelError: the checkpoint is of another recipe, or the export does not answer alike.
        OutputError: no space, no permission.
    """
    net = trained_network(config, checkpoint)
    short_side_px = max(1, round(config.short_side_px * text.long_side_px / config.long_side_px))
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder)
        write_onnx(net, staged / "model.onnx")
        agreement = check_agreement(net, staged / "model.onnx")
        out_dir.mkdir(parents=True, exist_ok=True)
        write_bytes_atomically(out_dir / "model.onnx", (staged / "model.onnx").read_bytes())
    write_card(
        out_dir,
        name=text.name,
        label_set=config.label_set,
        input_rule=M2fpInputRule(config.input_rule.kind, short_side_px, text.long_side_px),
        licence=text.licence,
        training_data=text.training_data,
        recipe=text.recipe,
        measured=text.measured,
    )
    return agreement


def write_card(
    folder: Path,
    *,
    name: str,
    label_set: LabelSet,
    input_rule: M2fpInputRule,
    licence: str,
    training_data: tuple[str, ...],
    recipe: str,
    measured: dict[str, float],
) -> ModelCard:
    """Write card.json beside model.onnx, last of all, so that a folder with a card is complete."""
    with (folder / "model.onnx").open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    card = ModelCard(
        name=name,
        label_set=label_set.name,
        classes=label_set.classes,
        classes_zh=label_set.classes_zh,
        flip_pairs=label_set.flip_pairs,
        long_side_px=input_rule.long_side_px,
        also_mirrored=False,
        sha256=digest,
        licence=licence,
        training_data=training_data,
        recipe=recipe,
        measured=measured,
        kind=input_rule.kind,
        short_side_px=input_rule.short_side_px,
    )
    write_bytes_atomically(folder / "card.json", card.to_json().encode())
    return card
