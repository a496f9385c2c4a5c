"""Other systems' networks, run as their makers mean them to be run: one forward pass over a picture of 513 x 513.

They stop at the network's answer. Decoding the photo, restoring its size and writing a picture would come on top.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import MissingExtraError

INPUT_SIDE_PX = 513
DEEPLAB = "deeplabv3"
# Name in the table -> file in the folder of baselines.
BASELINE_FILES = {
    DEEPLAB: "deeplabv3_mnv2_pascal_quant.tflite",
    "bodypix-16": "bodypix_mobilenet_v1_050_stride16.onnx",
    "bodypix-8": "bodypix_mobilenet_v1_050_stride8.onnx",
}


def load_forward(model: Path, pixels_rgb: NDArray[np.uint8], threads: int) -> Callable[[], object]:
    """A function that runs the model once over the picture, uint8 (H, W, 3).

    Raises:
        MissingExtraError: what reads the model is not installed.
    """
    picture = np.asarray(cv2.resize(pixels_rgb, (INPUT_SIDE_PX, INPUT_SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)
    return _load_tflite(model, picture, threads) if model.suffix == ".tflite" else _load_onnx(model, picture, threads)


def _load_tflite(model: Path, picture_rgb: NDArray[np.uint8], threads: int) -> Callable[[], object]:
    if find_spec("ai_edge_litert") is None:
        raise MissingExtraError(f"{model.name} needs LiteRT; pip install 'fittingroom[bench]'")
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(model), num_threads=threads)  # applies XNNPACK by default
    interpreter.allocate_tensors()
    input_index = interpreter.get_input_details()[0]["index"]
    output_index = interpreter.get_output_details()[0]["index"]

    def forward() -> object:
        interpreter.set_tensor(input_index, picture_rgb[None])
        interpreter.invoke()
        return interpreter.get_tensor(output_index)

    return forward


def _load_onnx(model: Path, picture_rgb: NDArray[np.uint8], threads: int) -> Callable[[], object]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as our own engine
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    input_name = session.get_inputs()[0].name
    batch = (picture_rgb[None] / np.float32(127.5) - 1).astype(np.float32)
    return lambda: session.run(None, {input_name: batch})
