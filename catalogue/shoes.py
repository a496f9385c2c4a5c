"""Shoes: the wearer's left one, from the front and from its outer side.

Centimetres: the heel's end at z = -13, the toe at z = 14, the ground at y = 0, the outer side at +x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from drawn import Drawn, View
from fabric import Fabric, leather, linear, plain_weave, smooth, twill
from light import photograph
from noise import Floats, noise, step
from solids import Camera, Shape, Surface, along, seen, smooth_curve, tube

FACTOR = 3
PITCH_DEG = 24
# Where the sole meets the upper: half widths outside and inside of the foot's middle line, from heel to toe.
PLAN_Z = np.array([-13.0, -12.2, -9.5, -4.0, 2.0, 6.5, 10.0, 12.6, 13.7, 14.0], np.float32)
PLAN_OUT = np.array([0.0, 2.1, 3.2, 3.4, 4.1, 4.7, 4.2, 2.6, 1.1, 0.0], np.float32)
PLAN_IN = np.array([0.0, 2.1, 3.1, 2.9, 3.3, 4.3, 4.3, 3.0, 1.5, 0.0], np.float32)


@dataclass(frozen=True)
class Last:
    """Shape of a shoe.

    Attributes:
        toe: 1 round; below 1 pointed.
        sole_cm: thickness under the ball; `heel_cm` under the heel.
        welt_cm: how far the sole stands out.
        collar_z: back and front end of the opening; `collar_y` its height there; `collar_x` its half width.
        toe_cm: height of the toe box; `instep_cm` of the instep.
    """

    toe: float = 1.0
    sole_cm: float = 2.6
    heel_cm: float = 3.2
    welt_cm: float = 0.4
    collar_z: tuple[float, float] = (-11.5, 0.5)
    collar_y: tuple[float, float] = (8.0, 10.0)
    collar_x: float = 3.5
    toe_cm: float = 4.6
    instep_cm: float = 8.5
    spring_cm: float = 0.8

    def plan(self, t: Floats, out_cm: float) -> Floats:
        """Outline of the foot at t in [0, 1]: from the heel along the outer side to the toe and back inside."""
        narrow = 1 - (1 - self.toe) * np.clip((PLAN_Z - 4) / 10, 0, 1)
        outer = np.stack([(PLAN_OUT) * narrow, PLAN_Z], axis=1)
        inner = np.stack([(-PLAN_IN) * narrow, PLAN_Z], axis=1)[::-1]
        at = along(smooth_curve(np.concatenate([outer, inner[1:]])), t)
        middle = np.array([0.0, 0.5], np.float32)
        away = at - middle
        return at + out_cm * away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-6)

    def ground(self, z: Floats) -> Floats:
        """Height of the foot's bed: raised at the heel, the toe sprung."""
        low = self.sole_cm + self.spring_cm * np.clip((z - 7) / 7, 0, 1) ** 2
        return low + (self.heel_cm - self.sole_cm) * step(2.0, -7.0, z)

    def collar(self, t: Floats) -> Floats:
        """Edge of the opening at the same t."""
        (z0, z1), (y0, y1) = self.collar_z, self.collar_y
        angle = 2 * np.pi * t
        z = (z0 + z1) / 2 - (z1 - z0) / 2 * np.cos(angle)
        x = self.collar_x * np.sin(angle)
        share = (z - z0) / (z1 - z0)
        dip = 1.1 * np.sin(np.pi * share) * (1 if y1 - y0 < 6 else 0.2)
        return np.stack([x, y0 + (y1 - y0) * share - dip, z], axis=-1)

    def upper(self, u: Floats, v: Floats) -> Floats:
        """The shoe's skin: v = 0 at the sole, 1 at the opening."""
        at = self.plan(u, 0.0)
        base = np.stack([at[..., 0], self.ground(at[..., 1]), at[..., 1]], axis=-1)
        top = self.collar(u)
        forward = np.clip((at[..., 1] - 0.0) / 14, 0, 1)[..., None]
        bulge = np.stack([0.10 * at[..., 0], 0 * u, 0.03 * at[..., 1]], axis=-1)
        up = np.array([0, 1, 0], np.float32)
        rise = self.toe_cm * 0.95 * forward + (1 - forward) * 0.42 * (top[..., 1:2] - base[..., 1:2])
        first = base + bulge + up * rise
        # Over the forefoot the skin runs back along the instep before it reaches the opening.
        mid_z = top[..., 2] * 0.55 + at[..., 1] * 0.45
        instep = np.stack([0.62 * at[..., 0] * 0.75, np.full(u.shape, self.instep_cm) + 0.0 * u, mid_z], axis=-1)
        wall = base + (top - base) * 0.72 + bulge
        second = wall * (1 - forward) + instep * forward
        w = v[..., None]
        return (1 - w) ** 3 * base + 3 * (1 - w) ** 2 * w * first + 3 * (1 - w) * w**2 * second + w**3 * top

    def sole(self, u: Floats, v: Floats) -> Floats:
        """The edge of the sole, from the upper's foot out, down, and in below."""
        out = self.welt_cm * np.interp(v, [0, 0.25, 0.4, 0.8, 1], [0.0, 1.0, 1.15, 1.0, -2.0])
        at = self.plan(u, 0.0)
        away = at - np.array([0.0, 0.5], np.float32)
        away = away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-6)
        moved = at + out[..., None] * away
        bed = self.ground(at[..., 1])
        under = self.spring_cm * 0.8 * np.clip((at[..., 1] - 7) / 7, 0, 1) ** 2
        share = np.interp(v, [0, 0.2, 0.8, 1], [1.02, 0.96, 0.04, 0.0])
        return np.stack([moved[..., 0], under + (bed + 0.25 - under) * share, moved[..., 1]], axis=-1)

    def inside(self, u: Floats, v: Floats) -> Floats:
        """Lining: from the opening down into the shoe."""
        top = self.collar(u)
        middle = np.array([0.0, self.sole_cm + 1.5, sum(self.collar_z) / 2], np.float32)
        deep = top + (middle - top) * np.array([0.4, 0.5, 0.4], np.float32)
        return top + (deep - top) * v[..., None]

    def lip(self, radius_cm: float) -> Shape:
        t = np.linspace(0, 1, 60)
        return tube(self.collar(t)[:-1], radius_cm, closed=True)


def _laces(
    last: Last,
    fabric: Fabric,
    rows: int,
    *,
    spread: float = 0.2,
    thick_cm: float = 0.30,
    first: float = 0.62,
    last_v: float = 0.95,
) -> list[Surface]:
    """Rungs over the tongue: each lies on the skin between two eyelets."""
    surfaces = []
    for k in range(rows):
        v = first + (last_v - first) * k / max(rows - 1, 1)
        t = np.linspace(0.5 - spread, 0.5 + spread, 201).astype(np.float32)
        # Over the instep t crowds at the toe: the rung is spread evenly across, in x, instead.
        at = last.upper(t, np.full_like(t, v))[::-1]
        half = min(1.5 + 0.4 * (1 - k / rows), 0.9 * float(at[:, 0].max()))
        across = np.linspace(half, -half, 9)
        sunk = 0.16 - 0.30 * (np.abs(across) / half) ** 6
        rung = np.stack(
            [
                across,
                *(np.interp(across, at[:, 0], at[:, axis]) + sunk * share for axis, share in ((1, 0.8), (2, 0.6))),
            ],
            axis=1,
        )
        rung[:, 1] += 0.10 * (-1) ** k * np.linspace(-1, 1, 9)
        surfaces.append(Surface(tube(rung, thick_cm, flat=0.8), fabric, (4, 2), (40, 24)))
    return surfaces


def _bow(last: Last, fabric: Fabric, *, v: float = 0.97, size: float = 1.0) -> list[Surface]:
    at = last.upper(np.array([0.5], np.float32), np.array([v], np.float32))[0]
    x, y, z = float(at[0]), float(at[1]) + 0.4, float(at[2]) + 0.7
    surfaces = []
    for s in (1, -1):
        loop = [
            (x, y, z),
            (x + s * 1.3, y + 0.5, z + 0.5),
            (x + s * 2.7, y + 0.2, z + 0.3),
            (x + s * 2.6, y - 0.7, z + 0.4),
            (x + s * 1.2, y - 0.4, z + 0.6),
            (x, y, z),
        ]
        end = [(x, y, z), (x + s * 0.7, y - 0.8, z + 0.8), (x + s * 1.5, y - 1.9, z + 1.1)]
        for path in (loop, end):
            scaled = np.array([x, y, z]) + (np.array(path) - np.array([x, y, z])) * size
            surfaces.append(Surface(tube(scaled, 0.22 * size + 0.04), fabric, (6, 1), (80, 16)))
    return surfaces


@dataclass(frozen=True)
class Make:
    """Materials and details of a shoe."""

    upper: Fabric
    sole: Fabric
    lining: Fabric
    laces: Fabric | None = None
    rows: int = 5
    bow: float = 1.0
    seams: Callable[[Floats, Floats], Floats] | None = None
    paint: Callable[[Floats, Floats], Floats] | None = None
    sole_relief: Callable[[Floats, Floats], Floats] | None = None
    lip_cm: float = 0.3


def _shoe(
    id: str, name: str, name_zh: str, colour: str, last: Last, make: Make, *, shaft: float = 0.0, gloss: float = 0.1
) -> Drawn:
    upper = Surface(last.upper, make.upper, (60, 16), (420, 220), make.seams, make.paint)
    sole = Surface(last.sole, make.sole, (62, 5), (420, 60), make.sole_relief)
    inside = Surface(last.inside, make.lining, (30, 6), (200, 40), None, lambda u, v: 0.6 - 0.45 * v)
    lip = Surface(last.lip(make.lip_cm), make.upper, (30, 2), (240, 20))
    details = (
        []
        if make.laces is None
        else [*_laces(last, make.laces, make.rows), *(_bow(last, make.laces, size=make.bow) if make.bow else [])]
    )
    surfaces = [upper, sole, lip, *details]
    high = max(last.collar_y) + 3
    tall = high * np.cos(np.radians(PITCH_DEG)) + 27 * np.sin(np.radians(PITCH_DEG)) + 4
    scale = min(300 / 13, 460 / tall)
    camera = Camera(
        scale,
        (round(13 * scale), round(tall * scale)),
        (0.0, tall / 2 - 15 * np.sin(np.radians(PITCH_DEG)) - 1.5),
        PITCH_DEG,
        0,
    )
    # The far half of the opening stands behind the leg: it goes into the picture that lies behind the wearer.
    front = photograph(
        seen([*(_open_behind(s) for s in (upper, sole, lip)), *details], camera, factor=FACTOR), factor=FACTOR
    )
    whole = photograph(seen([*surfaces, inside], camera, factor=FACTOR), factor=FACTOR)
    mid_z, x = sum(last.collar_z) / 2, last.collar_x
    side_y = float(last.collar(np.array([0.25], np.float32))[0, 1])
    toe = last.plan(np.array([0.5], np.float32), last.welt_cm)[0]
    anchors = {
        "ankle_left": camera.pixel(x, side_y, mid_z),
        "ankle_right": camera.pixel(-x, side_y, mid_z),
        "toe": camera.pixel(float(toe[0]), last.spring_cm * 0.8, float(toe[1])),
    }
    front_view = View(front, anchors, back=whole).cropped()
    side_scale = min(440 / 31, 440 / (high + 2))
    side_camera = Camera(side_scale, (round(31 * side_scale), round((high + 2) * side_scale)), (-0.5, high / 2), 6, 90)
    side = photograph(seen([*surfaces, inside], side_camera, factor=FACTOR), factor=FACTOR)
    (z0, z1), (y0, y1) = last.collar_z, last.collar_y
    side_anchors = {
        "ankle_back": side_camera.pixel(0, y0, z0),
        "ankle_front": side_camera.pixel(0, y1, z1),
        "heel": side_camera.pixel(0, 0, -13 - last.welt_cm),
        "toe": side_camera.pixel(0, last.spring_cm * 0.8, 14 + last.welt_cm),
    }
    views = {"front": front_view, "side": View(side, side_anchors).cropped()}
    return Drawn(id, "shoe", name, name_zh, colour, views, {"shaft": shaft, "gloss": gloss})


def _open_behind(surface: Surface) -> Surface:
    """Without the part behind the leg, so that the leg comes out of the shoe."""

    def shape(u: Floats, v: Floats) -> Floats:
        return surface.shape(0.24 + 0.52 * u, v)

    def moved(f: Callable[[Floats, Floats], Floats] | None) -> Callable[[Floats, Floats], Floats] | None:
        return None if f is None else lambda u, v: f(0.24 + 0.52 * u, v)

    return replace(
        surface,
        shape=shape,
        size_cm=(surface.size_cm[0] * 0.52, surface.size_cm[1]),
        origin_cm=(surface.size_cm[0] * 0.24, 0.0),
        relief_cm=moved(surface.relief_cm),
        tint=moved(surface.tint),
    )


def _line(distance: Floats, width: float) -> Floats:
    return np.exp(-((distance / width) ** 2))


def _sneaker_seams(u: Floats, v: Floats) -> Floats:
    t = np.abs(u - 0.5)
    toe_cap = t - (0.115 - 0.16 * (v - 0.3) ** 2)
    quarter = t - (0.17 + 0.12 * v)
    eyestay = t - (0.035 + 0.03 * v)
    relief = 0.07 * step(0.004, -0.004, toe_cap) * step(0.62, 0.58, v)
    relief = (
        relief
        + 0.07 * step(-0.003, 0.003, quarter)
        + 0.06 * step(0.004, -0.004, np.abs(eyestay - 0.03) - 0.03) * step(0.55, 0.58, v)
    )
    thread = _line(quarter - 0.010, 0.0022) + _line(toe_cap + 0.010, 0.0022) * step(0.62, 0.58, v)
    holes = sum(np.exp(-(((t - 0.10) / 0.006) ** 2) - ((v - 0.18 - 0.07 * k) / 0.012) ** 2) for k in range(4))
    return relief - 0.03 * thread * (np.abs(np.sin(u * 900 + v * 150)) > 0.3) - 0.08 * holes


def _tread(u: Floats, v: Floats) -> Floats:
    return (
        -0.10 * _line(v - 0.30, 0.02)
        - 0.06 * _line(v - 0.62, 0.015)
        + 0.02 * np.sin(u * 900) * step(0.62, 0.66, v) * step(0.9, 0.85, v)
    )


def _toe_cap_share(u_cm: Floats, v_cm: Floats) -> Floats:
    t, v = np.abs(u_cm / 60 - 0.5), v_cm / 16
    return step(0.004, -0.004, t - (0.13 - 0.22 * np.clip(v - 0.1, 0, 1) ** 2)) * step(0.52, 0.50, v)


def _canvas_relief(u: Floats, v: Floats) -> Floats:
    cap = _toe_cap_share(u * 60, v * 16)
    t = np.abs(u - 0.5)
    seam = _line(t - (0.16 + 0.13 * v), 0.003) + _line(t - (0.172 + 0.13 * v), 0.003)
    return 0.12 * cap - 0.04 * seam - 0.01 * np.sin(u * 1500) * cap


def _derby_seams(u: Floats, v: Floats) -> Floats:
    t = np.abs(u - 0.5)
    cap = t - (0.105 - 0.3 * (v - 0.42) ** 2)
    wing = t - (0.15 + 0.11 * v)
    relief = 0.05 * step(0.004, -0.004, cap) * step(0.46, 0.44, v) + 0.06 * step(-0.003, 0.003, wing)
    for off in (0.008, 0.014):
        relief = relief - 0.03 * _line(wing - off, 0.0018) - 0.03 * _line(cap + off, 0.0018) * step(0.46, 0.44, v)
    crease = sum(_line(v - 0.45 - 0.045 * k + 0.3 * (t - 0.08) ** 2, 0.010) for k in range(3)) * step(0.20, 0.08, t)
    return relief - 0.06 * crease


def _boot_seams(u: Floats, v: Floats) -> Floats:
    t = np.abs(u - 0.5)
    # An elastic gusset on each side.
    gusset = step(0.045, 0.04, np.abs(t - 0.25) - 0.02 * v) * step(0.42, 0.46, v) * step(0.985, 0.97, v)
    edge = _line(np.abs(t - 0.25) - 0.02 * v - 0.045, 0.003) * step(0.42, 0.46, v)
    wrinkle = 0.10 * noise(u * 9, v * 9, 91) * np.exp(-(((v - 0.55) / 0.16) ** 2)) * step(0.32, 0.15, t)
    return -0.06 * gusset + 0.03 * np.sin(u * 1300) * gusset - 0.05 * edge + wrinkle


def _boot_tint(u: Floats, v: Floats) -> Floats:
    t = np.abs(u - 0.5)
    gusset = step(0.045, 0.04, np.abs(t - 0.25) - 0.02 * v) * step(0.42, 0.46, v) * step(0.985, 0.97, v)
    return 1 - 0.35 * gusset


def shoes() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    white = Fabric("#e9e7e2", leather, gloss=0.12, roughness=0.5, mottle=0.03)
    rubber = Fabric("#efede7", smooth, gloss=0.1, roughness=0.5, mottle=0.03)
    lace_white = Fabric("#f1efea", twill, sheen=0.15)
    grey_lining = Fabric("#8d8c88", plain_weave)

    def canvas_pattern(u: Floats, v: Floats, rgb: Floats) -> Floats:
        return rgb + (linear("#efece4") - rgb) * _toe_cap_share(u, v)[..., None]

    canvas = Fabric("#a3202b", twill, canvas_pattern, mottle=0.06)
    brown = Fabric(
        "#5e3418",
        leather,
        lambda u, v, rgb: rgb * (1 - 0.35 * step(3, 0, v) - 0.25 * np.exp(-(((u - 30) / 5) ** 2)))[..., None],
        gloss=0.38,
        roughness=0.3,
        mottle=0.1,
    )
    dark_sole = Fabric("#2a1c13", smooth, gloss=0.2, roughness=0.4)
    black = Fabric("#1a1a1c", leather, gloss=0.34, roughness=0.33)
    black_sole = Fabric("#121213", smooth, gloss=0.15, roughness=0.45)
    red = Fabric("#8e1426", leather, gloss=0.45, roughness=0.24, mottle=0.04)
    tan = Fabric("#c7a27c", leather)
    khaki = Fabric("#8b6a45", felt_like, sheen=0.35, mottle=0.1)
    return {
        "sneaker-white": lambda: _shoe(
            "sneaker-white",
            "White sneaker",
            "白色运动鞋",
            "#e9e7e2",
            Last(sole_cm=2.8, heel_cm=3.4, welt_cm=0.45),
            Make(white, rubber, grey_lining, lace_white, 5, 1.0, _sneaker_seams, sole_relief=_tread, lip_cm=0.45),
        ),
        "canvas-red": lambda: _shoe(
            "canvas-red",
            "Red canvas shoe",
            "红色帆布鞋",
            "#a3202b",
            Last(sole_cm=2.5, heel_cm=2.7, welt_cm=0.4, toe_cm=4.2),
            Make(canvas, rubber, grey_lining, lace_white, 6, 0.9, _canvas_relief, sole_relief=_tread, lip_cm=0.2),
        ),
        "derby-brown": lambda: _shoe(
            "derby-brown",
            "Brown Derby shoe",
            "棕色德比鞋",
            "#5e3418",
            Last(toe=0.80, sole_cm=1.1, heel_cm=2.9, welt_cm=0.5, toe_cm=4.0, collar_y=(7.2, 9.2)),
            Make(brown, dark_sole, tan, Fabric("#2c1a0e", twill), 4, 0.8, _derby_seams, lip_cm=0.15),
            gloss=0.3,
        ),
        "chelsea-boot": lambda: _shoe(
            "chelsea-boot",
            "Black Chelsea boot",
            "黑色切尔西靴",
            "#1a1a1c",
            Last(
                toe=0.86,
                sole_cm=1.4,
                heel_cm=3.2,
                welt_cm=0.4,
                toe_cm=4.4,
                instep_cm=9.5,
                collar_z=(-11.5, -0.5),
                collar_y=(17.0, 18.0),
                collar_x=4.4,
            ),
            Make(black, black_sole, Fabric("#3a3532", plain_weave), None, 0, 0, _boot_seams, _boot_tint, lip_cm=0.2),
            shaft=0.3,
            gloss=0.3,
        ),
        "ballet-flat-red": lambda: _shoe(
            "ballet-flat-red",
            "Red ballet flat",
            "红色平底芭蕾鞋",
            "#8e1426",
            Last(
                toe=0.88,
                sole_cm=0.7,
                heel_cm=1.1,
                welt_cm=0.15,
                toe_cm=3.6,
                instep_cm=5.0,
                collar_z=(-12.2, 7.6),
                collar_y=(6.2, 4.8),
                collar_x=3.7,
            ),
            Make(red, black_sole, tan, lip_cm=0.2),
            gloss=0.4,
        ),
        "desert-boot": lambda: _shoe(
            "desert-boot",
            "Suede desert boot",
            "麂皮沙漠靴",
            "#8b6a45",
            Last(
                toe=0.95,
                sole_cm=1.8,
                heel_cm=2.2,
                welt_cm=0.45,
                toe_cm=4.4,
                instep_cm=8.8,
                collar_y=(11.0, 12.5),
                collar_z=(-11.5, -0.3),
                collar_x=3.9,
            ),
            Make(khaki, Fabric("#c2a26f", felt_like), tan, Fabric("#4a3826", twill), 3, 0.9, _derby_seams, lip_cm=0.22),
            shaft=0.2,
            gloss=0.0,
        ),
    }


def felt_like(u: Floats, v: Floats) -> Floats:
    """Suede and crepe rubber."""
    return 0.012 * noise(u * 6, v * 6, 92, octaves=2)
