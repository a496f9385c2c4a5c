"""A photo from a path, bytes, an open file, an array or a PIL image, as upright sRGB pixels.

The order is the safety: byte limit before the file is read, format and pixel limit from the header before anything is
decoded. The bytes decide what a file is, never its ending.
"""

import os
from dataclasses import dataclass
from typing import BinaryIO, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fittingroom.errors import (
    FittingroomError,
    PhotoDamagedError,
    PhotoFormatError,
    PhotoTooLargeError,
    ShapeError,
)
from fittingroom.imaging.colour import is_srgb, srgb_pixels
from fittingroom.imaging.formats import is_complete, open_header, recognise
from fittingroom.imaging.orientation import stored_orientation, turn_upright
from fittingroom.imaging.sources import fetch_photo, photo_subject

PhotoSource: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | NDArray[np.uint8] | Image.Image


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What is still read; beyond it a photo is refused before it costs memory.

    Attributes:
        max_bytes: size of the encoded file.
        max_pixels: width x height, whatever the source. Decoding takes 3 to 12 bytes for each.
        frames: of an animation, read the "first" picture or "refuse" it. The further pictures that telephones hide in
            a JPEG (depth, gain map, preview) make no animation.
    """

    max_bytes: int = 64 * 2**20
    max_pixels: int = 40_000_000
    frames: Literal["first", "refuse"] = "first"


_DEFAULT_LIMITS = ReadLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        pixels_rgb: uint8 (H, W, 3), upright, sRGB, contiguous. Shares memory with an array source where it can.
        name: the file's name without its folder, None where the source has no name.
        format: "JPEG", "PNG", "WebP", "AVIF" or "HEIC"; "array" for numpy; for a PIL image what it says, or "PIL".
    """

    pixels_rgb: NDArray[np.uint8]
    name: str | None
    format: str

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the upright photo in pixels."""
        height, width, _ = self.pixels_rgb.shape
        return height, width


def read_photo(source: PhotoSource, *, limits: ReadLimits = _DEFAULT_LIMITS) -> Photo:
    """Read a photo as upright sRGB pixels.

    EXIF orientation is applied, CMYK and embedded ICC profiles are converted to sRGB, 16-bit samples keep their high
    byte, and what is transparent is laid over white.

    Args:
        source: a path; the bytes of a file; a file opened in binary mode, read from where it stands; a uint8 array
            (H, W, 3) RGB, (H, W, 4) RGBA, (H, W) or (H, W, 1) grey, upright already (OpenCV's imread gives BGR: pass
            ``image[..., ::-1]``); a PIL image of any mode with 8 or 16 bits a channel, turned upright where it still
            carries an EXIF orientation (``Image.rotate`` keeps that tag, ``ImageOps.exif_transpose`` removes it).
        limits: size limits and the rule for animations.

    Raises:
        PhotoNotFoundError: no file at the path, a folder, or unreadable.
        PhotoFormatError: not JPEG, PNG, WebP, AVIF or HEIC, or an animation where these are refused.
        PhotoTooLargeError: beyond the limits.
        PhotoDamagedError: empty, truncated or undecodable.
        ShapeError: an array of another shape or dtype, or a PIL image of integers or floats without a fixed range.
        MissingExtraError: HEIC without the extra ``heic``, AVIF with a Pillow built without it.
    """
    if isinstance(source, np.ndarray):
        return _read_array(source, limits)
    if isinstance(source, Image.Image):
        return _read_pil(source, limits)
    encoded, path = fetch_photo(source, max_bytes=limits.max_bytes)
    return _read_encoded(encoded, path, limits)


def _read_encoded(encoded: bytes, path: str | None, limits: ReadLimits) -> Photo:
    subject = photo_subject(path)
    if not encoded:
        raise PhotoDamagedError(f"{subject} is empty (0 bytes); expected a photo; save or download it again")
    format_name = recognise(encoded, subject)
    image, header_end = open_header(encoded, format_name, subject)
    width, height = image.size
    _check_pixel_count(width, height, subject, limits)
    _check_frames(image, format_name, subject, limits)
    if not is_complete(encoded, format_name, header_end):
        raise PhotoDamagedError(
            f"{subject} is truncated or altered: its {len(encoded)} bytes are not the whole {format_name} of "
            f"{width}x{height} pixels that its header announces; save or download it again"
        )
    pixels = _decode(encoded, image, format_name, subject)
    return Photo(turn_upright(pixels, stored_orientation(image)), _file_name(path), format_name)


def _read_pil(image: Image.Image, limits: ReadLimits) -> Photo:
    filename = getattr(image, "filename", None)  # only images from files have one
    path = filename if isinstance(filename, str) and filename else None
    subject = photo_subject(path) if path else "PIL image"
    format_name = image.format or "PIL"
    width, height = image.size
    if not width or not height:
        raise PhotoDamagedError(f"{subject} is {width}x{height}; expected at least 1x1 pixels; check what made it")
    _check_pixel_count(width, height, subject, limits)
    pixels = _decode(None, image, format_name, subject)
    return Photo(turn_upright(pixels, stored_orientation(image)), _file_name(path), format_name)


def _read_array(array: NDArray[np.uint8], limits: ReadLimits) -> Photo:
    if array.dtype != np.uint8:
        raise ShapeError(f"photo array is {array.dtype}; expected uint8 in 0..255; {_towards_uint8(array.dtype)}")
    n_channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or n_channels not in (1, 3, 4) or not array.size:
        raise ShapeError(
            f"photo array is {array.shape}; expected (height, width), (height, width, 3) RGB or (height, width, 4) "
            f"RGBA, no side zero; {_towards_channels_last(array.shape)}"
        )
    height, width = array.shape[:2]
    _check_pixel_count(width, height, "photo array", limits)
    if n_channels == 1:
        rgb = np.repeat(array.reshape(height, width, 1), 3, axis=2)  # (H, W) -> (H, W, 3)
    elif n_channels == 3:
        rgb = np.ascontiguousarray(array)
    else:
        rgb = _decode(None, Image.fromarray(np.ascontiguousarray(array)), "array", "photo array")
    return Photo(rgb, None, "array")


def _towards_uint8(dtype: np.dtype[np.generic]) -> str:
    if dtype == np.bool_:
        return "a mask is no photo"
    if dtype == np.uint16:
        return "convert samples of full 16 bits with (array >> 8).astype(np.uint8)"
    if np.issubdtype(dtype, np.floating):
        return "convert values of 0..1 with (array * 255).round().astype(np.uint8)"
    return "convert values of 0..255 with array.astype(np.uint8)"


def _towards_channels_last(shape: tuple[int, ...]) -> str:
    if len(shape) == 4:
        return "pass the photos of a batch one by one"
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        return "move the channels last with array.transpose(1, 2, 0)"
    return "check what made it"


def _check_pixel_count(width: int, height: int, subject: str, limits: ReadLimits) -> None:
    if width * height > limits.max_pixels:
        raise PhotoTooLargeError(
            f"{subject} is {width}x{height} = {width * height / 1e6:.1f} million pixels; at most "
            f"{limits.max_pixels / 1e6:.1f} million are read; make it smaller or raise ReadLimits.max_pixels"
        )


def _check_frames(image: Image.Image, format_name: str, subject: str, limits: ReadLimits) -> None:
    n_frames = getattr(image, "n_frames", 1)
    if limits.frames == "refuse" and n_frames > 1 and format_name != "JPEG":
        raise PhotoFormatError(
            f"{subject} holds {n_frames} pictures; expected one; save one of them, "
            'or read the first with ReadLimits(frames="first")'
        )


def _decode(encoded: bytes | None, image: Image.Image, format_name: str, subject: str) -> NDArray[np.uint8]:
    """The stored pixels as sRGB uint8 (H, W, 3), not yet upright."""
    width, height = image.size
    try:
        # OpenCV gives the same pixels as Pillow in 55 to 85 % of the time, but ignores profiles and CMYK.
        if encoded and format_name == "JPEG" and image.mode in ("L", "RGB") and is_srgb(image):
            flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
            decoded = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
            if decoded is not None and decoded.shape == (height, width, 3):
                return decoded.astype(np.uint8, copy=False)
        # What OpenCV declines comes here too, for Pillow says why.
        return srgb_pixels(image)
    except FittingroomError:
        raise
    except MemoryError as error:
        raise PhotoTooLargeError(
            f"{subject} is {width}x{height} pixels, too many for the free memory; "
            "make it smaller, or lower ReadLimits.max_pixels to refuse its like early"
        ) from error
    except Exception as error:  # decoders raise almost anything on damaged bytes
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise PhotoDamagedError(
            f"{subject} cannot be decoded ({format_name}, {width}x{height} pixels): {reason}; save or download it again"
        ) from error


def _file_name(path: str | None) -> str | None:
    return os.path.basename(path) if path else None
