import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import fittingroom
from fittingroom.engine.card import ModelCard
from fittingroom.errors import ConfigError, LabelError, MissingExtraError, ModelError, PhotoTooLargeError, ShapeError
from fittingroom.imaging.reading import ReadLimits, read_photo
from fittingroom.parser import Parser, _kept_parser


def picture() -> NDArray[np.uint8]:
    """64 x 48: red hair over a green face, in the colours that the tiny model knows."""
    pixels = np.zeros((64, 48, 3), np.uint8)
    pixels[8:24, 16:32, 0] = pixels[24:56, 16:32, 1] = 255
    return pixels


@pytest.fixture
def parser(tiny_model_folder: Path) -> Parser:
    return Parser(tiny_model_folder, threads=1)


def test_a_photo_becomes_people_and_their_parts(parser: Parser) -> None:
    result = parser.parse(picture())
    (person,) = result.people
    assert list(person.parts) == ["hair", "face"]
    assert person.parts["hair"].box_xyxy == (16, 8, 32, 24)
    assert person.parts["face"].box_xyxy == (16, 24, 32, 56)
    assert person.score > 0.9
    assert result.label_set.classes_zh == ("背景", "头发", "面部")
    assert (result.model_name, result.model_sha256) == ("tiny", parser.card.sha256)


def test_a_photo_may_come_as_path_bytes_file_array_or_picture(parser: Parser, tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "photo.png")
    path = tmp_path / "photo.png"
    with path.open("rb") as file:
        sources: list[Any] = [path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), file, picture()]
        sources += [Image.fromarray(picture()), read_photo(path)]
        results = [parser.parse(source) for source in sources]
    expected = parser.parse(picture())
    for result in results:
        assert np.array_equal(result.label_map, expected.label_map)
        assert np.array_equal(result.person_map, expected.person_map)


def test_many_photos_are_parsed_one_at_a_time_in_their_order(parser: Parser) -> None:
    asked: list[int] = []

    def photos() -> Iterator[NDArray[np.uint8]]:
        for width in (16, 32, 48):
            asked.append(width)
            yield picture()[:, :width]

    results = parser.parse_many(photos())
    assert asked == []
    assert next(results).size_hw == (64, 16)
    assert asked == [16]
    assert [result.size_hw for result in results] == [(64, 32), (64, 48)]


def test_one_parser_serves_several_threads(parser: Parser) -> None:
    photos = [np.roll(picture(), 4 * shift, axis=1) for shift in range(4)] * 3
    alone = [parser.parse(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(parser.parse, photos))
    for first, second in zip(alone, together, strict=True):
        assert np.array_equal(first.label_map, second.label_map)


def test_the_parser_reads_no_more_than_its_limits_allow(tiny_model_folder: Path) -> None:
    parser = Parser(tiny_model_folder, limits=ReadLimits(max_pixels=1000))
    with pytest.raises(PhotoTooLargeError, match="photo array is 48x64"):
        parser.parse(picture())


def test_an_array_that_is_no_photo_is_refused(parser: Parser) -> None:
    with pytest.raises(ShapeError):
        parser.parse(np.zeros((4, 4, 7), np.uint8))


def test_the_model_is_loaded_once_for_all_calls_of_parse(
    tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kept_parser.cache_clear()
    result = fittingroom.parse(picture(), model=tiny_model_folder)
    (tiny_model_folder / "model.onnx").unlink()
    again = fittingroom.parse(picture(), model=str(tiny_model_folder))
    assert np.array_equal(result.label_map, again.label_map)
    _kept_parser.cache_clear()


def test_a_preset_that_does_not_exist_lists_those_that_do() -> None:
    with pytest.raises(ModelError, match="defualt: no model there; give default or fast, or a folder that holds"):
        Parser("defualt")


def test_a_damaged_model_is_refused(tiny_model_folder: Path) -> None:
    (tiny_model_folder / "model.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match="the file is damaged or was exchanged"):
        Parser(tiny_model_folder)


def test_a_card_of_fewer_classes_than_its_model_is_refused(tiny_model_folder: Path, tiny_card: ModelCard) -> None:
    card = replace(tiny_card, classes=("background", "hair"), classes_zh=("背景", "头发"), flip_pairs=())
    (tiny_model_folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    with pytest.raises(ModelError, match="tells 3 classes apart, its card names 2"):
        Parser(tiny_model_folder)


def test_a_card_without_a_background_is_refused(tiny_model_folder: Path, tiny_card: ModelCard) -> None:
    card = replace(tiny_card, classes=("hat", "hair", "face"))
    (tiny_model_folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    with pytest.raises(LabelError, match="id 0 is 'hat'; it must be 'background'"):
        Parser(tiny_model_folder)


def test_an_unknown_engine_lists_those_there_are(tiny_model_folder: Path) -> None:
    with pytest.raises(ConfigError, match="there is no engine 'tensorrt'; give one of onnxruntime, openvino"):
        Parser(tiny_model_folder, engine="tensorrt")  # type: ignore[arg-type]


def test_an_engine_that_is_not_installed_names_its_extra(
    tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'fittingroom\[openvino\]'"):
        Parser(tiny_model_folder, engine="openvino")


@pytest.mark.slow
def test_both_engines_parse_alike(tiny_model_folder: Path) -> None:
    pytest.importorskip("openvino")
    results = [Parser(tiny_model_folder, engine=engine).parse(picture()) for engine in ("onnxruntime", "openvino")]
    assert np.array_equal(results[0].label_map, results[1].label_map)
    assert np.array_equal(results[0].person_map, results[1].person_map)
