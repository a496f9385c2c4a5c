"""A drawn person, seen from the front, with labels and joints; and items to put on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.labels import CIHP
from fittingroom.results import ParseResult
from fittingroom.tryon.items import (
    KINDS,
    Dress,
    Earring,
    Eyewear,
    GarmentRecolour,
    Glove,
    Hairstyle,
    Item,
    Necklace,
    Point,
    Shoe,
    Skirt,
    Top,
    Traits,
    Trousers,
    View,
)

HEIGHT, WIDTH = 420, 260
SKIN, HAIR_COLOUR = (214, 168, 142), (60, 42, 34)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A photo, its parse result and where its joints are."""

    photo: NDArray[np.uint8]
    result: ParseResult


def draw_person(tilt_deg: float = 0.0, *, width: int = WIDTH, middle_x: int = WIDTH // 2) -> tuple[np.ndarray, ...]:
    """Photo, label map and BODY_25 points of somebody in a blue top, grey trousers and brown shoes."""
    y, x = np.mgrid[:HEIGHT, :width]
    photo = np.stack([150 + 0.1 * x, 160 + 0.1 * y, 170 - 0.05 * x], axis=2)
    photo += ((x // 3 + y // 4) % 3)[..., None] * 2.0
    photo = photo.clip(0, 255).astype(np.uint8)
    labels = np.zeros((HEIGHT, width), np.uint8)
    m = middle_x

    def fill(points: list[tuple[float, float]], label: int, colour: tuple[int, int, int]) -> None:
        at = np.round(np.array(points) * 16).astype(np.int32)
        cv2.fillPoly(labels, [at], label, shift=4)
        cv2.fillPoly(photo, [at], colour, cv2.LINE_AA, 4)

    def ellipse(cx: float, cy: float, rx: float, ry: float, label: int | None, colour: tuple[int, int, int]) -> None:
        turn = np.radians(tilt_deg)
        cx, cy = (
            m + (cx - m) * np.cos(turn) - (cy - 95) * np.sin(turn),
            95 + (cx - m) * np.sin(turn) + (cy - 95) * np.cos(turn),
        )
        centre, axes = (round(cx * 16), round(cy * 16)), (round(rx * 16), round(ry * 16))
        if label is not None:
            cv2.ellipse(labels, centre, axes, tilt_deg, 0, 360, label, -1, shift=4)
        cv2.ellipse(photo, centre, axes, tilt_deg, 0, 360, colour, -1, cv2.LINE_AA, 4)

    ellipse(m, 62, 29, 40, 2, HAIR_COLOUR)
    fill([(m - 11, 80), (m + 11, 80), (m + 16, 116), (m - 16, 116)], 10, SKIN)
    for sign, arm, leg, shoe in ((1, 14, 16, 18), (-1, 15, 17, 19)):
        fill([(m + sign * 40, 118), (m + sign * 54, 122), (m + sign * 62, 228), (m + sign * 50, 230)], arm, SKIN)
        ellipse(m + sign * 56, 238, 7, 11, arm, SKIN) if not tilt_deg else fill(
            [(m + sign * 50, 228), (m + sign * 62, 228), (m + sign * 60, 248), (m + sign * 52, 248)], arm, SKIN
        )
        fill([(m + sign * 3, 225), (m + sign * 34, 225), (m + sign * 24, 372), (m + sign * 8, 372)], 9, (90, 90, 98))
        fill([(m + sign * 7, 368), (m + sign * 24, 368), (m + sign * 30, 398), (m + sign * 5, 398)], shoe, (96, 62, 40))
        del leg
    fill(
        [
            *((m - 14, 108), (m + 14, 108), (m + 46, 116), (m + 60, 160), (m + 44, 166), (m + 38, 150)),
            *((m + 38, 232), (m - 38, 232), (m - 38, 150), (m - 44, 166), (m - 60, 160), (m - 46, 116)),
        ],
        5,
        (60, 84, 150),
    )
    ellipse(m, 66, 22, 30, 13, SKIN)
    for sign in (1, -1):
        ellipse(m + sign * 9.5, 62, 4.5, 2.2, None, (240, 240, 240))
        ellipse(m + sign * 9.5, 62, 2.1, 2.1, None, (50, 35, 30))
        ellipse(m + sign * 9.5, 55, 6, 1.2, None, (80, 55, 45))
    ellipse(m, 74, 3.0, 1.4, None, (170, 120, 100))
    ellipse(m, 84, 8, 2.6, None, (176, 84, 84))
    points = np.zeros((25, 3), np.float32)
    joints = {2: (-42, 122), 3: (-49, 176), 4: (-56, 226), 5: (42, 122), 6: (49, 176), 7: (56, 226), 9: (-20, 222)}
    joints |= {10: (-17, 298), 11: (-16, 370), 12: (20, 222), 13: (17, 298), 14: (16, 370), 1: (0, 122), 8: (0, 222)}
    for joint, (dx, at_y) in joints.items():
        points[joint] = (m + dx, at_y, 0.9)
    return photo, labels, points


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    """One person."""
    return drawn_with()


@pytest.fixture(scope="session")
def draw() -> Callable[..., Drawn]:
    """Draws one person with the head tilted clockwise as seen."""
    return drawn_with


@pytest.fixture(scope="session")
def parsed() -> Callable[..., ParseResult]:
    """Makes a result of a label map, a person map and body points."""
    return parse_result


@pytest.fixture(scope="session")
def items() -> dict[str, Item]:
    """One item of every kind but nail colour, by kind."""
    return all_items()


def drawn_with(tilt_deg: float = 0.0) -> Drawn:
    photo, labels, points = draw_person(tilt_deg)
    return Drawn(photo, parse_result(labels, (labels > 0).astype(np.uint16), [points]))


def parse_result(labels: np.ndarray, persons: np.ndarray, points: list[np.ndarray]) -> ParseResult:
    """A result as the parser gives it, with body points."""
    return ParseResult.from_maps(
        labels, persons, np.full(labels.shape, 230, np.uint8), label_set=CIHP, body_points=points
    )


@pytest.fixture(scope="session")
def drawn_pair() -> Drawn:
    """Two people side by side."""
    left, left_labels, left_points = draw_person()
    right, right_labels, right_points = draw_person()
    right_points[:, 0] += np.where(right_points[:, 2] > 0, WIDTH, 0)
    labels = np.concatenate([left_labels, right_labels], axis=1)
    persons = np.concatenate([(left_labels > 0) * 1, (right_labels > 0) * 2], axis=1).astype(np.uint16)
    return Drawn(np.concatenate([left, right], axis=1), parse_result(labels, persons, [left_points, right_points]))


def picture(width: int, height: int, colour: tuple[int, int, int] = (180, 40, 40)) -> np.ndarray:
    """An opaque rectangle with 3 transparent pixels around, uint8 (height, width, 4)."""
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[3:-3, 3:-3] = (*colour, 255)
    return rgba


def make(
    kind: str, traits: Traits | None = None, views: dict[str, View] | None = None, colour: str = "#b42828"
) -> Item:
    """An item of a kind."""
    return Item(f"test-{kind}", kind, kind, kind, "CC0-1.0", "", colour, traits or KINDS[kind].traits(), views or {})


def view(size_wh: tuple[int, int], anchors: dict[str, Point], **layers: np.ndarray) -> View:
    """A view of a plain rectangle."""
    return View(picture(*size_wh), anchors, layers.get("back"), layers.get("lens"))


def both(name: str, right: Point, left: Point) -> dict[str, Point]:
    """The anchors of both sides."""
    return {f"right_{name}": right, f"left_{name}": left}


_BODICE = {
    **both("collar", (80, 4), (120, 4)),
    "neck": (100.0, 20.0),
    **both("shoulder", (50, 14), (150, 14)),
    **both("armpit", (52, 60), (148, 60)),
    **both("hem", (52, 196), (148, 196)),
}
_CUFFS = {
    **both("cuff_outer", (6, 66), (194, 66)),
    **both("cuff_inner", (36, 80), (164, 80)),
}


def _top_picture(width: int = 200, height: int = 200) -> np.ndarray:
    rgba = np.zeros((height, width, 4), np.uint8)
    trunk = np.array(
        [
            (80, 4),
            (100, 20),
            (120, 4),
            (150, 14),
            (194, 66),
            (164, 80),
            (148, 60),
            (148, 196),
            (52, 196),
            (52, 60),
            (36, 80),
            (6, 66),
            (50, 14),
        ]
    )
    cv2.fillPoly(rgba, [trunk], (200, 60, 60, 255))
    return rgba


def all_items() -> dict[str, Item]:
    """One item of every kind, by kind."""
    band = {**both("band", (70, 90), (130, 90)), "front_band": (100.0, 98.0), "crown": (100.0, 4.0)}
    lens = np.zeros((60, 200), np.uint8)
    lens[12:50, 14:86] = lens[12:50, 114:186] = 255
    frame = picture(200, 60, (30, 30, 30))
    frame[lens > 0] = 0
    hinges = {**both("hinge", (3, 20), (196, 20)), "bridge": (100.0, 30.0), **both("lens", (50, 30), (150, 30))}
    ring = np.zeros((200, 160, 4), np.uint8)
    cv2.ellipse(ring, (80, 20), (70, 160), 0, 0, 180, (230, 190, 60, 255), 6)
    hair = np.zeros((300, 260, 4), np.uint8)
    cv2.ellipse(hair, (130, 130), (110, 120), 0, 0, 360, (90, 60, 40, 255), -1)
    cv2.ellipse(hair, (130, 160), (70, 105), 0, 0, 360, (0, 0, 0, 0), -1)
    temples = {
        **both("temple", (60, 160), (200, 160)),
        "hairline": (130.0, 70.0),
        "crown": (130.0, 10.0),
        "chin": (130.0, 265.0),
    }
    shoe_front = view((60, 90), {"ankle_left": (45.0, 4.0), "ankle_right": (15.0, 4.0), "toe": (30.0, 86.0)})
    shoe_side = view(
        (120, 60), {"ankle_back": (110.0, 4.0), "ankle_front": (80.0, 4.0), "heel": (116.0, 56.0), "toe": (4.0, 56.0)}
    )
    leg = {
        **both("waist", (30, 4), (130, 4)),
        "crotch": (80.0, 90.0),
        **both("hem_outer", (26, 296), (134, 296)),
        **both("hem_inner", (70, 296), (90, 296)),
    }
    top = View(_top_picture(), {**_BODICE, **_CUFFS})
    scarf = {**both("neck", (10, 20), (150, 20)), "front": (80.0, 4.0), "lowest": (80.0, 136.0)}
    tile = View(picture(16, 16), {})
    items = [
        make("hat", None, {"front": view((200, 104), band)}),
        make("cap", None, {"front": view((200, 104), band)}),
        make("headscarf", None, {"front": view((200, 104), band)}),
        make("glasses", Eyewear(lens_opacity=0.1), {"front": View(frame, hinges, None, lens)}),
        make(
            "sunglasses", Eyewear(lens_colour="#202428", lens_opacity=0.9), {"front": View(frame, hinges, None, lens)}
        ),
        make("earring", Earring(0.2), {"front": view((30, 60), {"hook": (15.0, 4.0)})}),
        make(
            "necklace",
            Necklace(1.0),
            {"front": View(ring, {**both("neck", (10, 20), (150, 20)), "lowest": (80.0, 182.0)})},
        ),
        make("scarf", None, {"front": view((160, 140), scarf)}),
        make("glove", Glove()),
        make("top", Top("short"), {"front": top}),
        make(
            "dress",
            Dress("short"),
            {"front": View(_top_picture(), {**_BODICE, **_CUFFS, **both("waist", (54, 90), (146, 90))})},
        ),
        make(
            "skirt",
            Skirt("knee"),
            {"front": view((160, 140), {**both("waist", (30, 4), (130, 4)), **both("hem", (6, 136), (154, 136))})},
        ),
        make("trousers", Trousers(), {"front": view((160, 300), leg)}),
        make("shoe", Shoe(), {"front": shoe_front, "side": shoe_side}),
        make("hairstyle", Hairstyle(), {"front": View(hair, temples)}),
        make("hair-colour"),
        make("lip-colour"),
        make("eye-shadow"),
        make("blush"),
        make("garment-recolour", GarmentRecolour(mode="pattern"), {"front": tile}),
    ]
    return {item.kind: item for item in items}
