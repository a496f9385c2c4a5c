"""Colours of hair, lips, lids, cheeks and nails, gloves, and what can be printed or woven into a garment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from drawn import Drawn, Picture, View
from fabric import Pattern, linear
from light import averaged, encoded
from noise import Floats, noise, step

HAIR = (
    ("hair-black", "Black", "黑色", "#17130f", None),
    ("hair-dark-brown", "Dark brown", "深棕色", "#35221a", None),
    ("hair-chestnut", "Chestnut", "栗色", "#5b3420", None),
    ("hair-light-brown", "Light brown", "浅棕色", "#80583a", None),
    ("hair-dark-blonde", "Dark blonde", "深金色", "#a17f50", None),
    ("hair-golden-blonde", "Golden blonde", "金色", "#cda763", None),
    ("hair-platinum", "Platinum", "铂金色", "#e2d6bf", None),
    ("hair-silver", "Silver grey", "银灰色", "#a9abaf", None),
    ("hair-copper", "Copper", "铜色", "#a34b1f", None),
    ("hair-burgundy", "Burgundy", "酒红色", "#5a1426", None),
    ("hair-rose", "Rose pink", "玫瑰粉", "#d98299", None),
    ("hair-blue", "Midnight blue", "午夜蓝", "#1f3f80", None),
    ("hair-teal", "Teal", "青绿色", "#1e7a78", None),
    ("hair-caramel-ombre", "Caramel ombre", "焦糖渐变", "#3b2619", "#c08a4e"),
)
LIPS = (
    ("lips-nude", "Nude", "裸色", "#b77a68", 0.1),
    ("lips-rosewood", "Rosewood", "玫瑰木", "#9c5558", 0.1),
    ("lips-blush", "Blush pink", "浅粉色", "#d18490", 0.3),
    ("lips-peach", "Peach", "蜜桃色", "#e0876f", 0.3),
    ("lips-coral", "Coral", "珊瑚色", "#e05f4c", 0.3),
    ("lips-classic-red", "Classic red", "经典红", "#b5121f", 0.2),
    ("lips-cherry", "Cherry", "樱桃红", "#8f0f24", 0.5),
    ("lips-brick", "Brick", "砖红色", "#93362a", 0.0),
    ("lips-fuchsia", "Fuchsia", "紫红色", "#c01f6b", 0.3),
    ("lips-berry", "Berry", "浆果色", "#6e1a3d", 0.2),
    ("lips-plum", "Plum", "梅子色", "#4b1a35", 0.1),
    ("lips-cocoa", "Cocoa", "可可色", "#6b3a2c", 0.1),
)
OTHERS = (
    ("eyes-taupe", "eye-shadow", "Taupe", "灰褐眼影", "#7a6557"),
    ("eyes-bronze", "eye-shadow", "Bronze", "古铜眼影", "#8f5e35"),
    ("eyes-smoke", "eye-shadow", "Smoke", "烟熏眼影", "#38363b"),
    ("eyes-plum", "eye-shadow", "Plum", "梅紫眼影", "#5f3a55"),
    ("eyes-blue", "eye-shadow", "Dusty blue", "雾蓝眼影", "#5a7595"),
    ("cheeks-rose", "blush", "Rose", "玫瑰腮红", "#d0727a"),
    ("cheeks-peach", "blush", "Peach", "蜜桃腮红", "#e2916f"),
    ("cheeks-berry", "blush", "Berry", "浆果腮红", "#a84a62"),
    ("nails-red", "nail-colour", "Red", "红色甲油", "#ac1320"),
    ("nails-nude", "nail-colour", "Nude", "裸色甲油", "#d3a593"),
    ("nails-black", "nail-colour", "Black", "黑色甲油", "#17161a"),
    ("nails-mint", "nail-colour", "Mint", "薄荷绿甲油", "#8ec9b4"),
)
GLOVES = (
    ("gloves-leather-black", "Black leather gloves", "黑色皮手套", "#1d1b1b", "leather", 0.12, 0.35),
    ("gloves-knit-red", "Red knitted gloves", "红色针织手套", "#9c2530", "knit", 0.18, 0.0),
    ("gloves-opera-white", "White opera gloves", "白色长手套", "#eeeae3", "latex", 0.95, 0.25),
    ("gloves-lace-black", "Black lace gloves", "黑色蕾丝手套", "#1b191c", "lace", 0.35, 0.0),
)
GARMENTS = (
    ("garment-white", "White", "白色", "#ecebe7"),
    ("garment-black", "Black", "黑色", "#1c1c1f"),
    ("garment-red", "Red", "红色", "#a81e2b"),
    ("garment-forest", "Forest green", "森林绿", "#2c4a38"),
    ("garment-navy", "Navy", "藏青色", "#1f2d4d"),
    ("garment-mustard", "Mustard", "姜黄色", "#c2922f"),
    ("garment-lilac", "Lilac", "淡紫色", "#a995c4"),
)
TILE_PX = 256


def colours() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that makes it."""
    items: list[Drawn] = []
    for id_, name, zh, code, tip in HAIR:
        items.append(Drawn(id_, "hair-colour", name, zh, code, {}, {} if tip is None else {"tip_colour": tip}))
    items += [Drawn(id_, "lip-colour", name, zh, code, {}, {"gloss": gloss}) for id_, name, zh, code, gloss in LIPS]
    items += [Drawn(id_, kind, name, zh, code) for id_, kind, name, zh, code in OTHERS]
    for id_, name, zh, code, material, cuff, gloss in GLOVES:
        items.append(Drawn(id_, "glove", name, zh, code, {}, {"material": material, "cuff": cuff, "gloss": gloss}))
    items += [Drawn(id_, "garment-recolour", name, zh, code) for id_, name, zh, code in GARMENTS]
    found: dict[str, Callable[[], Drawn]] = {item.id: _maker(item) for item in items}
    return found | {
        "pattern-stripes": lambda: _tile("pattern-stripes", "Breton stripes", "海军条纹", "#ece7da", _stripes, 0.16),
        "pattern-dots": lambda: _tile("pattern-dots", "Polka dots", "波点", "#27406e", _dots, 0.16),
        "pattern-tartan": lambda: _tile("pattern-tartan", "Red tartan", "红色苏格兰格", "#8c1f25", _tartan, 0.28),
        "pattern-flowers": lambda: _tile("pattern-flowers", "Flowers", "碎花", "#f0e6d6", _flowers, 0.42),
        "pattern-leopard": lambda: _tile("pattern-leopard", "Leopard", "豹纹", "#c99a5b", _leopard, 0.42),
        "print-sun": lambda: _print("print-sun", "Sun over waves", "海上日出印花", "#e07a3c", _sun),
        "print-mountain": lambda: _print("print-mountain", "Mountains", "山峰印花", "#31465e", _mountains),
    }


def _maker(item: Drawn) -> Callable[[], Drawn]:
    return lambda: item


def _grid(side_px: int) -> tuple[Floats, Floats]:
    """Pixel middles as shares of the side."""
    at = (np.arange(side_px, dtype=np.float32) + 0.5) / side_px
    x, y = np.meshgrid(at, at)
    return x, y


def _tile(id: str, name: str, name_zh: str, colour: str, paint: Pattern, tile_share: float) -> Drawn:
    """A tile that closes up with itself on all sides: `paint` has period 1 in both directions."""
    x, y = _grid(TILE_PX * 2)
    rgb = paint(x, y, np.broadcast_to(linear(colour), (*x.shape, 3)))
    rgb = averaged(rgb, (TILE_PX, TILE_PX))
    picture = np.dstack([encoded(rgb), np.full((TILE_PX, TILE_PX), 255, np.uint8)])
    fields = {"mode": "pattern", "tile_share": tile_share}
    return Drawn(id, "garment-recolour", name, name_zh, colour, {"front": View(picture, {})}, fields)


def _print(
    id: str, name: str, name_zh: str, colour: str, paint: Callable[[Floats, Floats], tuple[Floats, Floats]]
) -> Drawn:
    side = 384
    x, y = _grid(side * 2)
    rgb, alpha = paint(x, y)
    # Ink on cloth: worn a little, never quite even.
    alpha = alpha * (0.94 + 0.06 * noise(x * 60, y * 60, 201))
    light = averaged(rgb * alpha[..., None], (side, side))
    cover = np.clip(averaged(alpha, (side, side)), 0, 1)
    picture: Picture = np.dstack(
        [encoded(light / np.maximum(cover, 1e-3)[..., None]), np.round(cover * 255).astype(np.uint8)]
    )
    fields = {"mode": "print", "print_share": 0.5}
    return Drawn(id, "garment-recolour", name, name_zh, colour, {"front": View(picture, {}).cropped()}, fields)


def _mixed(rgb: Floats, code: str, share: Floats) -> Floats:
    return rgb + (linear(code) - rgb) * share[..., None]


def _stripes(x: Floats, y: Floats, rgb: Floats) -> Floats:
    return _mixed(rgb, "#22304f", step(0.20, 0.19, np.abs(y - 0.5)))


def _dots(x: Floats, y: Floats, rgb: Floats) -> Floats:
    for cx, cy in ((0.25, 0.25), (0.75, 0.75)):
        rgb = _mixed(rgb, "#f4f0e8", step(0.128, 0.118, np.hypot(x - cx, y - cy)))
    return rgb


def _tartan(x: Floats, y: Floats, rgb: Floats) -> Floats:
    sheets = []
    for t in (x, y):
        sheet = rgb
        for code, start, width in (("#1b1b1f", 0.08, 0.30), ("#1b1b1f", 0.50, 0.06), ("#e8dfcf", 0.74, 0.03)):
            sheet = _mixed(sheet, code, step(width / 2 + 0.006, width / 2 - 0.006, np.abs(t - start - width / 2)))
        sheets.append(sheet)
    return (sheets[0] + sheets[1]) / 2


def _near(x: Floats, y: Floats, cx: float, cy: float) -> tuple[Floats, Floats]:
    """Offset from a point, round the corner of the tile where that is shorter."""
    return (x - cx + 0.5) % 1 - 0.5, (y - cy + 0.5) % 1 - 0.5


def _flowers(x: Floats, y: Floats, rgb: Floats) -> Floats:
    rng = np.random.default_rng(211)
    petals = ("#c8434f", "#e58a8f", "#d9973f", "#5a6fa8")
    for k in range(46):
        i, j = k % 7, k // 7
        dx, dy = _near(x, y, (i + rng.uniform(0.2, 0.8)) / 7, (j + rng.uniform(0.2, 0.8)) / 7)
        turn, size = rng.uniform(0, 6.3), rng.uniform(0.045, 0.068)
        r, angle = np.hypot(dx, dy), np.arctan2(dy, dx) + turn
        if k % 3 == 0:
            u, v = r * np.cos(angle), r * np.sin(angle)
            inside = step(0.003, -0.003, np.abs(v) - 0.32 * size * np.cos(np.clip(u / size, -1, 1) * 1.5)) * step(
                1, 0.95, np.abs(u) / size
            )
            rgb = _mixed(rgb, "#5f7f4a", inside)
        else:
            lobes = size * (0.62 + 0.38 * np.abs(np.cos(2.5 * angle)))
            tone = 0.75 + 0.25 * np.clip(r / size, 0, 1)
            petal = step(0.003, -0.003, r - lobes)
            rgb = rgb + (linear(petals[k % 4]) * tone[..., None] - rgb) * petal[..., None]
            rgb = _mixed(rgb, "#e9c46a", step(0.004, -0.004, r - 0.2 * size))
    return rgb


def _leopard(x: Floats, y: Floats, rgb: Floats) -> Floats:
    rng = np.random.default_rng(221)
    wobble_x = 0.012 * np.sin(2 * np.pi * (3 * y + 2 * x))
    wobble_y = 0.012 * np.sin(2 * np.pi * (4 * x + y))
    for k in range(64):
        i, j = k % 8, k // 8
        dx, dy = _near(
            x + wobble_x, y + wobble_y, (i + 0.5 * (j % 2) + rng.uniform(0.1, 0.6)) / 8, (j + rng.uniform(0.2, 0.7)) / 8
        )
        turn, size = rng.uniform(0, 6.3), rng.uniform(0.034, 0.050)
        angle = np.arctan2(dy, dx) + turn
        r = np.hypot(dx, dy) * (1 + 0.22 * np.sin(2 * angle + turn) + 0.10 * np.sin(5 * angle))
        rgb = _mixed(rgb, "#9a6330", step(size, size * 0.9, r))
        ring = step(size * 0.36, size * 0.26, np.abs(r - size)) * step(
            -0.45, -0.15, np.sin(1.5 * angle + turn) + 0.35 * np.sin(4 * angle)
        )
        rgb = _mixed(rgb, "#1f140c", ring)
    return rgb


def _sun(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    r = np.hypot(x - 0.5, y - 0.42)
    rgb = linear("#f2b24a") + (linear("#d4502e") - linear("#f2b24a")) * np.clip((y - 0.1) / 0.55, 0, 1)[..., None]
    cuts = step(-0.1, 0.25, np.sin((y - 0.42) * 95) + 1.2 - 4.2 * np.clip(y - 0.36, 0, 1))
    alpha = step(0.302, 0.298, r) * cuts
    for k, code in enumerate(("#2b6f8f", "#1f4f73", "#173a58")):
        top = 0.58 + 0.09 * k + 0.020 * np.sin(2 * np.pi * (x * 3.2 + 0.33 * k))
        band = (
            step(-0.003, 0.003, y - top)
            * step(0.052, 0.048, y - top)
            * step(0.44, 0.42, np.abs(x - 0.5) * (1 + 0.25 * k))
        )
        rgb = rgb + (linear(code) - rgb) * band[..., None]
        alpha = np.maximum(alpha * (1 - step(-0.012, -0.009, y - top) * (1 - band)), band)
    return rgb, alpha


def _mountains(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    rgb = np.broadcast_to(linear("#e8c9a0"), (*x.shape, 3))
    disc = step(0.342, 0.338, np.hypot(x - 0.5, y - 0.5))
    rgb = rgb + (linear("#e39b6d") - rgb) * np.clip((y - 0.2) / 0.4, 0, 1)[..., None]
    rgb = rgb + (linear("#fbf1dc") - rgb) * step(0.062, 0.058, np.hypot(x - 0.62, y - 0.34))[..., None]
    for k, (code, base, high) in enumerate(
        (("#8d8ea6", 0.50, 0.16), ("#566582", 0.58, 0.13), ("#31465e", 0.68, 0.10), ("#1d2a38", 0.77, 0.05))
    ):
        ridge = base - high * (0.6 * noise(x * 4 + 3 * k, 0 * x + k, 231) + 0.4 * np.abs(noise(x * 9, 0 * x + k, 232)))
        rgb = rgb + (linear(code) - rgb) * step(-0.002, 0.002, y - ridge)[..., None]
    ring = step(0.008, 0.005, np.abs(np.hypot(x - 0.5, y - 0.5) - 0.365))
    rgb = rgb + (linear("#1d2a38") - rgb) * ring[..., None]
    return rgb, np.maximum(disc, ring)
