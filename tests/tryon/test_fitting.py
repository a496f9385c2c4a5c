"""Laws that hold for every kind of item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fittingroom.errors import ItemError, ShapeError
from fittingroom.results import ParseResult
from fittingroom.tryon import Adjustment, Layer, Outfit, try_on, wear
from fittingroom.tryon.fitting import WEAR
from fittingroom.tryon.items import KINDS, Item
from fittingroom.tryon.outfits import WEARING_ORDER

WITH_ITEM = tuple(kind for kind in KINDS if kind != "nail-colour")
HEAD = (
    "hat",
    "cap",
    "headscarf",
    "glasses",
    "sunglasses",
    "earring",
    "hairstyle",
    "hair-colour",
    "lip-colour",
    "blush",
)
CLOTHES = ("top", "dress", "skirt", "trousers", "shoe", "garment-recolour")


@pytest.mark.parametrize("kind", WITH_ITEM)
def test_every_kind_is_worn_and_changes_only_where_it_says(drawn: Any, kind: str, items: dict[str, Item]) -> None:
    fitting = try_on(drawn.photo, drawn.result, items[kind])
    assert [layer.refusal for layer in fitting.layers] == [""]
    is_other = (fitting.photo_rgb != drawn.photo).any(axis=2)
    assert 0 < is_other.sum() <= fitting.changed.sum()
    assert not is_other[~fitting.changed].any()


@pytest.mark.parametrize("kind", WITH_ITEM)
def test_the_photo_that_is_given_is_not_written_to(drawn: Any, kind: str, items: dict[str, Item]) -> None:
    photo = drawn.photo.copy()
    photo.setflags(write=False)
    try_on(photo, drawn.result, items[kind])
    assert np.array_equal(photo, drawn.photo)


@pytest.mark.parametrize("kind", HEAD)
def test_what_is_worn_on_the_head_leaves_everything_below_the_chest_as_it_is(
    drawn: Any, kind: str, items: dict[str, Item]
) -> None:
    fitting = try_on(drawn.photo, drawn.result, items[kind])
    assert np.array_equal(fitting.photo_rgb[180:], drawn.photo[180:])


@pytest.mark.parametrize("kind", CLOTHES)
def test_clothes_leave_face_and_hair_as_they_are(drawn: Any, kind: str, items: dict[str, Item]) -> None:
    fitting = try_on(drawn.photo, drawn.result, items[kind])
    head = drawn.result.mask("face") | drawn.result.mask("hair")
    assert np.array_equal(fitting.photo_rgb[head], drawn.photo[head])


def test_a_top_leaves_the_hands_as_they_are(drawn: Any, items: dict[str, Item]) -> None:
    fitting = try_on(drawn.photo, drawn.result, items["top"])
    hands = (drawn.result.mask("left-arm") | drawn.result.mask("right-arm")) & (np.arange(420)[:, None] > 232)
    assert hands.any()
    assert np.array_equal(fitting.photo_rgb[hands], drawn.photo[hands])


def test_one_person_of_two_is_dressed_and_the_other_untouched(drawn_pair: Any, items: dict[str, Item]) -> None:
    fitting = try_on(drawn_pair.photo, drawn_pair.result, items["sunglasses"], person_id=2)
    other = drawn_pair.result.person_map == 1
    assert not fitting.changed[other].any()
    assert fitting.changed[:, 260:].any()


def test_everybody_is_dressed_when_nobody_is_named(drawn_pair: Any, items: dict[str, Item]) -> None:
    fitting = try_on(drawn_pair.photo, drawn_pair.result, items["top"])
    assert [(layer.person_id, layer.is_worn) for layer in fitting.layers] == [(1, True), (2, True)]


def test_the_same_outfit_gives_the_same_picture_to_the_last_bit(drawn: Any, items: dict[str, Item]) -> None:
    outfit = Outfit(tuple(Layer(items[kind].id, 1) for kind in ("trousers", "top", "necklace", "glasses", "hat")))
    by_id = {item.id: item for item in items.values()}
    first, second = (wear(drawn.photo, drawn.result, outfit, by_id) for _ in range(2))
    assert np.array_equal(first.photo_rgb, second.photo_rgb)
    assert first.layers == second.layers


def test_later_layers_lie_over_earlier_ones(drawn: Any, items: dict[str, Item]) -> None:
    by_id = {item.id: item for item in items.values()}
    top, scarf = Layer("test-top", 1), Layer("test-scarf", 1)
    over = wear(drawn.photo, drawn.result, Outfit((top, scarf)), by_id).photo_rgb
    beneath = wear(drawn.photo, drawn.result, Outfit((scarf, top)), by_id).photo_rgb
    assert not np.array_equal(over, beneath)


def test_a_hat_on_a_tilted_head_is_tilted(items: dict[str, Item], draw: Callable[..., Any]) -> None:
    middles = []
    for tilt_deg in (-20.0, 20.0):
        tilted = draw(tilt_deg)
        changed = try_on(tilted.photo, tilted.result, items["hat"]).changed
        ys, xs = np.nonzero(changed[:40])
        middles.append(float(xs.mean()))
        del ys
    assert middles[1] - middles[0] > 10


def test_an_item_can_be_moved_turned_and_scaled(drawn: Any, items: dict[str, Item]) -> None:
    def middle_x(adjustment: Adjustment) -> float:
        changed = try_on(drawn.photo, drawn.result, items["sunglasses"], adjustment=adjustment).changed
        return float(np.nonzero(changed)[1].mean())

    assert middle_x(Adjustment(right=0.2)) - middle_x(Adjustment()) > 5
    small, large = (
        try_on(drawn.photo, drawn.result, items["sunglasses"], adjustment=Adjustment(scale=scale)).changed.sum()
        for scale in (0.6, 1.4)
    )
    assert large > 2 * small


def test_a_hand_before_the_face_stays_before_the_glasses(
    items: dict[str, Item], draw: Callable[..., Any], parsed: Callable[..., ParseResult]
) -> None:
    person = draw()
    labels = person.result.label_map.copy()
    labels[56:70, 136:150] = 14

    result = parsed(labels, person.result.person_map, [person.result.people[0].body_points])
    fitting = try_on(person.photo, result, items["sunglasses"])
    inside = np.s_[58:68, 138:148]
    assert np.array_equal(fitting.photo_rgb[inside], person.photo[inside])


@pytest.mark.parametrize("kind", ["glasses", "hat", "necklace", "hairstyle", "lip-colour"])
def test_without_a_face_the_refusal_says_so_and_the_photo_stays(
    drawn: Any, kind: str, items: dict[str, Item], parsed: Callable[..., ParseResult]
) -> None:
    labels = drawn.result.label_map.copy()
    labels[labels == 13] = 2

    result = parsed(labels, drawn.result.person_map, [drawn.result.people[0].body_points])
    fitting = try_on(drawn.photo, result, items[kind])
    assert "face of person 1 cannot be seen" in fitting.layers[0].refusal
    assert not fitting.changed.any()
    assert np.array_equal(fitting.photo_rgb, drawn.photo)


@pytest.mark.parametrize("kind", ["shoe", "trousers"])
def test_legs_outside_the_photo_are_a_refusal(
    drawn: Any, kind: str, items: dict[str, Item], parsed: Callable[..., ParseResult]
) -> None:

    points = drawn.result.people[0].body_points.copy()
    cut = 205
    points[points[:, 1] > cut] = 0
    result = parsed(drawn.result.label_map[:cut].copy(), drawn.result.person_map[:cut].copy(), [points])
    fitting = try_on(drawn.photo[:cut].copy(), result, items[kind])
    assert not fitting.layers[0].is_worn
    assert "be seen" in fitting.layers[0].refusal


def test_a_person_too_small_is_a_refusal(
    drawn: Any, items: dict[str, Item], parsed: Callable[..., ParseResult]
) -> None:

    labels, photo = drawn.result.label_map[::8, ::8].copy(), drawn.photo[::8, ::8].copy()
    result = parsed(labels, (labels > 0).astype(np.uint16), [np.zeros((25, 3), np.float32)])
    fitting = try_on(photo, result, items["glasses"])
    assert "smaller than 12 px" in fitting.layers[0].refusal


def test_nobody_in_the_photo_is_no_error(
    drawn: Any, items: dict[str, Item], parsed: Callable[..., ParseResult]
) -> None:

    empty = np.zeros(drawn.photo.shape[:2], np.uint8)
    fitting = try_on(drawn.photo, parsed(empty, empty.astype(np.uint16), []), items["hat"])
    assert fitting.layers == ()
    assert np.array_equal(fitting.photo_rgb, drawn.photo)


def test_an_unknown_item_or_person_is_refused(drawn: Any, items: dict[str, Item]) -> None:
    with pytest.raises(ItemError, match="there is no item 'no-hat'"):
        wear(drawn.photo, drawn.result, Outfit((Layer("no-hat"),)), {})
    with pytest.raises(ItemError, match="there is no person 2; the photo shows 1"):
        try_on(drawn.photo, drawn.result, items["hat"], person_id=2)


def test_a_result_of_another_photo_is_refused(drawn: Any, items: dict[str, Item]) -> None:
    with pytest.raises(ShapeError, match="pass the upright photo"):
        try_on(drawn.photo[:100].copy(), drawn.result, items["hat"])


def test_every_kind_has_somebody_who_puts_it_on() -> None:
    assert set(WEAR) == set(KINDS) == set(WEARING_ORDER)


def test_a_top_covers_what_the_old_one_did(drawn: Any, items: dict[str, Item]) -> None:
    fitting = try_on(drawn.photo, drawn.result, items["top"])
    old, new = drawn.result.label_map == 5, fitting.label_map == 5
    assert (old & new).sum() / (old | new).sum() > 0.7


def test_a_scrap_without_a_face_hides_no_hat(
    drawn: Any, items: dict[str, Item], parsed: Callable[..., ParseResult]
) -> None:
    labels, persons = drawn.result.label_map.copy(), drawn.result.person_map.copy()
    labels[26:32, 126:134], persons[26:32, 126:134] = 7, 2
    points = drawn.result.people[0].body_points
    with_scrap = parsed(labels, persons, [points, np.zeros((25, 3), np.float32)])
    worn = try_on(drawn.photo, with_scrap, items["hat"], person_id=1)
    assert worn.changed[26:32, 126:134].all()


def test_hair_dye_leaves_what_is_far_too_bright_for_the_hair(
    drawn: Any, items: dict[str, Item], parsed: Callable[..., ParseResult]
) -> None:
    labels, photo = drawn.result.label_map.copy(), drawn.photo.copy()
    labels[40:60, 165:185] = 2
    photo[40:60, 165:185] = 250
    result = parsed(labels, (labels > 0).astype(np.uint16), [drawn.result.people[0].body_points])
    dyed = try_on(photo, result, items["hair-colour"], person_id=1)
    assert not dyed.changed[46:54, 173:180].any()
    assert dyed.changed[24:30, 125:135].all()
