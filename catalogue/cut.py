"""The cut of clothes for the upper body: outlines of the pieces, natural folds, and where they touch the wearer.

Centimetres; x = 0 is the middle, y = 0 where the collar meets the shoulder seam. Points are given for the picture's
right side, the wearer's left; the other side mirrors them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from drawn import View
from light import photograph
from noise import Floats
from panels import Crease, Panel, Points, Table, laid, mirror, mirrored_creases
from solids import smooth_curve

FACTOR = 3


@dataclass(frozen=True)
class Cut:
    """Measures of a garment that lies flat, half of its width.

    Attributes:
        collar: where collar and shoulder seam meet.
        neck_y: lowest point of the front neckline.
        shoulder: the shoulder's tip.
        armpit, waist, hem: on the side seam.
        sleeve_cm: along the inner seam, 0 for none.
        sleeve_deg: of the inner seam from the upright.
        cuff_cm: width of the sleeve's end.
    """

    collar: tuple[float, float] = (8.6, 0.0)
    neck_y: float = 8.0
    shoulder: tuple[float, float] = (21.0, 5.0)
    armpit: tuple[float, float] = (24.0, 24.0)
    waist: tuple[float, float] = (23.0, 44.0)
    hem: tuple[float, float] = (24.0, 66.0)
    hem_sag_cm: float = 1.0
    sleeve_cm: float = 10.0
    sleeve_deg: float = 40.0
    cuff_cm: float = 15.0
    neck_power: float = 2.0

    def cuff(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Outer and inner end of the sleeve."""
        a = np.radians(self.sleeve_deg)
        inner = np.array(self.armpit) + self.sleeve_cm * np.array([np.sin(a), np.cos(a)])
        outer = inner + self.cuff_cm * np.array([np.cos(a), -np.sin(a)])
        return (float(outer[0]), float(outer[1])), (float(inner[0]), float(inner[1]))

    def elbow(self) -> tuple[tuple[float, float], tuple[float, float]]:
        outer, inner = self.cuff()
        o = (np.array(self.shoulder) * 0.47 + np.array(outer) * 0.53) + self._out() * 1.5
        i = (np.array(self.armpit) * 0.5 + np.array(inner) * 0.5) + self._out() * 0.3
        return (float(o[0]), float(o[1])), (float(i[0]), float(i[1]))

    def _out(self) -> Floats:
        a = np.radians(self.sleeve_deg)
        return np.array([np.cos(a), -np.sin(a)])

    def neckline(self, *, drop_cm: float = 0.0, widen_cm: float = 0.0) -> list[tuple[float, float]]:
        """From the wearer's right collar point down and up to the left one."""
        x = np.linspace(-1, 1, 25)
        deep = self.neck_y + drop_cm - self.collar[1]
        y = self.collar[1] + deep * (1 - np.abs(x) ** self.neck_power) ** (1 / max(self.neck_power * 0.8, 1.0))
        return [(float(a) * (self.collar[0] + widen_cm), float(b)) for a, b in zip(x, y, strict=True)]

    def armhole(self) -> list[tuple[float, float]]:
        (sx, sy), (ax, ay) = self.shoulder, self.armpit
        return [(sx, sy), (sx - 0.9, sy + 0.35 * (ay - sy)), (sx - 0.4, sy + 0.68 * (ay - sy)), (ax, ay)]

    def body(self, *, neckline: Points | None = None) -> Floats:
        """Outline of the front, closed."""
        neck = list(neckline if neckline is not None else self.neckline())
        side = smooth_curve(np.array([self.armpit, self.waist, self.hem]), samples=60)
        arm = smooth_curve(np.array(self.armhole()), samples=60)
        hx, hy = self.hem
        right_half = [*map(tuple, arm), *map(tuple, side)]
        hem = [(hx * (1 - 2 * t), hy + self.hem_sag_cm * 4 * t * (1 - t)) for t in np.linspace(0, 1, 30)[1:-1]]
        return np.array([*neck, *right_half, *hem, *mirror(right_half)], np.float32)

    def sleeve(self) -> Floats:
        """Outline of the wearer's left sleeve; part of it lies below the front."""
        outer, inner = self.cuff()
        elbow_outer, elbow_inner = self.elbow()
        top = smooth_curve(
            np.array([self.shoulder, _toward(self.shoulder, elbow_outer, 0.45, 1.0, self._out()), elbow_outer, outer]),
            samples=80,
        )
        bottom = smooth_curve(np.array([inner, elbow_inner, self.armpit]), samples=60)
        (sx, sy), (ax, ay) = self.shoulder, self.armpit
        end = smooth_curve(np.array([outer, _middle(outer, inner, self._down() * 0.5), inner]), samples=30)
        return np.array(
            [
                (sx - 3, sy),
                *map(tuple, top),
                *map(tuple, end),
                *map(tuple, bottom),
                (ax - 3, ay - 1),
                (sx - 6, (sy + ay) / 2),
            ],
            np.float32,
        )

    def _down(self) -> Floats:
        a = np.radians(self.sleeve_deg)
        return np.array([np.sin(a), np.cos(a)])

    def sleeve_band(self, width_cm: float, *, over_cm: float = 0.25) -> Floats:
        """The last centimetres of the sleeve: cuffs and hems."""
        outer, inner = (np.array(p) for p in self.cuff())
        out, down = self._out() * over_cm, self._down() * width_cm
        sag = self._down() * 0.6
        end = smooth_curve(np.array([outer + out, (outer + inner) / 2 + sag, inner - out]), samples=30)
        start = smooth_curve(
            np.array([inner - out - down, (outer + inner) / 2 + sag - down, outer + out - down]), samples=30
        )
        return np.concatenate([end, start]).astype(np.float32)

    def hem_band(self, width_cm: float, *, over_cm: float = 0.2) -> Floats:
        hx, hy = self.hem
        x = np.linspace(1, -1, 40)
        sag = self.hem_sag_cm * (1 - x**2)
        lower = np.stack([x * (hx + over_cm), hy + sag], axis=1)
        upper = np.stack([x * (hx + over_cm), hy + sag - width_cm], axis=1)[::-1]
        return np.concatenate([lower, upper]).astype(np.float32)

    def neck_band(self, width_cm: float) -> Floats:
        """Ribbing along the front neckline, its upper edge `width_cm` inside the neck."""
        lower = np.array(self.neckline(), np.float32)
        normal = np.gradient(lower, axis=0)[:, ::-1] * np.array([1, -1], np.float32)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        upper = lower + normal * width_cm
        # At the tip of a V the two sides meet in a mitre.
        upper[lower[:, 0] < 0, 0] = np.minimum(upper[lower[:, 0] < 0, 0], 0)
        upper[lower[:, 0] > 0, 0] = np.maximum(upper[lower[:, 0] > 0, 0], 0)
        upper[0], upper[-1] = (
            lower[0] + (0.55 * width_cm, -0.75 * width_cm),
            lower[-1] + (-0.55 * width_cm, -0.75 * width_cm),
        )
        return np.concatenate([lower, upper[::-1]]).astype(np.float32)

    def inside_back(self, *, rise_cm: float = 1.6, sag_cm: float = 1.2) -> Floats:
        """What is seen of the back's inside through the neck hole."""
        cx, cy = self.collar
        x = np.linspace(-1, 1, 25)
        top = np.stack([x * cx, cy - rise_cm + sag_cm * (1 - x**2) + rise_cm * 0.35 * x**2], axis=1)
        low = np.array([(px, py + 1.2) for px, py in self.neckline()][::-1])
        return np.concatenate([top, low]).astype(np.float32)

    def anchors(self, table: Table) -> dict[str, tuple[float, float]]:
        outer, inner = self.cuff()
        points = {
            "collar": self.collar,
            "shoulder": self.shoulder,
            "armpit": self.armpit,
            "waist": self.waist,
            "hem": self.hem,
        }
        if self.sleeve_cm > 0:
            points |= {"cuff_outer": outer, "cuff_inner": inner}
            if self.sleeve_cm > 25:
                elbow_outer, elbow_inner = self.elbow()
                points |= {"elbow_outer": elbow_outer, "elbow_inner": elbow_inner}
        found = {"neck": table.pixel(0, self.neck_y)}
        for name, (x, y) in points.items():
            found[f"left_{name}"], found[f"right_{name}"] = table.pixel(x, y), table.pixel(-x, y)
        return found

    def table(self, *, long_side_px: int = 660, above_cm: float = 5.0, margin_cm: float = 2.5) -> Table:
        wide = (
            max(self.cuff()[0][0] if self.sleeve_cm > 0 else 0, self.hem[0], self.armpit[0], self.shoulder[0])
            + margin_cm
        )
        low = max(self.hem[1] + self.hem_sag_cm, self.cuff()[1][1] if self.sleeve_cm > 0 else 0) + margin_cm
        scale = long_side_px / max(2 * wide, low + above_cm)
        return Table(scale, -wide, -above_cm, wide, low)

    # Folds
    def body_creases(self, rng: np.random.Generator, *, strength: float = 1.0) -> list[Crease]:
        """Pull lines from the armpits, dents at the waist, one or two from the shoulders."""
        (ax, ay), (wx, wy) = self.armpit, self.waist
        (sx, sy), hy = self.shoulder, self.hem[1]
        creases: list[Crease] = []
        for side in (1.0, -1.0):
            found = []
            for k in range(3):
                reach = ax * (0.62 - 0.17 * k) * rng.uniform(0.85, 1.1)
                drop = (3.5 + 6.5 * k) * rng.uniform(0.8, 1.2)
                start = (ax - 0.6, ay + 0.5 + 0.9 * k)
                end = (ax - reach, ay + drop)
                bend = ((start[0] + end[0]) / 2 + 0.5, (start[1] + end[1]) / 2 + rng.uniform(0.5, 2.2))
                found.append(
                    Crease([start, bend, end], rng.uniform(0.9, 1.5), 0.42 * strength * rng.uniform(0.7, 1.2), 0.7)
                )
            found.append(
                Crease([(sx - 1.5, sy + 4), (sx - 3.0, sy + 10), (sx - 2.4, ay + 1)], 1.3, 0.35 * strength, -0.5)
            )
            for _ in range(3):
                y = wy + rng.uniform(-9, 7)
                length = rng.uniform(7, 15)
                found.append(
                    Crease(
                        [
                            (wx - 0.3, y),
                            (wx - length * 0.5, y + rng.uniform(0.5, 3)),
                            (wx - length, y + rng.uniform(1, 6)),
                        ],
                        rng.uniform(0.9, 1.7),
                        strength * rng.uniform(0.25, 0.5),
                        0.6,
                    )
                )
            x = rng.uniform(0.35, 0.75) * wx
            found.append(
                Crease(
                    [(x, hy - 1), (x + 1, hy - 8), (x - 0.5, hy - rng.uniform(15, 22))],
                    1.9,
                    0.42 * strength,
                    rng.choice([-0.5, 0.5]),
                )
            )
            creases += found if side > 0 else mirrored_creases(found)
        return creases

    def sleeve_creases(self, rng: np.random.Generator, *, strength: float = 1.0, side: float = 1.0) -> list[Crease]:
        """Folds across the arm, thick at the armpit and the elbow, a few along it."""
        outer, inner = (np.array(p) for p in self.cuff())
        shoulder, armpit = np.array(self.shoulder), np.array(self.armpit)
        found = []

        def across(t: float, share: float, tilt: float, *, from_inner: bool) -> Points:
            edge_in, edge_out = armpit + (inner - armpit) * t, shoulder + (outer - shoulder) * t
            a, b = (edge_in, edge_out) if from_inner else (edge_out, edge_in)
            end = a + (b - a) * share + self._down() * tilt
            mid = (a + end) / 2 + self._down() * (tilt * 0.25 + rng.uniform(-0.6, 0.6))
            return [(float(p[0]), float(p[1])) for p in (a, mid, end)]

        for t, share in ((0.02, 0.75), (0.09, 0.6)):
            found.append(Crease(across(t, share, -5 * share, from_inner=True), 1.2, 0.5 * strength, -0.6))
        if self.sleeve_cm > 25:
            for t in (0.30, 0.42, 0.50, 0.57, 0.66, 0.78, 0.90):
                near_elbow = np.exp(-(((t - 0.5) / 0.16) ** 2))
                found.append(
                    Crease(
                        across(
                            t + rng.uniform(-0.02, 0.02),
                            rng.uniform(0.5, 0.85),
                            rng.uniform(-3.5, 4.5),
                            from_inner=bool(rng.random() < 0.65),
                        ),
                        rng.uniform(0.8, 1.3),
                        strength * (0.26 + 0.35 * near_elbow),
                        float(rng.choice([-0.6, 0.6])),
                    )
                )
        return found if side > 0 else mirrored_creases(found)


def _toward(
    a: tuple[float, float], b: tuple[float, float], share: float, bulge_cm: float, out: Floats
) -> tuple[float, float]:
    at = np.array(a) * (1 - share) + np.array(b) * share + out * bulge_cm
    return float(at[0]), float(at[1])


def _middle(a: tuple[float, float], b: tuple[float, float], add: Floats) -> tuple[float, float]:
    at = (np.array(a) + np.array(b)) / 2 + add
    return float(at[0]), float(at[1])


def both_sides(panel: Panel, creases: Sequence[Sequence[Crease]]) -> list[Panel]:
    """A piece for the wearer's left and its mirror image, each with its own folds."""
    outline = np.asarray(panel.outline, np.float32)
    left = replace(panel, creases=creases[0])
    right = replace(
        panel,
        outline=(outline * np.array([-1, 1], np.float32))[::-1],
        creases=creases[1],
        grain_deg=-panel.grain_deg,
        origin_cm=(-panel.origin_cm[0], panel.origin_cm[1]),
        seams=[([(-x, y) for x, y in path], width) for path, width in panel.seams],
    )
    return [left, right]


def pair(panel: Panel) -> list[Panel]:
    """A piece for the wearer's left and its mirror image, both without folds of their own."""
    return both_sides(panel, [(), ()])


def garment_view(
    anchors: dict[str, tuple[float, float]], table: Table, front: Sequence[Panel], back: Sequence[Panel]
) -> View:
    """Both layers of a garment, photographed.

    Where ribbing or lapels close the neck, `neck` is moved up to the edge that is seen, unless that is a collar which
    stands up above the shoulder seams.
    """
    picture = photograph(laid(front, table, factor=FACTOR), factor=FACTOR)
    behind = photograph(laid(back, table, factor=FACTOR), factor=FACTOR) if back else None
    if "neck" in anchors:
        x = anchors["neck"][0]
        edge = float(np.nonzero(picture[:, int(x), 3] > 128)[0][0])
        if edge > anchors["left_collar"][1]:
            anchors = anchors | {"neck": (x, edge)}
    return View(picture, anchors, behind).cropped()


def strip(path: Points, width_cm: float) -> Floats:
    """A band of even width along a path."""
    curve = smooth_curve(np.array(path, np.float32), samples=80) if len(path) > 2 else np.array(path, np.float32)
    along_ = np.gradient(curve, axis=0)
    normal = along_[:, ::-1] * np.array([1, -1], np.float32)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    return np.concatenate([curve + normal * width_cm / 2, (curve - normal * width_cm / 2)[::-1]]).astype(np.float32)
