from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fittingroom.errors import ItemError
from fittingroom.tryon.adding import cut_out_item, id_from, make_item
from fittingroom.tryon.landmarks import find_landmarks, sleeve_of

SHIRT = [
    (80, 10),
    (100, 22),
    (120, 10),
    (152, 18),
    (194, 76),
    (166, 92),
    (150, 68),
    (150, 196),
    (50, 196),
    (50, 68),
    (34, 92),
    (6, 76),
    (48, 18),
]


def shirt() -> np.ndarray:
    mask = np.zeros((206, 200), np.uint8)
    cv2.fillPoly(mask, [np.array(SHIRT)], 1)
    return mask > 0


def test_the_landmarks_of_a_shirt_are_found() -> None:
    anchors = find_landmarks(shirt(), "top")
    expected = {"left_armpit": (150, 68), "right_armpit": (50, 68), "left_hem": (150, 196), "right_hem": (50, 196)}
    expected |= {
        "left_shoulder": (152, 18),
        "right_collar": (80, 10),
        "left_cuff_outer": (194, 76),
        "left_cuff_inner": (166, 92),
    }
    for name, xy in expected.items():
        assert np.linalg.norm(np.array(anchors[name]) - xy) < 12, name
    assert sleeve_of(anchors) == "short"


def test_trousers_part_at_the_crotch() -> None:
    mask = np.zeros((200, 120), bool)
    mask[5:70, 20:100] = True
    mask[70:195, 20:55] = mask[70:195, 65:100] = True
    anchors = find_landmarks(mask, "trousers")
    assert anchors["crotch"] == pytest.approx((60, 70), abs=3)
    assert anchors["left_hem_outer"][0] > anchors["left_hem_inner"][0] > anchors["right_hem_inner"][0]


@pytest.mark.parametrize(("kind", "message"), [("shoe", "cannot be found"), ("hair-colour", "cannot be found")])
def test_kinds_without_landmarks_are_refused(kind: str, message: str) -> None:
    with pytest.raises(ItemError, match=message):
        find_landmarks(shirt(), kind)


def test_a_picture_without_transparency_is_cut_out(tmp_path: Path) -> None:
    rgb = np.full((206, 200, 3), 235, np.uint8)
    rgb[shirt()] = (40, 70, 160)
    Image.fromarray(rgb).save(tmp_path / "My Shirt.png")
    item = make_item(tmp_path / "My Shirt.png", kind="top", item_id=id_from("My Shirt"), licence="CC0-1.0")
    alpha = cut_out_item(rgb) > 127
    assert (alpha & shirt()).sum() / (alpha | shirt()).sum() > 0.93
    assert (item.id, item.kind, item.colour) == ("my-shirt", "top", "#2846a0")


def test_a_picture_of_nothing_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 200, 200)).save(tmp_path / "a.png")
    with pytest.raises(ItemError, match="cannot be told from its background"):
        make_item(tmp_path / "a.png", kind="top", item_id="a")
    Image.new("RGBA", (64, 64)).save(tmp_path / "b.png")
    with pytest.raises(ItemError, match="almost wholly transparent"):
        make_item(tmp_path / "b.png", kind="top", item_id="b")
    Image.new("RGB", (1, 1)).save(tmp_path / "c.png")
    with pytest.raises(ItemError, match="1x1"):
        make_item(tmp_path / "c.png", kind="top", item_id="c")


def test_a_kind_that_is_painted_takes_no_picture(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="is not made from a picture"):
        make_item(tmp_path / "a.png", kind="lip-colour", item_id="a")
