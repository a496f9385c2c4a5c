"""What runs an M2FP network: ONNX Runtime, on a CPU or a CUDA device, or OpenVINO."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.devices import Device, check_device_used, onnx_providers, refuse_cuda
from fittingroom.engine.onnx_engine import default_threads
from fittingroom.errors import MissingExtraError, ModelError

INPUT_NAME = "pixels"
OUTPUT_NAMES = ("pred_logits", "pred_masks")


@dataclass(frozen=True)
class M2fpNetworkOutput:
    """What the network says about one photo: float32 (Q, C + 1) class logits, float32 (Q, H/4, W/4) mask logits."""

    pred_logits: NDArray[np.float32]
    pred_masks: NDArray[np.float32]


class M2fpEngine(Protocol):
    """Runs one M2FP network. Safe to call from several threads."""

    def run(self, pixels: NDArray[np.float32]) -> M2fpNetworkOutput:
        """pixels: float32 (1, 3, H, W), normalised, H and W multiples of 32."""
        ...


class M2fpOnnxEngine:
    """Runs a model with ONNX Runtime."""

    def __init__(self, model: Path, *, outputs: int, threads: int | None = None, device: Device = "cpu") -> None:
        """
        Args:
            model: path of model.onnx; the runtime reads it itself, so that a quarter of a gigabyte is not held twice.
            outputs: how many classes the network tells apart, "no object" included.
            threads: by default as many as there are cores, at most 4.
            device: "cpu" never looks for a GPU.

        Raises:
            ModelError: not an ONNX model, or not one of M2FP with so many classes.
            MissingExtraError: "cuda" without ONNX Runtime's build for it.
            ConfigError: "cuda" without a GPU that can be used.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or default_threads()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # A plan for the last photo's size takes a third of a gigabyte more and no less time.
        options.enable_mem_pattern = False
        providers = onnx_providers(device)
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=providers)
        except Exception as error:  # ONNX Runtime's exceptions have no common base but Exception
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise ModelError(f"{model}: cannot be loaded by ONNX Runtime ({reason}); import it again") from error
        check_device_used(self._session.get_providers(), device)
        found = {output.name: output.shape for output in self._session.get_outputs()}
        if tuple(found) != OUTPUT_NAMES or [entry.name for entry in self._session.get_inputs()] != [INPUT_NAME]:
            raise ModelError(f"{model}: gives {', '.join(found)}, expected {', '.join(OUTPUT_NAMES)}; import it again")
        check_outputs(model, found["pred_logits"][2], outputs)

    def run(self, pixels: NDArray[np.float32]) -> M2fpNetworkOutput:
        """See :class:`M2fpEngine`."""
        pred_logits, pred_masks = self._session.run(list(OUTPUT_NAMES), {INPUT_NAME: pixels})
        return M2fpNetworkOutput(pred_logits[0], pred_masks[0])


class M2fpOpenVinoEngine:
    """Runs a model with OpenVINO on the CPU.

    It is compiled for the size of the last photo: that takes two seconds where the size changes, and saves a third of
    the memory against a network compiled for all sizes.
    """

    def __init__(self, model: Path, *, outputs: int, threads: int | None = None, device: Device = "cpu") -> None:
        """
        Raises:
            ConfigError: "cuda", which this engine does not know.
            MissingExtraError: OpenVINO is not installed.
            ModelError: not a model of M2FP with so many classes.
        """
        refuse_cuda(device)
        try:
            import openvino
        except ImportError as error:
            raise MissingExtraError(
                "the openvino engine was asked for but OpenVINO is not installed; pip install 'fittingroom[openvino]'"
            ) from error
        self._core = openvino.Core()
        self._core.set_property(
            "CPU", {"INFERENCE_NUM_THREADS": threads or default_threads(), "INFERENCE_PRECISION_HINT": "f32"}
        )
        try:
            self._network = self._core.read_model(model)
            found = self._network.output(OUTPUT_NAMES[0]).get_partial_shape()[2].get_length()
        except (RuntimeError, IndexError) as error:
            raise ModelError(f"{model}: cannot be used by OpenVINO ({error}); import it again") from error
        check_outputs(model, found, outputs)
        self._lock = Lock()
        self._shape: tuple[int, ...] = ()
        self._compiled: Any = None

    def run(self, pixels: NDArray[np.float32]) -> M2fpNetworkOutput:
        """See :class:`M2fpEngine`."""
        said = self._compiled_for(pixels.shape).create_infer_request().infer([pixels])
        return M2fpNetworkOutput(*(np.array(said[name][0]) for name in OUTPUT_NAMES))

    def _compiled_for(self, shape: tuple[int, ...]) -> Any:
        with self._lock:
            if shape != self._shape:
                self._compiled = None  # gives its memory back before the next one takes as much
                self._network.reshape(list(shape))
                self._compiled, self._shape = self._core.compile_model(self._network, "CPU"), shape
            return self._compiled


def check_outputs(model: Path, found: object, expected: int) -> None:
    """
    Raises:
        ModelError: the model tells another number of classes apart than its card says.
    """
    if found != expected:
        raise ModelError(
            f'{model}: tells {found} classes apart ("no object" included), its card names {expected}; import it again'
        )
