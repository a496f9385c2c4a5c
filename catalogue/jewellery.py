"""Necklaces and earrings: beads, links, pearls, stones on a wire. Centimetres, x = 0 the neck's middle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from drawn import Drawn, View
from fabric import Fabric, plain_weave, smooth
from light import photograph
from noise import Floats, noise
from solids import Camera, Shape, Surface, along, ball, seen, smooth_curve, tube

FACTOR = 3
GOLD = Fabric("#e0b45c", smooth, gloss=0.9, roughness=0.16, is_metal=True)
SILVER = Fabric("#d3d6da", smooth, gloss=0.9, roughness=0.14, is_metal=True)
PEARL = Fabric("#dccfc0", smooth, gloss=0.7, roughness=0.28, sheen=0.25, mottle=0.02)
ONYX = Fabric("#161518", smooth, gloss=0.8, roughness=0.1)
RUBY = Fabric("#8e1030", smooth, gloss=0.9, roughness=0.08)
EMERALD = Fabric("#0c6b4c", smooth, gloss=0.9, roughness=0.08)
TURQUOISE = Fabric(
    "#3aa6a2",
    smooth,
    lambda u, v, rgb: rgb * (0.9 + 0.25 * noise(u * 6, v * 6, 51))[..., None],
    gloss=0.5,
    roughness=0.3,
)


def _around_neck(half_cm: float, drop_cm: float, *, power: float = 2.2, samples: int = 600) -> Floats:
    """The chain from the wearer's right to the left: a smooth U that bends round the neck, (N, 3)."""
    t = np.linspace(-1, 1, 61)
    x = half_cm * np.sin(t * np.pi / 2)
    y = -drop_cm * (1 - np.abs(t) ** power)
    z = 3.5 * np.cos(t * np.pi / 2)
    return smooth_curve(np.stack([x, y, z], axis=1), samples=samples)


def _spaced(curve: Floats, every_cm: float) -> tuple[Floats, Floats]:
    """Points every so many centimetres along a curve, symmetrical about its middle, with the directions there."""
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    count = int(steps[-1] / 2 / every_cm)
    at = steps[-1] / 2 + every_cm * np.arange(-count, count + 1)
    points = np.stack([np.interp(at, steps, curve[:, k]) for k in range(3)], axis=1)
    slope = np.gradient(curve, axis=0)
    slope = np.stack([np.interp(at, steps, slope[:, k]) for k in range(3)], axis=1)
    return points, slope / np.linalg.norm(slope, axis=1, keepdims=True)


def _link(
    centre: Floats, direction: Floats, *, long_cm: float, wide_cm: float, wire_cm: float, is_edge_on: bool
) -> Shape:
    """An oval ring; every other link is seen from its edge."""
    side = np.cross(direction, np.array([0.0, 0.0, 1.0]))
    side /= np.linalg.norm(side)
    across = np.cross(side, direction) if is_edge_on else side
    lean = np.cross(direction, across) * 0.25 * wide_cm
    t = np.linspace(0, 2 * np.pi, 17)[:-1]
    ring = (
        centre
        + np.outer(np.cos(t), direction) * long_cm / 2
        + np.outer(np.sin(t), across) * wide_cm / 2
        + np.outer(np.sin(t), lean)
    )
    return tube(ring, wire_cm, closed=True)


def _chain(curve: Floats, fabric: Fabric, *, long_cm: float, wide_cm: float, wire_cm: float) -> list[Surface]:
    points, directions = _spaced(curve, long_cm * 0.68)
    return [
        Surface(
            _link(p, d, long_cm=long_cm, wide_cm=wide_cm, wire_cm=wire_cm, is_edge_on=bool(k % 2)),
            fabric,
            (2, 0.5),
            (28, 12),
        )
        for k, (p, d) in enumerate(zip(points, directions, strict=True))
    ]


def _beads(curve: Floats, fabric: Fabric | Sequence[Fabric], radius: Callable[[float], float]) -> list[Surface]:
    """Balls in a row that touch; radius(share of the way from the middle, 0 to 1)."""
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    middle = steps[-1] / 2
    places, at = [middle], middle
    while True:
        r = radius((at - middle) / middle)
        at = at + 2 * r * 0.99
        if at > steps[-1]:
            break
        places += [at, 2 * middle - at]
    surfaces = []
    for k, place in enumerate(sorted(places)):
        x, y, z = (float(np.interp(place, steps, curve[:, axis])) for axis in range(3))
        r = radius(abs(place - middle) / middle)
        cloth = fabric if isinstance(fabric, Fabric) else fabric[k % len(fabric)]
        surfaces.append(Surface(ball((x, y, z), (r, r, r)), cloth, (2, 1), (36, 24)))
    return surfaces


def _facets(centre: tuple[float, float, float], size: tuple[float, float], *, point: bool = False) -> Shape:
    """A cut stone: flat faces, as steps in the angle and in the height."""

    def shape(u: Floats, v: Floats) -> Floats:
        sides = 8
        angle = 2 * np.pi * u
        corner = np.pi / sides
        inside = (angle % (2 * corner)) - corner
        r = np.interp(v, [0, 0.35, 0.72, 1], [0.0, 0.62, 0.94, 1.0]) * np.cos(corner) / np.cos(inside)
        z = np.interp(v, [0, 0.35, 0.72, 1], [0.42, 0.40, 0.16, -0.1])
        x, y = r * np.cos(angle + corner) * size[0], r * np.sin(angle + corner) * size[1]
        if point:
            x = x * np.clip(1 - 0.62 * y / size[1], 0.05, 2) * 0.85
            y = y + 0.0
        return np.stack([centre[0] + x, centre[1] + y, centre[2] + z * size[0]], axis=-1)

    return shape


def _necklace(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    surfaces: Sequence[Surface],
    *,
    half_cm: float,
    drop_cm: float,
    low_cm: float,
    drop_share: float,
    gloss: float,
) -> Drawn:
    wide = 2 * half_cm + 2.5
    tall = low_cm + 2.5
    scale = min(440 / wide, 500 / tall)
    camera = Camera(scale, (round(wide * scale), round(tall * scale)), (0, -low_cm / 2))
    picture = photograph(seen(surfaces, camera, factor=FACTOR), factor=FACTOR, shadow=0.5)
    anchors = {
        "left_neck": camera.pixel(half_cm, 0, 0),
        "right_neck": camera.pixel(-half_cm, 0, 0),
        "lowest": camera.pixel(0, -drop_cm, 0),
    }
    return Drawn(
        id,
        "necklace",
        name,
        name_zh,
        colour,
        {"front": View(picture, anchors).cropped()},
        {"drop_share": drop_share, "gloss": gloss},
    )


def _pearls() -> Drawn:
    curve = _around_neck(6.0, 4.6)
    return _necklace(
        "pearls",
        "Pearl necklace",
        "珍珠项链",
        "#dccfc0",
        _beads(curve, PEARL, lambda t: 0.44 - 0.10 * t),
        half_cm=6.0,
        drop_cm=4.6,
        low_cm=5.1,
        drop_share=0.4,
        gloss=0.6,
    )


def _pendant() -> Drawn:
    curve = _around_neck(6.2, 12.0, power=1.55)
    surfaces = _chain(curve, GOLD, long_cm=0.42, wide_cm=0.26, wire_cm=0.05)
    bail = Surface(
        tube(
            np.array([[0.0, -11.9, 3.4], [0.22, -12.2, 3.7], [0, -12.55, 3.8], [-0.22, -12.2, 3.7]]), 0.07, closed=True
        ),
        GOLD,
        (1, 0.3),
        (40, 14),
    )
    t = np.linspace(0, 2 * np.pi, 41)[:-1]
    setting = np.stack([0.86 * np.cos(t), -13.45 + 0.98 * np.sin(t), np.full(40, 3.6)], axis=1)
    surfaces += [
        bail,
        Surface(_facets((0, -13.45, 3.7), (0.80, 0.92)), EMERALD, (3, 1), (161, 60)),
        Surface(tube(setting, 0.11, closed=True), GOLD, (4, 0.5), (120, 16)),
    ]
    for k in range(8):
        a = 2 * np.pi * (k + 0.5) / 8
        surfaces.append(
            Surface(
                ball((0.82 * float(np.cos(a)), -13.45 + 0.94 * float(np.sin(a)), 3.78), (0.1, 0.1, 0.1)),
                GOLD,
                (1, 1),
                (16, 12),
            )
        )
    return _necklace(
        "pendant-emerald",
        "Emerald pendant",
        "祖母绿吊坠",
        "#e0b45c",
        surfaces,
        half_cm=6.2,
        drop_cm=12.0,
        low_cm=14.6,
        drop_share=1.0,
        gloss=0.8,
    )


def _curb_chain() -> Drawn:
    curve = _around_neck(6.4, 7.2, power=1.9)
    surfaces = _chain(curve, SILVER, long_cm=1.05, wide_cm=0.78, wire_cm=0.13)
    return _necklace(
        "chain-silver",
        "Silver chain",
        "银色粗链",
        "#d3d6da",
        surfaces,
        half_cm=6.4,
        drop_cm=7.2,
        low_cm=7.9,
        drop_share=0.58,
        gloss=0.8,
    )


def _even(radius_cm: float, share: float) -> float:
    return radius_cm


def _long_beads() -> Drawn:
    surfaces = []
    for drop, small in ((15.0, 0.30), (20.0, 0.36)):
        surfaces += _beads(
            _around_neck(6.5, drop, power=1.6), (TURQUOISE, TURQUOISE, ONYX, TURQUOISE, SILVER), partial(_even, small)
        )
    return _necklace(
        "beads-turquoise",
        "Turquoise beads",
        "绿松石串珠",
        "#3aa6a2",
        surfaces,
        half_cm=6.5,
        drop_cm=20.0,
        low_cm=20.6,
        drop_share=1.7,
        gloss=0.4,
    )


def _choker() -> Drawn:
    velvet = Fabric("#1c1418", plain_weave, sheen=0.5, mottle=0.03)
    curve = _around_neck(5.8, 2.6)

    def band(u: Floats, v: Floats) -> Floats:
        at = along(curve, u)
        y = at[..., 1] + (0.5 - v) * 1.5
        return np.stack([at[..., 0], y, at[..., 2] + 0.10 * np.sin(np.pi * v)], axis=-1)

    t = np.linspace(0, 2 * np.pi, 41)[:-1]
    oval = np.stack([0.72 * np.cos(t), -3.9 + 0.9 * np.sin(t), np.full(40, 3.75)], axis=1)
    ring = np.array([[0.0, -2.8, 3.7], [0.2, -3.0, 3.8], [0, -3.2, 3.9], [-0.2, -3.0, 3.8]])
    surfaces = [
        Surface(band, velvet, (16, 1.5), (200, 30)),
        Surface(tube(ring, 0.06, closed=True), GOLD, (1, 0.3), (30, 12)),
        Surface(ball((0, -3.9, 3.6), (0.68, 0.86, 0.36)), RUBY, (2, 1), (80, 60)),
        Surface(tube(oval, 0.13, closed=True), GOLD, (4, 0.5), (140, 16), lambda u, v: 0.03 * np.sin(u * 170)),
    ]
    return _necklace(
        "choker-velvet",
        "Velvet choker",
        "丝绒颈链",
        "#1c1418",
        surfaces,
        half_cm=5.8,
        drop_cm=2.6,
        low_cm=5.0,
        drop_share=0.22,
        gloss=0.1,
    )


def _earring(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    surfaces: Sequence[Surface],
    *,
    wide_cm: float,
    long_cm: float,
    length_share: float,
    gloss: float = 0.8,
) -> Drawn:
    """The hook is at the origin; the jewel hangs down from it."""
    tall = long_cm + 1.4
    scale = min(200 / (wide_cm + 0.6), 240 / tall)
    camera = Camera(scale, (round((wide_cm + 0.6) * scale), round(tall * scale)), (0, 0.7 - tall / 2))
    picture = photograph(seen(surfaces, camera, factor=FACTOR), factor=FACTOR, shadow=0.4)
    view = View(picture, {"hook": camera.pixel(0, 0, 0)}).cropped()
    return Drawn(id, "earring", name, name_zh, colour, {"front": view}, {"length_share": length_share, "gloss": gloss})


def _stud() -> Drawn:
    t = np.linspace(0, 2 * np.pi, 31)[:-1]
    cup = np.stack([0.34 * np.cos(t), 0.34 * np.sin(t), np.zeros(30)], axis=1)
    return _earring(
        "stud-pearl",
        "Pearl stud",
        "珍珠耳钉",
        "#dccfc0",
        [
            Surface(tube(cup, 0.05, closed=True), GOLD, (2, 0.3), (90, 14)),
            Surface(ball((0, 0, 0.15), (0.36, 0.36, 0.36)), PEARL, (2, 1), (70, 50)),
        ],
        wide_cm=0.9,
        long_cm=0.45,
        length_share=0.035,
    )


def _hoop() -> Drawn:
    t = np.linspace(0, 2 * np.pi, 61)[:-1]
    # Seen nearly from its edge, as a hoop hangs in front of us.
    ring = np.stack([1.55 * np.sin(t), -1.85 + 1.85 * np.cos(t), 1.0 * np.sin(t)], axis=1)
    return _earring(
        "hoop-gold",
        "Gold hoop",
        "金色耳环",
        "#e0b45c",
        [Surface(tube(ring, 0.14, closed=True), GOLD, (12, 0.9), (300, 24))],
        wide_cm=3.6,
        long_cm=3.9,
        length_share=0.16,
    )


def _wire(top: float = 0.0) -> Surface:
    hook = np.array([[0.0, -0.75, 0.05], [0.0, -0.4, 0.1], [0.0, top, 0.22], [0.02, 0.10, 0.0], [0.05, -0.1, -0.3]])
    return Surface(tube(hook, 0.045), GOLD, (2, 0.3), (60, 12))


def _drop() -> Drawn:
    t = np.linspace(0, 2 * np.pi, 41)[:-1]
    y = np.sin(t)
    outline = np.stack(
        [0.56 * np.cos(t) * np.clip(1 - 0.62 * y, 0.05, 2) * 0.85, -1.95 + 1.08 * y, np.full(40, 0.0)], axis=1
    )
    surfaces = [
        _wire(),
        Surface(ball((0, -0.82, 0.05), (0.13, 0.13, 0.13)), GOLD, (1, 1), (24, 16)),
        Surface(_facets((0, -1.95, 0.1), (0.52, 1.0), point=True), RUBY, (3, 1), (161, 60)),
        Surface(tube(outline, 0.09, closed=True), GOLD, (4, 0.5), (160, 16)),
    ]
    return _earring(
        "drop-ruby", "Ruby drop earring", "红宝石耳坠", "#8e1030", surfaces, wide_cm=1.4, long_cm=3.1, length_share=0.13
    )


def _chandelier() -> Drawn:
    rng = np.random.default_rng(905)
    surfaces = [_wire()]
    t = np.linspace(np.pi, 2 * np.pi, 15)
    for radius in (0.95, 0.62):
        arc = np.stack([radius * np.cos(t), -0.95 + radius * 0.75 * np.sin(t) - 0.1, np.zeros(15)], axis=1)
        surfaces.append(Surface(tube(arc, 0.06), SILVER, (3, 0.3), (90, 12)))
    bar = np.array([[-1.0, -1.05, 0.0], [0, -0.85, 0.05], [1.0, -1.05, 0.0]])
    surfaces.append(Surface(tube(bar, 0.07), SILVER, (3, 0.3), (60, 12)))
    for k in range(7):
        a = np.pi + np.pi * (k + 0.5) / 7
        x, y = 0.95 * float(np.cos(a)), -1.05 + 0.72 * float(np.sin(a))
        length = 1.3 + 0.8 * (1 - abs(k - 3) / 3)
        n = int(length / 0.2)
        for j in range(n):
            r = 0.085 + 0.01 * rng.random()
            surfaces.append(
                Surface(ball((x, y - 0.14 - 0.19 * j, 0.05), (r, r, r)), (SILVER, TURQUOISE)[j % 2], (1, 1), (16, 12))
            )
        surfaces.append(Surface(ball((x, y - 0.2 - 0.19 * n, 0.05), (0.12, 0.2, 0.12)), TURQUOISE, (1, 1), (24, 20)))
    return _earring(
        "chandelier-silver",
        "Silver chandelier earring",
        "银色流苏耳环",
        "#d3d6da",
        surfaces,
        wide_cm=2.3,
        long_cm=4.2,
        length_share=0.19,
    )


def necklaces() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    return {
        "pearls": _pearls,
        "pendant-emerald": _pendant,
        "chain-silver": _curb_chain,
        "beads-turquoise": _long_beads,
        "choker-velvet": _choker,
    }


def earrings() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    return {"stud-pearl": _stud, "hoop-gold": _hoop, "drop-ruby": _drop, "chandelier-silver": _chandelier}
