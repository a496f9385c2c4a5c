"""Hats, caps and headscarves, seen from the front and a little from above.

y = 0 is the band line. A wearer's head with flat hair is HEAD_CM wide there; u = 0.5 is the front, u = 0.25 the
wearer's right, u = 0.75 the left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from drawn import Drawn, View
from fabric import (
    Fabric,
    basket,
    braid,
    dots,
    felt,
    leather,
    linear,
    melange,
    paisley_bandana,
    plain_weave,
    rib,
    satin,
    straw_tones,
    twill,
    wool,
)
from light import photograph
from noise import Floats, noise, ridged, step
from solids import Camera, Shape, Surface, along, ball, seen, smooth_curve, tube

HEAD_CM = 16.4
DEEP = 1.2
FACTOR = 3


def _item(
    id: str,
    kind: str,
    name: str,
    name_zh: str,
    colour: str,
    surfaces: Sequence[Surface],
    *,
    width_cm: float,
    top_cm: float,
    bottom_cm: float,
    crown_cm: tuple[float, float, float],
    front_cm: tuple[float, float, float],
    band_y_cm: float = 0.0,
    chin_y_cm: float | None = None,
    fields: dict[str, object] | None = None,
    width_px: int = 512,
) -> Drawn:
    scale = width_px / width_cm
    camera = Camera(
        scale, (width_px, round((top_cm - bottom_cm) * scale)), middle_cm=(0.0, (top_cm + bottom_cm) / 2), pitch_deg=7
    )
    picture = photograph(seen(surfaces, camera, factor=FACTOR), factor=FACTOR)
    half = HEAD_CM / 2
    anchors = {
        "left_band": camera.pixel(half, band_y_cm, 0),
        "right_band": camera.pixel(-half, band_y_cm, 0),
        "crown": camera.pixel(*crown_cm),
        "front_band": camera.pixel(*front_cm),
    }
    if chin_y_cm is not None:
        anchors["chin"] = camera.pixel(0, chin_y_cm, 9)
    return Drawn(
        id, kind, name, name_zh, colour, {"front": View(picture, anchors).cropped()}, {"gloss": 0.0} | (fields or {})
    )


def _azimuth(u: Floats) -> Floats:
    """Angle from the front, positive towards the wearer's left."""
    return 2 * np.pi * (u - 0.5)


def _ring(radius: Floats, y: Floats, u: Floats, *, deep: float = DEEP) -> Floats:
    t = _azimuth(u)
    return np.stack([radius * np.sin(t), np.broadcast_to(y, t.shape), radius * np.cos(t) * deep], axis=-1)


def _crown(profile: Sequence[tuple[float, float]], dent: Callable[[Floats, Floats, Floats], Floats]) -> Shape:
    """A turned profile whose height and pinch `dent(x, z, share of the height)` gives: (..., 2) as (dx factor, dy)."""
    curve = smooth_curve(np.array(profile, np.float32))
    highest = float(curve[:, 1].max())

    def shape(u: Floats, v: Floats) -> Floats:
        radius, y = np.moveaxis(along(curve, v), -1, 0)
        at = _ring(radius, y, u)
        change = dent(at[..., 0], at[..., 2], y / highest)
        at[..., 0] *= change[..., 0]
        at[..., 1] += change[..., 1]
        return at

    return shape


def _undented(x: Floats, z: Floats, share: Floats) -> Floats:
    return np.stack([np.ones_like(x), np.zeros_like(x)], axis=-1)


def _fedora_dent(x: Floats, z: Floats, share: Floats) -> Floats:
    """The crease along the top, and the pinch of two fingers in front."""
    high = step(0.55, 1.0, share)
    crease = -2.3 * np.exp(-((x / 1.9) ** 2)) * high * step(-9, -2, z)
    pinch = 1 - 0.30 * step(0.35, 0.85, share) * step(1.0, 8.5, z)
    slope = -0.9 * high * step(-2, 9, z)
    return np.stack([pinch, crease + slope], axis=-1)


def _brim(inner_cm: float, width_cm: float, *, turn: Callable[[Floats, Floats], Floats], oval: float = 1.0) -> Shape:
    """`turn(azimuth, v)` is the height. `oval` stretches the brim to the front and back."""

    def shape(u: Floats, v: Floats) -> Floats:
        t = _azimuth(u)
        edge = 1 + (oval - 1) * np.cos(t) ** 2
        return _ring(inner_cm + width_cm * v * edge, turn(t, v), u)

    return shape


def _stitches(at_v: Sequence[float], width_v: float, count: int) -> Callable[[Floats, Floats], Floats]:
    """Rows of stitches that run along u."""

    def relief_cm(u: Floats, v: Floats) -> Floats:
        height = np.zeros(np.shape(u), np.float32)
        for row in at_v:
            groove = np.exp(-(((v - row) / (width_v * 2.2)) ** 2))
            thread = np.exp(-(((v - row) / width_v) ** 2)) * (np.abs(np.sin(np.pi * u * count)) > 0.3)
            height += 0.035 * thread - 0.03 * groove
        return height

    return relief_cm


def _ribbon(
    radius: Callable[[Floats], Floats], *, low_cm: float, high_cm: float, fabric: Fabric, dent: float = 0.0
) -> Surface:
    """A band round the crown: radius(y) follows it."""

    def shape(u: Floats, v: Floats) -> Floats:
        y = low_cm + (high_cm - low_cm) * (1 - v)
        bulge = 0.16 + 0.05 * np.sin(np.pi * v)
        return _ring(radius(y) + bulge, y + 0.15 * dent * np.cos(2 * _azimuth(u)), u)

    return Surface(shape, fabric, (52, high_cm - low_cm), (300, 30))


def _bow(x: float, y: float, z: float, fabric: Fabric) -> list[Surface]:
    """The flat bow at a hat ribbon's side: two loops under a knot."""

    def loop(side: float) -> Shape:
        def shape(u: Floats, v: Floats) -> Floats:
            out = np.sin(np.pi * u / 2)
            half = 0.55 + 0.75 * out
            lift = 0.55 * np.sin(np.pi * np.minimum(u * 1.02, 1))
            return np.stack(
                [
                    x + side * (0.2 + 2.0 * u) * 0.75,
                    y + (v - 0.5) * 2 * half + 0.08 * np.sin(9 * v) * u,
                    z + lift * (1 - 0.4 * (2 * v - 1) ** 2) - side * 0.55 * u,
                ],
                axis=-1,
            )

        return shape

    knot = ball((x, y, z + 0.35), (0.42, 1.15, 0.4))
    return [Surface(loop(s), fabric, (2, 2.4), (60, 60)) for s in (-1.0, 1.0)] + [
        Surface(knot, fabric, (1, 2), (40, 40))
    ]


def _felt_hat(
    id: str, name: str, name_zh: str, colour: str, ribbon: str, *, cloth: Fabric, brim_cm: float, roll_cm: float
) -> Drawn:
    profile = [(0.1, 11.6), (3.2, 11.7), (5.6, 11.1), (6.7, 9.2), (7.3, 5.5), (7.9, 2.0), (8.3, 0.0)]
    by_height = smooth_curve(np.array(profile, np.float32))[::-1]

    def radius(y: Floats) -> Floats:
        return np.interp(y, by_height[:, 1], by_height[:, 0]).astype(np.float32)

    def turn(t: Floats, v: Floats) -> Floats:
        side = np.sin(t) ** 2
        return roll_cm * side * v**1.7 - (0.9 + 0.5 * np.cos(t)) * v * (1 - side) - 0.1 * np.sin(3 * t + 1) * v

    band = Fabric(ribbon, _grosgrain, gloss=0.1, roughness=0.5)
    crown = Surface(_crown(profile, _fedora_dent), cloth, (50, 20), (420, 260))
    brim = Surface(
        _brim(8.2, brim_cm, turn=turn, oval=0.96), cloth, (70, brim_cm), (420, 80), _stitches((0.95,), 0.012, 170)
    )
    edge = Surface(_edge_of(_brim(8.2, brim_cm, turn=turn, oval=0.96), 0.16), cloth, (70, 1), (420, 12))
    ring = _ribbon(radius, low_cm=0.1, high_cm=3.3, fabric=band)
    bow = _bow(7.3, 1.8, 4.6, band)
    return _item(
        id,
        "hat",
        name,
        name_zh,
        colour,
        [crown, brim, edge, ring, *bow],
        width_cm=2 * (8.6 + brim_cm),
        top_cm=14.5,
        bottom_cm=-4.5,
        crown_cm=(0, 11.3, 0),
        front_cm=(0, -1.4, 8.2 * DEEP + brim_cm * 0.96 * DEEP),
    )


def _grosgrain(u: Floats, v: Floats) -> Floats:
    return 0.012 * np.sin(2 * np.pi * u / 0.16) + 0.004 * noise(u * 3, v * 3, 31)


def _edge_of(shape: Shape, radius_cm: float) -> Shape:
    """A rounded lip along the outer edge (v = 1) of a brim."""

    def lip(u: Floats, v: Floats) -> Floats:
        outer, inner = shape(u, np.ones_like(v)), shape(u, np.full_like(v, 0.94))
        out = outer - inner
        out = out / np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-6)
        up = np.array([0, 1, 0], np.float32)
        a = (2 * np.pi * v)[..., None]
        return outer + radius_cm * (out * np.cos(a) * 0.8 + up * np.sin(a))

    return lip


def _sun_hat() -> Drawn:
    colour = "#d9bd86"
    straw = Fabric(colour, braid(0.75), straw_tones, gloss=0.1, roughness=0.5, sheen=0.1)
    ribbon = Fabric("#7d2f37", satin, gloss=0.25, roughness=0.4)
    profile = [(0.1, 9.6), (3.5, 9.5), (6.0, 8.6), (7.5, 6.2), (8.1, 3.0), (8.4, 0.0)]
    by_height = smooth_curve(np.array(profile, np.float32))[::-1]

    def radius(y: Floats) -> Floats:
        return np.interp(y, by_height[:, 1], by_height[:, 0]).astype(np.float32)

    def turn(t: Floats, v: Floats) -> Floats:
        wave = 0.55 * np.sin(3 * t + 0.6) + 0.35 * np.sin(5 * t + 2.0)
        return -(1.7 + 0.4 * np.cos(t)) * v**1.4 + wave * v**1.6

    brim = _brim(8.2, 11.5, turn=turn)
    surfaces = [
        Surface(_crown(profile, _undented), straw, (50, 17), (420, 240)),
        Surface(brim, straw, (90, 11.5), (480, 160)),
        Surface(_edge_of(brim, 0.14), straw, (90, 0.75), (480, 12)),
        _ribbon(radius, low_cm=0.0, high_cm=2.6, fabric=ribbon),
        *_bow(7.6, 1.2, 4.6, ribbon),
    ]
    return _item(
        "sun-hat",
        "hat",
        "Straw sun hat",
        "草编遮阳帽",
        colour,
        surfaces,
        width_cm=41.5,
        top_cm=12.5,
        bottom_cm=-7,
        crown_cm=(0, 9.6, 0),
        front_cm=(0, -2.4, 19.7 * DEEP),
    )


def _baseball_cap(
    id: str, name: str, name_zh: str, colour: str, visor_colour: str, back: str | None, badge: str | None
) -> Drawn:
    front = Fabric(colour, twill, sheen=0.1)
    visor_cloth = Fabric(visor_colour, twill, sheen=0.1)
    profile = [(0.1, 10.7), (2.6, 10.5), (5.0, 9.5), (6.9, 7.4), (7.9, 4.6), (8.25, 1.5), (8.2, -1.3)]

    def dent(x: Floats, z: Floats, share: Floats) -> Floats:
        t = np.arctan2(x, z)
        tall = 0.35 * np.exp(-((t / 0.6) ** 2)) * np.sin(np.pi * np.clip(share, 0, 1))
        return np.stack([1 + 0.0 * x, tall + 0.10 * noise(x * 0.35, z * 0.35, 32)], axis=-1)

    seams = [np.pi / 3 * k for k in range(-3, 4)]

    def panels_cm(u: Floats, v: Floats) -> Floats:
        t = _azimuth(u)
        height = np.zeros(np.shape(u), np.float32)
        for seam in seams:
            off = (t - seam) * 8 * np.clip(v * 1.6, 0.02, 1)
            height -= 0.10 * np.exp(-((off / 0.09) ** 2))
            for side in (-0.28, 0.28):
                thread = np.exp(-(((off - side) / 0.05) ** 2)) * (np.abs(np.sin(v * 95)) > 0.35)
                height += 0.03 * thread - 0.02 * np.exp(-(((off - side) / 0.1) ** 2))
            hole = np.hypot((t - seam - np.pi / 6) * 6.0, (v - 0.45) * 18)
            height += 0.05 * np.exp(-(((hole - 0.34) / 0.10) ** 2)) - 0.10 * step(0.28, 0.12, hole)
        if badge is not None:
            height += 0.05 * _badge(t, v) + 0.02 * np.sin(t * 190 + v * 60) * _badge(t, v)
        return height

    def holes(u: Floats, v: Floats) -> Floats:
        t = _azimuth(u)
        tone = np.ones(np.shape(u), np.float32)
        for seam in seams:
            tone -= 0.75 * step(0.26, 0.12, np.hypot((t - seam - np.pi / 6) * 6.0, (v - 0.45) * 18))
        return tone

    def paint(u: Floats, v: Floats, rgb: Floats) -> Floats:
        t, share = _azimuth(u / 52), v / 18
        rgb = np.array(rgb)
        if back is not None:
            mesh = 0.55 + 0.45 * (np.sin(u * 15) * np.sin(v * 15 + np.floor(u * 15 / np.pi) % 2 * np.pi) > -0.2)
            other = linear(back) * mesh[..., None]
            rgb = rgb + (other - rgb) * step(1.035, 1.055, np.abs(t))[..., None]
        if badge is not None:
            rgb = rgb + (linear(badge) - rgb) * _badge(t, share)[..., None]
        return rgb

    cloth = Fabric(colour, twill, paint, sheen=0.1)
    crown = Surface(_crown(profile, dent), cloth, (52, 18), (480, 260), panels_cm, holes)
    button = Surface(ball((0, 10.8, 0.2), (0.75, 0.4, 0.75)), front, (2, 2), (40, 40))

    def visor(u: Floats, v: Floats) -> Floats:
        t = (u - 0.5) * 2
        a = t * np.radians(66)
        out = np.maximum(1 - np.abs(t) ** 3.2, 0) ** 0.75 * 7.3
        x = 8.3 * np.sin(a) * (1 + 0.03 * v * out)
        z = 8.3 * np.cos(a) * DEEP + v * out * np.cos(np.radians(17))
        y = -0.2 - v * out * np.sin(np.radians(17)) - 0.024 * x**2 * (0.15 + 0.85 * v) - 0.03 * np.abs(x) * (1 - v)
        return np.stack([x, y, z], axis=-1)

    rows = _stitches((0.12, 0.25, 0.38, 0.51, 0.64, 0.77, 0.92), 0.010, 90)
    surfaces = [
        crown,
        button,
        Surface(visor, visor_cloth, (18, 7.5), (300, 160), rows),
        Surface(_edge_of(visor, 0.17), visor_cloth, (18, 1), (300, 16)),
    ]
    return _item(
        id,
        "cap",
        name,
        name_zh,
        colour,
        surfaces,
        width_cm=18.4,
        top_cm=14.5,
        bottom_cm=-6,
        crown_cm=(0, 10.8, 0),
        front_cm=(0, -2.4, 16.9),
        band_y_cm=0.6,
        width_px=480,
    )


def _badge(t: Floats, v: Floats) -> Floats:
    """An embroidered mountain in a ring."""
    x, y = t * 7.6, (v - 0.60) * 17
    ring = step(0.16, 0.08, np.abs(np.hypot(x, y) - 2.0))
    slope = np.minimum(np.abs(x + 0.55) * 1.35 - 0.65, np.abs(x - 0.6) * 1.35 - 0.05)
    mountain = step(0.05, -0.05, slope - y) * step(1.0, 0.9, y) * step(1.62, 1.55, np.hypot(x, y))
    return np.clip(ring + mountain, 0, 1)


def _beanie(id: str, name: str, name_zh: str, colour: str, *, pompom: str | None) -> Drawn:
    yarn = Fabric(colour, rib(0.62), melange("#ffffff", strength=0.06), sheen=0.45, gloss=0.0)
    cuff_yarn = Fabric(colour, rib(0.75), melange("#ffffff", strength=0.06), sheen=0.45, gloss=0.0)
    profile = [(0.1, 12.6), (1.6, 12.5), (4.4, 11.4), (6.9, 8.8), (8.2, 5.0), (8.5, 2.0), (8.4, 0.0)]

    def slouch(x: Floats, z: Floats, share: Floats) -> Floats:
        t = np.arctan2(x, z)
        gather = 0.30 * np.cos(14 * t) * step(0.80, 1.0, share)
        soft = 0.35 * noise(x * 0.22 + 3, share * 3, 33) * step(0.3, 0.8, share)
        return np.stack([1 + 0.015 * noise(share * 4, t, 34), gather * 0.5 + soft], axis=-1)

    def cuff(u: Floats, v: Floats) -> Floats:
        y = 4.9 - 5.8 * v
        bulge = 0.55 * np.maximum(1 - (2 * v - 1) ** 6, 0) ** 0.5 + 0.12 * noise(u * 14, v * 2, 35)
        return _ring(8.35 + bulge, y + 0.12 * np.sin(2 * _azimuth(u) + 1), u)

    surfaces = [
        Surface(_crown(profile, slouch), yarn, (52, 19), (420, 240)),
        Surface(cuff, cuff_yarn, (52.5, 5.8), (480, 60)),
    ]
    top = 13.2
    if pompom is not None:
        top = 18.5

        def fluff(u: Floats, v: Floats) -> Floats:
            base = ball((0, 14.6, 0), (1, 1, 1))(u, v) - np.array([0, 14.6, 0], np.float32)
            rough = noise(u * 60, v * 40, 36) + 0.7 * noise(u * 110, v * 80, 37)
            return np.array([0, 14.6, 0], np.float32) + base * (3.0 + 0.42 * rough)[..., None]

        surfaces.append(Surface(fluff, Fabric(pompom, wool, sheen=0.6, mottle=0.15), (20, 10), (420, 300)))
    return _item(
        id,
        "hat",
        name,
        name_zh,
        colour,
        surfaces,
        width_cm=18.8,
        top_cm=top + 0.6,
        bottom_cm=-2.2,
        crown_cm=(0, 12.6, 0),
        front_cm=(0, -0.9, 8.5 * DEEP),
        band_y_cm=0.3,
        width_px=448,
    )


def _bucket_hat() -> Drawn:
    colour = "#3d4a3a"
    cotton = Fabric(colour, twill, sheen=0.1, mottle=0.08)
    profile = [(0.1, 9.0), (4.0, 8.95), (6.1, 8.7), (6.7, 8.1), (7.4, 4.0), (8.3, 0.0)]

    def turn(t: Floats, v: Floats) -> Floats:
        return -4.6 * v + 0.22 * np.sin(4 * t + 0.5) * v + 0.15 * np.sin(7 * t) * v**2

    brim = _brim(8.25, 4.0, turn=turn)
    surfaces = [
        Surface(_crown(profile, _crumpled), cotton, (50, 15), (420, 240), _bucket_seams),
        Surface(
            brim, cotton, (60, 6), (480, 120), _stitches((0.1, 0.22, 0.34, 0.46, 0.58, 0.7, 0.82, 0.94), 0.009, 190)
        ),
        Surface(_edge_of(brim, 0.14), cotton, (60, 1), (480, 12)),
    ]
    return _item(
        "bucket-hat",
        "hat",
        "Green bucket hat",
        "墨绿渔夫帽",
        colour,
        surfaces,
        width_cm=26,
        top_cm=11,
        bottom_cm=-7.5,
        crown_cm=(0, 9, 0),
        front_cm=(0, -4.6, 12.2 * DEEP),
        width_px=480,
    )


def _bucket_seams(u: Floats, v: Floats) -> Floats:
    rim = np.exp(-(((v - 0.45) / 0.006) ** 2))
    thread = np.exp(-(((v - 0.475) / 0.005) ** 2)) * (np.abs(np.sin(u * 480)) > 0.35)
    side = np.exp(-(((np.abs(u - 0.5) - 0.25) / 0.0016) ** 2)) * step(0.45, 0.46, v)
    return 0.05 * rim + 0.03 * thread - 0.06 * side


def _crumpled(x: Floats, z: Floats, share: Floats) -> Floats:
    soft = noise(x * 0.3, z * 0.3 + share * 2, 38, octaves=2)
    return np.stack([1 + 0.012 * soft, 0.22 * soft * share], axis=-1)


def _beret() -> Drawn:
    colour = "#7a1f2b"
    cloth = Fabric(colour, felt, sheen=0.55, mottle=0.08)

    def shape(u: Floats, v: Floats) -> Floats:
        t = _azimuth(u)
        # From the middle of the top outwards, over the edge, and back in to the band.
        profile = smooth_curve(
            np.array([(0.1, 7.4), (4, 7.3), (8, 6.3), (10.6, 4.3), (10.9, 2.6), (9.6, 1.0), (8.2, 0.2), (8.1, -0.7)])
        )
        radius, y = np.moveaxis(along(profile, v), -1, 0)
        at = _ring(radius, y, u, deep=1.05)
        loose = step(0.1, 0.6, v) * step(1.0, 0.75, v)
        # It leans over to the wearer's right, and its front is pulled flat.
        lean = -at[..., 0] * 0.20 * loose
        at[..., 0] += -1.3 * loose
        at[..., 1] += -1.6 * step(2, 11, -at[..., 0]) * loose + lean * -0.45
        at[..., 1] += 0.45 * noise(u * 6, v * 2.2, 39) * loose + 0.18 * noise(u * 15, v * 3, 40) * loose
        at[..., 2] += 0.5 * noise(u * 7, v * 2, 41) * loose - 0.8 * np.cos(t) * loose
        return at

    def band(u: Floats, v: Floats) -> Floats:
        return _ring(8.25 + 0.18 * np.sin(np.pi * v), 0.5 - 1.5 * v, u)

    stalk = Surface(tube(np.array([[-1.2, 7.2, 0], [-1.2, 7.9, 0.1], [-1.0, 8.6, 0.1]]), 0.22), cloth, (2, 1), (30, 20))
    surfaces = [
        Surface(shape, cloth, (60, 20), (480, 260)),
        Surface(band, Fabric("#651823", leather, gloss=0.12, roughness=0.5), (52, 1.5), (300, 20)),
        stalk,
    ]
    return _item(
        "beret-red",
        "hat",
        "Red beret",
        "红色贝雷帽",
        colour,
        surfaces,
        width_cm=25.5,
        top_cm=11,
        bottom_cm=-3,
        crown_cm=(0, 7.2, 0),
        front_cm=(0, -1.0, 8.3 * DEEP),
        width_px=480,
    )


def _cowboy_hat() -> Drawn:
    colour = "#8a5a33"
    hide = Fabric(colour, leather, gloss=0.16, roughness=0.55, mottle=0.18)
    cord = Fabric("#3a2415", leather, gloss=0.2, roughness=0.45)
    profile = [(0.1, 12.0), (3.4, 12.2), (5.6, 11.8), (6.7, 10.0), (7.4, 5.5), (8.0, 2.0), (8.4, 0.0)]
    by_height = smooth_curve(np.array(profile, np.float32))[::-1]

    def turn(t: Floats, v: Floats) -> Floats:
        side = np.sin(t) ** 2
        return 5.2 * side**2 * v**2.0 - (1.5 + 0.6 * np.cos(t)) * v * (1 - side)

    def radius(y: Floats) -> Floats:
        return np.interp(y, by_height[:, 1], by_height[:, 0]).astype(np.float32)

    brim = _brim(8.3, 9.5, turn=turn, oval=0.95)
    surfaces = [
        Surface(_crown(profile, _fedora_dent), hide, (50, 20), (420, 260)),
        Surface(brim, hide, (80, 9.5), (480, 140), _stitches((0.96,), 0.008, 210)),
        Surface(_edge_of(brim, 0.18), hide, (80, 1), (480, 12)),
        _ribbon(radius, low_cm=0.2, high_cm=1.7, fabric=cord),
    ]
    return _item(
        "cowboy-hat",
        "hat",
        "Brown cowboy hat",
        "棕色牛仔帽",
        colour,
        surfaces,
        width_cm=38,
        top_cm=15,
        bottom_cm=-5.5,
        crown_cm=(0, 11.3, 0),
        front_cm=(0, -2.1, 17.3 * DEEP),
        fields={"gloss": 0.1},
    )


def _bandana() -> Drawn:
    colour = "#b3202a"
    cotton = Fabric(colour, plain_weave, paisley_bandana("#f7f1e8", every_cm=4.2), mottle=0.05)
    profile = [(0.1, 9.6), (3.2, 9.3), (5.8, 8.0), (7.6, 5.4), (8.3, 2.4), (8.35, 0.0)]

    def folds(x: Floats, z: Floats, share: Floats) -> Floats:
        t = np.arctan2(x, z)
        pull = ridged(np.abs(t) * 2.2, share * 1.6 + 0.3 * t, 42) - 0.5
        return np.stack([1 + 0.012 * pull, 0.25 * pull], axis=-1)

    def roll(u: Floats, v: Floats) -> Floats:
        t = _azimuth(u)
        around = 2 * np.pi * v
        thick = 1.05 + 0.16 * noise(u * 22, v * 3, 43)
        rise = 0.5 + 0.9 * np.cos(t)
        return _ring(8.35 + 0.45 * thick * np.cos(around), rise + thick * 1.15 * np.sin(around), u)

    def twist(u: Floats, v: Floats) -> Floats:
        return 0.30 * ridged(u * 9 + 1.4 * v, v * 1.2 + u * 3, 48)

    surfaces = [
        Surface(_crown(profile, folds), cotton, (50, 17), (420, 240)),
        Surface(roll, cotton, (52, 7), (480, 60), twist),
    ]
    return _item(
        "bandana-red",
        "headscarf",
        "Red bandana",
        "红色头巾",
        colour,
        surfaces,
        width_cm=18.6,
        top_cm=12,
        bottom_cm=-2,
        crown_cm=(0, 9.6, 0),
        front_cm=(0, 0.3, 8.9 * DEEP),
        band_y_cm=0.4,
        width_px=448,
    )


def _hijab(id: str, name: str, name_zh: str, colour: str, fabric: Fabric) -> Drawn:
    """Wrapped about the face: the face hole, the head's dome, one layer across under the chin, drapes on the chest."""
    face = smooth_curve(
        np.array(
            [
                (0, 2.0),
                (4.2, 1.2),
                (6.3, -2.4),
                (6.5, -7.0),
                (5.2, -11.8),
                (2.6, -15.2),
                (0, -16.2),
                (-2.6, -15.2),
                (-5.2, -11.8),
                (-6.5, -7.0),
                (-6.3, -2.4),
                (-4.2, 1.2),
            ]
        ),
        closed=True,
    )
    outer = smooth_curve(
        np.array(
            [
                (0, 9.8),
                (5.2, 8.2),
                (8.9, 3.2),
                (9.7, -3.5),
                (9.8, -10),
                (11.4, -17),
                (9.5, -23.5),
                (0, -27.5),
                (-9.5, -24.0),
                (-11.4, -17),
                (-9.8, -10),
                (-9.7, -3.5),
                (-8.9, 3.2),
                (-5.2, 8.2),
            ]
        ),
        closed=True,
    )

    def shape(u: Floats, v: Floats) -> Floats:
        # The curves begin at the forehead, the cloth below the chin, where its seam is out of sight.
        around = (u + 0.5) % 1.0
        a, b = along(face, around), along(outer, around)
        low = step(0.25, 0.5, np.minimum(around, 1 - around))
        folds = (
            0.34
            * (ridged(v * 3.2 + 0.5 * noise(u * 4, v, 45), u * 5.0, 44) - 0.4)
            * np.sin(np.pi * np.clip(v * 1.05, 0, 1))
        )
        drape = 0.8 * (ridged(v * 4.2 + 0.4 * np.sin(5 * u), u * 5 + 1.3, 46) - 0.4) * low * step(0.05, 0.4, v)
        # A quarter round: rises steeply from the face's edge and falls back at the silhouette.
        height = (
            7.6
            + 1.1 * step(0, 0.12, v)
            - 9.0 * np.maximum(v - 0.1, 0) ** 2.2 * (1 - 0.55 * low)
            + 2.3 * low * np.sin(np.pi * v)
        )
        at = a + (b - a) * v[..., None]
        return np.stack([at[..., 0], at[..., 1], height + folds + drape], axis=-1)

    def layer(u: Floats, v: Floats) -> Floats:
        """The end thrown across the front, from the wearer's right below the chin to the left shoulder."""
        top = along(smooth_curve(np.array([(-8.6, -9.0), (-4.5, -14.6), (1.5, -17.6), (7.6, -18.2), (11.0, -17.4)])), u)
        bottom = along(
            smooth_curve(np.array([(-11.3, -17.5), (-7.5, -24.5), (-1.0, -28.5), (6.5, -26.0), (11.0, -20.5)])), u
        )
        at = top + (bottom - top) * v[..., None]
        folds = 0.75 * (ridged(v * 3.8 + 0.25 * np.sin(4 * u), u * 1.6, 47) - 0.4) * step(0, 0.1, v)
        z = 10.4 + 1.2 * np.sin(np.pi * u) + 0.9 * step(0, 0.12, v) - 1.6 * v**2 + folds
        return np.stack([at[..., 0], at[..., 1], z], axis=-1)

    surfaces = [Surface(shape, fabric, (60, 14), (520, 200)), Surface(layer, fabric, (26, 10), (300, 160))]
    return _item(
        id,
        "headscarf",
        name,
        name_zh,
        colour,
        surfaces,
        width_cm=24,
        top_cm=11.5,
        bottom_cm=-31,
        crown_cm=(0, 9.8, 0),
        front_cm=(0, 2.0, 7.6),
        band_y_cm=-1.0,
        chin_y_cm=-15.6,
        fields={"hides_hair": "all"},
        width_px=420,
    )


def headwear() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    grey = Fabric("#5b5d61", felt, sheen=0.35, mottle=0.07)
    panama = Fabric("#e6d9bd", basket(0.42), straw_tones, gloss=0.06, roughness=0.5)
    sage = Fabric("#8fa08a", satin, sheen=0.2, mottle=0.03)
    dotted = Fabric("#24365c", satin, dots("#f3efe6", every_cm=2.6, radius_cm=0.34), sheen=0.15)
    return {
        "fedora-grey": lambda: _felt_hat(
            "fedora-grey", "Grey fedora", "灰色礼帽", "#5b5d61", "#17181b", cloth=grey, brim_cm=6.0, roll_cm=1.9
        ),
        "panama": lambda: _felt_hat(
            "panama", "Panama hat", "巴拿马草帽", "#e6d9bd", "#1d1b1c", cloth=panama, brim_cm=6.6, roll_cm=1.2
        ),
        "sun-hat": _sun_hat,
        "bucket-hat": _bucket_hat,
        "cowboy-hat": _cowboy_hat,
        "beret-red": _beret,
        "beanie-mustard": lambda: _beanie("beanie-mustard", "Mustard beanie", "姜黄色毛线帽", "#c08a2b", pompom=None),
        "bobble-hat": lambda: _beanie("bobble-hat", "Bobble hat", "毛球针织帽", "#6d7f93", pompom="#e9e4da"),
        "cap-navy": lambda: _baseball_cap(
            "cap-navy", "Navy baseball cap", "藏青棒球帽", "#1e2c4a", "#1e2c4a", None, "#f2efe6"
        ),
        "cap-trucker": lambda: _baseball_cap(
            "cap-trucker", "Trucker cap", "卡车司机帽", "#e9e6df", "#b3262d", "#b3262d", None
        ),
        "bandana-red": _bandana,
        "hijab-sage": lambda: _hijab("hijab-sage", "Sage headscarf", "灰绿头纱", "#8fa08a", sage),
        "headscarf-dots": lambda: _hijab("headscarf-dots", "Dotted headscarf", "波点头纱", "#24365c", dotted),
    }
