"""The bundled items: what there is, where it touches the body, and that the drawing programs still draw it."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.tryon.items import Item, View, read_items

ROOT = Path(__file__).resolve().parents[2]
ITEMS = ROOT / "src" / "fittingroom" / "tryon" / "catalogue" / "items"
LEAST = {
    "hat": 5,
    "cap": 2,
    "headscarf": 2,
    "glasses": 4,
    "sunglasses": 4,
    "necklace": 4,
    "earring": 4,
    "top": 6,
    "trousers": 3,
    "skirt": 1,
    "dress": 1,
    "shoe": 4,
    "scarf": 3,
    "hairstyle": 4,
    "glove": 1,
    "hair-colour": 12,
    "lip-colour": 12,
    "eye-shadow": 2,
    "blush": 2,
    "nail-colour": 2,
    "garment-recolour": 4,
}


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Item]:
    return read_items(ITEMS)


@pytest.fixture(scope="module")
def makers() -> Any:
    """Item id -> drawing function, from the programs in catalogue/."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "catalogue"))
        yield importlib.import_module("draw").everything()


def front_views(catalogue: dict[str, Item], *kinds: str) -> dict[str, View]:
    return {item.id: item.front for item in catalogue.values() if item.kind in kinds}


def opaque_near(view: View, anchor: str, within_px: float) -> bool:
    """Whether cloth lies within some pixels of an anchor."""
    x, y = view.anchors[anchor]
    ys, xs = np.nonzero(view.picture_rgba[..., 3] > 128)
    return bool((np.hypot(xs + 0.5 - x, ys + 0.5 - y) < within_px).any())


def light_of(rgba: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Colour as it adds to a picture, and alpha: what is invisible does not count."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return np.dstack([rgba[..., :3] * alpha, rgba[..., 3:]])


def test_there_is_enough_of_every_kind(catalogue: dict[str, Item]) -> None:
    counts = Counter(item.kind for item in catalogue.values())
    assert {kind: counts[kind] for kind in LEAST if counts[kind] < LEAST[kind]} == {}
    assert counts["hat"] + counts["cap"] + counts["headscarf"] >= 8
    assert counts["skirt"] + counts["dress"] >= 3


def test_the_wheel_does_not_grow_by_more_than_three_megabytes() -> None:
    assert sum(path.stat().st_size for path in ITEMS.iterdir()) < 3_000_000


def test_every_item_is_drawn_by_a_program_and_every_drawing_is_stored(
    catalogue: dict[str, Item], makers: dict[str, Callable[[], Any]]
) -> None:
    assert set(catalogue) == set(makers)


def test_every_file_belongs_to_an_item() -> None:
    named = set()
    for sidecar in ITEMS.glob("*.json"):
        views = json.loads(sidecar.read_text(encoding="utf-8")).get("views", {})
        named |= {sidecar.name} | {
            view[key] for view in views.values() for key in ("picture", "back", "lens") if key in view
        }
    assert {path.name for path in ITEMS.iterdir()} == named


@pytest.mark.parametrize("item_id", ["stud-pearl", "drop-ruby", "pattern-tartan", "print-sun", "lips-coral"])
def test_the_programs_draw_what_is_stored(
    item_id: str, catalogue: dict[str, Item], makers: dict[str, Callable[[], Any]]
) -> None:
    drawn, stored = makers[item_id](), catalogue[item_id]
    assert (drawn.kind, drawn.name, drawn.name_zh, drawn.colour) == (
        stored.kind,
        stored.name,
        stored.name_zh,
        stored.colour,
    )
    assert set(drawn.views) == set(stored.views)
    for side, view in drawn.views.items():
        kept = stored.views[side]
        assert set(kept.anchors) == set(view.anchors)
        for name, place in view.anchors.items():
            assert kept.anchors[name] == pytest.approx(place, abs=0.1), name
        assert kept.picture_rgba.shape == view.picture.shape
        # WebP keeps alpha exactly, colour nearly.
        assert np.abs(light_of(kept.picture_rgba) - light_of(view.picture)).mean() < 3


def test_no_picture_touches_its_border(catalogue: dict[str, Item]) -> None:
    for item in catalogue.values():
        if item.kind == "garment-recolour":
            continue
        for view in item.views.values():
            for layer in (view.picture_rgba, view.back_rgba):
                if layer is not None:
                    alpha = layer[..., 3]
                    sides = (alpha[:2], alpha[-2:], alpha[:, :2], alpha[:, -2:])
                    assert max(int(side.max()) for side in sides) < 30, item.id


def test_anchors_lie_as_far_left_as_right(catalogue: dict[str, Item]) -> None:
    for view in front_views(
        catalogue, "hat", "cap", "glasses", "sunglasses", "top", "dress", "skirt", "trousers"
    ).values():
        middles = [
            (x + view.anchors[name.replace("left", "right")][0]) / 2
            for name, (x, _) in view.anchors.items()
            if name.startswith("left")
        ]
        assert max(middles) - min(middles) < 1


def test_a_hat_rises_above_its_band_and_is_wider_than_the_head(catalogue: dict[str, Item]) -> None:
    for item_id, view in front_views(catalogue, "hat", "cap", "headscarf").items():
        (left, y), (right, _) = view.anchors["left_band"], view.anchors["right_band"]
        assert view.anchors["crown"][1] < y - 0.3 * (left - right), item_id
        assert view.anchors["front_band"][1] > view.anchors["crown"][1], item_id
        wide = np.nonzero((view.picture_rgba[..., 3] > 128).any(axis=0))[0]
        assert wide[-1] - wide[0] >= 0.97 * (left - right), item_id
        assert opaque_near(view, "left_band", 0.15 * (left - right)), item_id
        assert opaque_near(view, "right_band", 0.15 * (left - right)), item_id


def test_glass_is_where_the_pupils_look_through_and_no_frame_is_there(catalogue: dict[str, Item]) -> None:
    for item_id, view in front_views(catalogue, "glasses", "sunglasses").items():
        assert view.lens is not None, item_id
        for side in ("left", "right"):
            x, y = (int(v) for v in view.anchors[f"{side}_lens"])
            assert view.lens[y, x] == 255, item_id
            assert view.picture_rgba[y, x, 3] == 0, item_id
            assert opaque_near(view, f"{side}_hinge", 8), item_id
        assert opaque_near(view, "bridge", 8), item_id


def test_a_necklace_is_a_u_that_is_open_above(catalogue: dict[str, Item]) -> None:
    for item_id, view in front_views(catalogue, "necklace").items():
        (left, y), (right, _), (x, low) = (view.anchors[name] for name in ("left_neck", "right_neck", "lowest"))
        assert low > y, item_id
        assert x == pytest.approx((left + right) / 2, abs=2), item_id
        assert view.picture_rgba[round(y) + 2, round(x), 3] == 0, item_id
        assert opaque_near(view, "left_neck", 12), item_id
        assert opaque_near(view, "lowest", 20), item_id


def test_an_earring_hangs_below_its_hook(catalogue: dict[str, Item]) -> None:
    for item_id, view in front_views(catalogue, "earring").items():
        assert view.anchors["hook"][1] <= 0.6 * view.picture_rgba.shape[0], item_id
        assert opaque_near(view, "hook", 12), item_id


def test_the_corners_of_a_top_lie_on_its_outline(catalogue: dict[str, Item]) -> None:
    for item_id, view in front_views(catalogue, "top", "dress").items():
        for name in ("shoulder", "armpit", "hem", "cuff_outer", "cuff_inner"):
            for side in ("left", "right"):
                if f"{side}_{name}" in view.anchors:
                    assert opaque_near(view, f"{side}_{name}", 12), (item_id, side, name)
        x, y = view.anchors["neck"]
        assert view.picture_rgba[: max(round(y) - 14, 1), round(x), 3].max() < 128 or item_id == "puffer-olive", item_id
        assert view.anchors["left_hem"][1] > view.anchors["left_armpit"][1] > view.anchors["left_shoulder"][1], item_id


def test_legs_part_at_the_crotch(catalogue: dict[str, Item]) -> None:
    for item_id, view in front_views(catalogue, "trousers").items():
        x, y = (round(v) for v in view.anchors["crotch"])
        assert view.picture_rgba[y - 8, x, 3] > 250, item_id
        assert view.picture_rgba[y + 25, x, 3] == 0, item_id


def test_a_leg_comes_out_of_a_shoe(catalogue: dict[str, Item]) -> None:
    for item_id, view in front_views(catalogue, "shoe").items():
        left, right, toe = (view.anchors[name] for name in ("ankle_left", "ankle_right", "toe"))
        assert left[0] > toe[0] > right[0], item_id
        assert toe[1] > left[1] + 0.5 * (left[0] - right[0]), item_id
        middle = round((left[0] + right[0]) / 2)
        assert view.picture_rgba[: max(round(left[1]) - 12, 1), middle, 3].max() == 0, item_id
        side = catalogue[item_id].views["side"]
        assert (
            side.anchors["toe"][0]
            < side.anchors["ankle_front"][0]
            < side.anchors["ankle_back"][0]
            < side.anchors["heel"][0]
        )


def test_a_hairstyle_leaves_the_face_free(catalogue: dict[str, Item]) -> None:
    for item_id, view in front_views(catalogue, "hairstyle").items():
        temple, chin, hairline = view.anchors["left_temple"], view.anchors["chin"], view.anchors["hairline"]
        x = round(chin[0])
        half = round(0.6 * (temple[0] - chin[0]))
        face = view.picture_rgba[
            round(hairline[1]) + 12 : min(round(chin[1]), view.picture_rgba.shape[0]), x - half : x + half, 3
        ]
        assert (face > 128).mean() < 0.06, item_id
        assert view.back_rgba is not None, item_id
        assert view.anchors["crown"][1] < hairline[1] < chin[1], item_id


def test_a_pattern_closes_up_with_itself(catalogue: dict[str, Item]) -> None:
    for item in catalogue.values():
        if not item.id.startswith("pattern-"):
            continue
        rgb = item.front.picture_rgba[..., :3].astype(np.float32)
        inside = (
            np.abs(np.diff(rgb, axis=1)).mean(axis=(0, 2)).max(),
            np.abs(np.diff(rgb, axis=0)).mean(axis=(1, 2)).max(),
        )
        assert np.abs(rgb[:, 0] - rgb[:, -1]).mean() <= inside[0] + 4, item.id
        assert np.abs(rgb[0] - rgb[-1]).mean() <= inside[1] + 4, item.id
