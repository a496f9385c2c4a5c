"""Spectacles and sunglasses from the front. The picture is the frame; where the glass is, is a mask of its own.

Centimetres, x = 0 the bridge's middle, y downwards, y = 0 at the pupils' height. A frame is 14 cm wide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cut import strip
from drawn import Drawn, View
from fabric import Fabric, smooth, tortoise
from light import blurred, photograph
from noise import Floats, Mask
from panels import Panel, Points, Table, laid
from solids import smooth_curve

FACTOR = 3
TABLE = Table(480 / 15.0, -7.5, -3.6, 7.5, 3.9)


@dataclass(frozen=True)
class Frame:
    """The wearer's left rim, mirrored for the right one.

    Attributes:
        lens: outline of the glass round (0, 0).
        middle_cm: where the glass's middle is: (x, y).
        rim_cm: width of the rim at the sides; `brow_cm` at the top, `low_cm` at the bottom (0: rimless there).
        bridge_cm: (height of the middle, thickness).
    """

    lens: Points
    middle_cm: tuple[float, float]
    rim_cm: float
    brow_cm: float
    low_cm: float
    bridge_cm: tuple[float, float]
    fabric: Fabric
    hinge: tuple[float, float] = (6.95, -1.2)
    hinge_cm: float = 0.8
    is_wire: bool = False
    double_bridge: bool = False
    brow_fabric: Fabric | None = None


def _oval(width: float, height: float, power: float = 2.0, *, tilt: float = 0.0, taper: float = 0.0) -> Points:
    """A superellipse whose outer upper corner is raised by `tilt` and whose lower half is narrower by `taper`."""
    t = np.linspace(0, 2 * np.pi, 61)[:-1]
    x = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power) * width / 2
    y = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power) * height / 2
    y = y - tilt * np.maximum(x, -0.3 * width) / (width / 2) * (0.5 - y / height)
    x = x * (1 - taper * y / (height / 2))
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


def _rim(frame: Frame) -> tuple[Floats, Floats]:
    """Glass and outer edge of the left rim, as (N, 2) outlines in place."""
    glass = smooth_curve(np.array(frame.lens), closed=True, samples=400)
    tangent = np.gradient(glass, axis=0)
    normal = tangent[:, ::-1] * np.array([1, -1], np.float32)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    width = frame.rim_cm + (frame.brow_cm - frame.rim_cm) * np.clip(-normal[:, 1], 0, 1) ** 1.2
    width = width + (frame.low_cm - frame.rim_cm) * np.clip(normal[:, 1], 0, 1) ** 1.2
    width = cv2.GaussianBlur(width[None, :].astype(np.float32), (0, 0), 6, borderType=cv2.BORDER_REPLICATE)[0]
    place = np.array(frame.middle_cm, np.float32)
    return glass + place, glass + normal * width[:, None] + place


def _filled(outlines: Sequence[Floats], size_px: tuple[int, int], scale: float) -> Floats:
    mask = np.zeros(size_px[::-1], np.uint8)
    for outline in outlines:
        for sign in (1, -1):
            pixels = (outline * np.array([sign, 1]) - (TABLE.left_cm, TABLE.top_cm)) * scale
            cv2.fillPoly(mask, [np.round(pixels * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def _frame_panels(frame: Frame) -> list[Panel]:
    _, outer = _rim(frame)
    fabric = frame.fabric
    round_cm = 0.09 if frame.is_wire else 0.22
    thick = 0.09 if frame.is_wire else 0.30
    panels: list[Panel] = []
    y, thickness = frame.bridge_cm
    reach = frame.middle_cm[0] - _width(frame) / 2 - frame.rim_cm * 0.4
    bridge = [
        (-reach - 0.25, y + 0.42),
        (-reach * 0.55, y + 0.02),
        (0, y - 0.10),
        (reach * 0.55, y + 0.02),
        (reach + 0.25, y + 0.42),
    ]
    metal = Fabric("#c9c4b8", smooth, gloss=0.9, roughness=0.2, is_metal=True)
    if frame.is_wire or frame.low_cm == 0:
        for sign in (1, -1):
            pad_arm = [(sign * (reach + 0.05), 0.1), (sign * (reach - 0.28), 0.25), (sign * (reach - 0.22), 0.62)]
            panels.append(Panel(strip(pad_arm, 0.08), metal, thick_cm=0.06, round_cm=0.05))
            pad = _oval(0.36, 0.95, 2.2)
            c, s = np.cos(sign * 0.30), np.sin(sign * 0.30)
            at = np.array(
                [(c * px - s * py + sign * (reach - 0.22), s * px + c * py + 0.75) for px, py in pad], np.float32
            )
            clear = Fabric("#e6dfd2", smooth, gloss=0.6, roughness=0.2)
            panels.append(Panel(at, clear, thick_cm=0.16, round_cm=0.16, opacity=0.55))
    panels.append(
        Panel(
            strip(bridge, thickness),
            frame.brow_fabric or fabric,
            thick_cm=thick,
            round_cm=min(round_cm, thickness / 2),
            lift_cm=0.05,
        )
    )
    if frame.double_bridge:
        panels.append(
            Panel(
                strip([(-reach - 0.6, y - 0.75), (0, y - 0.9), (reach + 0.6, y - 0.75)], thickness),
                fabric,
                thick_cm=thick,
                round_cm=round_cm,
            )
        )
    hx, hy = frame.hinge
    for sign in (1, -1):
        path = [(sign * (hx - 0.75), hy + 0.02), (sign * (hx - 0.3), hy - 0.02), (sign * hx, hy)]
        panels.append(
            Panel(
                strip(path, frame.hinge_cm),
                frame.brow_fabric or fabric,
                thick_cm=thick,
                round_cm=min(round_cm, frame.hinge_cm / 2),
                lift_cm=-0.05,
            )
        )
    for sign in (1, -1):
        panels.append(
            Panel(
                outer * np.array([sign, 1], np.float32),
                fabric,
                thick_cm=thick,
                round_cm=round_cm,
                lift_cm=0.08,
                origin_cm=(3.7 * (sign - 1), 0),
            )
        )
        if not frame.is_wire:
            rivet = [(sign * (hx - 0.62 + 0.13 * a), hy - 0.02 + 0.09 * b) for a, b in _oval(1, 1, 2)]
            panels.append(
                Panel(np.array(rivet, np.float32), metal, thick_cm=0.05, round_cm=0.06, lift_cm=0.02, follows=True)
            )
    return panels


def _width(frame: Frame) -> float:
    xs = [x for x, _ in frame.lens]
    return max(xs) - min(xs)


def _glasses(
    id: str,
    name: str,
    name_zh: str,
    colour: str,
    frame: Frame,
    *,
    kind: str = "glasses",
    lens: dict[str, object] | None = None,
) -> Drawn:
    size = TABLE.size_px(FACTOR)
    scale = TABLE.px_per_cm * FACTOR
    glass, _ = _rim(frame)
    relief = laid(_frame_panels(frame), TABLE, factor=FACTOR)
    hole = _filled([glass], size, scale)
    # The rim is rounded towards the glass as well: its height falls off there.
    inner_cm = cv2.distanceTransform((hole < 0.5).astype(np.uint8), cv2.DIST_L2, 5) / scale
    round_cm = 0.09 if frame.is_wire else 0.22
    t = np.clip(inner_cm / round_cm, 0, 1)
    fall = np.where(hole > 0.5, -1, np.sqrt(np.maximum(1 - (1 - t) ** 2, 0)) - 1).astype(np.float32)
    fall = blurred(fall * (0.07 if frame.is_wire else 0.26) * scale, 1.2)
    dy, dx = np.gradient(fall)
    normal = relief.normal / np.maximum(relief.normal[..., 2:], 0.1)
    normal[..., 0] -= dx
    normal[..., 1] -= dy
    relief.normal = normal / np.linalg.norm(normal, axis=2, keepdims=True)
    relief.piece[(hole > 0.5) & (relief.opacity >= 1)] = 0
    if frame.low_cm == 0:  # half rim: a nylon thread that hardly shows
        below = _below(relief.piece.shape, scale, frame.middle_cm[1] + 0.25)
        relief.piece[below & (relief.opacity >= 1) & _near(glass, size, scale)] = 0
    picture = photograph(relief, factor=FACTOR, shadow=0.35)
    final = (size[0] // FACTOR, size[1] // FACTOR)
    mask = cv2.resize(hole, final, interpolation=cv2.INTER_AREA)
    hx, hy = frame.hinge
    mx, my = frame.middle_cm
    anchors = {
        "left_hinge": TABLE.pixel(hx, hy),
        "right_hinge": TABLE.pixel(-hx, hy),
        "bridge": TABLE.pixel(0, frame.bridge_cm[0] + frame.bridge_cm[1] / 2),
        "left_lens": TABLE.pixel(min(mx, 3.3), my - 0.15),
        "right_lens": TABLE.pixel(-min(mx, 3.3), my - 0.15),
    }
    view = View(picture, anchors, lens=np.round(mask * 255).astype(np.uint8)).cropped()
    thickness = 3.0 if frame.is_wire else 7.0
    clear: dict[str, object] = {"lens_colour": "#f4f8fa", "lens_opacity": 0.05, "reflection": 0.18}
    fields = {"gloss": 0.5, "temple_colour": colour, "temple_thickness": thickness} | clear | (lens or {})
    return Drawn(id, kind, name, name_zh, colour, {"front": view}, fields)


def _below(shape: tuple[int, ...], scale: float, y_cm: float) -> Mask:
    return np.broadcast_to((np.arange(shape[0]) / scale + TABLE.top_cm > y_cm)[:, None], shape)


def _near(glass: Floats, size: tuple[int, int], scale: float) -> Mask:
    hole = _filled([glass], size, scale)
    return np.asarray(cv2.dilate(hole, np.ones((3, 3), np.uint8), iterations=int(0.3 * scale)) > 0.5)


def glasses() -> dict[str, Callable[[], Drawn]]:
    """Item id -> the function that draws it."""
    black = Fabric("#17171a", smooth, gloss=0.55, roughness=0.18)
    brown = Fabric("#7a4520", smooth, tortoise("#1d0f08"), gloss=0.55, roughness=0.18)
    amber = Fabric("#a8692c", smooth, tortoise("#2a160b"), gloss=0.55, roughness=0.18)
    gold = Fabric("#d9b36a", smooth, gloss=0.9, roughness=0.15, is_metal=True)
    steel = Fabric("#8f9399", smooth, gloss=0.9, roughness=0.2, is_metal=True)
    navy = Fabric("#232f4d", smooth, gloss=0.5, roughness=0.2)
    white = Fabric("#ece8e1", smooth, gloss=0.5, roughness=0.2)
    round_lens = _oval(4.7, 4.4, 2.0)
    way = _oval(5.2, 4.1, 2.9, tilt=0.22, taper=0.09)
    pilot = [(x + 0.14 * y, y) for x, y in _oval(5.6, 4.9, 2.4, tilt=0.1, taper=0.14)]
    cat = _oval(5.2, 3.8, 2.4, tilt=0.75, taper=0.06)
    box = _oval(5.3, 3.4, 3.6)
    big = _oval(5.9, 5.2, 2.6, tilt=0.1, taper=0.05)
    sport = _oval(6.0, 3.6, 2.6, tilt=0.3, taper=0.1)

    def sun(colour: str, top: float, low: float, reflection: float) -> dict[str, object]:
        return {"lens_colour": colour, "lens_opacity": top, "lens_opacity_bottom": low, "reflection": reflection}

    items: dict[str, Callable[[], Drawn]] = {
        "glasses-round-gold": lambda: _glasses(
            "glasses-round-gold",
            "Round gold-rimmed glasses",
            "金色圆框眼镜",
            "#d9b36a",
            Frame(round_lens, (3.45, 0.05), 0.13, 0.13, 0.13, (-0.55, 0.16), gold, (6.75, -0.6), 0.22, is_wire=True),
        ),
        "glasses-black": lambda: _glasses(
            "glasses-black",
            "Black acetate glasses",
            "黑框眼镜",
            "#17171a",
            Frame(way, (3.5, 0.05), 0.42, 0.62, 0.34, (-0.75, 0.62), black, (7.1, -1.35), 0.95),
        ),
        "glasses-tortoise": lambda: _glasses(
            "glasses-tortoise",
            "Round tortoiseshell glasses",
            "玳瑁圆框眼镜",
            "#7a4520",
            Frame(_oval(4.6, 4.2, 2.2), (3.4, 0.1), 0.36, 0.44, 0.34, (-0.6, 0.5), brown, (6.75, -0.95), 0.75),
        ),
        "glasses-half-rim": lambda: _glasses(
            "glasses-half-rim",
            "Half-rim glasses",
            "半框眼镜",
            "#8f9399",
            Frame(box, (3.5, 0.05), 0.16, 0.30, 0.0, (-0.7, 0.2), steel, (7.0, -0.95), 0.4),
        ),
        "glasses-navy": lambda: _glasses(
            "glasses-navy",
            "Navy rectangular glasses",
            "藏青方框眼镜",
            "#232f4d",
            Frame(box, (3.5, 0.0), 0.32, 0.42, 0.28, (-0.55, 0.45), navy, (7.0, -0.95), 0.7),
        ),
        "sunglasses-black": lambda: _glasses(
            "sunglasses-black",
            "Black sunglasses",
            "黑色太阳镜",
            "#17171a",
            Frame(way, (3.55, 0.1), 0.46, 0.66, 0.38, (-0.75, 0.66), black, (7.2, -1.35), 1.0),
            kind="sunglasses",
            lens=sun("#15171a", 0.94, 0.88, 0.35),
        ),
        "sunglasses-aviator": lambda: _glasses(
            "sunglasses-aviator",
            "Gold aviators",
            "金色飞行员墨镜",
            "#d9b36a",
            Frame(
                pilot,
                (3.6, 0.35),
                0.12,
                0.14,
                0.12,
                (-0.95, 0.16),
                gold,
                (7.0, -1.35),
                0.24,
                is_wire=True,
                double_bridge=True,
            ),
            kind="sunglasses",
            lens=sun("#2c3a2a", 0.92, 0.62, 0.4),
        ),
        "sunglasses-cat-eye": lambda: _glasses(
            "sunglasses-cat-eye",
            "Cat-eye sunglasses",
            "猫眼太阳镜",
            "#a8692c",
            Frame(cat, (3.5, 0.05), 0.44, 0.70, 0.34, (-0.55, 0.5), amber, (7.0, -1.75), 0.9),
            kind="sunglasses",
            lens=sun("#3a2416", 0.9, 0.6, 0.3),
        ),
        "sunglasses-white": lambda: _glasses(
            "sunglasses-white",
            "Oversized white sunglasses",
            "白色大框太阳镜",
            "#ece8e1",
            Frame(big, (3.75, 0.35), 0.44, 0.55, 0.44, (-0.75, 0.55), white, (7.25, -1.3), 0.9),
            kind="sunglasses",
            lens=sun("#2a2630", 0.92, 0.7, 0.35),
        ),
        "sunglasses-sport": lambda: _glasses(
            "sunglasses-sport",
            "Mirrored sports sunglasses",
            "镜面运动太阳镜",
            "#232f4d",
            Frame(sport, (3.65, 0.1), 0.22, 0.40, 0.18, (-0.85, 0.5), navy, (7.3, -1.0), 0.8),
            kind="sunglasses",
            lens=sun("#1f4f86", 0.95, 0.9, 0.8),
        ),
    }
    return items
