import sys
from collections.abc import Callable

import numpy as np
import pytest

from fittingroom.engine.onnx_engine import OnnxEngine
from fittingroom.engine.openvino_engine import OpenVinoEngine
from fittingroom.errors import MissingExtraError, ModelError


def test_without_openvino_the_extra_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'fittingroom\[openvino\]'"):
        OpenVinoEngine(b"", num_classes=3)


@pytest.mark.slow
def test_openvino_and_onnx_runtime_say_the_same(build_tiny_model: Callable[..., bytes]) -> None:
    pytest.importorskip("openvino")
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 48, 3), dtype=np.uint8)
    answers = [engine(build_tiny_model(), num_classes=3).run(pictures) for engine in (OnnxEngine, OpenVinoEngine)]
    for name in ("class_logits", "centre_heat", "centre_offsets_px"):
        first, second = (getattr(answer, name) for answer in answers)
        assert first.dtype == second.dtype
        np.testing.assert_allclose(first, second, rtol=0, atol=1e-4)


@pytest.mark.slow
def test_openvino_refuses_what_is_no_model_of_ours(build_tiny_model: Callable[..., bytes]) -> None:
    pytest.importorskip("openvino")
    with pytest.raises(ModelError, match="cannot be used by OpenVINO"):
        OpenVinoEngine(b"not a model", num_classes=3)
    with pytest.raises(ModelError, match="cannot be used by OpenVINO"):
        OpenVinoEngine(build_tiny_model(logits_name="logits"), num_classes=3)
    with pytest.raises(ModelError, match="tells 3 classes apart, its card names 20"):
        OpenVinoEngine(build_tiny_model(), num_classes=20)
