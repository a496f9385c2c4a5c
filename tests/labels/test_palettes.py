"""Palettes: the values that are binding, and that the free ones can be told apart, by colour-blind eyes too."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from fittingroom.labels import (
    BINDING_COLOURS,
    CIHP,
    DETAIL_PALETTE,
    DETAILS,
    INDEX_PALETTE,
    LABEL_SETS,
    LabelSet,
    mosaic_palette,
)

# Simulated colour blindness at full severity, on linear RGB: Machado, Oliveira, Fernandes, IEEE TVCG 2009.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Smallest CIELAB distance allowed; about 2.3 is just noticeable. Tritanopia is far rarer than the other two.
SMALLEST = {"normal": 40.0, "protanopia": 27.0, "deuteranopia": 33.0, "tritanopia": 24.0}

# Pairs that lie side by side on one person; the background touches everything.
TOUCHING = {
    "hat": "hair face sunglasses upper-clothes coat scarf",
    "hair": "face sunglasses torso-skin upper-clothes dress coat scarf left-arm right-arm jumpsuits",
    "glove": "left-arm right-arm upper-clothes coat dress pants skirt face hair jumpsuits",
    "sunglasses": "face hair hat upper-clothes",
    "upper-clothes": "coat dress pants torso-skin scarf skirt face left-arm right-arm left-leg right-leg",
    "dress": "coat pants socks torso-skin scarf face left-arm right-arm left-leg right-leg left-shoe right-shoe",
    "coat": "pants torso-skin scarf skirt face left-arm right-arm left-leg right-leg left-shoe right-shoe socks",
    "socks": "pants left-leg right-leg left-shoe right-shoe skirt",
    "pants": "left-arm right-arm left-leg right-leg left-shoe right-shoe torso-skin",
    "torso-skin": "face scarf left-arm right-arm skirt",
    "scarf": "face left-arm right-arm",
    "skirt": "left-arm right-arm left-leg right-leg left-shoe right-shoe",
    "face": "left-arm right-arm",
    "left-arm": "right-arm left-leg right-leg",
    "right-arm": "left-leg right-leg",
    "left-leg": "right-leg left-shoe right-shoe",
    "right-leg": "left-shoe right-shoe",
    "jumpsuits": "face coat scarf socks left-arm right-arm left-leg right-leg left-shoe right-shoe",
    "belt": "upper-clothes pants skirt dress left-arm right-arm bag",
    "bag": "upper-clothes pants skirt dress left-arm right-arm left-leg right-leg hair scarf left-shoe right-shoe",
    "neck": "face hair scarf upper-clothes dress left-arm right-arm",
    "noise": "hair face upper bottom upper-clothes left-arm right-arm left-leg right-leg left-shoe right-shoe socks",
    "upper": "hair face bottom left-arm right-arm left-leg right-leg",
    "bottom": "left-arm right-arm left-leg right-leg left-shoe right-shoe socks upper-clothes",
}
TOUCHING_DETAILS = {
    "none": " ".join(DETAILS[1:]),
    "nose": "lips clear-glasses jewellery left-eye right-eye",
    "lips": "left-hand right-hand jewellery",
    "left-eye": "left-eyebrow clear-glasses right-eye",
    "right-eye": "right-eyebrow clear-glasses",
    "left-eyebrow": "right-eyebrow clear-glasses",
    "right-eyebrow": "clear-glasses",
    "left-ear": "jewellery clear-glasses left-hand neck right-ear",
    "right-ear": "jewellery clear-glasses right-hand neck",
    "neck": "left-shoulder right-shoulder tie jewellery",
    "left-shoulder": "left-sleeve right-shoulder jewellery left-hand right-hand",
    "right-shoulder": "right-sleeve jewellery left-hand right-hand",
    "left-hand": "right-hand left-sleeve right-sleeve left-trouser-leg right-trouser-leg belt jewellery tie",
    "right-hand": "left-sleeve right-sleeve left-trouser-leg right-trouser-leg belt jewellery tie",
    "left-sleeve": "right-sleeve left-trouser-leg belt jewellery",
    "right-sleeve": "right-trouser-leg belt jewellery",
    "left-trouser-leg": "right-trouser-leg belt",
    "right-trouser-leg": "belt",
    "belt": "tie",
    "tie": "jewellery",
}
# Colours of these are fixed, or taken from one that is.
FIXED = {*BINDING_COLOURS, "upper", "bottom"}


def touching_pairs(label_set: LabelSet) -> list[tuple[str, str]]:
    pairs = [("background", name) for name in label_set.classes[1:] if not name.startswith("unused")]
    pairs += [(a, b) for a, others in TOUCHING.items() for b in others.split()]
    return [(a, b) for a, b in pairs if {a, b} <= set(label_set.classes) and not {a, b} <= FIXED]


def cielab(rgb: npt.NDArray[np.uint8], sight: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """sRGB (N, 3) as seen -> L*, a*, b* under D65."""
    stored = rgb / 255
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ sight.T, 0, 1)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = seen @ to_xyz.T / to_xyz.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def test_the_index_palette_has_these_first_twenty_colours() -> None:
    assert [tuple(colour) for colour in INDEX_PALETTE[:20].tolist()] == [
        (0, 0, 0),
        (128, 0, 0),
        (0, 128, 0),
        (128, 128, 0),
        (0, 0, 128),
        (128, 0, 128),
        (0, 128, 128),
        (128, 128, 128),
        (64, 0, 0),
        (192, 0, 0),
        (64, 128, 0),
        (192, 128, 0),
        (64, 0, 128),
        (192, 0, 128),
        (64, 128, 128),
        (192, 128, 128),
        (0, 64, 0),
        (128, 64, 0),
        (0, 192, 0),
        (128, 192, 0),
    ]


def test_the_index_palette_goes_on_as_vocs_does() -> None:
    assert INDEX_PALETTE.shape == (256, 3)
    assert INDEX_PALETTE[20].tolist() == [0, 64, 128]
    assert INDEX_PALETTE[255].tolist() == [224, 224, 192]
    assert len(np.unique(INDEX_PALETTE, axis=0)) == 256
    assert not INDEX_PALETTE.flags.writeable


def test_the_mosaic_has_these_six_binding_colours() -> None:
    colours = dict(zip(CIHP.classes, map(tuple, mosaic_palette(CIHP).tolist()), strict=True))
    binding = {name: colours[name] for name in BINDING_COLOURS}
    assert binding == {
        "background": (0, 0, 0),
        "hair": (255, 0, 0),
        "face": (0, 255, 0),
        "upper-clothes": (0, 0, 255),
        "pants": (255, 255, 0),
        "left-shoe": (255, 0, 255),
        "right-shoe": (255, 0, 255),
    }


@pytest.mark.parametrize("label_set", LABEL_SETS.values(), ids=LABEL_SETS)
def test_only_the_two_shoes_share_a_mosaic_colour(label_set: LabelSet) -> None:
    palette = mosaic_palette(label_set)
    assert palette.shape == (len(label_set), 3)
    equal = [
        (label_set.classes[a], label_set.classes[b])
        for a, b in combinations(range(len(label_set)), 2)
        if np.array_equal(palette[a], palette[b])
    ]
    assert equal == [("left-shoe", "right-shoe")]


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("label_set", LABEL_SETS.values(), ids=LABEL_SETS)
def test_classes_that_can_touch_are_told_apart(label_set: LabelSet, sight: str) -> None:
    seen = dict(zip(label_set.classes, cielab(mosaic_palette(label_set), SIGHT[sight]), strict=True))
    distances = {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in touching_pairs(label_set)}
    closest = min(distances, key=distances.__getitem__)
    assert distances[closest] >= SMALLEST[sight], (closest, distances[closest])


@pytest.mark.parametrize("sight", SIGHT)
def test_details_that_can_touch_are_told_apart(sight: str) -> None:
    seen = dict(zip(DETAILS, cielab(DETAIL_PALETTE[: len(DETAILS)], SIGHT[sight]), strict=True))
    pairs = [(a, b) for a, others in TOUCHING_DETAILS.items() for b in others.split()]
    distances = {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in pairs}
    closest = min(distances, key=distances.__getitem__)
    assert distances[closest] >= SMALLEST[sight], (closest, distances[closest])


def test_classes_of_a_users_own_take_colours_that_are_still_free() -> None:
    mine = LabelSet("mine", ("background", "dress", "helmet", "face", "boots"))
    palette = [tuple(colour) for colour in mosaic_palette(mine).tolist()]
    # (128, 0, 0), the first of the index palette, is the dress already.
    assert palette == [(0, 0, 0), (128, 0, 0), (0, 128, 0), (0, 255, 0), (128, 128, 0)]


def test_there_are_colours_for_the_largest_set_possible() -> None:
    largest = LabelSet("largest", (*CIHP.classes, *(f"extra-{i}" for i in range(235))))
    assert len(np.unique(mosaic_palette(largest), axis=0)) == 254  # the shoes share one
