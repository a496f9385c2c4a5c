"""What things are made of: colour, pattern and fine relief of cloth, knit, leather, straw, metal, at every point.

A pattern and a weave are functions of the cloth's own coordinates (u across, v down, in centimetres).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from noise import Floats, cells, noise, ridged, step

Pattern = Callable[[Floats, Floats, Floats], Floats]  # u_cm, v_cm, colour (..., 3) -> colour (..., 3), linear RGB
Weave = Callable[[Floats, Floats], Floats]  # u_cm, v_cm -> height in centimetres


def linear(code: str) -> Floats:
    """ "#rrggbb" as linear RGB (3,)."""
    stored = np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)
    return np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4).astype(np.float32)


def plain_weave(u: Floats, v: Floats) -> Floats:
    """Cotton: threads are finer than a pixel, so what shows is their unevenness."""
    return 0.004 * noise(u * 9, v * 3, 1) + 0.004 * noise(u * 3, v * 9, 2)


@dataclass(frozen=True)
class Fabric:
    """A material.

    Attributes:
        colour: "#rrggbb" of its lit face.
        gloss: strength of the highlight, 0 to 1.
        roughness: width of the highlight, 0 (mirror) to 1.
        sheen: light along the silhouette, as wool and felt have it.
        is_metal: reflects its surroundings in its own colour.
        mottle: unevenness of the colour.
    """

    colour: str
    weave: Weave = plain_weave
    pattern: Pattern | None = None
    gloss: float = 0.04
    roughness: float = 0.6
    sheen: float = 0.12
    is_metal: bool = False
    mottle: float = 0.05

    def albedo(self, u: Floats, v: Floats) -> Floats:
        """Linear RGB, float32 (..., 3)."""
        colour = np.broadcast_to(linear(self.colour), (*np.shape(u), 3))
        if self.pattern is not None:
            colour = self.pattern(u, v, colour)
        uneven = 1 + self.mottle * (noise(u * 7, v * 7, 11) + 0.7 * noise(u * 0.5, v * 0.5, 12))
        return np.clip(colour * uneven[..., None], 0, 1).astype(np.float32)


# Weaves
def smooth(u: Floats, v: Floats) -> Floats:
    return np.zeros(np.shape(u), np.float32)


def twill(u: Floats, v: Floats) -> Floats:
    """Denim and chino: fine diagonal ribs."""
    return 0.006 * np.sin((u + v * 1.3) * 26 + noise(u * 3, v * 3, 3)) + 0.006 * noise(u * 8, v * 8, 4)


def felt(u: Floats, v: Floats) -> Floats:
    return 0.008 * noise(u * 5, v * 5, 5, octaves=2)


def wool(u: Floats, v: Floats) -> Floats:
    return 0.014 * noise(u * 6, v * 6, 6, octaves=2)


def leather(u: Floats, v: Floats) -> Floats:
    distance, _ = cells(u * 7, v * 7, 7)
    return 0.006 * np.minimum(distance, 0.6) + 0.004 * noise(u * 1.5, v * 1.5, 8)


def satin(u: Floats, v: Floats) -> Floats:
    return 0.002 * noise(u * 14, v * 1.2, 9)


def knit(stitch_cm: float = 0.55) -> Weave:
    """Stocking stitch: columns of small V."""

    def height_cm(u: Floats, v: Floats) -> Floats:
        x = u / stitch_cm
        side = np.abs(x - np.floor(x) - 0.5) * 2  # 0 in the middle of a column, 1 between two
        y = v / (stitch_cm * 0.8) + 0.75 * (1 - side)
        rounded = np.sqrt(np.maximum(0.0, 1 - (2 * (side - 0.5)) ** 2 * 0.95))
        yarn = rounded * (0.62 + 0.38 * np.cos(2 * np.pi * y))
        return stitch_cm * 0.22 * yarn + 0.008 * noise(u * 7, v * 7, 13)

    return height_cm


def rib(pitch_cm: float = 0.7) -> Weave:
    """Ribbed knit: rows of stitches on upright ridges."""

    def height_cm(u: Floats, v: Floats) -> Floats:
        ridge = (0.5 + 0.5 * np.cos(2 * np.pi * u / pitch_cm)) ** 0.7
        side = np.abs(np.sin(np.pi * u / pitch_cm))
        rows = 0.5 + 0.5 * np.cos(2 * np.pi * (v / (pitch_cm * 0.55) + 0.6 * side))
        return pitch_cm * (0.24 * ridge + 0.05 * rows * ridge) + 0.008 * noise(u * 7, v * 7, 14)

    return height_cm


def cable(u: Floats, v: Floats) -> Floats:
    """Aran knit: a plait on every eight centimetres, stocking stitch between."""
    x = (u / 8 - np.floor(u / 8) - 0.5) * 8
    height = knit(0.6)(u, v) * 0.8
    plait = np.full(np.shape(u), -1.0, np.float32)
    for phase in (0.0, 2 * np.pi / 3, 4 * np.pi / 3):
        turn = 2 * np.pi * v / 6 + phase
        off = (x - 1.05 * np.sin(turn)) / 0.62
        over = 0.5 + 0.28 * np.sin(2 * turn)
        strand = np.sqrt(np.maximum(0, 1 - off**2)) * over
        plait = np.maximum(plait, np.where(np.abs(off) < 1, strand + 0.05 * np.sin((off * 0.35 + v * 2.4) * 7), -1))
    inside = step(2.0, 1.7, np.abs(x))
    purl = step(1.7, 2.0, np.abs(x)) * step(2.5, 2.2, np.abs(x))
    return np.where(plait > 0, 0.08 + 0.42 * plait, height * (1 - inside)) - 0.06 * purl


def basket(strand_cm: float) -> Weave:
    """Straw: strands over and under each other."""

    def height_cm(u: Floats, v: Floats) -> Floats:
        x, y = u / strand_cm, v / strand_cm
        fx, fy = x - np.floor(x) - 0.5, y - np.floor(y) - 0.5
        over = (np.floor(x) + np.floor(y)) % 2
        across = np.sqrt(np.maximum(0, 1 - (2 * fy) ** 2 * 0.9)) * np.cos(np.pi * fx * 0.9)
        along = np.sqrt(np.maximum(0, 1 - (2 * fx) ** 2 * 0.9)) * np.cos(np.pi * fy * 0.9)
        return strand_cm * 0.22 * np.where(over > 0, across, along) + 0.01 * noise(u * 9, v * 9, 15)

    return height_cm


def braid(row_cm: float) -> Weave:
    """Straw plait sewn round and round: rows along u, slanted straws in each."""

    def height_cm(u: Floats, v: Floats) -> Floats:
        row = v / row_cm
        inside = row - np.floor(row)
        slant = np.where(np.floor(row) % 2 > 0, 1.0, -1.0)
        straw = 0.5 + 0.5 * np.cos(2 * np.pi * (u / (row_cm * 0.75) + slant * inside * 0.9))
        return row_cm * (0.16 * np.sin(np.pi * inside) ** 0.6 + 0.09 * straw) + 0.01 * noise(u * 8, v * 8, 16)

    return height_cm


def corduroy(u: Floats, v: Floats) -> Floats:
    return 0.03 * np.abs(np.sin(np.pi * u / 0.4)) + 0.004 * noise(u * 6, v * 6, 17)


# Patterns
def _mixed(colour: Floats, other: Floats, share: Floats) -> Floats:
    return colour + (other - colour) * share[..., None]


def stripes(code: str, *, every_cm: float, width_cm: float, upright: bool = False, soft_cm: float = 0.06) -> Pattern:
    rgb = linear(code)

    def paint(u: Floats, v: Floats, colour: Floats) -> Floats:
        t = u if upright else v
        off = np.abs(t / every_cm - np.floor(t / every_cm) - 0.5) * every_cm
        return _mixed(colour, rgb, step(width_cm / 2 + soft_cm, width_cm / 2 - soft_cm, off))

    return paint


def dots(code: str, *, every_cm: float, radius_cm: float) -> Pattern:
    rgb = linear(code)

    def paint(u: Floats, v: Floats, colour: Floats) -> Floats:
        row = np.floor(v / every_cm)
        x = u / every_cm + 0.5 * (row % 2)
        off = np.hypot(x - np.floor(x) - 0.5, v / every_cm - row - 0.5) * every_cm
        return _mixed(colour, rgb, step(radius_cm + 0.06, radius_cm - 0.06, off))

    return paint


def tartan(bands: tuple[tuple[str, float, float], ...], *, every_cm: float) -> Pattern:
    """Bands (colour, start, width in shares of the repeat), the same in warp and weft, half seen where they cross."""

    def paint(u: Floats, v: Floats, colour: Floats) -> Floats:
        warp, weft = np.array(colour, np.float32), np.array(colour, np.float32)
        for code, start, width in bands:
            rgb = linear(code)
            for t, threads in ((u, warp), (v, weft)):
                off = np.abs(t / every_cm - np.floor(t / every_cm) - start - width / 2)
                threads[:] = _mixed(threads, rgb, step(width / 2 + 0.008, width / 2 - 0.008, off))
        over = 0.5 + 0.12 * np.sin((u + v) * 20)
        return _mixed(warp, weft, over)

    return paint


def flowers(petals: tuple[str, ...], leaf: str, *, every_cm: float, seed: int) -> Pattern:
    """Scattered blossoms with five petals, and leaves between."""
    colours = np.stack([linear(code) for code in petals])
    green, heart = linear(leaf), linear("#e9c46a")
    random = np.random.default_rng(seed).random((6, 4096), dtype=np.float32)

    def paint(u: Floats, v: Floats, colour: Floats) -> Floats:
        colour = np.array(colour, np.float32)
        for layer, (size, is_leaf) in enumerate(((0.30, True), (0.26, True), (0.36, False), (0.24, False))):
            x, y = u / every_cm + 0.37 * layer, v / every_cm + 0.61 * layer
            i, j = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
            at = (i * 131 + j * 71 + 997 * layer) % 4096
            dx = x - i - 0.5 - 0.22 * (random[0][at] - 0.5)
            dy = y - j - 0.5 - 0.22 * (random[1][at] - 0.5)
            r, angle = np.hypot(dx, dy), np.arctan2(dy, dx) + random[2][at] * 6.3
            scale = size * (0.75 + 0.4 * random[3][at])
            if is_leaf:
                along, across = r * np.cos(angle), r * np.sin(angle)
                inside = step(0.02, -0.02, np.abs(across) - 0.30 * scale * np.cos(along / scale * 1.5))
                inside = inside * step(1.0, 0.9, np.abs(along) / scale)
                vein = 0.75 + 0.25 * step(0.0, 0.03, np.abs(across))
                colour = _mixed(colour, green * (0.7 + 0.5 * random[4][at])[..., None] * vein[..., None], inside)
                continue
            lobes = scale * (0.62 + 0.38 * np.abs(np.cos(2.5 * angle)))
            petal = colours[(random[5][at] * len(petals)).astype(np.int32) % len(petals)]
            tone = 0.72 + 0.28 * np.clip(r / scale, 0, 1) + 0.05 * np.cos(25 * angle)
            colour = _mixed(colour, petal * tone[..., None], step(0.015, -0.015, r - lobes))
            colour = _mixed(colour, heart, step(0.02, -0.02, r - 0.2 * scale))
        return colour

    return paint


def worn(code: str, *, where: Callable[[Floats, Floats], Floats], strength: float = 0.6) -> Pattern:
    """Denim: pale where it rubs (`where` gives 0 to 1), slubs along the warp."""
    rgb = linear(code)

    def paint(u: Floats, v: Floats, colour: Floats) -> Floats:
        slub = 0.07 * noise(u * 11, v * 0.9, 18) + 0.05 * noise(u * 2.5, v * 9, 19)
        share = where(u, v) * strength * (0.85 + 0.3 * noise(u * 0.8, v * 0.8, 20))
        return np.clip(_mixed(colour, rgb, np.clip(share, 0, 1)) * (1 + 1.6 * slub)[..., None], 0, 1)

    return paint


def melange(code: str, *, strength: float = 0.35) -> Pattern:
    """Flecks of a second yarn."""
    rgb = linear(code)

    def paint(u: Floats, v: Floats, colour: Floats) -> Floats:
        fleck = noise(u * 10, v * 3.2, 21) + 0.6 * noise(u * 17, v * 5, 22)
        return _mixed(colour, rgb, np.clip(strength * (0.5 + fleck), 0, 1))

    return paint


def tortoise(code: str) -> Pattern:
    """Acetate with dark clouds."""
    rgb = linear(code)

    def paint(u: Floats, v: Floats, colour: Floats) -> Floats:
        cloud = noise(u * 1.1 + 0.5 * noise(u * 2, v * 2, 24), v * 1.6, 23) + 0.35 * noise(u * 4, v * 4, 25)
        return _mixed(colour, rgb, step(-0.12, 0.22, cloud))

    return paint


def straw_tones(u: Floats, v: Floats, colour: Floats) -> Floats:
    tone = 1 + 0.16 * noise(u * 1.1, v * 6, 26) + 0.10 * noise(u * 6, v * 6, 27)
    return np.clip(colour * tone[..., None], 0, 1)


def paisley_bandana(code: str, *, every_cm: float) -> Pattern:
    """White rings, drops and dots, as on a bandana."""
    rgb = linear(code)

    def paint(u: Floats, v: Floats, colour: Floats) -> Floats:
        row = np.floor(v / every_cm)
        x = (u / every_cm + 0.5 * (row % 2)) % 1 - 0.5
        y = v / every_cm - row - 0.5
        bend = x + 0.5 * (y + 0.1) ** 2 - 0.05
        drop = np.hypot(bend / (0.55 - 0.35 * y), y * 0.9) * 2.2
        ring = step(0.10, 0.05, np.abs(drop - 0.62)) + step(0.30, 0.24, drop)
        angle = np.arctan2(y, bend)
        beads = step(0.08, 0.03, np.abs(drop - 0.85)) * step(0.0, 0.5, np.cos(angle * 16))
        corner = np.hypot(np.abs(x) - 0.5, y)
        small = step(0.07, 0.045, corner) + step(0.02, 0.008, np.abs(corner - 0.11))
        return _mixed(colour, rgb, np.clip(ring + beads + small, 0, 1))

    return paint


def folds_noise(u: Floats, v: Floats, seed: int, *, across_cm: float, along_cm: float) -> Floats:
    """Folds that run along v: crests in [0, 1]."""
    bend = 0.35 * noise(u / along_cm, v / along_cm, seed + 1)
    return ridged(u / across_cm + bend, v / along_cm, seed)
