"""Jeans, chinos, dress trousers and shorts: both legs in one piece, cut as they lie flat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from cut import garment_view, pair
from drawn import Drawn
from fabric import Fabric, smooth, twill, wool, worn
from noise import Floats, noise, step
from panels import Crease, Panel, Table, crumpled, disc, mirror, mirrored_creases, sewn_on
from solids import smooth_curve


@dataclass(frozen=True)
class Legs:
    """Half of a pair, the wearer's left: points in centimetres, y = 0 the waist's upper edge."""

    waist: tuple[float, float] = (19.0, 0.0)
    hip: tuple[float, float] = (24.5, 19.0)
    crotch_y: float = 29.0
    knee_outer: tuple[float, float] = (22.6, 60.0)
    knee_inner: tuple[float, float] = (3.8, 60.0)
    hem_outer: tuple[float, float] = (21.8, 104.0)
    hem_inner: tuple[float, float] = (4.6, 104.0)

    def outline(self) -> Floats:
        outer = smooth_curve(np.array([self.waist, self.hip, self.knee_outer, self.hem_outer]), samples=160)
        inner = smooth_curve(
            np.array([self.hem_inner, self.knee_inner, (1.3, self.crotch_y + 3.5), (0, self.crotch_y)]), samples=120
        )
        left = [
            *map(tuple, outer),
            (float(sum(p[0] for p in (self.hem_outer, self.hem_inner)) / 2), self.hem_outer[1] + 0.6),
            *map(tuple, inner),
        ]
        waist = [(self.waist[0] * t, 0.9 * (1 - t * t)) for t in np.linspace(-0.95, 0.95, 15)]
        return np.array([*waist, *left, *mirror(left)], np.float32)

    def hem_band(self, width_cm: float, *, over_cm: float = 0.0) -> Floats:
        (ox, oy), (ix, iy) = self.hem_outer, self.hem_inner
        x = np.linspace(ix - over_cm, ox + over_cm, 20)
        y = oy + (iy - oy) * (ox - x) / (ox - ix) + 0.6 * np.sin(np.pi * (x - ix) / (ox - ix)).clip(0)
        lower = np.stack([x, y], axis=1)
        return np.concatenate([lower, (lower - (0, width_cm))[::-1]]).astype(np.float32)

    def anchors(self, table: Table, *, has_knees: bool) -> dict[str, tuple[float, float]]:
        points = {"waist": self.waist, "hip": self.hip, "hem_outer": self.hem_outer, "hem_inner": self.hem_inner}
        if has_knees:
            points |= {"knee_outer": self.knee_outer, "knee_inner": self.knee_inner}
        found = {"crotch": table.pixel(0, self.crotch_y)}
        for name, (x, y) in points.items():
            found[f"left_{name}"], found[f"right_{name}"] = table.pixel(x, y), table.pixel(-x, y)
        return found

    def creases(self, rng: np.random.Generator, *, strength: float) -> list[Crease]:
        """Whiskers from the crotch, folds at the knees, a break above the shoe."""
        cy, hx = self.crotch_y, self.hip[0]
        all_of_them: list[Crease] = []
        for side in (1.0, -1.0):
            found = []
            for k in range(4):
                end = (hx * rng.uniform(0.55, 0.88), cy - 10 + 5.5 * k + rng.uniform(-1, 1))
                found.append(
                    Crease(
                        [(1.2, cy - 2.2 + 0.9 * k), (end[0] * 0.5, (cy + end[1]) / 2 + rng.uniform(-0.5, 1.0)), end],
                        rng.uniform(0.9, 1.5),
                        0.3 * strength,
                        0.6,
                    )
                )
            found.append(Crease([(1.5, cy + 3), (4.5, cy + 10), (5.5, cy + 19)], 1.6, 0.45 * strength, -0.6))
            (kox, koy), kix = self.knee_outer, self.knee_inner[0]
            if self.hem_outer[1] > koy + 10:
                for _ in range(5):
                    y = koy + rng.uniform(-7, 9)
                    from_inner = rng.random() < 0.6
                    a, b = (kix, kox) if from_inner else (kox, kix)
                    end_x = a + (b - a) * rng.uniform(0.4, 0.8)
                    found.append(
                        Crease(
                            [(a, y), ((a + end_x) / 2, y + rng.uniform(-0.5, 1.5)), (end_x, y + rng.uniform(-3, 4))],
                            rng.uniform(0.8, 1.4),
                            strength * rng.uniform(0.25, 0.45),
                            0.5,
                        )
                    )
                (hox, hoy), (hix, _) = self.hem_outer, self.hem_inner
                for k in range(4):
                    y = hoy - 4 - 4.2 * k
                    a, b = (hix, hox) if k % 2 else (hox, hix)
                    found.append(
                        Crease(
                            [
                                (a, y),
                                ((a + b) / 2, y + rng.uniform(0.5, 2)),
                                (a + (b - a) * 0.8, y + rng.uniform(-1, 2.5)),
                            ],
                            1.3,
                            strength * (0.5 - 0.08 * k),
                            0.6,
                        )
                    )
            all_of_them += found if side > 0 else mirrored_creases(found)
        return all_of_them


def _pair(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    *,
    legs: Legs,
    fabric: Fabric,
    seed: int,
    hem: str,
    strength: float = 1.0,
    thread: str | None = None,
    is_denim: bool = False,
    pressed: bool = False,
    metal: str = "#b58a52",
) -> Drawn:
    rng = np.random.default_rng(seed)
    cy = legs.crotch_y
    seams: list[tuple[list[tuple[float, float]], float]] = [([(0, 4), (0.1, cy * 0.6), (0, cy)], 0.16)]
    pocket: list[tuple[float, float]] = (
        [(8.0, 4.2), (9.0, 8.6), (13.5, 11.8), (22.0, 12.2)] if is_denim else [(15.2, 4.2), (18.6, 12), (22.4, 20.5)]
    )
    seams += [(pocket, 0.16), ([(-x, y) for x, y in pocket], 0.16)]
    press: list[Crease] = []
    if pressed:
        middle_knee = ((legs.knee_outer[0] + legs.knee_inner[0]) / 2, legs.knee_outer[1])
        middle_hem = ((legs.hem_outer[0] + legs.hem_inner[0]) / 2, legs.hem_outer[1] + 3)
        for s in (1, -1):
            press.append(
                Crease(
                    [
                        (s * 12.5, 6),
                        (s * (middle_knee[0] + 0.2), middle_knee[1] * 0.6),
                        (s * middle_knee[0], middle_knee[1]),
                        (s * middle_hem[0], middle_hem[1]),
                    ],
                    1.0,
                    0.5,
                    0.2,
                )
            )
    base = Panel(
        legs.outline(),
        fabric,
        thick_cm=4.2,
        round_cm=7.5,
        creases=[*legs.creases(rng, strength=strength), *press],
        folds=crumpled(seed, size_cm=9, height_cm=0.40 * strength, stretch=2.2),
        seams=seams,
        topstitch_cm=(0.45, 0.95) if is_denim else (0.4,),
        thread=thread,
    )
    wx = legs.waist[0]
    x = np.linspace(-1, 1, 31)
    top = np.stack([x * (wx + 0.1), 0.9 * (1 - x**2)], axis=1)
    low = np.stack([x * (wx + 1.0), 4.0 + 0.9 * (1 - x**2)], axis=1)[::-1]
    band = sewn_on(np.concatenate([top, low]), fabric, (0.4, 0.5, 0.2), hems_cm=(0.45,), thread=thread)
    fly_path = [(3.4, 4.8), (3.5, 13), (2.9, 18), (0.4, 20.5)]
    fly = sewn_on(
        [(-0.2, 4.2), (4.6, 4.2), (4.6, 17), (2.6, 20.6), (-0.2, 22)],
        fabric,
        (0.12, 0.4, 0.04),
        seams=[(fly_path, 0.05)],
        topstitch_cm=(0.0, 0.5) if is_denim else (0.0,),
        thread=thread,
        origin_cm=(0.3, 0.1),
    )
    metal_fabric = Fabric(metal if is_denim else colour, smooth, gloss=0.7, roughness=0.3, is_metal=is_denim)
    button = [
        sewn_on(disc(0.9, 2.9, 0.95), metal_fabric, (0.3, 0.35, 0.15)),
        sewn_on(disc(0.9, 2.9, 0.55), metal_fabric, (0.05, 0.2, -0.1), dark=0.8),
    ]
    loops: list[Panel] = []
    for lx in (8.2, 16.4):
        loops += pair(
            sewn_on(
                [
                    (lx - 0.65, 0.35 + 0.9 * (1 - (lx / wx) ** 2)),
                    (lx + 0.65, 0.3 + 0.9 * (1 - (lx / wx) ** 2)),
                    (lx + 0.75, 5.1),
                    (lx - 0.55, 5.1),
                ],
                fabric,
                (0.25, 0.4, 0.15),
                hems_cm=(0.32,),
                thread=thread,
            )
        )
    rivets = [
        sewn_on(disc(s * px, py, 0.36), metal_fabric, (0.15, 0.2, 0.1))
        for s in (1, -1)
        for px, py in ((10.2, 10.1), (21.8, 12.0))
    ]
    hems = pair(
        sewn_on(
            legs.hem_band(2.6),
            fabric,
            (0.12, 0.3, 0.02),
            hems_cm=(2.2,),
            hem_where=lambda x, y: y < legs.hem_outer[1],
            thread=thread,
        )
    )
    front = [base, *([] if pressed else hems), fly, band, *loops, *button, *(rivets if is_denim else [])]
    low_y = legs.hem_outer[1] + 3
    side = max(legs.hip[0], legs.hem_outer[0], legs.knee_outer[0]) + 2
    scale = 700 / (low_y + 3) if low_y > 70 else 480 / (low_y + 3)
    table = Table(scale, -side, -3, side, low_y)
    view = garment_view(legs.anchors(table, has_knees=legs.hem_outer[1] > legs.knee_outer[1] + 10), table, front, [])
    return Drawn(id, "trousers", name, name_zh, colour, {"front": view}, {"hem": hem})


def _rubbed(x: Floats, y: Floats) -> Floats:
    """Pale thighs and knees, whiskers at the hip."""
    leg = np.abs(x) - 12.5
    thigh = np.exp(-((leg / 6.5) ** 2)) * (np.exp(-(((y - 38) / 19) ** 2)) + 0.75 * np.exp(-(((y - 64) / 12) ** 2)))
    shin = 0.45 * np.exp(-((leg / 6) ** 2)) * step(60, 95, y)
    whisker = (
        0.22
        * np.exp(-(((y - 27 - 0.25 * np.abs(x)) / 9) ** 2))
        * (0.5 + 0.5 * np.sin(y * 1.5 - np.abs(x) * 0.7 + noise(x / 4, y / 4, 61)))
    )
    return np.clip(0.85 * thigh + shin + whisker, 0, 1)


def trousers() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    blue = Fabric("#2f4668", twill, worn("#8fa9c6", where=_rubbed, strength=0.75), sheen=0.1, mottle=0.1)
    charcoal = Fabric("#2b2c30", wool, sheen=0.2, mottle=0.06)
    sand = Fabric("#bfa67c", twill, sheen=0.1)
    pale = Fabric("#7f9fc0", twill, worn("#c9d8e6", where=_rubbed, strength=0.7), sheen=0.1, mottle=0.1)
    slim = Legs(
        hip=(23.5, 19), knee_outer=(20.4, 60), knee_inner=(3.4, 60), hem_outer=(18.4, 103), hem_inner=(4.2, 103)
    )
    straight = Legs(hem_outer=(22.4, 105), hem_inner=(3.6, 105))
    short = Legs(
        knee_outer=(25.4, 40), knee_inner=(2.2, 40), hem_outer=(26.0, 49.0), hem_inner=(2.4, 50.0), hip=(24.8, 19)
    )
    return {
        "jeans-blue": lambda: _pair(
            "jeans-blue",
            "Blue jeans",
            "蓝色牛仔裤",
            "#2f4668",
            legs=slim,
            fabric=blue,
            seed=701,
            hem="ankle",
            thread="#c58a3c",
            is_denim=True,
        ),
        "trousers-charcoal": lambda: _pair(
            "trousers-charcoal",
            "Charcoal trousers",
            "炭灰西裤",
            "#2b2c30",
            legs=straight,
            fabric=charcoal,
            seed=721,
            hem="ankle",
            strength=0.7,
            pressed=True,
        ),
        "chinos-sand": lambda: _pair(
            "chinos-sand", "Sand chinos", "卡其休闲裤", "#bfa67c", legs=Legs(), fabric=sand, seed=741, hem="ankle"
        ),
        "shorts-denim": lambda: _pair(
            "shorts-denim",
            "Denim shorts",
            "牛仔短裤",
            "#7f9fc0",
            legs=short,
            fabric=pale,
            seed=761,
            hem="thigh",
            thread="#d9a963",
            is_denim=True,
        ),
    }
