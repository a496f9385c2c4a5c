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


PERSON_CLASS = 15  # of the 21 PASCAL VOC classes that DeepLabV3 tells apart
Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # (513, 513, 3) -> (h, w), above 0 where a person is


def load_forward(model: Path, pixels_rgb: NDArray[np.uint8], threads: int) -> Callable[[], object]:
    """A function that runs the model once over the picture, uint8 (H, W, 3).

    Raises:
        MissingExtraError: what reads the model is not installed.
    """
    network, picture = load_network(model, threads), _input_picture(pixels_rgb)
    return lambda: network(picture)


def load_person_mask(model: Path, threads: int) -> Callable[[NDArray[np.uint8]], NDArray[np.bool_]]:
    """A function that says where a photo, uint8 (H, W, 3), shows people: bool (H, W).

    Raises:
        MissingExtraError: what reads the model is not installed.
    """
    network = load_network(model, threads)

    def person_mask(pixels_rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
        height, width = pixels_rgb.shape[:2]
        enlarged = cv2.resize(network(_input_picture(pixels_rgb)), (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged > 0, np.bool_)

    return person_mask


def load_network(model: Path, threads: int) -> Network:
    """The model behind one function, whatever runs it.

    Raises:
        MissingExtraError: what runs it is not installed.
    """
    return _load_tflite(model, threads) if model.suffix == ".tflite" else _load_onnx(model, threads)


def _input_picture(pixels_rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = (INPUT_SIDE_PX, INPUT_SIDE_PX)
    return np.asarray(cv2.resize(pixels_rgb, side, interpolation=cv2.INTER_AREA), np.uint8)


def _load_tflite(model: Path, threads: int) -> Network:
    if find_spec("ai_edge_litert") is None:
        raise MissingExtraError(f"{model.name} needs LiteRT; pip install 'fittingroom[bench]'")
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(model), num_threads=threads)  # applies XNNPACK by default
    interpreter.allocate_tensors()
    input_index = interpreter.get_input_details()[0]["index"]
    output_index = interpreter.get_output_details()[0]["index"]

    def network(picture_rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        interpreter.set_tensor(input_index, picture_rgb[None])
        interpreter.invoke()
        classes = interpreter.get_tensor(output_index).reshape(INPUT_SIDE_PX, INPUT_SIDE_PX)
        return np.where(classes == PERSON_CLASS, np.float32(1), np.float32(-1))

    return network


def _load_onnx(model: Path, threads: int) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as our own engine
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    input_name = session.get_inputs()[0].name

    def network(picture_rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        batch = (picture_rgb[None] / np.float32(127.5) - 1).astype(np.float32)
        logits = session.run(["segments"], {input_name: batch})[0]  # (1, h, w, 1)
        return np.asarray(logits[0, :, :, 0], np.float32)

    return network
