"""The photos that the arguments of a command mean: files as they are, folders with all photos below them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from fittingroom.cli.naming import PhotoPlace
from fittingroom.errors import PhotoNotFoundError
from fittingroom.imaging.formats import PHOTO_EXTENSIONS


def find_photos(arguments: Iterable[Path], *, out_dir: Path) -> list[PhotoPlace]:
    """Photos in the order of the arguments, sorted within each folder.

    A file is taken whatever its name, and even if it is missing: reading it will say what is wrong with it. In folders,
    files with other extensions and hidden files are passed over, and so is out_dir: results are not photos.

    Raises:
        PhotoNotFoundError: a folder holds no photo, or a folder cannot be read.
    """
    photos = []
    out = Path(os.path.abspath(out_dir))
    for argument in arguments:
        root = Path(os.path.abspath(argument))
        if not root.is_dir():
            photos.append(PhotoPlace(root, depth=1))
            continue
        paths = list(_photos_below(root, out))
        if not paths:
            raise PhotoNotFoundError(
                f"no photo in folder '{argument}': expected files that end in {', '.join(PHOTO_EXTENSIONS)} in it or "
                "in its subfolders; check the path"
            )
        photos += [PhotoPlace(path, depth=len(path.relative_to(root).parts)) for path in paths]
    return photos


def _photos_below(root: Path, out: Path) -> Iterator[Path]:
    for folder, subfolders, files in os.walk(root, onerror=_refuse):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and Path(folder, name) != out)
        for name in sorted(files):
            if not name.startswith(".") and name.lower().endswith(PHOTO_EXTENSIONS):
                yield Path(folder, name)


def _refuse(error: OSError) -> None:
    raise PhotoNotFoundError(
        f"cannot read folder '{error.filename}': {error.strerror}; allow reading it or leave it out"
    ) from error
