"""The photo's light on a person, and its grain and blur: estimated from the skin, given to what is put on.

The face is taken for the front of an ellipsoid. Its luminance is fitted by an ambient part and a part that grows with
the cosine to a direction; the ratio of the skin's colour to that of skin under neutral light gives colour and gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

# float32 throughout; numpy's types say of most arithmetic only that it is some array.
Floats: TypeAlias = NDArray[Any]
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)

# Skin from dark to light as a well exposed photo shows it, linear RGB: the line that melanin moves it along. The darker
# it is, the redder, so that a weak light and a dark complexion can be told apart.
SKIN_RGB = np.array([[0.087, 0.043, 0.027], [0.217, 0.119, 0.077], [0.435, 0.261, 0.181], [0.700, 0.480, 0.370]])


@dataclass(frozen=True, eq=False)
class Light:
    """Light, grain and blur at a person.

    Attributes:
        direction: unit vector towards the light, float32 (3,): x right, y down, z towards the camera.
        contrast: share of the directed light, 0 (all ambient) to 1.
        gain: what a surface that faces the camera receives, relative to a well exposed photo.
        tint: colour of the light, linear RGB with mean 1, float32 (3,).
        grain: standard deviation of the noise in 8-bit steps.
        blur_px: standard deviation of the photo's softness in pixels.
        confidence: 0 (nothing seen, neutral light assumed) to 1.
    """

    direction: Floats
    contrast: float
    gain: float
    tint: Floats
    grain: float
    blur_px: float
    confidence: float

    def shade(self, normals: Floats) -> Floats:
        """Factor of the light on surfaces with these normals, (..., 3) -> (...), 1 for one that faces the camera."""
        facing = _response(np.array([0, 0, 1], np.float32) @ self.direction, self.contrast)
        factor: Floats = _response(normals @ self.direction, self.contrast) / facing
        return factor.astype(np.float32)

    def lit(self, rgb: Floats, shade: Floats | float = 1.0) -> Floats:
        """sRGB colours in [0, 255] of a surface that was drawn under neutral light, under this one."""
        factor = np.asarray(shade, np.float32)[..., None] * (self.gain * self.tint)
        return from_linear(to_linear(rgb) * factor)


NEUTRAL = Light(
    direction=np.array([0, -0.6, 0.8], np.float32),
    contrast=0.3,
    gain=1.0,
    tint=np.ones(3, np.float32),
    grain=0.0,
    blur_px=0.6,
    confidence=0.0,
)


def estimate_light(
    photo_rgb: NDArray[np.uint8],
    skin: NDArray[np.bool_],
    centre_xy: Floats,
    face_size_wh: tuple[float, float],
    up: Floats,
) -> Light:
    """Light on the face whose skin the mask shows.

    Args:
        photo_rgb: uint8 (H, W, 3).
        skin: bool (H, W), skin of the face without eyes, brows and lips as far as these are known.
        centre_xy: middle of the face.
        face_size_wh: width and height of the face in pixels.
        up: unit vector from chin to crown, (2,).

    Returns:
        `NEUTRAL` with grain and blur of the photo where fewer than 50 pixels of skin are seen.
    """
    ys, xs = np.nonzero(skin)
    grain, blur = estimate_grain(photo_rgb, skin, face_size_wh), estimate_blur(photo_rgb, centre_xy, face_size_wh)
    if len(ys) < 50:
        return Light(**{**NEUTRAL.__dict__, "grain": grain, "blur_px": blur})
    step = max(1, len(ys) // 6000)
    ys, xs = ys[::step], xs[::step]
    linear = to_linear(photo_rgb[ys, xs].astype(np.float32))
    luminance = linear @ _LUMA
    normals, on_front = ellipsoid_normals(xs, ys, centre_xy, face_size_wh, up)
    keep = on_front & _is_typical(luminance)
    if keep.sum() < 50:
        keep = on_front if on_front.sum() >= 50 else np.ones(len(ys), bool)
    ambient, directed = _fit(luminance[keep], normals[keep])
    strength = float(np.linalg.norm(directed))
    direction = directed / strength if strength > 1e-6 else NEUTRAL.direction
    contrast = float(np.clip(strength / max(ambient + strength, 1e-6), 0, 0.85))
    colour = np.median(linear[keep], axis=0)
    gain, tint = _gain_and_tint(colour)
    return Light(
        direction=direction.astype(np.float32),
        contrast=contrast,
        gain=gain,
        tint=tint,
        grain=grain,
        blur_px=blur,
        confidence=float(np.clip(keep.sum() / 400, 0.2, 1.0)),
    )


def ellipsoid_normals(
    xs: NDArray[np.intp], ys: NDArray[np.intp], centre_xy: Floats, size_wh: tuple[float, float], up: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Normals (N, 3) of the head, taken for an ellipsoid a fifth wider than the face, and which pixels are on it."""
    right = np.array([-up[1], up[0]], np.float32)
    at = np.stack([xs, ys], axis=1).astype(np.float32) - centre_xy
    u = at @ right / (0.58 * size_wh[0])
    v = at @ up / (0.72 * size_wh[1])
    depth = 1 - u * u - v * v
    z = np.sqrt(np.maximum(depth, 0.02))
    plane = u[:, None] * right / 0.9 + v[:, None] * up / 1.25
    normals = np.concatenate([plane, z[:, None]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals.astype(np.float32), depth > 0.08


def _is_typical(luminance: Floats) -> NDArray[np.bool_]:
    """Not one of the darkest (nostrils, hair, lashes) nor a burnt-out highlight."""
    low, high = np.quantile(luminance, [0.06, 0.985])
    typical: NDArray[np.bool_] = (luminance >= low) & (luminance <= high)
    return typical


def _fit(luminance: Floats, normals: Floats) -> tuple[float, Floats]:
    """Ambient part and directed light (3,) whose clipped cosine explains the luminance best."""
    x = np.concatenate([np.ones((len(normals), 1), np.float32), normals], axis=1)
    weight = np.ones(len(x), np.float32)
    scale = float(luminance.mean())
    # z varies little over a face and ambient light looks like it: a weak prior keeps the two apart.
    prior = np.diag([0.0, 0.004, 0.004, 0.03]) * len(x)
    solution = np.zeros(4)
    for _ in range(6):
        gram = (x * weight[:, None]).T @ x + prior
        solution = np.linalg.solve(gram, (x * weight[:, None]).T @ (luminance / scale) + prior @ [0, 0, 0, 0.45])
        residual = np.abs(x @ solution - luminance / scale)
        spread = float(np.median(residual)) + 1e-4
        weight = (1 / np.maximum(1, residual / (2 * spread))).astype(np.float32)
    return float(max(solution[0], 0.02)), solution[1:].astype(np.float32)


def _response(cosine: Floats | float, contrast: float) -> Floats:
    """Light that a surface receives: the ambient part, and the directed one by the cosine to it (soft at the edge)."""
    cosine = np.asarray(cosine, np.float32)
    wrapped = np.maximum((cosine + 0.25) / 1.25, 0)
    response: Floats = (1 - contrast) + contrast * wrapped
    return response


def _gain_and_tint(colour: Floats) -> tuple[float, Floats]:
    """Gain and colour of a light under which some skin of the locus has this colour.

    Colour cast and complexion cannot be told apart wholly; half of what the locus does not explain is taken for cast.
    """
    share = np.linspace(0, 3, 61)
    locus = np.stack([np.interp(share, range(4), SKIN_RGB[:, c]) for c in range(3)], axis=1)
    seen, known = np.log(np.maximum(colour, 1e-4)), np.log(locus)
    chroma_seen, chroma = seen - seen.mean(), known - known.mean(axis=1, keepdims=True)
    cast = chroma_seen - chroma
    luminance = np.log(np.maximum(colour @ _LUMA, 1e-4)) - np.log(locus @ _LUMA)
    # Prior: light is about white, and the photo about well exposed.
    cost = (cast**2).sum(axis=1) / 0.09**2 + (luminance / 0.5) ** 2
    weights = np.exp(-0.5 * (cost - cost.min()))
    weights /= weights.sum()
    gain = float(np.exp((weights * luminance).sum()))
    tint = np.exp(0.6 * (weights[:, None] * cast).sum(axis=0))
    return float(np.clip(gain, 0.35, 1.7)), np.clip(tint / tint.mean(), 0.75, 1.3).astype(np.float32)


def estimate_grain(photo_rgb: NDArray[np.uint8], skin: NDArray[np.bool_], face_size_wh: tuple[float, float]) -> float:
    """Standard deviation of the noise about the face, in 8-bit steps; Immerkaer's filter, median in place of mean."""
    ys, xs = np.nonzero(skin)
    if not len(ys):
        return 0.0
    pad = int(max(face_size_wh) * 0.5)
    window = photo_rgb[max(ys.min() - pad, 0) : ys.max() + pad, max(xs.min() - pad, 0) : xs.max() + pad, 1]
    if min(window.shape) < 8:
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    response = np.abs(cv2.filter2D(window.astype(np.float32), -1, kernel))[1:-1, 1:-1]
    # The quietest third is flat surface: there, what is left is noise.
    quiet = float(np.quantile(response, 0.3)) / 0.385
    return float(np.clip(quiet - 0.3, 0, 12))


def estimate_blur(photo_rgb: NDArray[np.uint8], centre_xy: Floats, face_size_wh: tuple[float, float]) -> float:
    """Softness of the sharpest edges about the head, as a Gaussian's standard deviation in pixels (0.4 to 4).

    How much a further blur of 1 pixel lowers the gradient at an edge tells how blurred it is already.
    """
    reach = int(max(face_size_wh))
    x, y = int(centre_xy[0]), int(centre_xy[1])
    window = photo_rgb[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach, 1].astype(np.float32)
    if min(window.shape, default=0) < 12:
        return 0.6
    before, after = _gradient(window), _gradient(cv2.GaussianBlur(window, (0, 0), 1.0))
    edges = before >= np.quantile(before, 0.985)
    if not edges.any() or before.max() < 4:
        return 0.6
    ratio = float(np.median(before[edges] / np.maximum(after[edges], 1e-3)))
    # The gradient's own filter smooths, too: by a variance of about 0.6.
    return float(np.sqrt(np.clip(1 / max(ratio * ratio - 1, 0.06) - 0.6, 0.16, 16.0)))


def _gradient(gray: Floats) -> Floats:
    dx, dy = cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)
    gradient: Floats = np.hypot(dx, dy)
    return gradient


def softened(rgb: Floats, light: Light, drawn_blur_px: float = 0.5) -> Floats:
    """An image (h, w, C) as soft as the photo, if it was drawn sharper."""
    sigma = np.sqrt(max(light.blur_px**2 - drawn_blur_px**2, 0)) * 0.8
    if sigma < 0.35:
        return rgb
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), float(sigma)), np.float32)


def grain_like(light: Light, x0: int, y0: int, size_hw: tuple[int, int]) -> Floats:
    """Noise of the photo's strength, float32 (h, w, 1); a pixel's noise depends on its place alone."""
    if light.grain < 0.2:
        return np.zeros((*size_hw, 1), np.float32)
    y, x = np.mgrid[y0 : y0 + size_hw[0], x0 : x0 + size_hw[1]].astype(np.uint64)
    # Four hashes of the place make a nearly normal number.
    state = x * np.uint64(0x9E3779B97F4A7C15) + y * np.uint64(0xC2B2AE3D27D4EB4F)
    total = np.zeros(size_hw, np.float32)
    for _ in range(4):
        state = (state ^ (state >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
        total += ((state >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)) - 0.5
    noise = total * np.float32(light.grain / np.sqrt(4 / 12))
    return noise[..., None]


_TO_LINEAR = np.where(
    np.arange(256) <= 0.04045 * 255, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)


def to_linear(rgb: Floats) -> Floats:
    """sRGB in [0, 255] as linear light in [0, 1]."""
    value = np.clip(rgb, 0, 255)
    low = value.astype(np.uint8)
    share = value - low
    table = _TO_LINEAR
    linear: Floats = table[low] * (1 - share) + table[np.minimum(low, 254) + 1] * share
    return linear


def from_linear(linear: Floats) -> Floats:
    """Linear light as sRGB in [0, 255]; what exceeds 1 is clipped."""
    value = np.clip(linear, 0, 1)
    index = np.sqrt(value) * 1023
    low = index.astype(np.uint16)
    share = index - low
    rgb: Floats = _FROM_LINEAR[low] * (1 - share) + _FROM_LINEAR[np.minimum(low, 1022) + 1] * share
    return rgb


_SQUARES = (np.arange(1024) / 1023) ** 2
_FROM_LINEAR = (
    255 * np.where(_SQUARES <= 0.0031308, 12.92 * _SQUARES, 1.055 * np.maximum(_SQUARES, 1e-9) ** (1 / 2.4) - 0.055)
).astype(np.float32)
