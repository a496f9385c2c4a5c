"""Where a network runs: on the CPU, on a CUDA GPU, or on a GPU if there is one."""

from __future__ import annotations

from typing import Literal, get_args

from fittingroom.errors import ConfigError, MissingExtraError

Device = Literal["cpu", "cuda", "auto"]
DEVICES: tuple[Device, ...] = get_args(Device)
_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


def onnx_providers(device: Device) -> list[str]:
    """The execution providers for ONNX Runtime, the preferred one first.

    "cpu" is answered without asking whether there is a GPU.

    Raises:
        ConfigError: no such device.
        MissingExtraError: "cuda", and this ONNX Runtime was built without it.
    """
    _check_known(device)
    if device == "cpu":
        return [_CPU]
    import onnxruntime

    has_cuda = _CUDA in onnxruntime.get_available_providers()
    if device == "cuda" and not has_cuda:
        raise MissingExtraError(
            "the device cuda was asked for, but this ONNX Runtime is built for the CPU only; "
            "pip uninstall onnxruntime, then pip install 'fittingroom[gpu]'"
        )
    return [_CUDA, _CPU] if has_cuda else [_CPU]


def check_device_used(providers: list[str], device: Device) -> None:
    """ONNX Runtime goes on without a GPU that it cannot use; who asked for one wants to know.

    Args:
        providers: those of the session that was made.
        device: what was asked for.

    Raises:
        ConfigError: "cuda" was asked for and is not among them.
    """
    if device == "cuda" and _CUDA not in providers:
        raise ConfigError(
            "the device cuda was asked for, but ONNX Runtime could not use a GPU (no driver, or another CUDA version); "
            "give cpu or auto, or correct the installation"
        )


def refuse_cuda(device: Device) -> None:
    """
    Raises:
        ConfigError: "cuda" was asked of an engine that runs on the CPU only, or there is no such device.
    """
    if device not in ("cpu", "auto"):
        _check_known(device)
        raise ConfigError("the engine openvino runs on the CPU only; give the device cpu, or the engine onnxruntime")


def torch_device(device: Device) -> str:
    """The same for PyTorch: "cpu" or "cuda".

    Raises:
        ConfigError: no such device, or "cuda" where PyTorch sees none.
    """
    _check_known(device)
    if device == "cpu":
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise ConfigError("the device cuda was asked for, but PyTorch sees no GPU; give cpu, or install a CUDA build")
    return "cpu"


def _check_known(device: str) -> None:
    if device not in DEVICES:
        raise ConfigError(f"there is no device {device!r}; give one of {', '.join(DEVICES)}")
