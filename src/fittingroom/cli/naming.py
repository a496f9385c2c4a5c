"""Names of the results: one distinct name for every photo, whatever the order of the arguments.

A photo's name is its place below the folder that was given, without the extension: ``photos/beach/a.jpg``, found
through ``photos``, is named ``beach/a``; a photo given by itself is named by its stem. Photos whose names would
coincide (upper and lower case are the same on many disks) all get longer names, by the first of these that can help:

1. photos with different extensions add theirs: ``a.jpg`` and ``a.png`` become ``a-jpg`` and ``a-png``;
2. photos of different folders add the folder above: ``2023/a.jpg`` and ``2024/a.jpg`` become ``2023/a`` and ``2024/a``;
3. photos of one folder that differ in upper and lower case only add their extensions as they are written.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath


@dataclass(frozen=True)
class PhotoPlace:
    """Where a photo lies. path is absolute; its last depth parts are its place below the folder that was given."""

    path: PurePath
    depth: int

    @property
    def folders(self) -> tuple[str, ...]:
        """All folders above the photo, outermost first; a drive's letter or share is the first of them."""
        drive = re.sub(r"\W+", "-", self.path.drive).strip("-")
        return (*([drive] if drive else []), *self.path.parts[1:-1])


@dataclass(frozen=True)
class _Name:
    place: PhotoPlace
    folder_count: int
    has_extension: bool = False

    def __str__(self) -> str:
        folders = self.place.folders[len(self.place.folders) - self.folder_count :]
        extension = self.place.path.suffix.replace(".", "-", 1) if self.has_extension else ""
        return "/".join((*folders, self.place.path.stem + extension))


def name_results(places: Iterable[PhotoPlace]) -> dict[PurePath, str]:
    """Result name of every photo, in the order of the places; "/" parts folders in it.

    A photo that was given twice counts once, by the place deepest below its folder.
    """
    names: dict[PurePath, _Name] = {}
    for place in places:
        if place.path not in names or place.depth > names[place.path].place.depth:
            names[place.path] = _Name(place, folder_count=place.depth - 1)
    while True:
        groups: dict[str, list[_Name]] = defaultdict(list)
        for name in names.values():
            groups[str(name).casefold()].append(name)
        longer = [name for group in groups.values() if len(group) > 1 for name in _lengthen(group)]
        if not longer:
            return {path: str(name) for path, name in names.items()}
        names.update({name.place.path: name for name in longer})


def _lengthen(group: list[_Name]) -> list[_Name]:
    """Longer names for photos that share one; none where nothing can help: then they differ in upper and lower case."""
    extensions = {name.place.path.suffix.casefold() for name in group}
    folders = {name.place.folders for name in group}
    can_add_extension = not all(name.has_extension for name in group)
    can_add_folder = len(folders) > 1 and any(name.folder_count < len(name.place.folders) for name in group)
    if can_add_extension and (len(extensions) == len(group) or not can_add_folder):
        return [replace(name, has_extension=True) for name in group]
    if can_add_folder:
        return [replace(name, folder_count=min(name.folder_count + 1, len(name.place.folders))) for name in group]
    return []
