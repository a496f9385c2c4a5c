"""Colours as people see them: OKLab, names in English and Chinese, and what goes with what.

OKLab is Björn Ottosson's (2020, https://bottosson.github.io/posts/oklab/): L from 0 black to 1 white, a from green to
red, b from blue to yellow; equal distances look about equally different.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
GREY_CHROMA = 0.018  # below, a colour is called grey, black or white
NEUTRAL_CHROMA = 0.035  # below, its hue is seen and does not matter to what it goes with
FULL_CHROMA = 0.12  # from here on its hue counts fully

_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LAB_TO_LMS, _LMS_TO_RGB = np.linalg.inv(_LMS_TO_LAB), np.linalg.inv(_RGB_TO_LMS)


@dataclass(frozen=True)
class ColourName:
    """A colour's name as an adjective, in English and in Chinese."""

    en: str
    zh: str


# Several shades may have one name; the nearest shade gives it.
_SHADES: tuple[tuple[ColourName, tuple[str, ...]], ...] = (
    (ColourName("black", "黑色"), ("#0a0a0c", "#26262a")),
    (ColourName("grey", "灰色"), ("#45433f", "#505358", "#6f7f91", "#808488", "#a8abae")),
    (ColourName("white", "白色"), ("#d4d3ce", "#e8e7e3", "#f6f6f4")),
    (ColourName("beige", "米色"), ("#dccdb0", "#c8b392", "#eee3cc")),
    (ColourName("brown", "棕色"), ("#4a2f1e", "#7a5030", "#a0754c", "#2e1e16")),
    (ColourName("red", "红色"), ("#c4161c", "#e0403a", "#a01c24", "#88302f")),
    (ColourName("burgundy", "酒红色"), ("#581424", "#72182e")),
    (ColourName("pink", "粉色"), ("#f0a0b0", "#e0608c", "#f4c8d0", "#c87880")),
    (ColourName("orange", "橙色"), ("#e87820", "#f0905a", "#c8602c", "#f8a420")),
    (ColourName("yellow", "黄色"), ("#f0cc30", "#d8a428", "#f4e47c")),
    (ColourName("olive", "橄榄绿"), ("#5a5c30", "#7c7c44", "#565c4a")),
    (ColourName("green", "绿色"), ("#2c8040", "#1c4c30", "#78b068", "#a0b898", "#7f8e7a", "#396357", "#3c4a3a")),
    (ColourName("turquoise", "青绿色"), ("#20908c", "#50c0b8", "#98d8cc")),
    (ColourName("light blue", "浅蓝色"), ("#90b8e0", "#b4cce4")),
    (ColourName("blue", "蓝色"), ("#2858b8", "#4a78b0", "#3c6494", "#38506a")),
    (ColourName("navy", "藏青色"), ("#162040", "#243458")),
    (ColourName("purple", "紫色"), ("#6a2c88", "#482058", "#8c4898")),
    (ColourName("lilac", "淡紫色"), ("#b49cd0", "#d0c0e4")),
)


def oklab(rgb: ArrayLike) -> Floats:
    """sRGB in [0, 255] to OKLab; any shape (..., 3)."""
    encoded = np.asarray(rgb, np.float64) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    lab: Floats = np.cbrt(linear @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T
    return lab


def srgb(lab: ArrayLike) -> NDArray[np.uint8]:
    """OKLab to the nearest sRGB, uint8 (..., 3); what sRGB cannot show is clipped."""
    linear = np.clip((np.asarray(lab, np.float64) @ _LAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rgb: NDArray[np.uint8] = np.rint(255 * encoded).astype(np.uint8)
    return rgb


def hex_of(lab: ArrayLike) -> str:
    """One OKLab colour as "#rrggbb"."""
    return "#" + bytes(srgb(lab).tolist()).hex()


def oklab_of_hex(text: str) -> Floats:
    """ "#rrggbb" in OKLab, float64 (3,); the text must have been checked."""
    return oklab(list(bytes.fromhex(text[1:])))


_GREYS = ("black", "grey", "white")
_NAMES = [name for name, shades in _SHADES for _ in shades]
_SHADES_LAB = np.array([oklab_of_hex(shade) for _, shades in _SHADES for shade in shades])


def name_of(lab: ArrayLike) -> ColourName:
    """What people would call a colour, out of eighteen names."""
    colour = np.asarray(lab, np.float64)
    # Hue decides a name more than lightness does.
    distances = (((_SHADES_LAB - colour) * (0.6, 1.0, 1.0)) ** 2).sum(axis=1)
    is_grey = np.hypot(colour[1], colour[2]) < GREY_CHROMA
    distances += [is_grey and name.en not in _GREYS for name in _NAMES]
    return _NAMES[int(distances.argmin())]


def harmony(a: ArrayLike, b: ArrayLike) -> Floats:
    """How well colours go together by the rule of thumb of similar or opposite hues, in [-1, 1].

    1 where strong hues are the same or opposite, -1 where they are a quarter of the circle apart, 0.25 where one of
    them is neutral, which goes with everything.

    Args:
        a, b: OKLab of shapes (..., 3) that broadcast; the answer lacks the last axis.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    chromas = np.hypot(first[..., 1], first[..., 2]), np.hypot(second[..., 1], second[..., 2])
    hues = np.arctan2(first[..., 2], first[..., 1]), np.arctan2(second[..., 2], second[..., 1])
    strength = [np.clip((chroma - NEUTRAL_CHROMA) / (FULL_CHROMA - NEUTRAL_CHROMA), 0, 1) for chroma in chromas]
    both = strength[0] * strength[1]
    answer: Floats = both * np.cos(2 * (hues[0] - hues[1])) + (1 - both) * 0.25
    return answer
