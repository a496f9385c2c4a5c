"""People out of solids: a skeleton in metres for a height of 1.75 m, flesh, hair, a face, and clothes over them.

A person faces +z and stands on y = 0; the person's left is +x.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from render import (
    Block,
    Cone,
    Ellipsoid,
    Floats,
    Frame,
    Loft,
    Material,
    Part,
    Solid,
    length,
    mix,
    noise,
    step,
    turned,
    unit,
    vector,
)

Point = tuple[float, float, float]
Pattern = Callable[[Floats, Floats], Floats]  # (points, plain colour (3, N)) -> colour


def srgb(code: str) -> Floats:
    """ "#rrggbb" -> linear RGB (3, 1)."""
    stored = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return vector(*stored) ** np.float32(2.2)


# Materials
def cloth(
    code: str, pattern: Pattern | None = None, *, folds_m: float = 0.006, fold_size: float = 7.0, gloss: float = 0.04
) -> Material:
    """Woven cloth that falls in folds."""
    rgb = srgb(code)
    stretch = vector(1.0, 0.55, 1.0) * fold_size
    slant = np.array([[1, 0.35, 0], [-0.3, 1, 0.25], [0, -0.3, 1]], np.float32)

    def bump_m(p: Floats) -> Floats:
        q = slant @ p * stretch
        q = q + 0.6 * noise(p * 4)
        ridge = (1 - np.abs(noise(q))) ** 2 + 0.45 * (1 - np.abs(noise(q * 2.3 + 5))) ** 2
        return folds_m * ridge + 0.00012 * noise(p * 260)

    def albedo(p: Floats) -> Floats:
        colour = np.repeat(rgb, p.shape[1], axis=1)
        if pattern is not None:
            colour = pattern(p, colour)
        return colour * (1 + 0.10 * noise(p * 230) + 0.07 * noise(p * 9, octaves=2))

    return Material(albedo, bump_m, gloss)


def striped(code: str, *, per_m: float) -> Pattern:
    rgb = srgb(code)
    return lambda p, plain: mix(plain, rgb, step(-0.05, 0.05, np.sin(p[1] * per_m * 2 * np.pi) - 0.1))


def dotted(code: str, *, per_m: float) -> Pattern:
    rgb = srgb(code)
    radius = round(2 * np.pi * 0.16 * per_m) / (2 * np.pi * per_m)  # a whole number of dots around the body

    def pattern(p: Floats, plain: Floats) -> Floats:
        angle = np.arctan2(p[0], p[2]) * radius
        row = np.floor(p[1] * per_m)
        u, v = (angle * per_m + 0.5 * (row % 2)) % 1 - 0.5, p[1] * per_m - row - 0.5
        return mix(plain, rgb, step(0.30, 0.24, np.hypot(u, v)))

    return pattern


def denim(p: Floats, plain: Floats) -> Floats:
    worn = step(0.0, 0.9, noise(p * vector(9, 3, 9), octaves=2) + 0.35 * step(0.07, 0.0, np.abs(np.abs(p[0]) - 0.1)))
    return mix(plain, plain * 2.3 + 0.02, worn * 0.55) * (1 + 0.16 * noise(p * vector(500, 60, 500)))


def buttoned(pattern: Pattern | None, code: str, *, spacing_m: float = 0.085) -> Pattern:
    """A row of buttons and the edge of the front strip down the middle."""
    rgb = srgb(code)

    def with_buttons(p: Floats, plain: Floats) -> Floats:
        colour = plain if pattern is None else pattern(p, plain)
        front = p[2] > 0.02
        v = (p[1] % spacing_m) - spacing_m / 2
        edge = step(0.0025, 0.001, np.abs(p[0] - 0.018)) * front
        return mix(mix(colour, colour * 0.45, edge), rgb, step(0.0072, 0.006, np.hypot(p[0], v)) * front)

    return with_buttons


def skin(code: str) -> Material:
    rgb = srgb(code)
    return Material(
        lambda p: rgb * (1 + 0.06 * noise(p * 45, octaves=2)) * (1 + vector(0.06, 0, 0) * noise(p * 12)),
        lambda p: 0.0002 * noise(p * 160),
        gloss=0.22,
        is_skin=True,
    )


def hair(code: str, *, curl: float = 0.0) -> Material:
    rgb = srgb(code)

    def strand(p: Floats) -> Floats:
        wave = curl * np.sin(p[1] * 70 + 3 * noise(p * 14))
        return (p + wave * vector(1, 0, 1)) * vector(150, 9, 150)

    return Material(
        lambda p: rgb * (1 + 0.5 * noise(strand(p)) + 0.25 * noise(strand(p) * 2.7)),
        lambda p: 0.0016 * noise(strand(p)) + 0.004 * noise(p * vector(38, 5, 38)),
        gloss=0.2,
        is_hair=True,
    )


def leather(code: str, sole: str, *, laces: str | None = None) -> Material:
    rgb, sole_rgb = srgb(code), srgb(sole)

    def albedo(p: Floats) -> Floats:
        colour = np.repeat(rgb, p.shape[1], axis=1) * (1 + 0.08 * noise(p * 60, octaves=2))
        if laces is not None:
            lace = (np.abs(p[0]) < 0.02) & (p[1] > 0.05) & (p[2] > 0.01) & (np.sin(p[2] * 420) > 0.2)
            colour = np.where(lace, srgb(laces), colour)
        return np.where(p[1] < 0.024, sole_rgb, colour)

    return Material(albedo, lambda p: 0.0008 * noise(p * 40) - 0.002 * step(0.002, 0, np.abs(p[1] - 0.024)), gloss=0.35)


@dataclass(frozen=True)
class Pose:
    """Joints of the right and the left side, in metres."""

    elbows: tuple[Point, Point] = ((-0.245, 1.13, -0.03), (0.245, 1.13, -0.03))
    wrists: tuple[Point, Point] = ((-0.255, 0.885, 0.05), (0.255, 0.885, 0.05))
    knees: tuple[Point, Point] = ((-0.105, 0.49, 0.02), (0.105, 0.49, 0.02))
    ankles: tuple[Point, Point] = ((-0.125, 0.085, -0.02), (0.125, 0.085, -0.02))
    toes_out_deg: tuple[float, float] = (-14, 14)
    hip_y: float = 0.90  # less when sitting
    head_yaw_deg: float = 0
    head_pitch_deg: float = 0
    head_roll_deg: float = 0


@dataclass(frozen=True)
class Build:
    """Half widths of the torso in metres."""

    shoulders: float = 0.158
    chest: float = 0.160
    waist: float = 0.135
    hips: float = 0.16
    bust: float = 0.0
    limbs: float = 1.0
    head: float = 1.0
    jaw: float = 1.0


MAN = Build()
WOMAN = Build(shoulders=0.142, chest=0.142, waist=0.116, hips=0.165, bust=0.025, limbs=0.86, head=0.97, jaw=0.8)
CHILD = Build(shoulders=0.142, chest=0.142, waist=0.135, hips=0.145, limbs=0.85, head=1.3, jaw=0.92)


@dataclass(frozen=True)
class Person:
    place: Frame
    skin: str
    hair_rgb: str
    hair_style: str = "short"  # short, long, bun, bob
    build: Build = MAN
    pose: Pose = field(default_factory=Pose)
    eyes: str = "#5a3d28"
    beard: float = 0.0
    lips: str = "#b06058"
    clothes: tuple[Callable[[Body], list[Part]], ...] = ()
    headwear: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Body:
    """A person's skeleton and flesh, for clothes to be cut to."""

    build: Build
    pose: Pose

    @property
    def lift_m(self) -> float:
        """How far the upper body is moved up from standing."""
        return self.pose.hip_y - 0.90

    def torso(self, bottom_y: float, top_y: float = 1.49, *, thicker_m: float = 0.0) -> Loft:
        """The trunk between two heights (of a standing person)."""
        b = self.build
        rows = np.array(
            [
                (0.78, b.hips * 0.98, 0.118, -0.005),
                (0.90, b.hips, 0.122, -0.012),
                (0.98, (b.hips + b.waist) / 2, 0.108, -0.004),
                (1.08, b.waist, 0.094, 0.004),
                (1.18, (b.waist + b.chest) / 2, 0.104 + b.bust * 0.5, 0.004 + b.bust * 0.3),
                (1.28, b.chest, 0.112 + b.bust, 0.0 + b.bust * 0.6),
                (1.36, b.chest, 0.102 + b.bust * 0.4, -0.006),
                (1.42, b.shoulders * 0.92, 0.078, -0.014),
                (1.455, b.shoulders * 0.62, 0.064, -0.02),
                (1.485, 0.062, 0.056, -0.02),
                (1.52, 0.052, 0.052, -0.016),
            ]
        )
        y = np.linspace(bottom_y, top_y, 16)
        columns = np.stack([y, *(np.interp(y, rows[:, 0], rows[:, i]) for i in range(1, 4))], axis=1)
        columns[:, 0] += self.lift_m
        return Loft.of(*columns.tolist(), thicker_m=thicker_m)

    def front(self, x: float, y: float, *, above_m: float) -> Floats:
        """The point above the chest or belly at (x, y)."""
        height, width, depth, z = self.torso(0.86).rows
        w, d, middle = (float(np.interp(y + self.lift_m, height, column)) for column in (width, depth, z))
        return self.at(x, y, middle + d * (1 - min(abs(x) / w, 0.95) ** 2) ** 0.5 + above_m)

    def at(self, x: float, y: float, z: float) -> Floats:
        """A point of the upper body."""
        return vector(x, y + self.lift_m, z)

    def arm(self, side: int) -> tuple[Floats, Floats, Floats]:
        """Shoulder, elbow and wrist; side 0 is the right one."""
        shoulder = self.at((side * 2 - 1) * self.build.shoulders * 1.02, 1.395, -0.014)
        return shoulder, self.at(*self.pose.elbows[side]), self.at(*self.pose.wrists[side])

    def leg(self, side: int) -> tuple[Floats, Floats, Floats]:
        """Hip, knee and ankle."""
        hip = vector((side * 2 - 1) * 0.090, self.pose.hip_y - 0.05, -0.005)
        return hip, vector(*self.pose.knees[side]), vector(*self.pose.ankles[side])

    def sleeve(self, side: int, share: float, *, thicker_m: float) -> list[Solid]:
        """Cloth around the arm; share 1 ends at the elbow, 2 at the wrist."""
        shoulder, elbow, wrist = self.arm(side)
        r = [radius * self.build.limbs + thicker_m for radius in (0.056, 0.043, 0.031)]
        if share <= 1:
            return [Cone(shoulder, shoulder + (elbow - shoulder) * share, r[0], r[1] + 0.012, is_cut=True)]
        end = elbow + (wrist - elbow) * (share - 1)
        return [Cone(shoulder, elbow, r[0], r[1]), Cone(elbow, end, r[1], r[2] + 0.004, is_cut=True)]

    def trouser_leg(self, side: int, share: float, *, thicker_m: float, flare_m: float = 0.0) -> list[Solid]:
        """Cloth around the leg; share 1 ends at the knee, 2 at the ankle."""
        hip, knee, ankle = self.leg(side)
        r = [radius * self.build.limbs**0.5 + thicker_m for radius in (0.088, 0.058, 0.04)]
        if share <= 1:
            return [Cone(hip, hip + (knee - hip) * share, r[0], r[1] + 0.015 + flare_m, is_cut=True)]
        end = knee + (ankle - knee) * (share - 1)
        return [Cone(hip, knee, r[0], r[1]), Cone(knee, end, r[1], r[2] + flare_m, is_cut=True)]


def person_parts(person: Person) -> list[Part]:
    """All solids of a person, in the surrounding space."""
    body = Body(person.build, person.pose)
    flesh = skin(person.skin)
    parts = [
        Part(
            flesh,
            [
                body.torso(0.88),
                Cone(
                    body.at(0, 1.44, -0.02),
                    body.at(0, 1.56, 0.0),
                    0.057 * person.build.limbs,
                    0.053 * person.build.limbs,
                ),
            ],
            0.03,
        )
    ]
    for side in (0, 1):
        shoulder, elbow, wrist = body.arm(side)
        k = person.build.limbs
        forearm = elbow + (wrist - elbow) * 0.3
        solids: list[Solid] = [
            Cone(shoulder, elbow, 0.054 * k, 0.04 * k),
            Cone(elbow, forearm, 0.04 * k, 0.041 * k),
            Cone(forearm, wrist, 0.041 * k, 0.026 * k),
        ]
        parts.append(Part(flesh, solids + _hand(elbow, wrist, side), 0.014))
        hip, knee, ankle = body.leg(side)
        calf = knee + (ankle - knee) * 0.35 + vector(0, 0, -0.014)
        k = person.build.limbs**0.5
        legs: list[Solid] = [
            Cone(hip, knee, 0.084 * k, 0.053 * k),
            Cone(knee, calf, 0.05 * k, 0.052 * k),
            Cone(calf, ankle, 0.05 * k, 0.034 * k),
        ]
        parts.append(Part(flesh, legs, 0.03))
    for garment in person.clothes:
        parts += garment(body)
    head_frame = turned(
        body.at(0, 1.632, 0.012),
        yaw_deg=person.pose.head_yaw_deg,
        pitch_deg=person.pose.head_pitch_deg,
        roll_deg=person.pose.head_roll_deg,
        scale=person.build.head,
    )
    head = [*_head(person), *person.headwear]
    parts += [replace(part, frame=part.frame.within(head_frame)) for part in head]
    return [replace(part, frame=part.frame.within(person.place)) for part in parts]


def _hand(elbow: Floats, wrist: Floats, side: int) -> list[Solid]:
    along = unit(wrist - elbow)
    back = unit(vector(side * 2 - 1, 0, 0) - along * (along * vector(side * 2 - 1, 0, 0)).sum(0))
    across = np.cross(along, back, axis=0) * np.float32(1 - 2 * side)  # towards the thumb
    solids: list[Solid] = []
    for index, reach in enumerate((0.155, 0.172, 0.165, 0.145)):
        spread = 0.03 - 0.02 * index
        knuckle = wrist + along * 0.088 + across * spread
        middle = knuckle + along * (reach - 0.088) * 0.55 - back * 0.006
        tip = middle + along * (reach - 0.088) * 0.45 - back * 0.018
        solids += [
            Cone(wrist + across * spread * 0.5, knuckle, 0.018, 0.0135),
            Cone(knuckle, middle, 0.0105, 0.0092),
            Cone(middle, tip, 0.0092, 0.0075),
        ]
    base, joint = wrist + along * 0.03 + across * 0.02, wrist + along * 0.068 + across * 0.05 - back * 0.012
    solids += [Cone(base, joint, 0.018, 0.012), Cone(joint, joint + along * 0.035 + across * 0.006, 0.011, 0.0085)]
    return solids


def _head(person: Person) -> list[Part]:
    """The head around its own origin between the ears; chin at y = -0.115, top at 0.115."""
    jaw = person.build.jaw
    lips = (
        Ellipsoid(vector(0, -0.0550, 0.0835), vector(0.0235, 0.0056, 0.0115)),
        Ellipsoid(vector(0, -0.0645, 0.0825), vector(0.0190, 0.0068, 0.0115)),
    )
    face: list[Solid] = [
        Ellipsoid(vector(0, 0.03, -0.012), vector(0.074, 0.086, 0.096)),
        Ellipsoid(vector(0, -0.035, 0.026), vector(0.056 * jaw, 0.078, 0.060)),
        Ellipsoid(vector(0, -0.094, 0.054), vector(0.020 * jaw, 0.018, 0.022)),
        Cone(vector(-0.050 * jaw, -0.045, 0.0), vector(-0.014 * jaw, -0.094, 0.046), 0.017, 0.014),
        Cone(vector(0.050 * jaw, -0.045, 0.0), vector(0.014 * jaw, -0.094, 0.046), 0.017, 0.014),
        Cone(vector(-0.036, -0.018, 0.062), vector(-0.050, -0.008, 0.03), 0.014, 0.012),
        Cone(vector(0.036, -0.018, 0.062), vector(0.050, -0.008, 0.03), 0.014, 0.012),
        Cone(vector(-0.033, 0.030, 0.072), vector(0.033, 0.030, 0.072), 0.012, 0.012),
        Ellipsoid(vector(-0.032, -0.040, 0.046), vector(0.026, 0.032, 0.028)),
        Ellipsoid(vector(0.032, -0.040, 0.046), vector(0.026, 0.032, 0.028)),
    ]
    sockets = [Ellipsoid(vector(x, 0.004, 0.0955), vector(0.022, 0.015, 0.022)) for x in (-0.032, 0.032)]
    flesh = Material(_complexion(person, lips), skin(person.skin).bump_m, gloss=0.16, is_skin=True)
    nose: list[Solid] = [
        Cone(vector(0, 0.024, 0.075), vector(0, -0.021, 0.098), 0.0070, 0.0092),
        Ellipsoid(vector(-0.0105, -0.0255, 0.087), vector(0.0062, 0.006, 0.0085)),
        Ellipsoid(vector(0.0105, -0.0255, 0.087), vector(0.0062, 0.006, 0.0085)),
    ]
    nostrils = [Ellipsoid(vector(x, -0.034, 0.094), vector(0.0042, 0.0035, 0.006)) for x in (-0.0075, 0.0075)]
    muzzle = Ellipsoid(vector(0, -0.048, 0.064), vector(0.032, 0.032, 0.020))
    parts = [
        Part(flesh, [*face, muzzle], 0.028, holes=sockets, hole_blend_m=0.016),
        Part(flesh, [*nose, Ellipsoid(vector(0, -0.005, 0.066), vector(0.020, 0.03, 0.015))], 0.010, holes=nostrils),
        Part(flesh, lips, 0.003),
    ]
    iris = srgb(person.eyes)
    for x in (-0.0315, 0.0315):
        ball = Ellipsoid(vector(x, 0.004, 0.0668), vector(0.0125, 0.0125, 0.0125))
        slit = Ellipsoid(vector(x, 0.0030, 0.082), vector(0.0130, 0.0054, 0.014))
        lid = Ellipsoid(vector(x, 0.0045, 0.0668), vector(0.0150, 0.0142, 0.0140))
        parts += [Part(_eye(x, iris), [ball]), Part(flesh, [lid], holes=[slit], hole_blend_m=0.001)]
        side = np.sign(x)
        ear = [Ellipsoid(vector(side * 0.075, -0.004, -0.008), vector(0.009, 0.029, 0.018))]
        shell = [Ellipsoid(vector(side * 0.085, 0.002, -0.002), vector(0.007, 0.018, 0.009))]
        parts.append(Part(flesh, ear, holes=shell, hole_blend_m=0.008))
    return parts + _hair(person)


def _eye(x: float, iris: Floats) -> Material:
    def albedo(p: Floats) -> Floats:
        r = np.hypot(p[0] - x, p[1] - 0.0035)
        white = np.repeat(vector(0.62, 0.57, 0.54), p.shape[1], axis=1)
        ring = mix(white, iris * (1 + 0.4 * noise(p * 900)), step(0.0064, 0.0058, r))
        return mix(ring, vector(0.005, 0.005, 0.005), step(0.0031, 0.0026, r))

    return Material(albedo, gloss=0.9)


def _complexion(person: Person, lips: tuple[Ellipsoid, Ellipsoid]) -> Callable[[Floats], Floats]:
    plain, lip_rgb, brow_rgb = skin(person.skin).albedo, srgb(person.lips), srgb(person.hair_rgb) * 0.7

    def albedo(p: Floats) -> Floats:
        colour = plain(p)
        x, y, z = np.abs(p[0]), p[1], p[2]
        blush = np.exp(-(((x - 0.042) / 0.02) ** 2) - ((y + 0.022) / 0.02) ** 2) + np.exp(
            -(length(p - vector(0, -0.024, 0.11)) ** 2) / 3e-4
        )
        colour = colour * (1 - blush * vector(0.0, 0.16, 0.14))
        shade = (
            step(0.03, -0.04, np.abs(noise(p * vector(900, 700, 900))) - 0.2)
            * step(-0.035, -0.06, y)
            * step(0.0, 0.03, z)
        )
        colour = mix(
            colour,
            brow_rgb,
            person.beard * shade * step(0.0, 0.006, np.minimum(lips[0].distance(p), lips[1].distance(p))),
        )
        lip = step(0.0022, 0.0004, np.minimum(lips[0].distance(p), lips[1].distance(p))) * (z > 0.07)
        colour = mix(colour, lip_rgb, 0.75 * lip)
        line = step(0.0022, 0.0008, np.abs(y + 0.0592 + 0.0012 * np.cos(x * 160))) * step(0.026, 0.021, x) * (z > 0.07)
        colour = colour * (1 - 0.72 * line)
        arch = 0.0275 + 0.0055 * np.sin(np.clip((x - 0.012) / 0.036, 0, 1) * 2.4)
        brow = step(0.0062, 0.0025, np.abs(y - arch)) * step(0.010, 0.016, x) * step(0.052, 0.044, x) * (z > 0.03)
        colour = mix(colour, brow_rgb, brow * (0.72 + 0.25 * noise(p * vector(700, 250, 700))))
        u, v = (x - 0.0315) / 0.0140, (y - 0.0035) / 0.0062
        rim = step(0.24, 0.08, np.abs(np.hypot(u, v) - 1)) * (z > 0.06) * step(-0.5, 0.3, v)
        return colour * (1 - 0.8 * rim)

    return albedo


def _hair(person: Person) -> list[Part]:
    style = person.hair_style
    if style == "bald":
        return []
    material = hair(person.hair_rgb, curl=0.02 if style == "bob" else 0.004)
    forehead = Ellipsoid(vector(0, -0.045, 0.095), vector(0.07, 0.108, 0.085))
    temples = [Ellipsoid(vector(x, -0.06, 0.03), vector(0.03, 0.075, 0.055)) for x in (-0.085, 0.085)]
    nape = Ellipsoid(vector(0, -0.14, -0.02), vector(0.12, 0.085, 0.14))
    cap: list[Solid] = [
        Ellipsoid(vector(0, 0.04, -0.016), vector(0.085, 0.089, 0.106)),
    ]
    if not person.headwear:
        cap.append(Ellipsoid(vector(0.02, 0.105, 0.03), vector(0.055, 0.03, 0.055)))
    if style == "short":
        return [Part(material, cap, 0.03, holes=[forehead, *temples, nape], hole_blend_m=0.014, rough_m=0.004)]
    if style == "bun":
        knot = Ellipsoid(vector(0, 0.115, -0.075), vector(0.045, 0.04, 0.045))
        return [
            Part(material, [*cap, knot], 0.014, holes=[forehead, *temples, nape], hole_blend_m=0.012, rough_m=0.004)
        ]
    low, out = (-0.26, 0.088) if style == "long" else (-0.115, 0.078)
    fall: list[Solid] = [
        *(Cone(vector(x * 0.078, 0.02, -0.012), vector(x * out, low, -0.02), 0.024, 0.026) for x in (-1, 1)),
        *(Cone(vector(x * 0.05, 0.03, -0.075), vector(x * 0.062, low - 0.03, -0.085), 0.036, 0.034) for x in (-1, 1)),
        Cone(vector(0, 0.03, -0.085), vector(0, low - 0.04, -0.098), 0.04, 0.034),
    ]
    open_face = Ellipsoid(vector(0, -0.045, 0.095), vector(0.066, 0.112, 0.09))
    return [Part(material, [*cap, *fall], 0.03, holes=[open_face], hole_blend_m=0.012, rough_m=0.004)]


# Clothes: each takes a body and gives the parts that cover it.
Garment = Callable[[Body], list[Part]]


def chain(points: Sequence[Floats], radii_m: Sequence[float]) -> list[Solid]:
    """Sticks from point to point."""
    return [Cone(a, b, ra, rb) for (a, b), (ra, rb) in zip(pairwise(points), pairwise(radii_m), strict=True)]


def top(
    material: Material, *, sleeves: float = 2.0, hem_y: float = 0.90, thicker_m: float = 0.012, neck: str = "round"
) -> Garment:
    """A shirt or sweater. sleeves: 0.5 short, 2 to the wrist. neck: round, scoop or collar. A hem above the hips is
    tucked in; a lower one hangs over."""

    def parts(body: Body) -> list[Part]:
        b, low = body.build, hem_y + body.lift_m
        solids: list[Solid] = [body.torso(hem_y, 1.475, thicker_m=thicker_m)]
        if hem_y < 0.95:
            waist = 0.65 * b.waist + 0.35 * b.hips + thicker_m - 0.004
            solids = [body.torso(hem_y + 0.1, 1.475, thicker_m=thicker_m)]
            solids.append(Loft.of((low, b.hips + 0.034, 0.142, -0.008), (low + 0.14, waist, 0.100, 0.002)))
        for side in (0, 1):
            solids += body.sleeve(side, sleeves, thicker_m=thicker_m)
        width, depth = {"round": (0.072, 0.055), "scoop": (0.085, 0.115), "collar": (0.072, 0.065)}[neck]
        opening = Ellipsoid(body.at(0, 1.50, 0.05), vector(width, depth, 0.10))
        made = [Part(material, solids, 0.035, holes=[opening], hole_blend_m=0.004)]
        return made + (_collar(material, body) if neck == "collar" else [])

    return parts


def _collar(material: Material, body: Body) -> list[Part]:
    inner = [(0.012, 1.462, 0.052), (0.046, 1.495, 0.02), (0.05, 1.512, -0.035), (0.0, 1.516, -0.072)]
    outer = [(0.034, 1.425, 0.085), (0.074, 1.462, 0.03), (0.07, 1.482, -0.045), (0.0, 1.486, -0.088)]
    rims = [np.add(np.multiply(inner, 1 - share), np.multiply(outer, share)) for share in (0, 0.33, 0.67, 1)]
    halves = []
    for side in (-1, 1):
        lines = [chain([body.at(side * x, y, z) for x, y, z in rim.tolist()], [0.008] * 4) for rim in rims]
        halves.append(Part(material, [stick for line in lines for stick in line], 0.016))
    return halves


def trousers(
    material: Material, *, length_share: float = 2.0, thicker_m: float = 0.008, flare_m: float = 0.012
) -> Garment:
    """length_share: 0.7 for shorts, 2 to the ankle."""

    def parts(body: Body) -> list[Part]:
        solids: list[Solid] = [body.torso(0.86, 1.01, thicker_m=thicker_m)]
        for side in (0, 1):
            solids += body.trouser_leg(side, length_share, thicker_m=thicker_m, flare_m=flare_m)
        return [Part(material, solids, 0.045)]

    return parts


def skirt(
    material: Material, *, hem_y: float, waist_y: float = 1.05, flare_m: float = 0.10, pleats: int = 11
) -> Garment:
    def parts(body: Body) -> list[Part]:
        b = body.build
        rows = (
            (hem_y, b.hips + 0.03 + flare_m, 0.14 + flare_m * 0.75, 0.0),
            (0.90, b.hips + 0.018, 0.135, -0.008),
            (waist_y, b.waist + 0.016, 0.108, 0.002),
        )
        return [Part(material, [Loft.of(*rows, pleats=pleats, pleat_depth=0.075)])]

    return parts


def coat(material: Material, *, hem_y: float = 0.62, gap_m: float = 0.05) -> Garment:
    """Open at the front, with a collar."""

    def parts(body: Body) -> list[Part]:
        b, lift = body.build, body.lift_m
        rows = (
            (hem_y + lift, b.hips + 0.06, 0.19, 0.0),
            (0.90 + lift, b.hips + 0.036, 0.152, -0.010),
            (1.03 + lift, (b.waist + b.hips) / 2 + 0.030, 0.132, 0.0),
        )
        solids: list[Solid] = [body.torso(0.98, 1.475, thicker_m=0.028), Loft.of(*rows)]
        for side in (0, 1):
            solids += body.sleeve(side, 1.97, thicker_m=0.02)
        gap = Block(body.at(0, 1.0, 0.2), vector(gap_m, 0.46, 0.19), 0.04)
        made = [Part(material, solids, 0.05, holes=[gap], hole_blend_m=0.008)]
        for side in (-1, 1):
            line = (
                (0, 1.485, -0.062),
                (0.05, 1.485, -0.05),
                (0.072, 1.462, 0.01),
                (0.07, 1.43, 0.06),
                (0.06, 1.40, 0.085),
            )
            points = [body.at(side * x, y, z) for x, y, z in line]
            made.append(Part(material, chain(points, (0.026, 0.025, 0.024, 0.022, 0.012)), 0.02))
        return made

    return parts


def shoes(material: Material, *, heel_m: float = 0.0, boot_m: float = 0.0) -> Garment:
    def parts(body: Body) -> list[Part]:
        made = []
        for side in (0, 1):
            x, y, z = body.pose.ankles[side]
            frame = turned(vector(x, y - 0.085, z), yaw_deg=body.pose.toes_out_deg[side])
            solids: list[Solid] = [
                Cone(vector(0, 0.034, -0.035), vector(0, 0.032, 0.10), 0.034, 0.037),
                Ellipsoid(vector(0, 0.028, 0.135), vector(0.037, 0.029, 0.062)),
                Cone(vector(0, 0.045, -0.02), vector(0, 0.078 + boot_m, -0.014), 0.036, 0.042, is_cut=True),
            ]
            made.append(Part(material, solids, 0.03, cuts=[(vector(0, 0.002, 0), vector(0, -1, 0))], frame=frame))
        return made

    return parts


def socks(material: Material, *, top_share: float = 0.35) -> Garment:
    def parts(body: Body) -> list[Part]:
        legs = [body.leg(side) for side in (0, 1)]
        return [
            Part(
                material,
                [Cone(ankle - vector(0, 0.03, 0), ankle + (knee - ankle) * top_share, 0.04, 0.05, is_cut=True)],
            )
            for _, knee, ankle in legs
        ]

    return parts


def scarf(material: Material) -> Garment:
    def parts(body: Body) -> list[Part]:
        angles = np.linspace(0, 2 * np.pi, 11)
        ring = [body.at(0.082 * np.sin(a), 1.485 - 0.016 * np.cos(a), 0.078 * np.cos(a)) for a in angles]
        middle, low = body.front(0.05, 1.29, above_m=0.022), body.front(0.055, 1.12, above_m=0.03)
        end = [
            *chain([body.at(0.035, 1.45, 0.09), middle], (0.034, 0.037)),
            Cone(middle, low, 0.037, 0.04, is_cut=True),
        ]
        return [Part(material, chain(ring, [0.034] * 11), 0.012), Part(material, end, 0.03)]

    return parts


# Headwear: parts in the head's own frame.
_RIM = ((vector(0, 0.045, 0), vector(0, -1, 0.1)),)


def cap(material: Material) -> tuple[Part, ...]:
    dome = Ellipsoid(vector(0, 0.052, -0.012), vector(0.098, 0.096, 0.120))
    peak = Ellipsoid(vector(0, 0.052, 0.112), vector(0.074, 0.010, 0.078))
    return Part(material, [dome], cuts=_RIM), Part(material, [peak])


def sun_hat(material: Material) -> tuple[Part, ...]:
    dome = Ellipsoid(vector(0, 0.055, -0.012), vector(0.102, 0.105, 0.124))
    brim = Ellipsoid(vector(0, 0.058, -0.008), vector(0.175, 0.014, 0.19))
    return (Part(material, [dome, brim], cuts=_RIM),)


def sunglasses() -> tuple[Part, ...]:
    glass = Material(lambda p: np.repeat(vector(0.012, 0.012, 0.016), p.shape[1], axis=1), gloss=0.9)
    solids: list[Solid] = [Cone(vector(-0.012, 0.012, 0.1), vector(0.012, 0.012, 0.1), 0.0035, 0.0035)]
    for x in (-1, 1):
        solids.append(Ellipsoid(vector(x * 0.034, 0.004, 0.096), vector(0.0285, 0.022, 0.008)))
        solids.append(Cone(vector(x * 0.06, 0.012, 0.092), vector(x * 0.084, 0.012, -0.01), 0.0035, 0.0035))
    return (Part(glass, solids, 0.004),)
