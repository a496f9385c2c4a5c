"""Files of a dataset: where a photo lies, JSON that may be damaged, names that must stay below a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image, UnidentifiedImageError

from fittingroom.errors import ConfigError, FittingroomError
from fittingroom.imaging.formats import PHOTO_EXTENSIONS


def find_photo(name: str, extension: str, folders: Sequence[Path | None]) -> Path | None:
    """The photo of that name in the first folder that has it, with any extension; None where none has it."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:
        return None
    for folder in folders:
        if folder is None:
            continue
        for tried in (extension, *PHOTO_EXTENSIONS, *(extension.upper() for extension in PHOTO_EXTENSIONS)):
            path = folder / f"{name}{tried}"
            if tried and path.is_file():
                return path
    return None


def photo_size_hw(photo: Path) -> tuple[int, int]:
    """Height and width of the upright photo, from its header.

    Raises:
        ConfigError: it is not a readable picture.
    """
    try:
        with Image.open(photo) as image:
            width, height = image.size
            is_turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except (OSError, UnidentifiedImageError) as error:
        raise ConfigError(f"{photo}: not a readable picture; remove or replace it") from error
    return (width, height) if is_turned else (height, width)


def below(folder: Path, name: str, suffix: str) -> Path:
    """``folder/name + suffix`` for a name that comes from a file of somebody else.

    Raises:
        ConfigError: the name leaves the folder.
    """
    relative = PurePosixPath(name)
    if not relative.name or relative.is_absolute() or ".." in relative.parts or "\\" in name:
        raise ConfigError(f"the name {name!r} leads out of its folder; rename the photo in the dataset")
    return folder / f"{name}{suffix}"


def names_below(folder: Path, suffixes: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Name without suffix, and path, of the files below a folder with one of these suffixes, sorted by path."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in suffixes and path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).with_suffix("").as_posix(), path


def read_json(path: Path) -> Any:
    """
    Raises:
        ConfigError: the file is missing or no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not readable as JSON ({error}); export it again") from error


@contextmanager
def reported(path: Path, form: str) -> Iterator[None]:
    """What a damaged file makes Python say, said with the file's name.

    Raises:
        ConfigError: a key is missing, a value has the wrong type or range.
    """
    try:
        yield
    except FittingroomError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OSError) as error:
        what = f"no entry {error}" if isinstance(error, KeyError) else str(error)
        raise ConfigError(f"{path}: not {form} as it should be ({what}); export it again") from error
