"""OpenVINO behind the same protocol (extra ``openvino``): often the fastest on Intel CPUs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.devices import Device, refuse_cuda
from fittingroom.engine.onnx_engine import COARSE_OUTPUT_NAMES, OUTPUT_NAMES, default_threads
from fittingroom.engine.protocol import NetworkOutput
from fittingroom.errors import MissingExtraError, ModelError


class OpenVinoEngine:
    """Runs a model with OpenVINO, on the CPU even where a GPU is present."""

    def __init__(self, model: bytes, *, num_classes: int, threads: int | None = None, device: Device = "cpu") -> None:
        """
        Raises:
            ConfigError: "cuda", which this engine does not know.
            MissingExtraError: OpenVINO is not installed.
            ModelError: not a model with our outputs and number of classes.
        """
        refuse_cuda(device)
        try:
            import openvino
        except ImportError as error:
            raise MissingExtraError(
                "the openvino engine was asked for but OpenVINO is not installed; pip install 'fittingroom[openvino]'"
            ) from error
        core = openvino.Core()
        core.set_property(
            "CPU", {"INFERENCE_NUM_THREADS": threads or default_threads(), "INFERENCE_PRECISION_HINT": "f32"}
        )
        try:
            self._compiled = core.compile_model(core.read_model(model), "CPU")
            self._names = tuple(
                name for name in OUTPUT_NAMES if name in {out.any_name for out in self._compiled.outputs}
            )
            shapes = [self._compiled.output(name).get_partial_shape() for name in COARSE_OUTPUT_NAMES]
            classes = shapes[0][1].get_length()
        except (RuntimeError, IndexError) as error:
            raise ModelError(f"model.onnx cannot be used by OpenVINO ({error}); export it again") from error
        if classes != num_classes:
            raise ModelError(f"model.onnx tells {classes} classes apart, its card names {num_classes}; export it again")

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        """See :class:`fittingroom.engine.protocol.Engine`."""
        outputs = self._compiled.create_infer_request().infer([images_rgb])
        names = self._names if finer else COARSE_OUTPUT_NAMES
        return NetworkOutput(*(np.array(outputs[name]) for name in names))
