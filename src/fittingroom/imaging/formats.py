"""Which formats are read, how they are told apart, and how a file's header is opened without decoding a pixel."""

import importlib
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import AvifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin, features

from fittingroom.errors import MissingExtraError, PhotoDamagedError, PhotoFormatError, PhotoTooLargeError

ALLOWED = "JPEG, PNG, WebP, AVIF or HEIC"
# Which files of a folder are photos; a photo that is named itself may end in anything.
PHOTO_EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif")

# Named only so that the refusal can say what the file is.
_REFUSED_MAGIC = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF or camera raw file"),
    (b"MM\0*", "a TIFF or camera raw file"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\0\0\1\0", "an icon"),
    (b"8BPS", "a Photoshop file"),
    (b"%PDF", "a PDF"),
    (b"PK\3\4", "a ZIP archive"),
    (b"<", "a web page or an SVG"),
)
_HEVC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS = {b"avif", b"avis"}


def recognise(encoded: bytes, subject: str) -> str:
    """Name of the format that the first bytes show: "JPEG", "PNG", "WebP", "AVIF" or "HEIC".

    Raises:
        PhotoFormatError: it is none of these.
    """
    if encoded.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if encoded.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if encoded.startswith(b"RIFF") and encoded[8:12] == b"WEBP":
        return "WebP"
    kind = "of an unknown kind"
    if encoded[4:8] == b"ftyp":
        brands = _brands(encoded)
        # "avif" may stand beside "mif1" as the major brand, so all brands count.
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEVC_BRANDS:
            return "HEIC"
        kind = "a video or another file of the MP4 family"
    for magic, name in _REFUSED_MAGIC:
        if encoded.startswith(magic):
            kind = name
    raise PhotoFormatError(
        f"{subject} is {kind} (its {len(encoded)} bytes begin with {encoded[:8].hex(' ')}); expected {ALLOWED}; "
        "save it as one of these"
    )


def _brands(encoded: bytes) -> set[bytes]:
    box_size = int.from_bytes(encoded[:4], "big")
    brands_end = min(box_size, len(encoded), 256)
    compatible = {encoded[i : i + 4] for i in range(16, brands_end, 4)}
    return {encoded[8:12]} | compatible


def open_header(encoded: bytes, format_name: str, subject: str) -> tuple[Image.Image, int]:
    """A Pillow image whose size, mode and metadata are known and whose pixels are not decoded yet.

    The format's class is used directly: ``Image.open`` would also try neighbouring formats, register plug-ins and
    apply Pillow's own pixel limit with a warning.

    Returns:
        The lazy image, and the position in ``encoded`` where reading the header ended.

    Raises:
        PhotoDamagedError: the header cannot be read, or says that a side is zero.
        PhotoTooLargeError: Pillow itself refuses the size.
        MissingExtraError: the decoder is not installed.
    """
    opener = _opener(format_name, subject)
    stream = BytesIO(encoded)
    try:
        with warnings_silenced():
            return opener(stream), stream.tell()
    except (Image.DecompressionBombError, MemoryError) as error:
        raise PhotoTooLargeError(f"{subject} is too large to decode: {error}; make it smaller") from error
    except Exception as error:  # the header parsers raise almost anything on damaged bytes
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise PhotoDamagedError(
            f"{subject} begins like {format_name} but its header cannot be read: {reason}; save or download it again"
        ) from error


def _opener(format_name: str, subject: str) -> type[ImageFile.ImageFile]:
    if format_name == "JPEG":
        return JpegImagePlugin.JpegImageFile
    if format_name == "PNG":
        return PngImagePlugin.PngImageFile
    if format_name == "HEIC":
        try:
            heif_image_file: type[ImageFile.ImageFile] = importlib.import_module("pi_heif").HeifImageFile
        except ImportError as error:
            raise MissingExtraError(
                f"{subject} is HEIC, which needs pi-heif; install it with: pip install fittingroom[heic]"
            ) from error
        return heif_image_file
    if not features.check(format_name.lower()):
        raise MissingExtraError(
            f"{subject} is {format_name}, which this build of Pillow cannot read; "
            "install one that can with: pip install --upgrade 'pillow>=11.3'"
        )
    return AvifImagePlugin.AvifImageFile if format_name == "AVIF" else WebPImagePlugin.WebPImageFile


_filters_lock = threading.Lock()


@contextmanager
def warnings_silenced() -> Iterator[None]:
    """Pillow warns of metadata that it cannot read; the pixels do not depend on them.

    Python's warning filters belong to the whole process, hence the lock: two threads must not restore each other's.
    """
    with _filters_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def is_complete(encoded: bytes, format_name: str, pixel_data_start: int) -> bool:
    """Whether a file ends where its format says; bytes after that end do no harm.

    Decoders differ here: some fill what is missing with grey. WebP, AVIF and HEIC state their lengths, and their
    decoders check them.
    """
    if format_name == "JPEG":
        # Within pixel data an 0xFF is followed by 0x00, so the end marker cannot occur by chance. The search starts
        # behind the header, for a preview in there has an end marker of its own.
        return encoded.rfind(b"\xff\xd9", pixel_data_start) != -1
    if format_name == "PNG":
        return _is_complete_png(encoded)
    return True


def _is_complete_png(encoded: bytes) -> bool:
    view = memoryview(encoded)
    start = 8  # behind the signature; a chunk is length, kind, content, checksum
    while start + 12 <= len(encoded):
        length, kind = struct.unpack_from(">I4s", encoded, start)
        end = start + 12 + length
        if end > len(encoded):
            return False
        is_critical = kind[:1].isupper()  # the others are metadata, which may be broken
        if is_critical and zlib.crc32(view[start + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            return False
        if kind == b"IEND":
            return True
        start = end
    return False
