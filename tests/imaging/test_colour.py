"""Every Pillow mode to sRGB."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from fittingroom.errors import ShapeError
from fittingroom.imaging.colour import is_srgb, srgb_pixels

SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# What such a profile calls red is blue: a converted photo has its channels reversed.
SWAPPED_PROFILE = SRGB_PROFILE.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")

COLOURS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50], [0, 0, 0], [255, 255, 255]]], np.uint8)


def reopened(image: Image.Image, pillow_format: str = "PNG", icc_profile: bytes | None = None) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, pillow_format, icc_profile=icc_profile)
    return Image.open(stream)


def cmyk_image(ink: NDArray[np.uint8]) -> Image.Image:
    return Image.merge("CMYK", [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(ink, 2, 0)])


def profile_of_tags(space: bytes, connection_space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A version 2 ICC profile, D50, for an output device."""
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    d50 = struct.pack(">3i", 63190, 65536, 54061)
    header = struct.pack(">I4sI4s4s4s12s4s", start + len(body), b"none", 0x02400000, b"prtr", space, connection_space,
                         b"\0" * 12, b"acsp")  # fmt: skip
    return (header.ljust(68, b"\0") + d50).ljust(128, b"\0") + table + body


def cmyk_profile_in_which_coloured_inks_print_middle_grey() -> bytes:
    identity = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    paper, black, coloured = bytes([255, 128, 128]), bytes([0, 128, 128]), bytes([128, 128, 128])  # L* a* b*
    corners = paper + black + 7 * (coloured + black)  # without and with each ink, black ink fastest
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + 4 * identity + corners + 3 * identity
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    return profile_of_tags(b"CMYK", b"Lab ", {b"A2B0": table, b"wtpt": white})


def grey_profile_with_gamma(gamma: float) -> bytes:
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    return profile_of_tags(b"GRAY", b"XYZ ", {b"kTRC": curve, b"wtpt": white})


def test_rgb_without_a_profile_is_untouched() -> None:
    np.testing.assert_array_equal(srgb_pixels(Image.fromarray(COLOURS)), COLOURS)


def test_an_srgb_profile_is_recognised_and_changes_no_value() -> None:
    image = reopened(Image.fromarray(COLOURS), icc_profile=SRGB_PROFILE)
    assert is_srgb(image)
    np.testing.assert_array_equal(srgb_pixels(image), COLOURS)


def test_a_profile_that_swaps_red_and_blue_gives_the_channels_reversed() -> None:
    image = reopened(Image.fromarray(COLOURS), icc_profile=SWAPPED_PROFILE)
    assert not is_srgb(image)
    np.testing.assert_allclose(srgb_pixels(image), COLOURS[..., ::-1], atol=2)


def test_a_profile_leaves_alpha_alone() -> None:
    opaque_red, clear_red = (255, 0, 0, 255), (255, 0, 0, 0)
    image = reopened(Image.fromarray(np.array([[opaque_red, clear_red]], np.uint8)), icc_profile=SWAPPED_PROFILE)
    np.testing.assert_allclose(srgb_pixels(image), [[[0, 0, 255], [255, 255, 255]]], atol=2)


def test_a_palette_is_converted_with_its_profile() -> None:
    image = Image.fromarray(np.zeros((2, 2), np.uint8))
    image.putpalette(bytes([200, 100, 50]))
    np.testing.assert_allclose(
        srgb_pixels(reopened(image, icc_profile=SWAPPED_PROFILE)), np.full((2, 2, 3), [50, 100, 200]), atol=2
    )


def test_a_broken_profile_counts_as_none() -> None:
    for broken in (b"no profile", SWAPPED_PROFILE[:200], b"\0" * 128):
        image = reopened(Image.fromarray(COLOURS), icc_profile=broken)
        assert is_srgb(image)
        np.testing.assert_array_equal(srgb_pixels(image), COLOURS)


def test_a_profile_made_for_other_channels_counts_as_none() -> None:
    image = Image.fromarray(COLOURS)
    image.info["icc_profile"] = cmyk_profile_in_which_coloured_inks_print_middle_grey()
    np.testing.assert_array_equal(srgb_pixels(image), COLOURS)


def test_a_grey_profile_is_applied_to_grey() -> None:
    image = reopened(Image.fromarray(np.array([[0, 128, 255]], np.uint8)), icc_profile=grey_profile_with_gamma(1.0))
    black, middle, white = srgb_pixels(image)[0, :, 0]
    assert (black, white) == (0, 255)
    assert abs(int(middle) - 188) <= 2  # half the light is 188 in sRGB


def test_a_grey_photo_with_an_rgb_profile_is_converted_as_rgb() -> None:
    image = reopened(Image.fromarray(np.array([[10, 200]], np.uint8)), icc_profile=SWAPPED_PROFILE)
    pixels = srgb_pixels(image)
    assert pixels.shape == (1, 2, 3)
    np.testing.assert_allclose(pixels[0, :, 1], [10, 200], atol=2)


def test_cmyk_without_a_profile_follows_the_plain_formula() -> None:
    ink = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 255, 0], [0, 0, 0, 255]]], np.uint8)
    expected = [[[255, 255, 255], [0, 255, 255], [255, 0, 255], [255, 255, 0], [0, 0, 0]]]
    np.testing.assert_array_equal(srgb_pixels(cmyk_image(ink)), expected)


def test_cmyk_with_a_profile_follows_the_profile() -> None:
    ink = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)
    image = cmyk_image(ink)
    image.info["icc_profile"] = cmyk_profile_in_which_coloured_inks_print_middle_grey()
    white, cyan, black = srgb_pixels(image)[0].astype(int)
    assert white.min() >= 250
    np.testing.assert_allclose(cyan, 119, atol=4)  # L* = 50
    assert black.max() <= 10


def adobe_jpeg(stored: NDArray[np.uint8], transform: int) -> bytes:
    """A JPEG of four channels whose samples are ``stored``, with Adobe's marker saying what they mean."""
    stream = io.BytesIO()
    # Pillow inverts on writing, as Adobe does.
    cmyk_image(255 - stored).save(stream, "JPEG", quality=100, subsampling=0)
    encoded = bytearray(stream.getvalue())
    encoded[encoded.index(b"Adobe") + 11] = transform
    return bytes(encoded)


@pytest.mark.parametrize("rgb", [(255, 255, 255), (200, 30, 60), (20, 90, 160), (0, 0, 0)])
def test_inverted_cmyk_and_ycck_jpegs_show_the_colour_that_was_meant(rgb: tuple[int, int, int]) -> None:
    flat = np.full((16, 16, 3), rgb, np.uint8)
    no_black = np.full((16, 16, 1), 255, np.uint8)
    as_cmyk = np.concatenate([flat, no_black], axis=2)  # inverted inks of no black are red, green, blue
    # YCCK goes through CMY = 1 - RGB once more before it is inverted.
    ycc = cv2.cvtColor(255 - flat, cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]]
    as_ycck = np.concatenate([ycc, no_black], axis=2)
    for encoded in (adobe_jpeg(as_cmyk, 0), adobe_jpeg(as_ycck, 2)):
        pixels = srgb_pixels(Image.open(io.BytesIO(encoded)))
        np.testing.assert_allclose(pixels.astype(int), flat, atol=4)


def png_of(samples: NDArray[np.uint8] | NDArray[np.uint16]) -> Image.Image:
    """A PNG in OpenCV's channel order, which is how 16-bit colour can be written."""
    return Image.open(io.BytesIO(cv2.imencode(".png", samples)[1].tobytes()))


def test_16_bit_samples_made_from_8_bit_ones_give_them_back() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(srgb_pixels(png_of(grey.astype(np.uint16) * 257))[..., 0], grey)
    bgr = np.stack([grey, grey.T, 255 - grey], axis=2)
    np.testing.assert_array_equal(srgb_pixels(png_of(bgr.astype(np.uint16) * 257)), bgr[..., ::-1])


def test_16_bit_grey_and_16_bit_rgb_of_the_same_values_read_the_same() -> None:
    grey = np.array([[0, 1, 255, 256, 32767, 65279, 65535]], np.uint16)
    np.testing.assert_array_equal(srgb_pixels(png_of(grey)), srgb_pixels(png_of(np.dstack([grey] * 3))))


def test_16_bit_rgba_is_laid_over_white() -> None:
    bgra = np.array([[[0, 0, 65535, 65535], [0, 0, 65535, 0]]], np.uint16)
    np.testing.assert_array_equal(srgb_pixels(png_of(bgra)), [[[255, 0, 0], [255, 255, 255]]])


def with_transparent_colour(png: Image.Image, samples: tuple[int, ...]) -> Image.Image:
    assert isinstance(png.fp, io.BytesIO)  # type: ignore[attr-defined]
    encoded = png.fp.getvalue()  # type: ignore[attr-defined]
    content = b"tRNS" + struct.pack(f">{len(samples)}H", *samples)
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    return Image.open(io.BytesIO(encoded[:33] + chunk + encoded[33:]))  # behind IHDR


def test_a_transparent_colour_of_16_bits_becomes_white() -> None:
    grey = with_transparent_colour(png_of(np.array([[1000, 1001, 0]], np.uint16)), (1000,))
    np.testing.assert_array_equal(srgb_pixels(grey)[0, :, 0], [255, 3, 0])
    colours = np.array([[[30000, 20000, 10000], [0, 0, 0]]], np.uint16)
    rgb = with_transparent_colour(png_of(colours), (10000, 20000, 30000))
    np.testing.assert_array_equal(srgb_pixels(rgb), [[[255, 255, 255], [0, 0, 0]]])
    assert rgb.info["transparency"] == (10000, 20000, 30000)


@pytest.mark.parametrize("alpha", [0, 1, 64, 128, 254, 255])
def test_alpha_mixes_with_white_in_proportion(alpha: int) -> None:
    expected = np.array([40, 120, 240]) * (alpha / 255) + 255 * (1 - alpha / 255)
    rgba = Image.fromarray(np.full((2, 2, 4), (40, 120, 240, alpha), np.uint8))
    np.testing.assert_allclose(srgb_pixels(rgba), np.broadcast_to(expected, (2, 2, 3)), atol=0.51)
    la = Image.fromarray(np.full((2, 2, 2), (40, alpha), np.uint8))
    np.testing.assert_allclose(srgb_pixels(la)[..., 0], expected[0], atol=0.51)


def test_a_palette_with_one_or_with_graded_transparency_is_laid_over_white() -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8))
    image.putpalette(bytes([10, 20, 30, 40, 50, 60, 0, 0, 0]))
    for transparency, last_two in ((bytes([255, 0, 128]), (255, 127)), (1, (255, 0))):
        stream = io.BytesIO()
        image.save(stream, "PNG", transparency=transparency)
        pixels = srgb_pixels(Image.open(stream))[0]
        np.testing.assert_array_equal(pixels[0], [10, 20, 30])
        assert (pixels[1, 0], pixels[2, 0]) == last_two


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "La", "P", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"]
)
def test_white_is_white_in_every_mode(mode: str) -> None:
    white = Image.new("RGB", (4, 3), "white")
    image = white.convert("RGBA").convert("LA").convert("La") if mode == "La" else None
    if mode in ("RGBa", "LA"):
        image = white.convert("RGBA").convert(mode)
    elif mode == "LAB":
        image = Image.new("LAB", (4, 3), (255, 128, 128))
    pixels = srgb_pixels(image or white.convert(mode))
    assert pixels.shape == (3, 4, 3)
    assert pixels.dtype == np.uint8
    assert pixels.min() >= 254


@pytest.mark.parametrize("mode", ["I", "F"])
def test_a_mode_without_a_fixed_range_is_refused_with_the_remedy(mode: str) -> None:
    with pytest.raises(ShapeError, match=f"mode {mode}, .* scale it to 0..255"):
        srgb_pixels(Image.new(mode, (2, 2)))
