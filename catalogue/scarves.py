"""Scarves: wound about the neck, with ends that hang down. Centimetres, x = 0 the neck's middle, y = 0 its sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from drawn import Drawn, View
from fabric import Fabric, dots, knit, melange, satin, tartan, wool
from light import photograph
from noise import Floats, noise, ridged, step
from solids import Camera, Shape, Surface, along, ball, seen, smooth_curve, tube

FACTOR = 3


def _wrap(
    path: Sequence[tuple[float, float, float]], radius: float, *, flat: float, folds_cm: float, folds: float, seed: int
) -> Shape:
    """A bundle of cloth along a path: a flattened tube with folds that run with it."""
    plain = tube(np.array(path, np.float32), radius, flat=flat)
    middle = smooth_curve(np.array(path, np.float32))

    def shape(u: Floats, v: Floats) -> Floats:
        at = plain(u, v)
        out = at - along(middle, u)
        # Angle as a point on a circle, so that the folds close up where v comes round.
        c, s = np.cos(2 * np.pi * v) * folds, np.sin(2 * np.pi * v) * folds
        crest = ridged(c + 0.5 * noise(u * 4, s, seed), s + u * 1.6, seed + 1) - 0.4
        return at + out / radius * folds_cm * crest[..., None]

    return shape


def _tail(
    top: tuple[float, float, float], low: tuple[float, float], half_cm: float, *, seed: int, folds_cm: float = 0.5
) -> Shape:
    """An end that hangs: gathered above, wider below."""

    def shape(u: Floats, v: Floats) -> Floats:
        half = half_cm * (0.62 + 0.38 * step(0.0, 0.5, v))
        x = top[0] + (low[0] - top[0]) * v + (u - 0.5) * 2 * half + 0.35 * noise(v * 3, u, seed)
        y = top[1] + (low[1] - top[1]) * v + 0.25 * np.sin(3 * u)
        fold = folds_cm * np.cos(2 * np.pi * (u * 1.5 + 0.15 * np.sin(3 * v))) + 0.6 * folds_cm * noise(
            u * 4, v * 1.6, seed + 1
        )
        return np.stack([x, y, top[2] + fold * (1 - 0.3 * v) - 1.2 * (2 * u - 1) ** 2], axis=-1)

    return shape


def _fringe(tail: Shape, fabric: Fabric, count: int, length_cm: float, rng: np.random.Generator) -> list[Surface]:
    surfaces = []
    for k in range(count):
        u = np.array([(k + 0.5) / count], np.float32)
        x, y, z = (float(a) for a in tail(u, np.ones(1, np.float32))[0])
        sway, length = rng.normal(0, 0.25), length_cm * rng.uniform(0.85, 1.05)
        path = np.array([[x, y + 0.3, z], [x + 0.2 * sway, y - length * 0.5, z + 0.2], [x + sway, y - length, z]])
        surfaces.append(
            Surface(
                tube(path, lambda t: 0.20 - 0.06 * t),
                fabric,
                (length, 1.0),
                (30, 12),
                lambda u, v: 0.03 * np.sin(60 * u + 6.3 * v),
            )
        )
    return surfaces


def _scarf(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    surfaces: Sequence[Surface],
    *,
    bottom_cm: float,
    front_y: float,
    gloss: float = 0.0,
) -> Drawn:
    wide, top = 31.0, 6.0
    scale = min(520 / wide, 600 / (top - bottom_cm))
    camera = Camera(scale, (round(wide * scale), round((top - bottom_cm) * scale)), (0, (top + bottom_cm) / 2))
    picture = photograph(seen(surfaces, camera, factor=FACTOR), factor=FACTOR)
    used = np.nonzero((picture[..., 3] > 128).any(axis=1))[0]
    lowest_row = float(used[-1])
    lowest_x = float(np.nonzero(picture[used[-1], :, 3] > 128)[0].mean())
    anchors = {
        "left_neck": camera.pixel(6.2, 2.2, 0),
        "right_neck": camera.pixel(-6.2, 2.2, 0),
        "front": camera.pixel(0, front_y, 9),
        "lowest": (lowest_x, lowest_row),
    }
    return Drawn(id, "scarf", name, name_zh, colour, {"front": View(picture, anchors).cropped()}, {"gloss": gloss})


def _round_neck(drop: float, *, wide: float, high: float, deep: float = 8.5) -> list[tuple[float, float, float]]:
    """A loop's front half, from behind the wearer's right to behind the left."""
    a = np.linspace(-1, 1, 9) * np.radians(112)
    return [
        (
            float(wide * np.sin(t)),
            float(high - (drop + high) * (0.5 + 0.5 * np.cos(t * 0.95)) ** 1.1),
            float(deep * np.cos(t)),
        )
        for t in a
    ]


def _snood() -> Drawn:
    colour = "#8c8f86"
    yarn = Fabric(colour, knit(0.85), melange("#c9cbc2", strength=0.25), sheen=0.4, mottle=0.08)
    low = _wrap(_round_neck(8.2, wide=9.8, high=1.2), 4.0, flat=0.75, folds_cm=0.45, folds=0.9, seed=1201)
    high = _wrap(_round_neck(3.4, wide=8.3, high=2.6), 3.6, flat=0.8, folds_cm=0.4, folds=0.9, seed=1211)
    surfaces = [Surface(low, yarn, (52, 26), (300, 160)), Surface(high, yarn, (44, 23), (300, 160))]
    return _scarf("snood-knit", "Knitted snood", "针织围脖", colour, surfaces, bottom_cm=-15, front_y=0.0)


def _tartan_scarf() -> Drawn:
    colour = "#a02c2c"
    cloth = Fabric(
        colour,
        wool,
        tartan((("#1d2b45", 0.06, 0.28), ("#1d2b45", 0.52, 0.08), ("#efe6d2", 0.74, 0.035)), every_cm=9),
        sheen=0.35,
    )
    rng = np.random.default_rng(1221)
    loop = _wrap(_round_neck(4.6, wide=8.8, high=2.4), 3.7, flat=0.75, folds_cm=0.75, folds=1.5, seed=1223)
    left = _tail((3.6, -3.5, 8.0), (5.4, -33.0), 5.2, seed=1231)
    right = _tail((-2.6, -3.5, 9.2), (-4.2, -29.0), 5.2, seed=1241)
    surfaces = [
        Surface(left, cloth, (12, 30), (160, 240)),
        *_fringe(left, cloth, 17, 3.4, rng),
        Surface(right, cloth, (12, 26), (160, 240)),
        *_fringe(right, cloth, 17, 3.4, rng),
        Surface(loop, cloth, (46, 24), (300, 160)),
    ]
    return _scarf("scarf-tartan", "Tartan wool scarf", "格纹羊毛围巾", colour, surfaces, bottom_cm=-39, front_y=-0.6)


def _silk_scarf() -> Drawn:
    colour = "#234a6d"
    silk = Fabric(colour, satin, dots("#efe9dc", every_cm=1.9, radius_cm=0.3), gloss=0.3, roughness=0.4, sheen=0.1)
    loop = _wrap(_round_neck(2.2, wide=7.2, high=2.6, deep=7.4), 1.9, flat=0.7, folds_cm=0.5, folds=1.6, seed=1251)

    def end(side: float, low: float, seed: int) -> Shape:
        def shape(u: Floats, v: Floats) -> Floats:
            half = 0.5 + 3.3 * v**0.8
            lean = side * (1.2 + 5.2 * v)
            x = lean + (u - 0.5) * 2 * half
            y = -2.8 - (low * v) + 1.3 * (u - 0.5) * side * v * -1.2
            z = (
                8.6
                + 0.6 * np.cos(2 * np.pi * (u * 1.6 + 0.1 * np.sin(4 * v))) * (0.4 + 0.6 * v)
                + 0.3 * noise(u * 3, v * 3, seed)
            )
            return np.stack([x, y, z], axis=-1)

        return shape

    round_knot = ball((0.3, -2.4, 8.8), (1.45, 1.75, 1.3))

    def knot(u: Floats, v: Floats) -> Floats:
        at = round_knot(u, v)
        crease = ridged(at[..., 0] * 0.9 + at[..., 1] * 0.35, at[..., 1] * 0.25, 1281) - 0.4
        return (
            at * np.array([1, 1, 0], np.float32)
            + at * np.array([0, 0, 1], np.float32) * (1 + 0.045 * crease)[..., None]
        )

    surfaces = [
        Surface(loop, silk, (38, 12), (300, 120)),
        Surface(end(1.0, 8.5, 1261), silk, (7, 9), (120, 120)),
        Surface(end(-1.0, 7.4, 1271), silk, (7, 9), (120, 120)),
        Surface(knot, silk, (6, 4), (90, 90)),
    ]
    return _scarf(
        "scarf-silk", "Dotted silk scarf", "波点真丝巾", colour, surfaces, bottom_cm=-14, front_y=-0.2, gloss=0.25
    )


def scarves() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    return {"snood-knit": _snood, "scarf-tartan": _tartan_scarf, "scarf-silk": _silk_scarf}
