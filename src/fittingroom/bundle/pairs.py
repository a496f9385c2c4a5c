"""Which photo goes with which garment, under names such that no result overwrites another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fittingroom.bundle.naming import numbered_names, plain_names
from fittingroom.bundle.programs import Layout
from fittingroom.errors import ConfigError


@dataclass(frozen=True)
class Pair:
    """A photo and a garment, by their place in the lists, and their names in the bundle, without extension."""

    photo: int
    garment: int
    person_name: str
    garment_name: str


def every_pair(photo_count: int, garment_count: int) -> list[tuple[int, int]]:
    """Every photo with every garment."""
    return [(photo, garment) for photo in range(photo_count) for garment in range(garment_count)]


def read_pairs(path: Path, photos: Sequence[str], garments: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of a file with a photo's and a garment's name a line, parted by a tab, a comma or a space.

    Names may leave out the extension.

    Raises:
        ConfigError: a line does not hold two names, or a name is not among the photos or garments.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not readable as text ({error}); save it as UTF-8") from error
    pairs = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        separator = next((mark for mark in ("\t", ",") if mark in line), None)
        names = [name.strip() for name in line.strip().split(separator)]
        if len(names) != 2:
            raise ConfigError(
                f"{path}, line {number}: {len(names)} names in {line.strip()!r}; expected a photo's and a garment's, "
                "parted by a tab where names hold spaces"
            )
        pair = (_place(names[0], photos, path, number, "photo"), _place(names[1], garments, path, number, "garment"))
        if pair not in pairs:
            pairs.append(pair)
    if not pairs:
        raise ConfigError(f"{path}: no pairs in it; expected a photo's and a garment's name a line")
    return pairs


def named_pairs(
    pairs: Sequence[tuple[int, int]], photos: Sequence[str], garments: Sequence[str], layout: Layout
) -> list[Pair]:
    """The pairs with their names in the bundle.

    Where a program names its results by the person alone, a person who has several garments gets a name for each.
    """
    photo_names = plain_names(photos)
    if layout.has_numbered_names:
        garment_names = numbered_names(len(garments), ending=1)
    else:
        garment_names = plain_names(garments)
        # A garment may not have a person's name: some programs keep both in one folder.
        taken = {name.casefold() for name in photo_names}
        garment_names = [f"{name}-garment" if name.casefold() in taken else name for name in garment_names]
    garments_of = {photo: sum(1 for other, _ in pairs if other == photo) for photo, _ in pairs}
    is_renamed = [layout.names_results_by_person and garments_of[photo] > 1 for photo, _ in pairs]
    if layout.has_numbered_names:
        numbers: dict[tuple[int, int], int] = {}
        for (photo, garment), renamed in zip(pairs, is_renamed, strict=True):
            numbers.setdefault((photo, garment if renamed else -1), len(numbers))
        names = numbered_names(len(numbers), ending=0, start=len(garments) + 1)
        person_names = [
            names[numbers[photo, garment if renamed else -1]]
            for (photo, garment), renamed in zip(pairs, is_renamed, strict=True)
        ]
    else:
        person_names = [
            f"{photo_names[photo]}-{garment_names[garment]}" if renamed else photo_names[photo]
            for (photo, garment), renamed in zip(pairs, is_renamed, strict=True)
        ]
    return [
        Pair(photo, garment, person_name, garment_names[garment])
        for (photo, garment), person_name in zip(pairs, person_names, strict=True)
    ]


def _place(name: str, names: Sequence[str], path: Path, line: int, what: str) -> int:
    for place, known in enumerate(names):
        if name in (known, Path(known).name):
            return place
    stems = [place for place, known in enumerate(names) if name in (str(Path(known).with_suffix("")), Path(known).stem)]
    if len(stems) != 1:
        problem = "several of that name" if stems else f"there is no {what} of that name"
        raise ConfigError(
            f"{path}, line {line}: {what} {name!r}: {problem}; expected one of {', '.join(names[:5])}, ..."
        )
    return stems[0]
