import json
from pathlib import Path
from typing import Any

import pytest

from fittingroom.engine.card import PRESETS, ModelCard, model_folder, read_card, read_model
from fittingroom.errors import ModelError


def change_card(folder: Path, **changes: Any) -> None:
    """Rewrite entries of card.json; None removes one."""
    table = json.loads((folder / "card.json").read_text(encoding="utf-8")) | changes
    kept = {key: value for key, value in table.items() if value is not None}
    (folder / "card.json").write_text(json.dumps(kept), encoding="utf-8")


def test_a_card_written_and_read_is_the_same_card(tiny_model_folder: Path, tiny_card: ModelCard) -> None:
    assert read_card(tiny_model_folder) == tiny_card


def test_chinese_names_are_readable_in_the_file(tiny_model_folder: Path) -> None:
    assert "头发" in (tiny_model_folder / "card.json").read_text(encoding="utf-8")


def test_the_model_of_a_whole_folder_is_its_bytes(tiny_model_folder: Path, tiny_card: ModelCard) -> None:
    assert read_model(tiny_model_folder, tiny_card) == (tiny_model_folder / "model.onnx").read_bytes()


def test_a_model_with_one_byte_changed_is_refused(tiny_model_folder: Path, tiny_card: ModelCard) -> None:
    model = bytearray((tiny_model_folder / "model.onnx").read_bytes())
    model[len(model) // 2] ^= 1
    (tiny_model_folder / "model.onnx").write_bytes(model)
    with pytest.raises(ModelError, match=f"its card says {tiny_card.sha256[:12]}.*damaged or was exchanged"):
        read_model(tiny_model_folder, tiny_card)


def test_a_missing_model_is_named(tiny_model_folder: Path, tiny_card: ModelCard) -> None:
    (tiny_model_folder / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx: cannot read the model .*install or export it again"):
        read_model(tiny_model_folder, tiny_card)


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model there; give default or fast, or a folder that holds model\.onnx"):
        model_folder(tmp_path)


@pytest.mark.parametrize("as_type", [str, Path])
def test_a_folder_may_be_given_as_text_or_path(tiny_model_folder: Path, as_type: type) -> None:
    assert model_folder(as_type(tiny_model_folder)) == tiny_model_folder


def test_the_default_model_is_bundled_and_whole() -> None:
    folder = model_folder(PRESETS[0])
    card = read_card(folder)
    assert read_model(folder, card)
    assert card.licence == "Apache-2.0"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"card_version": 2}, "card_version is 2, this fittingroom reads 1; export it again"),
        ({"card_version": None}, "card_version is None, this fittingroom reads 1"),
        ({"licence_url": "x", "colour": "y"}, "unknown entries colour, licence_url; export the model again"),
        ({"classes": None}, "not a readable model card .*classes"),
        ({"sha256": None}, "not a readable model card .*sha256"),
        ({"flip_pairs": [[1]]}, "not a readable model card"),
        ({"classes": 3}, "not a readable model card"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_in_words(
    tiny_model_folder: Path, changes: dict[str, Any], says: str
) -> None:
    change_card(tiny_model_folder, **changes)
    with pytest.raises(ModelError, match=says):
        read_card(tiny_model_folder)


@pytest.mark.parametrize("text", [b"", b"not JSON", b"[1, 2]", b"\xff\xfe\x00"])
def test_a_card_that_is_no_json_table_is_refused(tiny_model_folder: Path, text: bytes) -> None:
    (tiny_model_folder / "card.json").write_bytes(text)
    with pytest.raises(ModelError, match=r"card\.json: not a readable model card"):
        read_card(tiny_model_folder)
