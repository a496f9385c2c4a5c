"""Pixels of any Pillow mode to sRGB: ICC profiles, CMYK, 16 bits, palettes, transparency."""

from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from fittingroom.errors import ShapeError

# What is stored -> what the profile must be for. A grey photo with an RGB profile is out of the rules, and common.
_MODES_OF_PROFILE_SPACE = {"RGB": ("RGB", "L"), "GRAY": ("L",), "CMYK": ("CMYK",)}
_INVISIBLE_LEVELS = 2


def is_srgb(image: Image.Image) -> bool:
    """Whether RGB or grey values are sRGB as stored: no profile, a broken one, or one that changes nothing visible."""
    return _transform_for(image, image.mode) is None


def srgb_pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Decode to sRGB uint8 (H, W, 3), what is transparent laid over white; the orientation stays as stored.

    CMYK without a usable profile is converted by the plain formula (1 - ink)(1 - black).

    Raises:
        ShapeError: mode I or F, whose values have no fixed range.
        Exception: whatever Pillow raises on damaged bytes.
    """
    colour, alpha = _split_alpha(_with_8_bits(image))
    transform = _transform_for(image, colour.mode)
    if transform is not None:
        if colour.mode != transform.input_mode:
            colour = colour.convert(transform.input_mode)
        converted = ImageCms.applyTransform(colour, transform)
        assert converted is not None, "None is for in-place transforms only"
        colour = converted
    if colour.mode != "RGB":
        colour = colour.convert("RGB")
    if alpha is not None:
        over_white = Image.new("RGB", colour.size, "white")
        over_white.paste(colour, mask=alpha)
        colour = over_white
    return np.array(colour)


def _with_8_bits(image: Image.Image) -> Image.Image:
    """Keep the high byte of 16-bit grey, as Pillow does for 16-bit RGB; it would clip grey at 255 instead."""
    if image.mode in ("I", "F"):
        raise ShapeError(
            f"PIL image has mode {image.mode}, whose values have no fixed range; expected 8 or 16 bits a channel; "
            "scale it to 0..255 and convert it to L or RGB"
        )
    transparent = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        samples = np.asarray(image)
        grey = Image.fromarray((samples >> 8).astype(np.uint8))
        if isinstance(transparent, int):
            grey.putalpha(Image.fromarray(np.where(samples == transparent, 0, 255).astype(np.uint8)))
        return grey
    if isinstance(transparent, tuple) and max(transparent) > 255:
        image = image.copy()  # the transparent colour of 16-bit RGB comes with 16 bits, the pixels with 8
        image.info["transparency"] = tuple(value >> 8 for value in transparent)
    return image


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colour in mode L, RGB or CMYK, and alpha in mode L or None."""
    if image.mode in ("La", "RGBa"):  # multiplied by alpha
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    elif image.has_transparency_data and image.mode not in ("LA", "RGBA"):
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    if image.mode in ("1", "LA"):
        image = image.convert("L")
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    return image, alpha


def _transform_for(image: Image.Image, stored_mode: str) -> ImageCms.ImageCmsTransform | None:
    profile = image.info.get("icc_profile")
    return _transform_to_srgb(profile, stored_mode) if isinstance(profile, bytes) and profile else None


@lru_cache(maxsize=8)  # the photos of one camera share a profile; a transform takes 2 ms to make
def _transform_to_srgb(profile: bytes, stored_mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform, or None where the profile is broken, is for other values than these, or changes nothing visible.

    Trying it on a few colours tells an sRGB profile whatever its name and maker, and saves 160 ms on 12 million pixels.
    """
    try:
        opened = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = opened.profile.xcolor_space.strip()
        if stored_mode not in _MODES_OF_PROFILE_SPACE.get(space, ()):
            return None
        input_mode = _MODES_OF_PROFILE_SPACE[space][0]
        transform = ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), input_mode, "RGB")
        if input_mode == "CMYK":
            return transform
        probe = _probe_colours().convert(input_mode)
        after = ImageCms.applyTransform(probe, transform)
        change = np.asarray(after, np.int16) - np.asarray(probe.convert("RGB"), np.int16)
    except Exception:  # noqa: BLE001 - viewers show a photo with a broken profile as if it had none, and so do we
        return None
    return transform if np.abs(change).max() > _INVISIBLE_LEVELS else None


def _probe_colours() -> Image.Image:
    """All greys and a 6x6x6 cube of colours, in one row."""
    greys = np.repeat(np.arange(256)[:, None], 3, axis=1)  # (256, 3)
    cube = np.indices((6, 6, 6)).reshape(3, -1).T * 51  # (216, 3)
    return Image.fromarray(np.concatenate([greys, cube])[None].astype(np.uint8))
