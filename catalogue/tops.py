"""Tops: T-shirts, shirts, a hoodie, a sweater, a coat, a padded jacket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from cut import Cut, both_sides, garment_view, pair, strip
from drawn import Drawn
from fabric import Fabric, cable, knit, melange, plain_weave, rib, satin, stripes, tartan, wool
from noise import Floats, noise
from panels import Panel, Points, added, crumpled, disc, hanging, mirror, rounded, sewn_on

TEE = Cut()


def _shaded_back(x: Floats, y: Floats) -> Floats:
    """The inside of a collar lies in the shade, deeper further down."""
    return 0.62 - 0.02 * np.clip(y, 0, 12)


def _inside(
    cut: Cut, fabric: Fabric, *, band: Fabric | None = None, band_cm: float = 1.8, rise_cm: float = 1.6
) -> list[Panel]:
    outline = cut.inside_back(rise_cm=rise_cm)
    panels = [Panel(outline, fabric, thick_cm=0.2, round_cm=0.5, tint=_shaded_back)]
    cx, cy = cut.collar
    if band is not None:
        x = np.linspace(-1, 1, 25)
        y = cy - rise_cm + 1.2 * (1 - x**2) + rise_cm * 0.35 * x**2
        edge = np.stack([x * (cx + 0.2), y], axis=1)
        lower = np.stack([x * (cx + 0.2), y + band_cm], axis=1)[::-1]
        panels.append(
            Panel(
                np.concatenate([edge, lower]),
                band,
                thick_cm=0.25,
                round_cm=0.3,
                lift_cm=0.2,
                tint=lambda x, y: 0.78 + 0 * x,
            )
        )
    return panels


def _sleeves(
    cut: Cut, fabric: Fabric, rng: np.random.Generator, *, strength: float, thick_cm: float = 2.6
) -> list[Panel]:
    panel = Panel(
        cut.sleeve(),
        fabric,
        thick_cm=thick_cm,
        round_cm=min(6.5, cut.cuff_cm * 0.55),
        grain_deg=-cut.sleeve_deg * 0.9,
        origin_cm=cut.shoulder,
        folds=crumpled(71, size_cm=6, height_cm=0.22 * strength, slant_deg=30),
    )
    creases = [cut.sleeve_creases(rng, strength=strength, side=s) for s in (1.0, -1.0)]
    left, right = both_sides(panel, creases)
    return [left, replace(right, folds=crumpled(73, size_cm=6, height_cm=0.22 * strength, slant_deg=-30))]


def _sleeve_hem(
    cut: Cut, fabric: Fabric, width_cm: float, *, thick_cm: float, over_cm: float, hems: Sequence[float] = ()
) -> list[Panel]:
    panel = sewn_on(
        cut.sleeve_band(width_cm, over_cm=over_cm),
        fabric,
        (thick_cm, 1.0, 0.1),
        grain_deg=-cut.sleeve_deg,
        origin_cm=cut.shoulder,
        hems_cm=hems,
    )
    return pair(panel)


def _t_shirt(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    *,
    cut: Cut,
    fabric: Fabric,
    seed: int,
    sleeve: str,
    strength: float = 1.0,
) -> Drawn:
    rng = np.random.default_rng(seed)
    ribbing = Fabric(colour, rib(0.32), sheen=0.1)
    body = Panel(
        cut.body(),
        fabric,
        thick_cm=2.4,
        round_cm=7,
        lift_cm=0.5,
        creases=cut.body_creases(rng, strength=strength),
        folds=added(
            crumpled(seed, size_cm=11, height_cm=0.35 * strength, slant_deg=12),
            hanging(seed + 5, across_cm=12, height_cm=0.75 * strength, top_cm=30, full_cm=66),
        ),
    )
    hem = sewn_on(
        cut.hem_band(2.2, over_cm=0.0),
        fabric,
        (0.12, 0.3, 0.02),
        hems_cm=(2.0,),
        hem_where=lambda x, y: y < cut.hem[1] + 0.2,
    )
    band = sewn_on(
        cut.neck_band(1.9), ribbing, (0.4, 0.7, 0.3), uv=lambda x, y: (np.arctan2(x, 14 - y) * 13, np.hypot(x, 14 - y))
    )
    seam = sewn_on(cut.neck_band(-0.9), fabric, (0.06, 0.3, 0), hems_cm=(0.55,))
    front = [
        *_sleeves(cut, fabric, rng, strength=strength),
        *_sleeve_hem(cut, fabric, 2.0, thick_cm=0.12, over_cm=0.0, hems=(1.7,)),
        body,
        hem,
        seam,
        band,
    ]
    table = cut.table()
    view = garment_view(cut.anchors(table), table, front, _inside(cut, fabric, band=ribbing))
    return Drawn(id, "top", name, name_zh, colour, {"front": view}, {"sleeve": sleeve, "hem": "hip"})


def _buttons(places: Points, radius_cm: float, colour: str, *, holes: bool = True) -> list[Panel]:
    plastic = Fabric(colour, lambda u, v: 0 * u, gloss=0.45, roughness=0.3, mottle=0.1)
    panels = []
    for x, y in places:
        panels.append(sewn_on(disc(x, y, radius_cm), plastic, (0.3, 0.3, 0.25)))
        if holes and radius_cm > 0.7:
            inner = sewn_on(disc(x, y, radius_cm * 0.62), plastic, (0.1, 0.2, 0.12), dark=0.9)
            dots = [
                sewn_on(disc(x + a, y + b, 0.16), plastic, (0, 0.2, 0.1), dark=0.25)
                for a in (-0.3, 0.3)
                for b in (-0.3, 0.3)
            ]
            panels += [inner, *dots]
    return panels


def _shirt(id: str, name: str, name_zh: str, colour: str, fabric: Fabric, *, button: str, seed: int) -> Drawn:
    cut = Cut(
        collar=(7.6, 0),
        neck_y=6.0,
        neck_power=1.1,
        shoulder=(21.5, 4.5),
        armpit=(25, 25),
        waist=(23.5, 46),
        hem=(24.5, 73),
        hem_sag_cm=2.5,
        sleeve_cm=44,
        sleeve_deg=24,
        cuff_cm=10.5,
    )
    rng = np.random.default_rng(seed)
    body = Panel(
        cut.body(),
        fabric,
        thick_cm=2.4,
        round_cm=7,
        lift_cm=0.5,
        creases=cut.body_creases(rng, strength=1.15),
        folds=added(
            crumpled(seed, size_cm=9, height_cm=0.42, slant_deg=-10),
            hanging(seed + 5, across_cm=10, height_cm=0.8, top_cm=34, full_cm=72),
        ),
        hems_cm=(0.7,),
        hem_where=lambda x, y: y > 60,
    )
    yoke = sewn_on(
        [(-21.2, 4.6), (-7.6, 0), (-6.9, 2.8), (-20.6, 8.0)], fabric, (0.1, 0.5, 0.02), grain_deg=-16, hems_cm=(0.35,)
    )
    placket = sewn_on(
        [(-1.8, 6.3), (1.8, 6.3), (1.8, 75.2), (-1.8, 75.2)],
        fabric,
        (0.14, 0.4, 0.1),
        hems_cm=(0.45,),
        origin_cm=(0.7, 0.5),
    )
    pocket = sewn_on(
        rounded([(6, 24), (17, 24), (17, 35), (11.5, 37.5), (6, 35)], corners=(0, 1, 2, 3, 4)),
        fabric,
        (0.14, 0.4, 0.06),
        hems_cm=(0.4,),
        origin_cm=(0.4, 0.9),
    )
    stand = sewn_on(
        strip([(-7.8, -0.6), (-5.2, 3.4), (0, 6.6), (5.2, 3.4), (7.8, -0.6)], 3.0), fabric, (0.3, 0.5, 0.5), dark=0.85
    )
    leaf = [(8.0, -2.6), (4.4, 1.4), (0.6, 6.2), (6.4, 12.2), (9.6, 6.4), (10.0, 1.2)]
    collar = sewn_on(rounded(leaf, corners=(0, 2, 3)), fabric, (0.5, 0.9, 1.0), grain_deg=-50, hems_cm=(0.6,))
    collars = pair(collar)
    cuffs = _sleeve_hem(cut, fabric, 6.0, thick_cm=0.35, over_cm=0.4, hems=(0.5,))
    buttons = _buttons([(0, 10.5 + 9.6 * k) for k in range(7)], 0.62, button)
    front = [
        *_sleeves(cut, fabric, rng, strength=1.1, thick_cm=3.2),
        *cuffs,
        body,
        yoke,
        replace(yoke, outline=mirror(yoke.outline), grain_deg=16),
        pocket,
        placket,
        *buttons,
        stand,
        *collars,
    ]
    back = [
        *_inside(cut, fabric, rise_cm=2.4),
        Panel(
            strip([(-8.0, -1.4), (-4, -2.6), (0, -3.0), (4, -2.6), (8.0, -1.4)], 4.2),
            fabric,
            thick_cm=0.3,
            round_cm=0.5,
            lift_cm=0.4,
            tint=lambda x, y: 0.8 + 0 * x,
        ),
    ]
    table = cut.table(above_cm=7)
    view = garment_view(cut.anchors(table), table, front, back)
    return Drawn(id, "top", name, name_zh, colour, {"front": view}, {"sleeve": "long", "hem": "hip"})


def _sweater(id: str, name: str, name_zh: str, colour: str, fabric: Fabric, *, cut: Cut, seed: int) -> Drawn:
    rng = np.random.default_rng(seed)
    ribbing = Fabric(colour, rib(0.75), sheen=0.3)
    body = Panel(
        cut.body(),
        fabric,
        thick_cm=3.2,
        round_cm=7,
        lift_cm=0.6,
        creases=cut.body_creases(rng, strength=0.8),
        folds=crumpled(seed, size_cm=15, height_cm=0.45, slant_deg=15),
    )
    band = sewn_on(
        cut.neck_band(3.0), ribbing, (0.8, 1.3, 0.35), uv=lambda x, y: (np.arctan2(x, 12 - y) * 12, np.hypot(x, 12 - y))
    )
    front = [
        *_sleeves(cut, fabric, rng, strength=0.8, thick_cm=4.0),
        *_sleeve_hem(cut, ribbing, 6.5, thick_cm=0.4, over_cm=-0.2),
        body,
        sewn_on(cut.hem_band(6.5, over_cm=-0.6), ribbing, (0.5, 1.5, 0)),
        band,
    ]
    table = cut.table()
    view = garment_view(cut.anchors(table), table, front, _inside(cut, fabric, band=ribbing, band_cm=3.0, rise_cm=2.6))
    return Drawn(id, "top", name, name_zh, colour, {"front": view}, {"sleeve": "long", "hem": "hip"})


def _hoodie() -> Drawn:
    colour = "#8d9196"
    fleece = Fabric(colour, plain_weave, melange("#55585c", strength=0.35), sheen=0.25)
    ribbing = Fabric(colour, rib(0.4), melange("#55585c", strength=0.35), sheen=0.2)
    cord = Fabric("#e8e6e1", wool, sheen=0.2)
    metal = Fabric("#c8c8c8", lambda u, v: 0 * u, gloss=0.8, roughness=0.25, is_metal=True)
    cut = Cut(
        collar=(9.2, 0),
        neck_y=10.5,
        neck_power=1.35,
        shoulder=(23, 5.5),
        armpit=(26.5, 27),
        waist=(26, 46),
        hem=(25, 67),
        sleeve_cm=42,
        sleeve_deg=25,
        cuff_cm=11.5,
    )
    rng = np.random.default_rng(303)
    body = Panel(
        cut.body(),
        fleece,
        thick_cm=3.2,
        round_cm=7,
        lift_cm=0.6,
        creases=cut.body_creases(rng, strength=1.25),
        folds=crumpled(301, size_cm=12, height_cm=0.6, slant_deg=10),
    )
    pocket = sewn_on(
        rounded(
            [(-9.5, 42), (9.5, 42), (16.5, 55), (16.5, 61.5), (-16.5, 61.5), (-16.5, 55)], corners=(0, 1, 2, 3, 4, 5)
        ),
        fleece,
        (0.55, 1.4, 0.15),
        hems_cm=(0.6, 1.1),
        origin_cm=(0.5, 0.5),
    )
    half_hood = [
        (9.6, -3.4),
        (6.0, 2.2),
        (1.5, 8.2),
        (-1.2, 11.4),
        (1.2, 13.6),
        (5.8, 10.6),
        (10.4, 5.6),
        (12.6, 0.2),
        (12.2, -3.2),
    ]
    hood = sewn_on(
        rounded(half_hood, corners=(0, 3)),
        fleece,
        (1.8, 2.2, 0.9),
        grain_deg=-35,
        folds=crumpled(305, size_cm=4.5, height_cm=0.25, slant_deg=-35),
    )
    hoods = pair(hood)
    hem_line = [(9.4, -2.6), (6.8, 2.4), (3.4, 6.8), (0.4, 10.4)]
    rim = pair(sewn_on(strip(hem_line, 2.2), fleece, (0.5, 0.9, 0.15), grain_deg=-35, hems_cm=(0.35,)))
    strings = []
    for s, low in ((1.0, 34.0), (-1.0, 32.0)):
        path = [(s * 3.6, 9.5), (s * 4.2, 16), (s * 3.9, 24), (s * 4.4, low)]
        strings += [
            sewn_on(disc(s * 3.5, 9.2, 0.75), metal, (0.25, 0.3, 0.2)),
            sewn_on(disc(s * 3.5, 9.2, 0.36), fleece, (0, 0.3, 0.0), dark=0.25),
            sewn_on(strip(path, 0.85), cord, (0.6, 0.45, 0.3), uv=lambda x, y: (x * 2, y * 1.5)),
            sewn_on(strip([(s * 4.4, low - 0.3), (s * 4.45, low + 2.4)], 0.8), metal, (0.5, 0.4, 0.3)),
        ]
    front = [
        *_sleeves(cut, fleece, rng, strength=1.3, thick_cm=4.0),
        *_sleeve_hem(cut, ribbing, 6.5, thick_cm=0.4, over_cm=-0.5),
        body,
        sewn_on(cut.hem_band(6.2, over_cm=-0.9), ribbing, (0.5, 1.4, 0)),
        pocket,
        hoods[1],
        rim[1],
        hoods[0],
        rim[0],
        *strings,
    ]
    behind = [
        Panel(
            rounded(
                [
                    (-12.5, -1),
                    (-11.5, -6.5),
                    (-6, -9.2),
                    (0, -9.8),
                    (6, -9.2),
                    (11.5, -6.5),
                    (12.5, -1),
                    (7, 10),
                    (0, 13),
                    (-7, 10),
                ]
            ),
            fleece,
            thick_cm=2.2,
            round_cm=3.0,
            folds=crumpled(307, size_cm=5, height_cm=0.35, slant_deg=80),
        ),
        Panel(
            rounded([(-9.6, -1.5), (-5, -5.0), (0, -5.8), (5, -5.0), (9.6, -1.5), (6, 8), (0, 12), (-6, 8)]),
            fleece,
            thick_cm=0.3,
            round_cm=1.0,
            tint=lambda x, y: 0.55 + 0 * x,
        ),
    ]
    table = cut.table(above_cm=13)
    view = garment_view(cut.anchors(table), table, front, behind)
    return Drawn(
        "hoodie-grey", "top", "Grey hoodie", "灰色连帽衫", colour, {"front": view}, {"sleeve": "long", "hem": "hip"}
    )


def _coat() -> Drawn:
    colour = "#b08a5b"
    cloth = Fabric(colour, wool, melange("#c9a777", strength=0.2), sheen=0.35)
    lining = Fabric("#6e5337", satin, gloss=0.15)
    cut = Cut(
        collar=(8.6, 0),
        neck_y=24.0,
        neck_power=1.05,
        shoulder=(23.5, 5.0),
        armpit=(26.5, 28),
        waist=(25.5, 50),
        hem=(29, 103),
        hem_sag_cm=1.0,
        sleeve_cm=44,
        sleeve_deg=21,
        cuff_cm=14,
    )
    rng = np.random.default_rng(404)
    under = Panel(
        cut.body(),
        cloth,
        thick_cm=2.8,
        round_cm=6,
        lift_cm=0.5,
        creases=cut.body_creases(rng, strength=0.9),
        folds=added(
            crumpled(401, size_cm=16, height_cm=0.4, slant_deg=8),
            hanging(405, across_cm=15, height_cm=1.1, top_cm=52, full_cm=100),
        ),
        hems_cm=(),
    )
    # The wearer's left front laps over the right one.
    lap = sewn_on(
        [(-6.2, 29.0), (-6.0, 60), (-5.6, 103.9), (10, 104.0), (10, 29), (0, 22.5)],
        cloth,
        (0.35, 0.7, 0.25),
        hems_cm=(0.9,),
        hem_where=lambda x, y: x < 4,
    )
    collar = sewn_on(
        rounded([(8.2, -3.6), (7.0, 2.0), (9.6, 9.6), (16.2, 8.6), (13.6, 2.4), (10.2, -3.0)], corners=(0, 2, 3)),
        cloth,
        (0.9, 1.2, 1.0),
        grain_deg=-40,
    )
    lapel = sewn_on(
        rounded(
            [(7.6, 0.5), (3.4, 10.0), (-2.6, 25.4), (-4.9, 30.4), (4.0, 25.0), (14.4, 15.6), (16.6, 11.2), (9.8, 8.6)],
            corners=(0, 3, 5, 6, 7),
        ),
        cloth,
        (0.7, 1.0, 0.5),
        grain_deg=-35,
    )
    # The other lapel ends where it goes under the overlap.
    turned = np.asarray(lapel.outline)[::-1] * np.array([-1, 1])
    right_lapel = replace(lapel, outline=np.minimum(turned, np.array([0.6, 999])), grain_deg=35)
    pockets = pair(
        sewn_on(
            [(10.5, 62), (21.5, 60.4), (22.2, 66.4), (11.2, 68)], cloth, (0.4, 0.6, 0.3), grain_deg=-8, hems_cm=(0.6,)
        )
    )
    buttons = _buttons([(-1.5, 36), (-1.5, 49), (-1.4, 62), (8.5, 36), (8.7, 49)], 1.3, "#4a3320")
    straps = _sleeve_hem(cut, cloth, 0.6, thick_cm=0.1, over_cm=0.1)
    front = [
        *_sleeves(cut, cloth, rng, strength=0.9, thick_cm=4.0),
        *straps,
        under,
        right_lapel,
        pair(collar)[1],
        lap,
        lapel,
        pair(collar)[0],
        *pockets,
        *buttons,
    ]
    back = [
        Panel(cut.inside_back(rise_cm=2.0), lining, thick_cm=0.2, round_cm=0.5, tint=_shaded_back),
        Panel(
            strip([(-9.0, -2.4), (-4.5, -4.0), (0, -4.4), (4.5, -4.0), (9.0, -2.4)], 4.6),
            cloth,
            thick_cm=0.5,
            round_cm=0.8,
            lift_cm=0.4,
            tint=lambda x, y: 0.85 + 0 * x,
        ),
    ]
    table = cut.table(above_cm=8)
    view = garment_view(cut.anchors(table), table, front, back)
    return Drawn(
        "coat-camel",
        "top",
        "Camel coat",
        "驼色大衣",
        colour,
        {"front": view},
        {"sleeve": "long", "hem": "thigh", "outer": True},
    )


def _quilted(pitch_cm: float, seed: int, *, high_cm: float = 0.9) -> Callable[[Floats, Floats], Floats]:
    """Tubes of down, sewn off every pitch_cm, puckered along the seams."""

    def field_(x: Floats, y: Floats) -> Floats:
        t = y / pitch_cm + 0.08 * noise(x / 9, y / 9, seed)
        inside = t - np.floor(t)
        tube = np.sqrt(np.maximum(1 - (2 * inside - 1) ** 2, 0))
        row = np.floor(t)
        pucker = noise(x / 1.5, row * 3.3 + 0.5, seed + 1) + 0.6 * noise(x / 0.8, row * 5.7, seed + 2)
        near_seam = np.exp(-(((0.5 - np.abs(inside - 0.5)) / 0.22) ** 2))
        return high_cm * tube + 0.26 * pucker * near_seam + 0.16 * noise(x / 3.5, y / 2.5, seed + 3)

    return field_


def _puffer() -> Drawn:
    colour = "#46503a"
    nylon = Fabric(colour, satin, gloss=0.22, roughness=0.5, sheen=0.1)
    zip_metal = Fabric("#9a9a98", lambda u, v: 0.04 * np.sin(v * 16), gloss=0.7, roughness=0.3, is_metal=True)
    cut = Cut(
        collar=(9.4, 0),
        neck_y=3.5,
        neck_power=1.6,
        shoulder=(24, 5.5),
        armpit=(28, 28),
        waist=(27.5, 46),
        hem=(26.5, 66),
        sleeve_cm=41,
        sleeve_deg=26,
        cuff_cm=14,
    )
    body = Panel(cut.body(), nylon, thick_cm=3.2, round_cm=6, lift_cm=0.8, folds=_quilted(7.2, 501))
    sleeve = Panel(cut.sleeve(), nylon, thick_cm=4.5, round_cm=7.5, grain_deg=-26, origin_cm=cut.shoulder)
    c, s = np.cos(np.radians(26)), np.sin(np.radians(26))
    quilt = _quilted(7.2, 511)

    def along_arm(sign: float) -> Callable[[Floats, Floats], Floats]:
        return lambda x, y: quilt(c * sign * x - s * y, s * sign * x + c * y)

    left, right = pair(sleeve)
    collar = Panel(
        rounded(
            [
                (-9.8, -7.2),
                (-3, -6.4),
                (0, -6.2),
                (3, -6.4),
                (9.8, -7.2),
                (10.4, 0.6),
                (5.5, 4.3),
                (0, 5.2),
                (-5.5, 4.3),
                (-10.4, 0.6),
            ],
            corners=(0, 4, 5, 9),
        ),
        nylon,
        thick_cm=1.6,
        round_cm=2.0,
        lift_cm=1.6,
        folds=_quilted(5.6, 521, high_cm=0.6),
    )
    zip_path = [(0.0, -6.0), (0.1, 20.0), (0.0, 45.0), (0.0, 67.0)]
    front = [
        replace(left, folds=along_arm(1.0)),
        replace(right, folds=along_arm(-1.0)),
        *_sleeve_hem(cut, Fabric(colour, rib(0.4), sheen=0.1), 3.0, thick_cm=0.2, over_cm=-1.6),
        body,
        sewn_on(cut.hem_band(2.2, over_cm=-0.7), nylon, (0.4, 0.8, 0)),
        collar,
        sewn_on(strip(zip_path, 3.0), nylon, (0.12, 0.5, -0.25), dark=0.9, hems_cm=(0.4,)),
        sewn_on(strip(zip_path, 0.8), zip_metal, (0.1, 0.3, 0.0)),
        sewn_on(rounded([(-0.5, -5.5), (0.5, -5.5), (0.55, -2.5), (-0.55, -2.5)]), zip_metal, (0.4, 0.3, 0.2)),
    ]
    cut_neck = replace(cut, neck_y=5.2)
    back = [
        Panel(
            rounded([(-9.8, -7.2), (-5, -8.6), (0, -9), (5, -8.6), (9.8, -7.2), (9, 2), (-9, 2)], corners=(0, 4, 5, 6)),
            nylon,
            thick_cm=1.2,
            round_cm=1.5,
            dark=0.6,
        )
    ]
    table = cut.table(above_cm=12)
    view = garment_view(cut_neck.anchors(table), table, front, back)
    return Drawn(
        "puffer-olive",
        "top",
        "Olive puffer jacket",
        "橄榄绿羽绒服",
        colour,
        {"front": view},
        {"sleeve": "long", "hem": "hip", "outer": True, "gloss": 0.2},
    )


def tops() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    jersey = Fabric("#e9e8e4", plain_weave, sheen=0.1, mottle=0.03)
    black = Fabric("#1f2023", plain_weave, sheen=0.12)
    breton = Fabric("#ece7da", plain_weave, stripes("#22304f", every_cm=4.0, width_cm=1.5), sheen=0.1)
    long_cut = Cut(
        collar=(10.5, 0.4), neck_y=6.0, neck_power=2.2, sleeve_cm=43, sleeve_deg=25, cuff_cm=9.5, hem=(23.5, 64)
    )
    oxford = Fabric("#9fb9da", plain_weave, stripes("#c9d8ec", every_cm=0.5, width_cm=0.2, upright=True), mottle=0.04)
    flannel = Fabric(
        "#8c1f25",
        plain_weave,
        tartan((("#1b1b1f", 0.10, 0.30), ("#1b1b1f", 0.52, 0.06), ("#e8dfcf", 0.74, 0.03)), every_cm=8.5),
        sheen=0.2,
    )
    aran = Fabric("#ded2b8", cable, sheen=0.3)
    knitted = Fabric("#7c2f3e", knit(0.62), melange("#a2566a", strength=0.15), sheen=0.35)
    v_cut = Cut(
        collar=(8.6, 0),
        neck_y=19.0,
        neck_power=1.0,
        sleeve_cm=43,
        sleeve_deg=25,
        cuff_cm=9.5,
        hem=(23.5, 63),
        armpit=(25, 25),
    )
    crew = Cut(
        collar=(9.0, 0),
        neck_y=8.0,
        sleeve_cm=43,
        sleeve_deg=25,
        cuff_cm=11,
        hem=(24.5, 64),
        armpit=(26, 26),
        waist=(25.5, 44),
        shoulder=(22.5, 5.5),
    )
    return {
        "t-shirt-white": lambda: _t_shirt(
            "t-shirt-white", "White T-shirt", "白色T恤", "#e9e8e4", cut=TEE, fabric=jersey, seed=101, sleeve="short"
        ),
        "t-shirt-black": lambda: _t_shirt(
            "t-shirt-black",
            "Black T-shirt",
            "黑色T恤",
            "#1f2023",
            cut=replace(TEE, neck_y=8.6),
            fabric=black,
            seed=121,
            sleeve="short",
        ),
        "breton-shirt": lambda: _t_shirt(
            "breton-shirt",
            "Striped long-sleeve",
            "条纹长袖衫",
            "#ece7da",
            cut=long_cut,
            fabric=breton,
            seed=141,
            sleeve="long",
        ),
        "shirt-oxford": lambda: _shirt(
            "shirt-oxford", "Blue Oxford shirt", "蓝色牛津衬衫", "#9fb9da", oxford, button="#f2f2ee", seed=201
        ),
        "shirt-flannel": lambda: _shirt(
            "shirt-flannel", "Red flannel shirt", "红格法兰绒衬衫", "#8c1f25", flannel, button="#2a2220", seed=221
        ),
        "hoodie-grey": _hoodie,
        "sweater-aran": lambda: _sweater(
            "sweater-aran", "Aran sweater", "阿兰绞花毛衣", "#ded2b8", aran, cut=crew, seed=601
        ),
        "sweater-v-neck": lambda: _sweater(
            "sweater-v-neck", "Burgundy V-neck sweater", "酒红V领毛衣", "#7c2f3e", knitted, cut=v_cut, seed=621
        ),
        "coat-camel": _coat,
        "puffer-olive": _puffer,
    }
