"""A result as the body of an HTTP answer: one file, or a ZIP of several."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from werkzeug.datastructures import MIMEAccept

from fittingroom.export.json_document import result_json
from fittingroom.export.overlay import overlay
from fittingroom.export.writer import FORMATS
from fittingroom.imaging.writing import encode_indexed_png, encode_jpeg, encode_png, encode_png16
from fittingroom.labels import CIHP, INDEX_PALETTE
from fittingroom.results import ParseResult
from fittingroom.service.problems import Problem

JSON, PNG, JPEG, ZIP = "application/json", "image/png", "image/jpeg", "application/zip"
_MEDIA_TYPES = {
    ".json": JSON,
    ".png": PNG,
    ".jpg": JPEG,
    ".npz": "application/x-npz",
    ".zip": ZIP,
    ".svg": "image/svg+xml",
}
# What to answer when only a media type is asked for, in the order of preference.
_FORMAT_OF_MEDIA_TYPE = {
    JSON: "json", JPEG: "mosaic", PNG: "labels", "application/x-npz": "npz", ZIP: "cutouts",
}  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """How a result is wanted.

    formats: names of `format_names`; several make a ZIP. maps: add the maps to JSON, as PNGs in base64.
    opacity, outlines, names: of the overlay.
    """

    formats: tuple[str, ...] = ("json",)
    maps: bool = False
    opacity: float = 0.5
    outlines: bool = True
    names: bool = True


@dataclass(frozen=True)
class Answer:
    """A body with its media type; file_name suits a download and tells nothing of the photo."""

    body: bytes
    media_type: str
    file_name: str


def format_names() -> tuple[str, ...]:
    """Every format that can be asked for; "all" is each that the result has data for."""
    return (*FORMATS, *_OWN_FORMATS, "all")


def wished_formats(format_text: str, accepted: MIMEAccept) -> tuple[str, ...]:
    """The formats in "mosaic,labels", or that of the media type the client likes best.

    Raises:
        Problem: there is no such format, or none with an accepted media type.
    """
    names = tuple(dict.fromkeys(name.strip() for name in format_text.split(",") if name.strip()))
    unknown = [name for name in names if name not in format_names()]
    if unknown:
        raise Problem("wrong-value", f"there is no format {unknown[0]!r}; known are {', '.join(format_names())}")
    if names:
        return names
    best = accepted.best_match(list(_FORMAT_OF_MEDIA_TYPE)) if accepted else JSON
    if best is None:
        raise Problem("not-acceptable", f"the formats are {', '.join(_FORMAT_OF_MEDIA_TYPE)}; got Accept: {accepted}")
    return (_FORMAT_OF_MEDIA_TYPE[best],)


def encode_files(result: ParseResult, photo_rgb: NDArray[np.uint8], wish: Wish) -> dict[str, bytes]:
    """The result in the formats that are wanted, as files by name; a format of several files has a folder of its own.

    Args:
        result: what to encode.
        photo_rgb: the upright photo it was made from, uint8 (H, W, 3).
        wish: how.

    Raises:
        OutputError: the result lacks what a format writes.
    """
    files: dict[str, bytes] = {}
    for name in _spelt_out(wish.formats, result):
        content = _encode_format(result, photo_rgb, name, wish)
        folder = f"{name}/" if name in _FOLDERS and len(wish.formats) > 1 else ""
        files |= {folder + file_name: body for file_name, body in content.items()}
    return files


def pack(files: Mapping[str, bytes], wish: Wish) -> Answer:
    """One file as it is, and a ZIP of several."""
    (name, *further) = wish.formats
    if len(files) == 1 and not further and name not in _FOLDERS:
        ((file_name, body),) = files.items()
        return Answer(body, media_type(file_name), file_name)
    return Answer(zip_of(files), ZIP, "result.zip" if further or name == "all" else f"{name}.zip")


def _encode_format(
    result: ParseResult, photo_rgb: NDArray[np.uint8], format_name: str, wish: Wish
) -> Mapping[str, bytes]:
    if format_name in _OWN_FORMATS:
        return _OWN_FORMATS[format_name](result, photo_rgb)
    if format_name == "json":
        return {"result.json": json_bytes(result_document(result, with_maps=wish.maps))}
    if format_name == "overlay":
        picture = overlay(result, photo_rgb, opacity=wish.opacity, outlines=wish.outlines, names=wish.names)
        return {"overlay.jpg": encode_jpeg(picture)}
    content = FORMATS[format_name].encode(result, photo_rgb)
    stem = "result" if format_name == "npz" else format_name
    return content if isinstance(content, dict) else {stem + FORMATS[format_name].suffix: content}


def result_document(result: ParseResult, *, with_maps: bool) -> dict[str, object]:
    """`result_json`, and with maps also ``label_png`` and ``person_png``: gray PNGs in base64, whose pixels are ids.

    They have 8 bits; the person map has 16 if there are more than 255 people. With details there is ``detail_png`` too.
    """
    document: dict[str, object] = {**result_json(result)}
    if with_maps:
        is_small = int(result.person_map.max(initial=0)) <= 255
        persons = encode_png(result.person_map.astype(np.uint8)) if is_small else encode_png16(result.person_map)
        document["label_png"] = base64.b64encode(encode_png(result.label_map)).decode()
        document["person_png"] = base64.b64encode(persons).decode()
        if result.detail_map is not None:
            document["detail_png"] = base64.b64encode(encode_png(result.detail_map)).decode()
    return document


def json_bytes(document: Mapping[str, object]) -> bytes:
    """Compact JSON; Chinese names stay readable."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def media_type(file_name: str) -> str:
    """Of a file that we write."""
    return _MEDIA_TYPES.get(file_name[file_name.rfind(".") :], "application/octet-stream")


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """A ZIP archive; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            is_text = name.endswith((".json", ".txt", ".svg"))
            # Everything else is compressed already.
            method = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


def training_data(result: ParseResult, photo_rgb: NDArray[np.uint8]) -> dict[str, bytes]:
    """A photo with its maps as `fittingroom train` reads them: images/, labels/, instances/.

    The files are named by the photo's pixels, so that many such folders can be laid together. Person ids have 8 bits.
    """
    stem = hashlib.sha256(photo_rgb.tobytes()).hexdigest()[:16]
    files = {
        f"images/{stem}.jpg": encode_jpeg(photo_rgb),
        f"labels/{stem}.png": encode_indexed_png(result.label_map, INDEX_PALETTE),
        f"instances/{stem}.png": encode_png(np.minimum(result.person_map, 255).astype(np.uint8)),
    }
    if result.label_set != CIHP:
        lines = [f"{class_id} {name}\n" for class_id, name in enumerate(result.label_set.classes)]
        files["classes.txt"] = "".join(lines).encode()
    return files


def single_cutout(result: ParseResult, photo_rgb: NDArray[np.uint8]) -> dict[str, bytes]:
    """Everything that the result shows as one picture with a transparent surround, cropped to it."""
    mask = result.label_map > 0
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)) if rows.size else (slice(1), slice(1))
    picture = np.zeros((*mask[window].shape, 4), np.uint8)
    picture[mask[window], :3] = photo_rgb[window][mask[window]]
    picture[mask[window], 3] = 255
    return {"cutout.png": encode_png(picture)}


_OWN_FORMATS: Mapping[str, Callable[[ParseResult, NDArray[np.uint8]], dict[str, bytes]]] = MappingProxyType(
    {"cutout": single_cutout, "training-data": training_data}
)
_FOLDERS = ("cutouts", "training-data")


def _spelt_out(formats: tuple[str, ...], result: ParseResult) -> tuple[str, ...]:
    if "all" not in formats:
        return formats
    return tuple(name for name, entry in FORMATS.items() if result.detail_map is not None or not entry.needs_fine)
