from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fittingroom.engine.onnx_engine import OnnxEngine
from fittingroom.errors import ConfigError
from fittingroom.training import quantise as quantising
from fittingroom.training.quantise import PhotoReader, quantise


def photo_folder(folder: Path, count: int) -> Path:
    """Pictures of 64 x 48 with colours from black to white."""
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 256, (8, 6, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((48, 64), Image.Resampling.NEAREST).save(folder / f"{number:03}.png")
    return folder


def test_photos_are_read_as_the_network_sees_them(tmp_path: Path) -> None:
    reader = PhotoReader(photo_folder(tmp_path, 2), 64)
    fed = [reader.get_next() for _ in range(3)]
    assert [None if one is None else one["images_rgb"].shape for one in fed] == [(1, 64, 48, 3), (1, 64, 48, 3), None]


@pytest.mark.parametrize(("there", "read"), [(1, 1), (4, 4), (5, 3), (7, 4), (8, 4), (9, 3)])
def test_of_many_photos_only_so_many_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: int, read: int
) -> None:
    monkeypatch.setattr(quantising, "MAX_PHOTOS", 4)
    reader = PhotoReader(photo_folder(tmp_path, there), 64)
    assert sum(1 for _ in iter(reader.get_next, None)) == read


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no pictures to calibrate with; give a folder of photos"):
        PhotoReader(tmp_path, 64)


@pytest.mark.slow
def test_a_model_in_8_bits_says_nearly_the_same(tmp_path: Path, build_tiny_model: Callable[..., bytes]) -> None:
    whole = build_tiny_model()
    small = quantise(whole, photo_folder(tmp_path, 4), 64)
    assert small != whole
    picture = PhotoReader(tmp_path, 64).get_next()
    assert picture is not None
    logits, rounded = (
        OnnxEngine(model, num_classes=3).run(picture["images_rgb"]).class_logits for model in (whole, small)
    )
    assert np.abs(logits - rounded).max() < 0.3  # of logits up to 25
