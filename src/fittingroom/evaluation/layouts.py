"""Which photos a folder holds: in our own convention, or in the layout in which CIHP is published."""

from __future__ import annotations

from pathlib import Path

from fittingroom.data.photos import IMAGE_SUFFIXES, PhotoFiles, find_photos
from fittingroom.errors import ConfigError


def find_truth(folder: Path, *, split: str | None = None) -> list[PhotoFiles]:
    """The labelled photos of a folder in the order of their names, whichever of the two layouts it has.

    CIHP's: Images/NAME.jpg, Category_ids/NAME.png (class ids), Human_ids/NAME.png (person ids from 1). Instance_ids/
    numbers the pairs (person, class) once more; they are read off the other two.

    Args:
        folder: for CIHP the folder of one split, for instance ``Validation``.
        split: of our manifest.csv; None takes all photos.

    Raises:
        ConfigError: the folder has no labelled photos, or a photo of CIHP's layout lacks its person ids.
    """
    if not (folder / "Category_ids").is_dir():
        return find_photos(folder, split=split)
    if split is not None:
        raise ConfigError(
            f"{folder} is laid out as CIHP is, where each split is a folder of its own; name that folder and no split"
        )
    found = []
    for image in sorted((folder / "Images").glob("*")):
        labels, people = (folder / kind / f"{image.stem}.png" for kind in ("Category_ids", "Human_ids"))
        if image.suffix.lower() not in IMAGE_SUFFIXES or not labels.exists():
            continue
        if not people.exists():
            raise ConfigError(f"{people}: there is no such file, but {labels} exists; CIHP has both for every photo")
        found.append(PhotoFiles(name=image.stem, image=image, labels=labels, instances=people, labels_ext=None))
    if not found:
        raise ConfigError(f"{folder}: no labelled photos found; expected Images/NAME.jpg beside Category_ids/NAME.png")
    return found
