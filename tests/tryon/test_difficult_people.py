"""What photos show that a person who stands there in a T-shirt does not: bags, coats, old hats, close-ups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.labels import CIHP, DETAILS
from fittingroom.results import ParseResult
from fittingroom.tryon import Adjustment, try_on
from fittingroom.tryon.items import Item, NailColour

Parsed = Callable[..., ParseResult]


def _points(drawn: Any) -> NDArray[np.float32]:
    return np.array(drawn.result.people[0].body_points)


@pytest.fixture
def in_coat(drawn: Any, parsed: Parsed) -> tuple[np.ndarray, ParseResult]:
    """The drawn person in a coat down to the knees, grey trousers beneath."""
    labels, photo = drawn.result.label_map.copy(), drawn.photo.copy()
    coat = np.zeros(labels.shape, np.uint8)
    cv2.fillPoly(coat, [np.array([(86, 116), (174, 116), (182, 290), (78, 290)])], 1)
    coat[(labels == 13) | (labels == 14) | (labels == 15) | (labels == 10)] = 0
    labels[coat > 0], photo[coat > 0] = 7, (190, 140, 70)
    return photo, parsed(labels, (labels > 0).astype(np.uint16), [_points(drawn)])


def test_beneath_a_long_coat_that_is_taken_off_the_trousers_go_on(
    in_coat: tuple[np.ndarray, ParseResult], items: dict[str, Item]
) -> None:
    photo, result = in_coat
    fitting = try_on(photo, result, items["top"])
    thighs = np.s_[250:285, [112, 148]]
    assert (fitting.label_map[thighs] == 9).all()
    assert np.abs(fitting.photo_rgb[thighs].astype(int) - (90, 90, 98)).max() < 30
    assert not (fitting.label_map[255:] == 7).any()


def test_a_bag_hangs_before_the_skirt_and_never_changes(drawn: Any, items: dict[str, Item]) -> None:
    bag = np.zeros(drawn.photo.shape[:2], bool)
    bag[236:300, 166:190] = True
    bag &= drawn.result.label_map == 0
    photo = drawn.photo.copy()
    photo[bag] = (20, 20, 24)
    result = ParseResult.from_maps(
        drawn.result.label_map, drawn.result.person_map, drawn.result.confidence,
        label_set=CIHP, bag_map=bag, body_points=[_points(drawn)],
    )  # fmt: skip
    for kind in ("skirt", "dress", "trousers"):
        fitting = try_on(photo, result, items[kind])
        assert fitting.layers[0].is_worn
        assert np.array_equal(fitting.photo_rgb[bag], photo[bag])


def test_a_shoe_that_points_aside_is_exchanged_where_the_old_one_reached_higher(
    drawn: Any, items: dict[str, Item], parsed: Parsed
) -> None:
    labels, photo = drawn.result.label_map.copy(), drawn.photo.copy()
    labels[labels == 18] = 0
    boot = np.s_[340:398, 138:156], np.s_[384:398, 138:196]
    for part in boot:
        labels[part], photo[part] = 18, (96, 62, 40)
    fitting = try_on(photo, parsed(labels, (labels > 0).astype(np.uint16), [_points(drawn)]), items["shoe"])
    assert fitting.layers[0].is_worn
    assert fitting.changed[386:394, 150:185].mean() > 0.8


def test_of_an_old_hat_nothing_stays_beside_a_narrower_new_one(
    drawn: Any, items: dict[str, Item], parsed: Parsed
) -> None:
    labels, photo = drawn.result.label_map.copy(), drawn.photo.copy()
    photo[36:46, 60:200] = (40, 90, 50)
    labels[36:46, 66:194] = 1  # the mask misses the brim's ends
    fitting = try_on(photo, parsed(labels, (labels > 0).astype(np.uint16), [_points(drawn)]), items["hat"])
    beside = fitting.photo_rgb[37:45, [62, 72, 188, 198]].astype(int)
    assert np.abs(beside - (40, 90, 50)).max(axis=-1).min() > 60


@pytest.mark.parametrize("kind", ["dress", "skirt"])
def test_what_hangs_freely_is_not_put_on_somebody_who_sits(
    drawn: Any, kind: str, items: dict[str, Item], parsed: Parsed
) -> None:
    points = _points(drawn)
    points[[10, 13], 1] = 250
    fitting = try_on(drawn.photo, parsed(drawn.result.label_map, drawn.result.person_map, [points]), items[kind])
    assert "sits" in fitting.layers[0].refusal
    assert np.array_equal(fitting.photo_rgb, drawn.photo)


def test_shoulders_the_wrong_way_round_below_a_face_are_not_believed(
    drawn: Any, items: dict[str, Item], parsed: Parsed
) -> None:
    points = _points(drawn)
    points[[2, 5]] = points[[5, 2]]
    result = parsed(drawn.result.label_map, drawn.result.person_map, [points])
    assert "shoulder of person 1 cannot be seen" in try_on(drawn.photo, result, items["top"]).layers[0].refusal


@pytest.fixture(scope="module")
def close_up(drawn: Any) -> tuple[np.ndarray, ParseResult]:
    """The drawn person, five times as large."""
    photo, labels = (np.repeat(np.repeat(one, 5, axis=0), 5, axis=1) for one in (drawn.photo, drawn.result.label_map))
    points = _points(drawn)
    points[points[:, 2] > 0, :2] = points[points[:, 2] > 0, :2] * 5 + 2
    return photo, ParseResult.from_maps(
        labels,
        (labels > 0).astype(np.uint16),
        np.full(labels.shape, 230, np.uint8),
        label_set=CIHP,
        body_points=[points],
    )


@pytest.mark.parametrize("kind", ["top", "trousers"])
def test_clothes_on_a_close_up_change_only_what_they_say_and_no_face(
    close_up: tuple[np.ndarray, ParseResult], kind: str, items: dict[str, Item]
) -> None:
    photo, result = close_up
    fitting = try_on(photo, result, items[kind])
    assert fitting.layers[0].is_worn
    assert np.array_equal(fitting.photo_rgb[~fitting.changed], photo[~fitting.changed])
    face = result.mask("face")
    assert np.array_equal(fitting.photo_rgb[face], photo[face])


def test_clothes_on_a_close_up_lie_where_they_do_on_a_small_photo(
    drawn: Any, close_up: tuple[np.ndarray, ParseResult], items: dict[str, Item]
) -> None:
    small = try_on(drawn.photo, drawn.result, items["top"]).label_map == 5
    large = try_on(*close_up, items["top"]).label_map[2::5, 2::5] == 5
    assert (small & large).sum() / (small | large).sum() > 0.95


@dataclass(frozen=True)
class _Remembering(Adjustment):
    places: list[tuple[float, float, float]] = field(default_factory=list, compare=False)

    def moved(self, points: np.ndarray, middle: np.ndarray, unit_px: float) -> np.ndarray:
        self.places.append((float(middle[0]), float(middle[1]), unit_px))
        return super().moved(points, middle, unit_px)


def test_on_a_close_up_an_adjustment_is_asked_about_places_of_the_photo(
    close_up: tuple[np.ndarray, ParseResult], items: dict[str, Item]
) -> None:
    adjustment = _Remembering(right=0.1)
    try_on(*close_up, items["top"], adjustment=adjustment)
    x, y, unit_px = adjustment.places[0]
    assert x == pytest.approx(130 * 5, abs=15)
    assert 122 * 5 < y < 222 * 5
    assert unit_px == pytest.approx(84 * 5, rel=0.1)


def test_nails_are_painted_at_the_fingers_end_of_a_hand_and_not_at_the_wrist(
    close_up: tuple[np.ndarray, ParseResult],
) -> None:
    photo, result = close_up
    rows = np.arange(photo.shape[0])[:, None]
    hand = (result.label_map == 14) & (rows >= 1140)
    details = np.where(hand, DETAILS.index("left-hand"), 0).astype(np.uint8)
    seen = ParseResult.from_maps(
        result.label_map, result.person_map, result.confidence, label_set=CIHP, detail_map=details,
        detail_confidence=np.full(details.shape, 255, np.uint8), body_points=[result.people[0].body_points],
    )  # fmt: skip
    nails = Item("nails", "nail-colour", "nails", "nails", "CC0-1.0", "", "#c00020", NailColour(), {})
    assert not try_on(photo, seen, nails).changed[1130:1180].any()
