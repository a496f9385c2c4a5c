import os
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from fittingroom.engine.card import model_folder
from fittingroom.engine.onnx_engine import OnnxEngine, default_threads
from fittingroom.engine.protocol import NetworkOutput
from fittingroom.errors import ModelError

FLOAT = 1  # of onnx.TensorProto


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)


def largest_differences(first: NetworkOutput, second: NetworkOutput) -> tuple[float, float, float]:
    names = ("class_logits", "centre_heat", "centre_offsets_px")
    logits, heat, offsets_px = (float(np.abs(getattr(first, name) - getattr(second, name)).max()) for name in names)
    return logits, heat, offsets_px


@pytest.fixture(scope="module")
def default_model() -> bytes:
    return (model_folder("default") / "model.onnx").read_bytes()


def test_outputs_have_a_quarter_of_the_pictures_size_whatever_it_is(build_tiny_model: Callable[..., bytes]) -> None:
    engine = OnnxEngine(build_tiny_model(), num_classes=3)
    for batch, height, width in ((1, 32, 48), (3, 64, 16), (2, 48, 48)):
        output = engine.run(noise(batch, height, width))
        assert output.class_logits.shape == (batch, 3, height // 4, width // 4)
        assert output.centre_heat.shape == (batch, height // 4, width // 4)
        assert output.centre_offsets_px.shape == (batch, 2, height // 4, width // 4)
        assert all(values.dtype == np.float32 for values in vars(output).values() if values is not None)


def test_a_picture_is_seen_in_its_own_colours_and_place(build_tiny_model: Callable[..., bytes]) -> None:
    picture = np.zeros((1, 16, 32, 3), np.uint8)
    picture[0, :4, 4:8, 0], picture[0, 8:12, 20:, 1] = 255, 255
    classes = OnnxEngine(build_tiny_model(), num_classes=3).run(picture).class_logits[0].argmax(0)
    assert classes.tolist() == [
        [0, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 2, 2, 2],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]


def test_a_batch_equals_its_singles(default_model: bytes) -> None:
    engine = OnnxEngine(default_model, num_classes=20, threads=1)
    batch = noise(3, 48, 64)
    together = engine.run(batch)
    for index in range(3):
        said = (values for values in vars(together).values() if values is not None)
        one = NetworkOutput(*(values[index : index + 1] for values in said))
        assert max(largest_differences(engine.run(batch[index : index + 1]), one)) < 1e-3


def test_the_number_of_threads_changes_nothing_but_rounding(default_model: bytes) -> None:
    picture = noise(1, 64, 96)
    outputs = [OnnxEngine(default_model, num_classes=20, threads=threads).run(picture) for threads in (1, 2, 3)]
    for output in outputs[1:]:
        assert max(largest_differences(outputs[0], output)) < 1e-4


def test_only_the_cpu_is_used_even_where_there_is_a_gpu(
    build_tiny_model: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    session = onnxruntime.InferenceSession

    def spy(model: bytes, options: Any, *, providers: list[str]) -> Any:
        asked.extend(providers)
        return session(model, options, providers=providers)

    monkeypatch.setattr(onnxruntime, "InferenceSession", spy)
    OnnxEngine(build_tiny_model(), num_classes=3)
    assert asked == ["CPUExecutionProvider"]


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (64, 4)])
def test_by_default_there_are_as_many_threads_as_cores_but_at_most_four(
    cores: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert default_threads() == threads


def test_where_affinity_is_unknown_cores_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert default_threads() == 3


@pytest.mark.parametrize("model", [b"", b"not a model", b"\x08\x08" * 100])
def test_bytes_that_are_no_model_are_refused(model: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match=r"model\.onnx cannot be loaded by ONNX Runtime \(.+\); export it again"):
        OnnxEngine(model, num_classes=3)
    assert capfd.readouterr() == ("", "")  # the error says it all


def test_a_model_of_other_classes_than_its_card_is_refused(build_tiny_model: Callable[..., bytes]) -> None:
    with pytest.raises(ModelError, match="tells 3 classes apart, its card names 20; export it again"):
        OnnxEngine(build_tiny_model(), num_classes=20)


def test_a_model_with_other_outputs_is_refused(build_tiny_model: Callable[..., bytes]) -> None:
    model = build_tiny_model(logits_name="logits")
    with pytest.raises(
        ModelError, match="gives logits, centre_heat, centre_offsets_px, expected class_logits, centre_"
    ):
        OnnxEngine(model, num_classes=3)


def test_a_model_that_gives_no_map_of_logits_is_refused(build_tiny_model: Callable[..., bytes]) -> None:
    with pytest.raises(ModelError, match="tells None classes apart, its card names 3"):
        OnnxEngine(build_tiny_model(logits_axes=2), num_classes=3)


def test_a_model_that_takes_floats_is_refused_when_it_is_loaded(build_tiny_model: Callable[..., bytes]) -> None:
    with pytest.raises(ModelError, match=r"takes \[\('tensor\(float\)', 4\)\], expected one uint8 input with 4 axes"):
        OnnxEngine(build_tiny_model(input_type=FLOAT), num_classes=3)
