from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from fittingroom.errors import ModelError
from fittingroom.m2fp.engine import M2fpOnnxEngine, M2fpOpenVinoEngine
from fittingroom.models.m2fp import M2FP, build
from fittingroom.training.m2fp.export import check_agreement, made_up_input, measure_agreement, write_onnx

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def net() -> M2FP:
    torch.manual_seed(0)
    return build("m2fp-tiny", 21).eval()


@pytest.fixture(scope="module")
def model(net: M2FP, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("m2fp") / "model.onnx"
    write_onnx(net, path)
    return path


def test_onnx_runtime_answers_as_the_network_does_at_any_size(net: M2FP, model: Path) -> None:
    agreement = check_agreement(net, model)
    assert agreement.logits_max < 1e-4
    assert agreement.masks_max < 1e-3
    assert agreement.sign_flips < 1e-4
    assert "mask signs flipped" in agreement.summary()


def test_openvino_answers_as_onnx_runtime_does(model: Path) -> None:
    pytest.importorskip("openvino")
    pixels = made_up_input((96, 160))
    one = M2fpOnnxEngine(model, outputs=22, threads=1).run(pixels)
    other = M2fpOpenVinoEngine(model, outputs=22, threads=1).run(pixels)
    assert np.abs(one.pred_logits - other.pred_logits).max() < 1e-3
    assert np.mean((one.pred_masks > 0) != (other.pred_masks > 0)) < 1e-3


def test_only_standard_operators_are_used(model: Path) -> None:
    graph = onnx.load(model).graph
    assert {node.domain for node in graph.node} == {""}
    assert [entry.name for entry in graph.output] == ["pred_logits", "pred_masks"]


def test_the_features_are_resized_once_for_each_level(model: Path) -> None:
    # and once more in the pixel decoder's step down to stride 4
    assert sum(node.op_type == "Resize" for node in onnx.load(model).graph.node) == 4


def test_another_networks_export_is_noticed(model: Path) -> None:
    torch.manual_seed(1)
    with pytest.raises(ModelError, match="does not answer as the network does: class logits within"):
        check_agreement(build("m2fp-tiny", 21), model)


def test_a_model_of_other_classes_than_its_card_is_refused(model: Path) -> None:
    with pytest.raises(ModelError, match=r'tells 22 classes apart \("no object" included\), its card names 21'):
        M2fpOnnxEngine(model, outputs=21)


def test_what_is_no_model_of_m2fp_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot be loaded by ONNX Runtime"):
        M2fpOnnxEngine(tmp_path / "model.onnx", outputs=22)
    from fittingroom.engine.card import model_folder

    with pytest.raises(ModelError, match="expected pred_logits, pred_masks; import it again"):
        M2fpOnnxEngine(model_folder("fast") / "model.onnx", outputs=22)


def test_mean_differences_are_told_beside_the_largest(net: M2FP, model: Path) -> None:
    agreement = measure_agreement(net, model)
    assert agreement.logits_mean <= agreement.logits_max
    assert agreement.masks_mean <= agreement.masks_max
