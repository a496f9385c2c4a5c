"""Draws the sample pictures: ``python samples/draw.py [NAME...]``. Needs what fittingroom itself needs; takes minutes.

The people are made up, and so are the places: solids and noise (render.py, figure.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from figure import (
    CHILD,
    MAN,
    WOMAN,
    Person,
    Pose,
    buttoned,
    cap,
    cloth,
    coat,
    denim,
    dotted,
    leather,
    person_parts,
    scarf,
    shoes,
    skirt,
    socks,
    srgb,
    striped,
    sun_hat,
    sunglasses,
    top,
    trousers,
)
from PIL import Image
from render import (
    Backdrop,
    Block,
    Cone,
    Ellipsoid,
    Floats,
    Material,
    Part,
    Scene,
    mix,
    noise,
    render,
    step,
    turned,
    unit,
    vector,
)

JPEG_QUALITY = 90
Surface = Callable[[Floats, Floats], Floats]  # (u, v) in metres -> linear RGB (3, N)


# Surfaces of the places
def plain(code: str, *, spots: float = 0.05) -> Surface:
    rgb = srgb(code)
    return lambda u, v: rgb * (1 + spots * noise(np.stack([u * 1.3, v * 1.3, 0 * u]), octaves=4))


def joints(u: Floats, v: Floats, *, width_m: float, height_m: float, gap_m: float) -> tuple[Floats, Floats]:
    """Stones in a bond: how much of each point is joint, and a number in [-1, 1] for each stone."""
    row = np.floor(v / height_m)
    x = u / width_m + 0.5 * (row % 2)
    edge = np.minimum(np.minimum(x % 1, 1 - x % 1) * width_m, np.minimum(v % height_m, height_m - v % height_m))
    stone = noise(np.stack([np.floor(x) * 3.7 + 0.5, row * 5.3 + 0.5, 0 * u]))
    return step(gap_m, gap_m * 0.4, edge), stone


def stones(
    code: str, joint: str, *, width_m: float, height_m: float, gap_m: float = 0.008, vary: float = 0.3
) -> Surface:
    rgb, joint_rgb = srgb(code), srgb(joint)

    def surface(u: Floats, v: Floats) -> Floats:
        share, stone = joints(u, v, width_m=width_m, height_m=height_m, gap_m=gap_m)
        grit = noise(np.stack([u * 8, v * 8, 0 * u]), octaves=4)
        return mix(rgb * (1 + vary * stone + 0.12 * grit), joint_rgb * (1 + 0.1 * grit), share)

    return surface


def planks(code: str) -> Surface:
    rgb = srgb(code)

    def surface(u: Floats, v: Floats) -> Floats:
        share, plank = joints(v, u, width_m=1.7, height_m=0.13, gap_m=0.004)
        grain = noise(np.stack([u * 40 + 9 * plank, v * 2.5, plank * 30]), octaves=3)
        return rgb * (1 + 0.3 * plank + 0.22 * grain) * (1 - 0.7 * share)

    return surface


def facade(wall: Surface, *, pane: str = "#28323c") -> Surface:
    """A house front: windows with frames and sills in rows, above a plinth."""
    pane_rgb, frame_rgb = srgb(pane), srgb("#e6e2d8")

    def surface(u: Floats, v: Floats) -> Floats:
        x, y = (u + 0.6) % 2.4 - 1.2, (v - 0.9) % 3.1
        is_window = (np.abs(x) < 0.55) & (y > 0.15) & (y < 1.85)
        is_pane = (np.abs(np.abs(x) - 0.26) < 0.22) & (np.abs((y - 0.2) % 0.82 - 0.41) < 0.36) & is_window
        sheen = 1 + 2.2 * step(-0.2, 0.6, noise(np.stack([u * 0.9, v * 0.6 + u * 0.4, 0 * u])))
        colour = np.where(is_window, frame_rgb, wall(u, v))
        colour = np.where((np.abs(x) < 0.66) & (y > 0.05) & (y < 0.15), frame_rgb * 0.8, colour)
        colour = np.where(is_pane, pane_rgb * sheen, colour)
        return np.where(v < 0.5, srgb("#77726a") * (1 + 0.1 * noise(np.stack([u * 9, v * 9, 0 * u]))), colour)

    return surface


def grass(u: Floats, v: Floats) -> Floats:
    blades = noise(np.stack([u * 70, v * 40, 0 * u]), octaves=2)
    patches = noise(np.stack([u * 0.8, v * 0.8, 0 * u + 3]), octaves=3)
    return mix(srgb("#5f7d34"), srgb("#8c9a4a"), step(-0.4, 0.7, patches)) * (1 + 0.35 * blades)


def trees(u: Floats, v: Floats) -> Floats:
    """A dark row of trunks and leaves, the sky between them."""
    leaves = noise(np.stack([u * 0.9, v * 0.9, 0 * u]), octaves=5)
    light = noise(np.stack([u * 3.1, v * 3.1, 0 * u + 8]), octaves=3)
    colour = mix(srgb("#25391c"), srgb("#87a548"), step(-0.5, 0.8, light + 0.5 * leaves))
    trunk = step(0.16, 0.10, np.abs((u + 0.4 * noise(np.stack([u * 0 + np.floor(u / 2.3), 0 * u, 0 * u]))) % 2.3 - 1.1))
    colour = mix(colour, srgb("#4a3b2c"), trunk * step(3.2, 2.2, v) * 0.9)
    gap = step(0.12, 0.3, leaves + 0.09 * (v - 5)) * step(1.5, 3.0, v)
    return mix(colour, vector(2.2, 2.4, 2.6), gap)


def place(
    *,
    floor: Surface,
    back: Surface,
    back_z: float,
    left: Surface | None = None,
    left_x: float = -2.2,
    height_m: float = 60,
    sky: str = "#b9cfe6",
    floor_gloss: float = 0.03,
) -> Callable[[Floats, Floats], Backdrop]:
    """A floor, a wall behind and perhaps one on the left; above the walls the sky shines."""

    def backdrop(eye: Floats, rays: Floats) -> Backdrop:
        with np.errstate(divide="ignore"):
            reach = np.stack([-eye[1] / rays[1], (back_z - eye[2]) / rays[2], (left_x - eye[0]) / rays[0]])
        reach = np.where(reach > 0, reach, 1e3).astype(np.float32)
        if left is None:
            reach[2] = 1e3
        nearest = reach.argmin(0)
        t = reach.min(0)
        x, y, z = eye + rays * t
        albedo = np.where(nearest == 0, floor(x, z), back(x, y))
        if left is not None:
            albedo = np.where(nearest == 2, left(z, y), albedo)
        is_sky = (nearest > 0) & (y > height_m)
        is_light = albedo.max(0) > 1.5  # windows and gaps between leaves
        normals = np.eye(3, dtype=np.float32)[:, [1, 2, 0]]
        glow = np.where(is_sky, srgb(sky) * 1.9, 0) + np.where(is_light, albedo, 0)
        albedo = np.where(is_sky | is_light, 0, albedo)
        return Backdrop(t, normals[:, nearest], albedo.astype(np.float32), glow.astype(np.float32), floor_gloss)

    return backdrop


# People
SKINS = {"light": "#dba98c", "tan": "#c58f6c", "brown": "#a3714f", "dark": "#7d5540"}
WALKING = Pose(
    elbows=((-0.235, 1.13, -0.10), (0.235, 1.13, 0.02)),
    wrists=((-0.25, 0.90, -0.06), (0.245, 0.91, 0.17)),
    knees=((-0.10, 0.50, 0.12), (0.10, 0.48, -0.02)),
    ankles=((-0.11, 0.085, 0.16), (0.11, 0.10, -0.22)),
)
HAND_ON_HIP = Pose(
    elbows=((-0.245, 1.13, -0.03), (0.37, 1.15, -0.06)),
    wrists=((-0.26, 0.885, 0.05), (0.205, 1.0, 0.07)),
    knees=((-0.10, 0.49, 0.02), (0.13, 0.49, 0.05)),
    ankles=((-0.11, 0.085, -0.02), (0.19, 0.085, 0.05)),
)
WAVING = Pose(elbows=((-0.36, 1.24, 0.02), (0.245, 1.13, -0.03)), wrists=((-0.40, 1.48, 0.10), (0.255, 0.885, 0.05)))
SITTING = Pose(
    elbows=((-0.25, 1.13, 0.05), (0.25, 1.13, 0.05)), wrists=((-0.12, 1.02, 0.25), (0.14, 1.02, 0.26)),
    knees=((-0.13, 0.50, 0.43), (0.14, 0.50, 0.43)), ankles=((-0.12, 0.085, 0.36), (0.17, 0.085, 0.46)),
    hip_y=0.53,
)  # fmt: skip


def street() -> Scene:
    """A woman in an open coat walks down a street."""
    walker = Person(
        turned(vector(0.05, 0, 0), yaw_deg=-14),
        SKINS["light"], "#5a3520", "long", WOMAN, WALKING, lips="#b4484e",
        clothes=(
            top(cloth("#ddd5c4", striped("#2c3852", per_m=24))),
            trousers(cloth("#2a3a55", denim, folds_m=0.009), thicker_m=0.004),
            coat(cloth("#a9794e", folds_m=0.005)),
            scarf(cloth("#8f2f3a", folds_m=0.004, fold_size=16)),
            shoes(leather("#3a2a22", "#1c1613"), boot_m=0.05),
        ),
    )  # fmt: skip
    backdrop = place(
        floor=stones("#8d8a84", "#5c5a56", width_m=0.6, height_m=0.4),
        back=facade(plain("#c9b391")), back_z=-9, height_m=8.5,
        left=facade(stones("#a0604a", "#b8aa98", width_m=0.25, height_m=0.08)), left_x=-1.9,
    )  # fmt: skip
    return Scene(person_parts(walker), backdrop, vector(0.35, 1.4, 5.6), vector(0, 0.90, 0), 720, 1080, focal=5.2)


def portrait() -> Scene:
    """A man in a denim shirt, from the waist up, in a park."""
    man = Person(
        turned(vector(0, 0, 0), yaw_deg=12, scale=1.03),
        SKINS["tan"], "#241812", "short", MAN,
        Pose(head_yaw_deg=-10, head_roll_deg=3), beard=0.55,
        clothes=(
            top(cloth("#50709a", buttoned(denim, "#e8e0d0")), neck="collar"),
            trousers(cloth("#b9a179")),
        ),
    )  # fmt: skip
    backdrop = place(floor=grass, back=trees, back_z=-9)
    lamp = unit(vector(0.6, 0.75, 0.5))
    eye, target = vector(0.1, 1.52, 3.0), vector(0, 1.42, 0)
    return Scene(person_parts(man), backdrop, eye, target, 800, 800, focal=6.4, lamp=lamp, blur_px=13, focus_m=2.4)


def group() -> Scene:
    """Four people of different heights before a brick wall; the boy stands before two of them."""
    father = Person(
        turned(vector(-0.30, 0, -0.25), yaw_deg=10, scale=1.07),
        SKINS["brown"], "#16100d", "short", MAN, HAND_ON_HIP, beard=0.35,
        clothes=(
            top(cloth("#3f6f63"), sleeves=0.62), trousers(cloth("#31435f", denim, folds_m=0.009)),
            shoes(leather("#d9d4ca", "#f2f0ea", laces="#ffffff")),
        ),
    )  # fmt: skip
    mother = Person(
        turned(vector(0.30, 0, -0.30), yaw_deg=-8, scale=0.96),
        SKINS["dark"], "#1a120f", "bun", WOMAN, Pose(head_roll_deg=-5), lips="#8e3b40",
        clothes=(
            top(cloth("#d9a23c", folds_m=0.004), sleeves=0.5, neck="scoop", hem_y=0.98),
            skirt(cloth("#d9a23c"), hem_y=0.50, waist_y=1.06), shoes(leather("#7a2630", "#3a1418")),
        ),
    )  # fmt: skip
    boy = Person(
        turned(vector(-0.02, 0, 0.22), yaw_deg=4, scale=0.68),
        SKINS["brown"], "#16100d", "short", CHILD, Pose(head_yaw_deg=-8),
        clothes=(
            top(cloth("#eeeae0", striped("#b8322c", per_m=17)), sleeves=0.6),
            trousers(cloth("#4a5a3a"), length_share=0.9, flare_m=0.02),
            socks(cloth("#e8e8e4")), shoes(leather("#2c4a86", "#f0f0f0", laces="#ffffff")),
        ),
        headwear=cap(cloth("#b8322c", folds_m=0.001)),
    )  # fmt: skip
    aunt = Person(
        turned(vector(0.92, 0, -0.05), yaw_deg=-18, scale=0.99),
        SKINS["light"], "#b98a4e", "bob", WOMAN, WAVING, lips="#c0565c",
        clothes=(
            top(cloth("#e9e4dc")), coat(cloth("#56658a", folds_m=0.005), hem_y=0.72),
            trousers(cloth("#2b2b30"), thicker_m=0.003), shoes(leather("#29211d", "#14100e")),
        ),
        headwear=(*sun_hat(cloth("#d8c59a", folds_m=0.001)), *sunglasses()),
    )  # fmt: skip
    parts = [part for person in (father, mother, boy, aunt) for part in person_parts(person)]
    backdrop = place(
        floor=stones("#9a958c", "#6a665f", width_m=0.5, height_m=0.5),
        back=stones("#9a6654", "#b8aea2", width_m=0.25, height_m=0.08, vary=0.45), back_z=-1.7,
    )  # fmt: skip
    eye, target = vector(0.2, 1.45, 6.0), vector(0.28, 0.93, 0)
    return Scene(
        parts, backdrop, eye, target, 1120, 960, focal=5.5, lamp=unit(vector(-0.4, 0.6, 0.8)), blur_px=2, focus_m=6.0
    )


def back_view() -> Scene:
    """A woman in a dotted dress, seen from behind, on a lawn."""
    woman = Person(
        turned(vector(0, 0, 0), yaw_deg=168, scale=0.97),
        SKINS["tan"], "#7a4a26", "long", WOMAN,
        Pose(
            elbows=((-0.24, 1.13, -0.04), (0.24, 1.13, -0.03)), wrists=((-0.27, 0.89, 0.03), (0.30, 0.90, 0.02)),
            knees=((-0.09, 0.49, 0.03), (0.10, 0.49, -0.02)), ankles=((-0.10, 0.085, 0.06), (0.11, 0.085, -0.10)),
            head_yaw_deg=20,
        ),
        clothes=(
            top(cloth("#2f5f8a", dotted("#f2eee4", per_m=22), folds_m=0.003), sleeves=0.45, hem_y=0.98),
            skirt(cloth("#2f5f8a", dotted("#f2eee4", per_m=22)), hem_y=0.58, waist_y=1.06),
            shoes(leather("#e4ded2", "#c9c0b0")),
        ),
    )  # fmt: skip
    lamp = unit(vector(-0.7, 0.7, 0.25))
    backdrop = place(floor=grass, back=trees, back_z=-13)
    eye, target = vector(0, 1.4, 5.4), vector(0, 0.88, 0)
    return Scene(person_parts(woman), backdrop, eye, target, 720, 960, focal=5.0, lamp=lamp, blur_px=8, focus_m=4.5)


def room_place() -> Callable[[Floats, Floats], Backdrop]:
    def wall(u: Floats, v: Floats) -> Floats:
        colour = plain("#d9d4c6", spots=0.03)(u, v)
        for x, y, code in ((-0.75, 1.75, "#c2703d"), (0.05, 1.7, "#3d6a78"), (1.7, 1.75, "#6d7a4a")):
            du, dv = np.abs(u - x), np.abs(v - y)
            drawn = srgb(code) * (1 + 0.8 * noise(np.stack([u * 5, v * 5, 0 * u + x]), octaves=2))
            colour = np.where((du < 0.27) & (dv < 0.36), srgb("#efece4"), colour)
            colour = np.where((du < 0.2) & (dv < 0.28), drawn, colour)
            colour = np.where(
                (np.maximum(du - 0.27, dv - 0.36) < 0.022) & ((du > 0.27) | (dv > 0.36)), srgb("#2b2622"), colour
            )
        return np.where(v < 0.11, srgb("#efece4"), colour)

    def window(z: Floats, v: Floats) -> Floats:
        is_pane = (np.abs(np.abs(z + 0.3) - 0.45) < 0.41) & (np.abs(v - 1.55) < 0.75)
        is_frame = (np.abs(z + 0.3) < 0.94) & (np.abs(v - 1.55) < 0.83)
        colour = np.where(is_frame, srgb("#f2f0ea"), plain("#d9d4c6", spots=0.03)(z, v))
        return np.where(is_pane, vector(3.4, 3.6, 3.8), colour)

    return place(
        floor=planks("#a87a4c"), back=wall, back_z=-1.6, left=window, left_x=-2.0, floor_gloss=0.25
    )  # fmt: skip


ROOM_LAMP = unit(vector(-0.85, 0.55, 0.45))


def furniture(x: float, z: float) -> list[Part]:
    """A potted plant and a stool."""
    leaf, pot = Material(lambda p: srgb("#3f6b35") * (1 + 0.5 * noise(p * 30)), gloss=0.3), cloth("#b5643f", folds_m=0)
    rng = np.random.default_rng(4)
    stems = []
    for angle in np.linspace(0, 2 * np.pi, 15, endpoint=False):
        reach, rise = rng.uniform(0.14, 0.3), rng.uniform(0.55, 1.0)
        tip = vector(x + reach * np.cos(angle), rise, z + reach * np.sin(angle))
        middle = vector(x + reach * 0.35 * np.cos(angle), rise * 0.85, z + reach * 0.35 * np.sin(angle))
        stems += [Cone(vector(x, 0.34, z), middle, 0.008, 0.016), Cone(middle, tip, 0.03, 0.006)]
    bowl = Cone(vector(x, 0.06, z), vector(x, 0.36, z), 0.11, 0.15, is_cut=True)
    return [Part(leaf, stems, 0.006), Part(pot, [bowl], cuts=[(vector(0, 0.001, 0), vector(0, -1, 0))])]


def sitting() -> Scene:
    """A man on a bench by a window."""
    man = Person(
        turned(vector(0, 0, -0.05), yaw_deg=24, scale=1.0),
        SKINS["dark"], "#120d0b", "short", MAN, SITTING, beard=0.4, lips="#7d4440",
        clothes=(
            top(cloth("#c9c2b4", folds_m=0.008), thicker_m=0.018), trousers(cloth("#59614c"), thicker_m=0.012),
            socks(cloth("#a23b3b")), shoes(leather("#5f3c26", "#221812", laces="#d8c8a8")),
        ),
    )  # fmt: skip
    wood = Material(lambda p: planks("#8a5c34")(p[2], p[0]), gloss=0.2)
    bench = Part(wood, [Block(vector(0, 0.385, -0.12), vector(0.75, 0.03, 0.24))])
    legs = [Block(vector(x, 0.18, z), vector(0.03, 0.19, 0.03)) for x in (-0.68, 0.68) for z in (-0.3, 0.06)]
    parts = [*person_parts(man), bench, Part(wood, legs), *furniture(1.05, -0.9)]
    eye, target = vector(0.25, 1.2, 4.2), vector(0.14, 0.68, 0)
    return Scene(parts, room_place(), eye, target, 840, 900, focal=5.2, lamp=ROOM_LAMP, blur_px=4, focus_m=4.0)


def room() -> Scene:
    """A place without people: an armchair, a plant, pictures on the wall."""
    fabric, foot = (
        cloth("#4f6d7a", folds_m=0.003),
        Material(lambda p: np.repeat(srgb("#3a2a1e"), p.shape[1], 1), gloss=0.2),
    )
    seat = Part(
        fabric,
        [
            Block(vector(0.2, 0.30, -0.75), vector(0.42, 0.16, 0.40), 0.06),
            Block(vector(0.2, 0.62, -1.08), vector(0.42, 0.36, 0.12), 0.08),
            Block(vector(-0.22, 0.42, -0.78), vector(0.09, 0.24, 0.45), 0.06),
            Block(vector(0.62, 0.42, -0.78), vector(0.09, 0.24, 0.45), 0.06),
        ],
    )
    cushion = Part(cloth("#d3a54a", folds_m=0.004), [Ellipsoid(vector(0.25, 0.62, -0.82), vector(0.22, 0.2, 0.09))])
    feet = Part(
        foot, [Cone(vector(x, 0.16, z), vector(x, 0.0, z), 0.025, 0.015) for x in (-0.15, 0.55) for z in (-1.05, -0.45)]
    )
    eye, target = vector(0.5, 1.3, 3.4), vector(0.0, 0.95, -1)
    parts = [seat, cushion, feet, *furniture(1.35, -0.95)]
    return Scene(parts, room_place(), eye, target, 960, 720, focal=3.3, lamp=ROOM_LAMP, blur_px=2)


SCENES = {
    "back-view": back_view,
    "group": group,
    "no-people": room,
    "portrait": portrait,
    "sitting": sitting,
    "street": street,
}


def main(names: list[str]) -> None:
    for name in names or SCENES:
        picture = render(SCENES[name]())
        Image.fromarray(picture).save(Path(__file__).with_name(f"{name}.jpg"), quality=JPEG_QUALITY)


if __name__ == "__main__":
    main(sys.argv[1:])
