"""The result of one photo as files, in the formats that are asked for."""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fittingroom.errors import OutputError
from fittingroom.export.cutouts import cutouts
from fittingroom.export.json_document import ResultDocument, result_json
from fittingroom.export.mosaic import mosaic
from fittingroom.export.npz import npz
from fittingroom.export.openpose import PoseDocument, body_25_json
from fittingroom.export.overlay import overlay
from fittingroom.export.png import detail_png, instance_png, label_png
from fittingroom.imaging.writing import encode_jpeg, write_bytes_atomically
from fittingroom.results import ParseResult


class Format(NamedTuple):
    """How a result becomes a file, or a folder of files.

    Attributes:
        suffix: what the photo's stem is followed by; empty for a folder of that name.
        encode: from a result and its photo, uint8 (H, W, 3) RGB, to the file's bytes, or to bytes by file name in the
            folder.
        needs_fine: whether it writes what a photo is only parsed for with ``schema="fine"``; without that, ``encode``
            raises OutputError.
    """

    suffix: str
    encode: Callable[[ParseResult, npt.NDArray[np.uint8]], bytes | dict[str, bytes]]
    needs_fine: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "labels": Format(".png", lambda result, _: label_png(result)),
        "instances": Format(".png", lambda result, _: instance_png(result)),
        "mosaic": Format(".jpg", lambda result, _: encode_jpeg(mosaic(result), quality=95)),
        "overlay": Format(".jpg", lambda result, photo_rgb: encode_jpeg(overlay(result, photo_rgb), quality=95)),
        "json": Format(".json", lambda result, _: _json_bytes(result_json(result))),
        "npz": Format(".npz", lambda result, _: npz(result)),
        "cutouts": Format("", cutouts),
        "details": Format(".png", lambda result, _: detail_png(result), needs_fine=True),
        # The name that OpenPose gives, and generators look for.
        "openpose": Format("_keypoints.json", lambda result, _: _json_bytes(body_25_json(result)), needs_fine=True),
    }
)
"""Every format by the name that it has on the command line and as a folder."""


def check_formats(names: Iterable[str]) -> None:
    """Refuse format names that do not exist.

    Raises:
        OutputError: a name is unknown; the message lists those that exist.
    """
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        raise OutputError(f"unknown output format {', '.join(map(repr, unknown))}; known are {', '.join(FORMATS)}")


def write_result(
    result: ParseResult,
    photo_rgb: npt.NDArray[np.uint8],
    *,
    out_dir: str | os.PathLike[str],
    stem: str,
    formats: Iterable[str],
) -> tuple[Path, ...]:
    """Write ``out_dir/<format>/<stem><suffix>`` for each format, cut-outs as ``out_dir/cutouts/<stem>/person-1.png``.

    Each file is complete or not there at all, and older files of the same name are replaced. Cut-outs that an earlier
    result left in the same folder are removed where this one has no such person or part.

    Args:
        result: what to write.
        photo_rgb: the upright photo it was made from, uint8 (H, W, 3).
        out_dir: made when it does not exist.
        stem: name without suffix; may hold subfolders, ``"holiday/img_1"``.
        formats: names from `FORMATS`.

    Returns:
        The files written, in the order of the formats.

    Raises:
        OutputError: a format is unknown (nothing is written then), the stem leaves ``out_dir``, the result lacks what a
            format writes, or a file cannot be written; files written before it stay.
        ShapeError: the photo does not have the size of the result.
    """
    names = list(dict.fromkeys(formats))
    check_formats(names)
    _check_stem(stem)
    written: list[Path] = []
    for name in names:
        target = Path(out_dir, name, stem + FORMATS[name].suffix)
        content = FORMATS[name].encode(result, photo_rgb)
        if isinstance(content, bytes):
            write_bytes_atomically(target, content)
            written.append(target)
        else:
            written.extend(_write_folder(target, content))
    return tuple(written)


def _check_stem(stem: str) -> None:
    path = PurePath(stem)
    if not path.name or path.is_absolute() or path.drive or ".." in path.parts:
        raise OutputError(f"cannot name a file {stem!r}; give a name, or a path that stays below the output folder")


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    for name, content in files.items():
        write_bytes_atomically(folder / name, content)
    for old in folder.glob("person-*.png"):
        if old.name not in files and re.fullmatch(r"person-\d+(-.+)?\.png", old.name):
            try:
                old.unlink()
            except OSError as error:
                raise OutputError(f"cannot remove {str(old)!r}, left by an earlier result: {error.strerror}") from error
    return [folder / name for name in files]


def _json_bytes(document: ResultDocument | PoseDocument) -> bytes:
    # Chinese class names stay readable.
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
