from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fittingroom.errors import ItemError
from fittingroom.tryon.items import KINDS, Headwear, Item, View, read_items, rgb_of
from fittingroom.tryon.wardrobe import BUNDLED, Wardrobe

WITH_ITEM = tuple(kind for kind in KINDS if kind != "nail-colour")


@pytest.mark.parametrize("kind", WITH_ITEM)
def test_what_is_written_is_read_back(tmp_path: Path, kind: str, items: dict[str, Item]) -> None:
    item = items[kind]
    again = Item.read(item.write(tmp_path))
    assert (again.id, again.kind, again.traits, again.colour) == (item.id, item.kind, item.traits, item.colour)
    assert list(again.views) == list(item.views)
    for name, view in item.views.items():
        assert np.array_equal(again.views[name].picture_rgba, view.picture_rgba)
        assert again.views[name].anchors == view.anchors


def test_every_item_of_the_catalogue_can_be_read() -> None:
    wardrobe = Wardrobe((BUNDLED,))
    for item_id in wardrobe:
        assert wardrobe[item_id].licence == "Apache-2.0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "no item of format 1"),
        ({"kind": "shoehorn"}, "kind is 'shoehorn'"),
        ({"brim": 3}, "brim is not known for kind hat"),
        ({"colour": "red"}, "expected #rrggbb"),
        ({"hides_hair": "some"}, "expected one of above, all, none"),
        ({"id": "My Hat"}, "lower-case letters"),
        ({"views": {}}, "needs the view front"),
        ({"views": {"front": {"picture": "../test-hat.png", "anchors": {}}}}, "must lie beside the sidecar"),
        ({"views": {"front": {"picture": "test-hat.png", "anchors": {"crown": [1, 1]}}}}, "lacks the anchors"),
        ({"views": {"front": {"picture": "none.png", "anchors": {}}}}, "cannot be read as PNG or WebP"),
    ],
)
def test_a_sidecar_that_is_not_understood_is_refused(
    tmp_path: Path, change: dict[str, object], message: str, items: dict[str, Item]
) -> None:
    sidecar = items["hat"].write(tmp_path)
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | change))
    with pytest.raises(ItemError, match=message):
        Item.read(sidecar)


def test_a_picture_of_one_pixel_or_of_too_many_is_refused(tmp_path: Path, items: dict[str, Item]) -> None:
    sidecar = items["hat"].write(tmp_path)
    Image.new("RGBA", (1, 1)).save(tmp_path / "test-hat.png")
    with pytest.raises(ItemError, match="1x1"):
        Item.read(sidecar)
    Image.new("1", (10000, 10000)).save(tmp_path / "test-hat.png")
    with pytest.raises(ItemError, match="at most 16 million"):
        Item.read(sidecar)


def test_a_damaged_picture_is_refused(tmp_path: Path, items: dict[str, Item]) -> None:
    sidecar = items["hat"].write(tmp_path)
    content = (tmp_path / "test-hat.png").read_bytes()
    (tmp_path / "test-hat.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(ItemError, match="save it again"):
        Item.read(sidecar)


def test_a_transparent_picture_is_refused(items: dict[str, Item]) -> None:
    anchors = items["hat"].front.anchors
    with pytest.raises(ItemError, match="wholly transparent"):
        replace(items["hat"], views={"front": View(np.zeros((104, 200, 4), np.uint8), anchors)})


def test_left_and_right_exchanged_is_refused(items: dict[str, Item]) -> None:
    anchors = dict(items["hat"].front.anchors)
    anchors["left_band"], anchors["right_band"] = anchors["right_band"], anchors["left_band"]
    with pytest.raises(ItemError, match="left is the wearer's left, on the picture's right"):
        replace(items["hat"], views={"front": View(items["hat"].front.picture_rgba, anchors)})


def test_fields_of_another_kind_are_refused(items: dict[str, Item]) -> None:
    with pytest.raises(ItemError, match="kind glasses has Eyewear"):
        replace(items["glasses"], traits=Headwear())


def test_a_folder_is_read_in_the_order_of_the_kinds(tmp_path: Path, items: dict[str, Item]) -> None:
    for kind in ("shoe", "hat", "lip-colour"):
        items[kind].write(tmp_path)
    assert list(read_items(tmp_path)) == ["test-hat", "test-shoe", "test-lip-colour"]
    assert [entry.kind for entry in Wardrobe((tmp_path,)).entries()] == ["hat", "shoe", "lip-colour"]
    with pytest.raises(ItemError, match="there is no folder"):
        read_items(tmp_path / "none")


def test_a_colour_is_read_as_rgb() -> None:
    assert rgb_of("#8a2003").tolist() == [138, 32, 3]
