import subprocess
import sys

import pytest

from fittingroom.engine.devices import check_device_used, onnx_providers, refuse_cuda
from fittingroom.errors import ConfigError, MissingExtraError

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


def test_the_cpu_is_taken_without_looking_for_a_gpu() -> None:
    code = (
        "import sys; sys.modules['onnxruntime'] = None; from fittingroom.engine.devices import onnx_providers;"
        "assert onnx_providers('cpu') == ['CPUExecutionProvider']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("device", "built_with", "providers"),
    [("auto", [CPU], [CPU]), ("auto", [CUDA, CPU], [CUDA, CPU]), ("cuda", [CUDA, CPU], [CUDA, CPU])],
)
def test_a_gpu_is_taken_where_the_runtime_has_it(
    device: str, built_with: list[str], providers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: built_with)
    assert onnx_providers(device) == providers  # type: ignore[arg-type]


def test_cuda_without_its_runtime_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CPU])
    with pytest.raises(MissingExtraError, match=r"pip install 'fittingroom\[gpu\]'"):
        onnx_providers("cuda")


def test_who_asks_for_cuda_hears_when_the_runtime_went_on_without() -> None:
    check_device_used([CPU], "auto")
    check_device_used([CUDA, CPU], "cuda")
    with pytest.raises(ConfigError, match="could not use a GPU"):
        check_device_used([CPU], "cuda")


def test_an_unknown_device_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match="no device 'tpu'; give one of cpu, cuda, auto"):
        onnx_providers("tpu")  # type: ignore[arg-type]


def test_openvino_is_for_the_cpu() -> None:
    refuse_cuda("auto")
    with pytest.raises(ConfigError, match="runs on the CPU only"):
        refuse_cuda("cuda")
