"""The default engine: ONNX Runtime, on the CPU unless a GPU is asked for."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.devices import Device, check_device_used, onnx_providers
from fittingroom.engine.protocol import NetworkOutput
from fittingroom.errors import ModelError

COARSE_OUTPUT_NAMES = ("class_logits", "centre_heat", "centre_offsets_px")
OUTPUT_NAMES = (*COARSE_OUTPUT_NAMES, "detail_logits", "point_heat")


def default_threads() -> int:
    """As many threads as this process may use cores, at most 4: beyond that a single photo gains little."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, cores)


class OnnxEngine:
    """Runs a model with ONNX Runtime, on the CPU even where a GPU is present, unless asked otherwise."""

    def __init__(self, model: bytes, *, num_classes: int, threads: int | None = None, device: Device = "cpu") -> None:
        """
        Raises:
            ModelError: not an ONNX model, or not one with our inputs, outputs and number of classes.
            MissingExtraError: "cuda" without ONNX Runtime's build for it.
            ConfigError: no such device, or "cuda" without a GPU that can be used.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or default_threads()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # threads that wait by spinning take the cores from whatever else the program does
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = onnx_providers(device)
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=providers)
        except Exception as error:  # ONNX Runtime's exceptions have no common base but Exception
            raise ModelError(
                f"model.onnx cannot be loaded by ONNX Runtime ({_first_line(error)}); export it again"
            ) from error
        check_device_used(self._session.get_providers(), device)
        inputs = [(entry.type, len(entry.shape)) for entry in self._session.get_inputs()]
        if inputs != [("tensor(uint8)", 4)]:
            raise ModelError(f"model.onnx takes {inputs}, expected one uint8 input with 4 axes; export it again")
        outputs = {output.name: output.shape for output in self._session.get_outputs()}
        if tuple(outputs) not in (OUTPUT_NAMES, COARSE_OUTPUT_NAMES):
            raise ModelError(
                f"model.onnx gives {', '.join(outputs)}, expected {', '.join(OUTPUT_NAMES)}; export it again"
            )
        self._names = tuple(outputs)
        classes = outputs["class_logits"][1] if len(outputs["class_logits"]) == 4 else None
        if classes != num_classes:
            raise ModelError(f"model.onnx tells {classes} classes apart, its card names {num_classes}; export it again")
        self._input_name = self._session.get_inputs()[0].name

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        """See :class:`fittingroom.engine.protocol.Engine`."""
        import onnxruntime

        names = self._names if finer else COARSE_OUTPUT_NAMES
        options = onnxruntime.RunOptions()
        options.only_execute_path_to_fetches = True  # what only the finer outputs need is left out
        return NetworkOutput(*self._session.run(list(names), {self._input_name: images_rgb}, options))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
