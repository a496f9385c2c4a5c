from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from fittingroom.engine.onnx_engine import OnnxEngine
from fittingroom.errors import ConfigError, ModelError
from fittingroom.labels import LabelSet
from fittingroom.models.parsing_net import ParsingNet
from fittingroom.parser import Parser
from fittingroom.training.export import (
    CardText,
    check_same_answers,
    onnx_bytes,
    read_card_text,
    with_halved_weights,
    write_model,
)
from fittingroom.training.network_engine import NetworkEngine

HEADS = LabelSet("heads", ("background", "hair", "face"), ("背景", "头发", "面部"), ((1, 2),))
TEXT = CardText("tiny", 64, True, "Apache-2.0", ("drawn by hand (CC0)",), "tiny.toml", {"mIoU": 0.5})
CARD_TOML = """
name = "tiny"
long_side_px = 64
also_mirrored = true
licence = "Apache-2.0"
training_data = ["drawn by hand (CC0)"]
recipe = "tiny.toml"
"""


@pytest.fixture(scope="module")
def net() -> ParsingNet:
    torch.manual_seed(0)
    return ParsingNet(3).eval()


@pytest.fixture(scope="module")
def model(net: ParsingNet) -> bytes:
    return onnx_bytes(net)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1, 32, 32), (2, 48, 80), (3, 112, 64)])
def test_the_exported_model_says_what_the_network_says_at_any_size(
    net: ParsingNet, model: bytes, shape: tuple[int, int, int]
) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    exported, own = OnnxEngine(model, num_classes=3).run(pictures), NetworkEngine(net).run(pictures)
    np.testing.assert_allclose(exported.class_logits, own.class_logits, rtol=0, atol=1e-4)
    np.testing.assert_allclose(exported.centre_heat, own.centre_heat, rtol=0, atol=1e-5)
    np.testing.assert_allclose(exported.centre_offsets_px, own.centre_offsets_px, rtol=0, atol=5e-3)
    assert check_same_answers(net, model) < 1e-4


@pytest.mark.slow
def test_the_exported_model_needs_standard_operators_only(model: bytes) -> None:
    checked = onnx.load_from_string(model)
    onnx.checker.check_model(checked)
    assert {entry.domain for entry in checked.opset_import} == {""}


@pytest.mark.slow
def test_weights_in_16_bits_halve_the_file_and_hardly_change_the_answers(model: bytes) -> None:
    halved = with_halved_weights(model)
    onnx.checker.check_model(onnx.load_from_string(halved))
    assert len(halved) < 0.6 * len(model)
    pictures = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    whole, half = (OnnxEngine(bytes_, num_classes=3).run(pictures).class_logits for bytes_ in (model, halved))
    np.testing.assert_allclose(half, whole, rtol=0, atol=0.02 * np.abs(whole).max())


@pytest.mark.slow
def test_the_model_of_another_network_is_no_export_of_this_one(model: bytes) -> None:
    torch.manual_seed(1)
    with pytest.raises(ModelError, match=r"the exported model's logits differ by .+, at most 0\.002 is rounding"):
        check_same_answers(ParsingNet(3), model)


@pytest.mark.slow
def test_a_written_model_parses_photos(model: bytes, tmp_path: Path) -> None:
    card = write_model(tmp_path / "new/model", model, HEADS, TEXT)
    parser = Parser(tmp_path / "new/model")
    assert parser.card == card
    assert (card.classes, card.flip_pairs, card.long_side_px) == (HEADS.classes, ((1, 2),), 64)
    result = parser.parse(np.zeros((37, 53, 3), np.uint8))
    assert result.size_hw == (37, 53)
    assert result.label_set == HEADS
    assert (result.model_name, result.model_sha256) == ("tiny", card.sha256)


def test_the_text_of_a_card_is_read(tmp_path: Path) -> None:
    (tmp_path / "card.toml").write_text(CARD_TOML)
    assert read_card_text(tmp_path / "card.toml", measured={"mIoU": 0.5}) == TEXT
    assert read_card_text(tmp_path / "card.toml", measured={}) == replace(TEXT, measured={})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "No such file"),
        ("name = ", "not a card's text"),
        (CARD_TOML + "colour = 1", "colour"),
        (CARD_TOML.replace('recipe = "tiny.toml"', ""), "recipe"),
        (CARD_TOML.replace("training_data", "data"), "training_data"),
    ],
)
def test_a_wrong_text_is_refused_in_words(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "card.toml").write_text(text)
    with pytest.raises(ConfigError, match=says) as refusal:
        read_card_text(tmp_path / "card.toml", measured={})
    assert "expected name, long_side_px, also_mirrored, licence, training_data and recipe" in str(refusal.value)
