"""From a checkpoint to a model that the engines run: model.onnx and its card in one folder."""

from __future__ import annotations

import hashlib
import tempfile
import tomllib
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from fittingroom.engine.card import ModelCard
from fittingroom.engine.onnx_engine import OUTPUT_NAMES, OnnxEngine
from fittingroom.errors import ConfigError, ModelError
from fittingroom.imaging.writing import write_bytes_atomically
from fittingroom.labels import LabelSet
from fittingroom.models.parsing_net import OFFSET_UNIT_PX, ParsingNet
from fittingroom.training.network_engine import NetworkEngine

OPSET = 17
MAX_LOGIT_DIFFERENCE = 2e-3
MIN_HALVED_WEIGHTS = 1024  # of a tensor; biases and norms are small and stay as they are


class ExportedNet(nn.Module):
    """The network with what surrounds it: uint8 (B, H, W, 3) in; logits, heats in [0, 1] and offsets in pixels out."""

    def __init__(self, net: ParsingNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, images_rgb: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        images = images_rgb.permute(0, 3, 1, 2).float() / 127.5 - 1  # (B, H, W, 3) -> (B, 3, H, W)
        output = self.net(images)
        return (
            output.class_logits,
            output.centre_logits.sigmoid()[:, 0],
            output.centre_offsets * OFFSET_UNIT_PX,
            output.detail_logits,
            output.point_logits.sigmoid(),
        )


@dataclass(frozen=True)
class CardText:
    """What a card says that cannot be read off the network."""

    name: str
    long_side_px: int
    also_mirrored: bool
    licence: str
    training_data: tuple[str, ...]
    recipe: str
    measured: dict[str, float]
    refines_borders: bool = True


def read_card_text(path: Path, *, measured: dict[str, float]) -> CardText:
    """The entries of a TOML file: name, long_side_px, also_mirrored, licence, training_data, recipe; refines_borders.

    Raises:
        ConfigError: unreadable, or an entry is missing or unknown.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return CardText(**table | {"training_data": tuple(table["training_data"]), "measured": measured})
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"{path}: not a card's text ({error}); "
            "expected name, long_side_px, also_mirrored, licence, training_data and recipe"
        ) from error


def onnx_bytes(net: ParsingNet) -> bytes:
    """The network as ONNX with dynamic batch, height and width, standard operators only."""
    images = torch.zeros(1, 64, 96, 3, dtype=torch.uint8)
    axes = {name: {0: "batch", 2: "rows", 3: "columns"} for name in OUTPUT_NAMES}
    axes["centre_heat"] = {0: "batch", 1: "rows", 2: "columns"}
    axes["images_rgb"] = {0: "batch", 1: "height", 2: "width"}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # torch prefers its newer exporter, which needs one more package and changes the graph with every release
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Constant folding")  # ONNX Runtime does it when it loads the model
        path = Path(folder) / "model.onnx"
        torch.onnx.export(
            ExportedNet(net.to(memory_format=torch.contiguous_format)).eval(), (images,), path,  # type: ignore[call-overload]
            input_names=["images_rgb"], output_names=list(OUTPUT_NAMES), dynamic_axes=axes,
            opset_version=OPSET, dynamo=False,
        )  # fmt: skip
        return path.read_bytes()


def with_halved_weights(model: bytes) -> bytes:
    """The same graph with its large weights kept in 16 bits: half the file.

    They are cast to 32 bits when the model is loaded, so that it computes, and takes its time, as before.
    """
    halved = onnx.load_from_string(model)
    graph = halved.graph
    casts = []
    for weight in graph.initializer:
        if weight.data_type == onnx.TensorProto.FLOAT and np.prod(weight.dims) >= MIN_HALVED_WEIGHTS:
            name = weight.name
            half = onnx.numpy_helper.to_array(weight).astype(np.float16)
            weight.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}_half"))
            casts.append(
                onnx.helper.make_node("Cast", [f"{name}_half"], [name], f"{name}_cast", to=onnx.TensorProto.FLOAT)
            )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return bytes(halved.SerializeToString())


def check_same_answers(net: ParsingNet, model: bytes) -> float:
    """The largest difference between the logits of the network and of its export, on noise of two sizes.

    Raises:
        ModelError: it is more than rounding explains.
    """
    rng = np.random.default_rng(0)
    engine, reference = OnnxEngine(model, num_classes=net.classify.out_channels), NetworkEngine(net)
    worst = 0.0
    for height, width in ((64, 96), (112, 80)):
        images = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
        difference = np.abs(engine.run(images).class_logits - reference.run(images).class_logits).max()
        worst = max(worst, float(difference))
    if worst > MAX_LOGIT_DIFFERENCE:
        raise ModelError(
            f"the exported model's logits differ by {worst:.2g}, at most {MAX_LOGIT_DIFFERENCE:g} is rounding"
        )
    return worst


def write_model(folder: Path, model: bytes, label_set: LabelSet, text: CardText) -> ModelCard:
    """Write model.onnx and card.json; the card last, so that a folder with a card is complete."""
    card = ModelCard(
        name=text.name,
        label_set=label_set.name,
        classes=label_set.classes,
        classes_zh=label_set.classes_zh,
        flip_pairs=label_set.flip_pairs,
        long_side_px=text.long_side_px,
        also_mirrored=text.also_mirrored,
        refines_borders=text.refines_borders,
        sha256=hashlib.sha256(model).hexdigest(),
        licence=text.licence,
        training_data=text.training_data,
        recipe=text.recipe,
        measured=text.measured,
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(folder / "model.onnx", model)
    write_bytes_atomically(folder / "card.json", card.to_json().encode())
    return card
