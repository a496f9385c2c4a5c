"""What came with a request: photos and maps, in memory only."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import IO

import flask
import numpy as np
from numpy.typing import NDArray
from PIL import PngImagePlugin

from fittingroom.errors import ShapeError
from fittingroom.service.problems import Problem

MULTIPART = "multipart/form-data"


class MemoryRequest(flask.Request):
    """A request whose files stay in memory: Werkzeug would put the larger ones on the disk."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


@dataclass(frozen=True)
class Upload:
    """A photo as it came. stem: its file's name without folder and ending, as the client gave it; not to be logged."""

    encoded: bytes
    stem: str


def read_photo_field(request: flask.Request) -> bytes:
    """The one photo in the field ``image``; its file name and media type are not looked at.

    Raises:
        Problem: the body is not multipart, or does not hold exactly one such file.
    """
    uploads = _files(request, "image")
    if len(uploads) > 1:
        raise Problem(
            "bad-request",
            f"the field 'image' is there {len(uploads)} times",
            hint="Send one photo as 'image'; POST /v1/parse takes several as 'images'.",
        )
    return uploads[0].encoded


def read_photo_fields(request: flask.Request, *, most: int) -> list[Upload]:
    """The photos in the fields ``images``, in their order.

    Raises:
        Problem: the body is not multipart, or holds none or too many.
    """
    uploads = _files(request, "images")
    if len(uploads) > most:
        raise Problem("too-many-photos", f"got {len(uploads)} photos, at most {most} are taken in one request")
    return uploads


def read_map_field(request: flask.Request, name: str) -> bytes:
    """The PNG of a map of ids, not decoded yet.

    Raises:
        Problem: there is no such file.
    """
    return _files(request, name)[0].encoded


def read_id_png(encoded: bytes, name: str, size_hw: tuple[int, int]) -> NDArray[np.uint16]:
    """A map of ids, uint16 (H, W), from a PNG: gray of 8 or 16 bits, palette, or colours that are all gray.

    Args:
        encoded: the file.
        name: what the map is called in errors.
        size_hw: height and width that it must have; a file that announces another is not decoded.

    Raises:
        ShapeError: it is no PNG of that size, or its pixels are no ids.
    """
    if not encoded.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ShapeError(f"the map '{name}' is no PNG; expected one whose pixels are ids")
    try:
        picture = PngImagePlugin.PngImageFile(BytesIO(encoded))
    except Exception as error:  # the header's parser raises almost anything on damaged bytes
        raise _damaged(name, error) from error
    mode, (width, height) = picture.mode, picture.size
    if (height, width) != size_hw:
        raise ShapeError(
            f"the map '{name}' is {(height, width)}, the upright photo {size_hw} (height, width); make both of one size"
        )
    is_colour = mode in ("RGB", "RGBA", "LA")
    if not is_colour and mode not in ("P", "L", "I", "I;16"):
        raise ShapeError(f"the map '{name}' is a PNG of mode {mode}; expected gray of 8 or 16 bits, or a palette")
    try:
        pixels = np.asarray(picture.convert("RGBA") if is_colour else picture)
    except Exception as error:  # and so does the decoder
        raise _damaged(name, error) from error
    if is_colour:
        # A browser's canvas writes four channels whatever is drawn.
        is_gray = (pixels[..., 0] == pixels[..., 1]) & (pixels[..., 0] == pixels[..., 2]) & (pixels[..., 3] == 255)
        if not is_gray.all():
            raise ShapeError(f"the map '{name}' has colours; expected ids, as gray or as palette indices")
        pixels = pixels[..., 0]
    return pixels.astype(np.uint16)


def _damaged(name: str, error: Exception) -> ShapeError:
    return ShapeError(f"the map '{name}' is a damaged PNG ({' '.join(str(error).split())[:100]})")


def _files(request: flask.Request, name: str) -> list[Upload]:
    """The files of one field, at least one."""
    if request.mimetype != MULTIPART:
        got = request.mimetype or "no media type"
        raise Problem("not-multipart", f"the body is {got}; expected {MULTIPART} with the field '{name}'")
    files = request.files.getlist(name)
    if files:
        return [Upload(file.stream.read(), PurePath((file.filename or "").replace("\\", "/")).stem) for file in files]
    if name in request.form:
        raise Problem(
            "missing-field",
            f"the field '{name}' came as text, not as a file",
            hint="Give the part a file name; any will do. With curl: -F image=@photo.jpg, with the @.",
        )
    found = ", ".join(sorted({*request.files, *request.form})[:8]) or "none, or the body ends too early"
    raise Problem("missing-field", f"the field '{name}' is missing; fields found: {found}")
