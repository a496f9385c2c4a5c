from __future__ import annotations

from pathlib import Path

import pytest

from fittingroom.errors import ItemError
from fittingroom.tryon import Adjustment, Layer, Outfit


def test_an_outfit_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    outfit = Outfit((Layer("jeans-blue", 1), Layer("fedora-grey", "all", Adjustment(0.1, -0.2, 1.1, 5.0))))
    outfit.write(tmp_path / "outfit.json")
    assert Outfit.read(tmp_path / "outfit.json") == outfit


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "expected an outfit"),
        ('{"format": 9, "layers": []}', "expected an outfit"),
        ('{"format": 1, "layers": [{"person": 1}]}', "a layer is"),
        ('{"format": 1, "layers": [{"item": "a", "size": 3}]}', "a layer holds size"),
        ('{"format": 1, "layers": [{"item": "a", "person": 0}]}', "expected a person id"),
        ('{"format": 1, "layers": [{"item": "a", "scale": 99}]}', "a scale between"),
        ('{"format": 1, "layers": [{"item": "a", "right": NaN}]}', "four finite numbers"),
        ('{"format": 1, "layers": [{"item": "a", "right": "far"}]}', "four finite numbers"),
    ],
)
def test_what_is_no_outfit_is_refused(text: str, message: str) -> None:
    with pytest.raises(ItemError, match=message):
        Outfit.from_json(text)


def test_an_outfit_of_too_many_layers_is_refused() -> None:
    with pytest.raises(ItemError, match="at most 64"):
        Outfit(tuple(Layer("hat") for _ in range(65)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="cannot read outfit"):
        Outfit.read(tmp_path / "none.json")
