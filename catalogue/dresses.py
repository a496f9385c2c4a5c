"""Dresses and skirts: a waist, and cloth that hangs from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from cut import Cut, both_sides, garment_view, pair, strip
from drawn import Drawn
from fabric import Fabric, dots, flowers, plain_weave, satin, smooth, tartan, twill, wool, worn
from noise import Floats, noise, ridged, step
from panels import Crease, Field, Panel, Table, added, crumpled, disc, mirror, mirrored_creases, sewn_on
from solids import smooth_curve


@dataclass(frozen=True)
class Fall:
    """Half of a skirt: waist, hip, hem, in centimetres; y = 0 the waist's upper edge."""

    waist: tuple[float, float] = (17.0, 0.0)
    hip: tuple[float, float] = (23.0, 19.0)
    hem: tuple[float, float] = (27.0, 52.0)
    sag_cm: float = 1.6
    scallop_cm: float = 0.0
    scallops: float = 9.0

    def outline(self) -> Floats:
        side = smooth_curve(np.array([self.waist, self.hip, self.hem]), samples=120)
        x = np.linspace(1, -1, 160)[1:-1]
        wave = self.scallop_cm * np.cos(np.pi * self.scallops * x) * (1 - 0.5 * np.abs(x))
        hem = np.stack([x * self.hem[0], self.hem[1] + self.sag_cm * (1 - x**2) + wave], axis=1)
        top = np.linspace(-1, 1, 20)[1:-1]
        waist = np.stack([top * self.waist[0], 1.0 * (1 - top**2)], axis=1)
        right = [*map(tuple, side)]
        return np.array([*map(tuple, waist), *right, *map(tuple, hem), *mirror(right)], np.float32)

    def band(self, width_cm: float) -> Floats:
        x = np.linspace(-1, 1, 30)
        wider = (self.hip[0] - self.waist[0]) / (self.hip[1] - self.waist[1]) * width_cm * 0.6
        top = np.stack([x * (self.waist[0] + 0.1), 1.0 * (1 - x**2)], axis=1)
        low = np.stack([x * (self.waist[0] + wider + 0.1), width_cm + 1.0 * (1 - x**2)], axis=1)
        return np.concatenate([top, low[::-1]]).astype(np.float32)

    def anchors(self, table: Table) -> dict[str, tuple[float, float]]:
        found = {}
        for name, (x, y) in {"waist": self.waist, "hip": self.hip, "hem": self.hem}.items():
            found[f"left_{name}"], found[f"right_{name}"] = table.pixel(x, y), table.pixel(-x, y)
        return found

    def table(self) -> Table:
        side, low = max(self.hip[0], self.hem[0]) + 2, self.hem[1] + self.sag_cm + abs(self.scallop_cm) + 2
        return Table((640 if low > 65 else 500) / (low + 2), -side, -2, side, low)

    def share_across(self, x: Floats, y: Floats) -> Floats:
        """x as share of the half width at that height: where along the waist the cloth comes from."""
        half = np.interp(y, [self.waist[1], self.hip[1], self.hem[1]], [self.waist[0], self.hip[0], self.hem[0]])
        return x / half


def _pleats(fall: Fall, count: int) -> Field:
    """Knife pleats: a slow rise, a sharp edge; pressed flat at the waist."""

    def field_(x: Floats, y: Floats) -> Floats:
        t = fall.share_across(x, y) * count / 2
        t = t + 0.05 * noise(t * 0.7, y / 18, 81) * step(5, 40, y)
        inside = t - np.floor(t)
        blade = np.where(inside < 0.88, inside / 0.88, (1 - inside) / 0.12)
        return (0.5 + 0.8 * step(4, 45, y)) * blade

    return field_


def _flare(fall: Fall, seed: int, *, folds: float, height_cm: float, from_y: float = 2.0) -> Field:
    """Folds that spread from the waist like a fan and deepen towards the hem."""

    def field_(x: Floats, y: Floats) -> Floats:
        t = fall.share_across(x, y)
        down = step(from_y, fall.hem[1], y)
        wave = np.sin(np.pi * folds * t + 0.9 * noise(t * 3, y / 60, seed) + 0.6)
        crest = ridged(t * folds * 0.5 + 0.2 * noise(t * 4, y / 30, seed + 1), y / 90, seed + 2) - 0.35
        gathers = (
            0.12 * np.sin(np.pi * folds * 5 * t + 2 * noise(t * 6, y / 20, seed + 3)) * step(from_y + 14, from_y, y)
        )
        return height_cm * down * (0.7 * wave + 0.3 * crest) + gathers

    return field_


def _skirt(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    fall: Fall,
    fabric: Fabric,
    *,
    folds: Field,
    hem: str,
    band_cm: float,
    more: list[Panel] | None = None,
    creases: list[Crease] | None = None,
    hem_rows: bool = True,
    gloss: float = 0.0,
) -> Drawn:
    base = Panel(
        fall.outline(),
        fabric,
        thick_cm=3.4,
        round_cm=8,
        folds=folds,
        creases=creases or (),
        uv=lambda x, y: (fall.share_across(x, y) * fall.hem[0] * 1.1, y),
        hems_cm=(2.2,) if hem_rows else (),
        hem_where=lambda x, y: (y > fall.hem[1] - 4) & (np.abs(fall.share_across(x, y)) < 0.9),
    )
    band = sewn_on(fall.band(band_cm), fabric, (0.4, 0.5, 0.3), hems_cm=(0.4,))
    table = fall.table()
    view = garment_view(fall.anchors(table), table, [base, band, *(more or [])], [])
    return Drawn(id, "skirt", name, name_zh, colour, {"front": view}, {"hem": hem, "gloss": gloss})


def _denim_skirt() -> Drawn:
    fall = Fall(waist=(18, 0), hip=(23.5, 18), hem=(25.5, 43), sag_cm=1.2)
    denim = Fabric(
        "#3f5a80",
        twill,
        worn("#9db4cf", where=lambda x, y: 0.6 * np.exp(-(((np.abs(x) - 12) / 6) ** 2) - ((y - 25) / 14) ** 2)),
        mottle=0.1,
    )
    brass = Fabric("#c49a5a", smooth, gloss=0.7, roughness=0.3, is_metal=True)
    thread = "#d09a4a"
    placket = sewn_on(
        [(-2, 3.8), (2, 3.8), (2.2, 44.0), (-2.2, 44.0)],
        denim,
        (0.15, 0.4, 0),
        hems_cm=(0.4,),
        thread=thread,
        origin_cm=(0.4, 0.2),
    )
    buttons: list[Panel] = []
    for k in range(6):
        buttons += [
            sewn_on(disc(0, 2.6 + 7.4 * k, 0.85), brass, (0.3, 0.35, 0.15)),
            sewn_on(disc(0, 2.6 + 7.4 * k, 0.5), brass, (0.03, 0.2, -0.1), dark=0.8),
        ]
    pockets = pair(
        sewn_on(
            [(6.2, 11), (16.6, 10.4), (17.4, 22), (12.2, 24.4), (7, 22.6)],
            denim,
            (0.18, 0.4, 0),
            hems_cm=(0.4, 0.9),
            thread=thread,
            grain_deg=-3,
            origin_cm=(0.5, 0.2),
        )
    )
    found = [
        Crease([(22, 20), (15, 21.5), (8, 25)], 1.2, 0.35, 0.5),
        Crease([(23, 27), (17, 30), (11, 30.5)], 1.3, 0.35, 0.5),
        Crease([(20, 10), (13, 9), (5, 11)], 1.2, 0.25, 0.5),
    ]
    return _skirt(
        "skirt-denim",
        "Buttoned denim skirt",
        "排扣牛仔短裙",
        "#3f5a80",
        fall,
        denim,
        folds=crumpled(821, size_cm=11, height_cm=0.4),
        hem="thigh",
        band_cm=4,
        more=[placket, *pockets, *buttons],
        creases=[*found, *mirrored_creases(found)],
    )


def _dress(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    cut: Cut,
    fabric: Fabric,
    *,
    waist_y: float,
    sleeve: str,
    hem: str,
    seed: int,
    folds: float,
    height_cm: float,
    belt: Fabric | None = None,
    seam: bool = True,
) -> Drawn:
    rng = np.random.default_rng(seed)
    fall = Fall(waist=(cut.waist[0], waist_y), hip=(cut.waist[0] * 1.32, waist_y + 19), hem=cut.hem)

    def skirt_folds(x: Floats, y: Floats) -> Floats:
        return _flare(fall, seed, folds=folds, height_cm=height_cm, from_y=waist_y)(x, y) * step(
            waist_y - 1, waist_y + 1, y
        )

    found = cut.body_creases(rng, strength=0.55)
    front: list[Panel] = []
    if cut.sleeve_cm > 0:
        piece = Panel(
            cut.sleeve(),
            fabric,
            thick_cm=2.6,
            round_cm=5,
            grain_deg=-cut.sleeve_deg,
            origin_cm=cut.shoulder,
            folds=crumpled(seed + 7, size_cm=6, height_cm=0.2),
        )
        front += both_sides(piece, [cut.sleeve_creases(rng, strength=0.7, side=s) for s in (1.0, -1.0)])
        front += pair(
            sewn_on(
                cut.sleeve_band(1.6),
                fabric,
                (0.12, 0.3, 0),
                hems_cm=(1.3,),
                grain_deg=-cut.sleeve_deg,
                origin_cm=cut.shoulder,
            )
        )
    front.append(
        Panel(
            cut.body(),
            fabric,
            thick_cm=3.0,
            round_cm=7,
            lift_cm=0.5,
            creases=[c for c in found if max(y for _, y in c.path) < waist_y + 3],
            folds=added(crumpled(seed + 3, size_cm=10, height_cm=0.28), skirt_folds, _bust(cut)),
            hems_cm=(1.4,),
            hem_where=lambda x, y: y > cut.hem[1] - 2.5,
        )
    )
    front.append(sewn_on(cut.neck_band(-0.9), fabric, (0.12, 0.35, 0.05), hems_cm=(0.6,)))
    if seam:
        wx = cut.waist[0] + 0.15
        x = np.linspace(-1, 1, 30)
        width = 3.2 if belt is not None else 0.7
        upper = np.stack([x * wx, waist_y - width / 2 + 1.0 * (1 - x**2)], axis=1)
        lower = np.stack([x * (wx + 0.1), waist_y + width / 2 + 1.0 * (1 - x**2)], axis=1)[::-1]
        front.append(
            sewn_on(
                np.concatenate([upper, lower]), belt or fabric, (0.35 if belt else 0.1, 0.5, 0.15 if belt else -0.1)
            )
        )
        if belt is not None:
            gold = Fabric("#d2ab62", smooth, gloss=0.9, roughness=0.2, is_metal=True)
            ring = [
                (
                    2.4 * np.sign(np.cos(t)) * abs(np.cos(t)) ** 0.5,
                    waist_y + 1 + 2.3 * np.sign(np.sin(t)) * abs(np.sin(t)) ** 0.5,
                )
                for t in np.linspace(0, 2 * np.pi, 61)
            ]
            front.append(sewn_on(strip([(float(a), float(b)) for a, b in ring], 0.55), gold, (0.3, 0.28, 0.4)))
            front.append(sewn_on(strip([(-2.2, waist_y + 1), (0.6, waist_y + 1)], 0.4), gold, (0.25, 0.2, 0.5)))
    back = [Panel(cut.inside_back(rise_cm=1.0), fabric, thick_cm=0.2, round_cm=0.5, tint=lambda x, y: 0.6 - 0.01 * y)]
    table = cut.table(long_side_px=680)
    anchors = cut.anchors(table)
    for s, side in ((1, "left"), (-1, "right")):
        anchors[f"{side}_waist"] = table.pixel(s * cut.waist[0], waist_y)
        anchors[f"{side}_hip"] = table.pixel(s * float(_half_width(cut, waist_y + 19)), waist_y + 19)
    view = garment_view(anchors, table, front, back)
    return Drawn(id, "dress", name, name_zh, colour, {"front": view}, {"sleeve": sleeve, "hem": hem})


def _half_width(cut: Cut, y: float) -> float:
    side = smooth_curve(np.array([cut.armpit, cut.waist, cut.hem]), samples=200)
    return float(np.interp(y, side[:, 1], side[:, 0]))


def _bust(cut: Cut) -> Field:
    """Two soft hills below the armpits' height."""
    ax, ay = cut.armpit

    def field_(x: Floats, y: Floats) -> Floats:
        return 1.1 * np.exp(-(((np.abs(x) - 0.44 * ax) / (0.34 * ax)) ** 2) - ((y - ay - 3.5) / 7.0) ** 2)

    return field_


def dresses() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    pleated = Fall(waist=(16.5, 0), hip=(23, 18), hem=(29, 50), sag_cm=1.4)
    midi = Fall(waist=(16.5, 0), hip=(22.5, 20), hem=(33, 78), sag_cm=2.4, scallop_cm=0.8, scallops=7)
    plaid = Fabric(
        "#4b4f45",
        twill,
        tartan((("#20261f", 0.08, 0.34), ("#8c2f2b", 0.55, 0.07), ("#d9cfae", 0.80, 0.04)), every_cm=7.5),
        sheen=0.15,
    )
    emerald = Fabric("#1f5c4d", satin, gloss=0.32, roughness=0.42, sheen=0.1, mottle=0.02)
    meadow = Fabric(
        "#f0e6d6",
        plain_weave,
        flowers(("#c8434f", "#e58a8f", "#d9973f", "#5a6fa8"), "#5f7f4a", every_cm=5.2, seed=5),
        mottle=0.03,
    )
    ink = Fabric("#1b1c22", wool, sheen=0.18)
    polka = Fabric("#27406e", satin, dots("#f4f0e8", every_cm=3.6, radius_cm=0.52), gloss=0.05, mottle=0.03)
    summer = Cut(
        collar=(10.2, 0),
        neck_y=11.5,
        neck_power=2.4,
        shoulder=(14.2, 1.6),
        armpit=(19.6, 21),
        waist=(16.2, 40),
        hem=(34, 96),
        hem_sag_cm=2.4,
        sleeve_cm=0,
    )
    sheath = Cut(
        collar=(8.8, 0),
        neck_y=7.0,
        neck_power=2.0,
        shoulder=(18.8, 4.2),
        armpit=(20.6, 21),
        waist=(17.6, 40),
        hem=(22.0, 92),
        hem_sag_cm=0.8,
        sleeve_cm=7,
        sleeve_deg=38,
        cuff_cm=12.5,
    )
    tea = Cut(
        collar=(8.8, 0),
        neck_y=17.0,
        neck_power=1.0,
        shoulder=(18.6, 4.2),
        armpit=(20.4, 21),
        waist=(16.6, 40),
        hem=(33, 104),
        hem_sag_cm=2.6,
        sleeve_cm=12,
        sleeve_deg=36,
        cuff_cm=13.5,
    )
    return {
        "skirt-pleated": lambda: _skirt(
            "skirt-pleated",
            "Pleated tartan skirt",
            "格纹百褶裙",
            "#4b4f45",
            pleated,
            plaid,
            folds=_pleats(pleated, 15),
            hem="knee",
            band_cm=3.6,
            hem_rows=False,
        ),
        "skirt-satin": lambda: _skirt(
            "skirt-satin",
            "Emerald satin skirt",
            "祖母绿缎面长裙",
            "#1f5c4d",
            midi,
            emerald,
            folds=_flare(midi, 811, folds=6, height_cm=2.0),
            hem="calf",
            band_cm=2.6,
            hem_rows=False,
            gloss=0.3,
        ),
        "skirt-denim": _denim_skirt,
        "dress-meadow": lambda: _dress(
            "dress-meadow",
            "Flowered summer dress",
            "碎花连衣裙",
            "#f0e6d6",
            summer,
            meadow,
            waist_y=40,
            sleeve="none",
            hem="knee",
            seed=841,
            folds=6,
            height_cm=2.6,
        ),
        "dress-black": lambda: _dress(
            "dress-black",
            "Black sheath dress",
            "黑色修身裙",
            "#1b1c22",
            sheath,
            ink,
            waist_y=40,
            sleeve="short",
            hem="knee",
            seed=861,
            folds=2,
            height_cm=0.5,
            belt=Fabric("#101013", smooth, gloss=0.3, roughness=0.35),
        ),
        "dress-polka": lambda: _dress(
            "dress-polka",
            "Navy polka-dot dress",
            "藏青波点裙",
            "#27406e",
            tea,
            polka,
            waist_y=40,
            sleeve="short",
            hem="calf",
            seed=881,
            folds=6,
            height_cm=3.0,
        ),
    }
