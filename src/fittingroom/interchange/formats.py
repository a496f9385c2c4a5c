"""Every form by its name, and how a dataset is told apart, read and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from fittingroom.errors import ConfigError
from fittingroom.interchange import coco, cvat, folders, label_studio, labelme, single_files
from fittingroom.interchange.annotated import AnnotatedPhoto, Extras, Reading


class Format(NamedTuple):
    """A form.

    about: one line for people. suffix: of the one file that holds the dataset; empty where it is a folder.
    read: from a path to photos. write: photos to a path; returns notes.
    says: what it has a place for beside classes and people, of "details", "bags" and "body points".
    """

    about: str
    suffix: str
    read: Callable[[Path, Reading], Iterator[AnnotatedPhoto]]
    write: Callable[[Iterable[AnnotatedPhoto], Path], list[str]]
    says: tuple[str, ...] = ()


_EVERYTHING = ("details", "bags", "body points")

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "coco": Format("COCO with RLE masks", ".json", coco.read_coco, coco.write_coco, _EVERYTHING),
        "coco-polygons": Format("COCO with polygons", ".json", coco.read_coco, coco.write_coco_polygons, _EVERYTHING),
        "cvat": Format('CVAT "Segmentation mask 1.1"', ".zip", cvat.read_cvat, cvat.write_cvat),
        "label-studio": Format(
            "Label Studio tasks with brush masks",
            ".json", label_studio.read_label_studio, label_studio.write_label_studio,
        ),
        "labelme": Format("LabelMe with masks", "", labelme.read_labelme, labelme.write_labelme),
        "labelme-polygons": Format("LabelMe with polygons", "", labelme.read_labelme, labelme.write_labelme_polygons),
        "voc": Format("PASCAL VOC folders", "", folders.read_voc, folders.write_voc),
        "lip": Format("LIP folders", "", folders.read_lip, folders.write_lip),
        "cihp": Format("CIHP folders", "", folders.read_cihp, folders.write_cihp),
        "training": Format(
            "images/, labels/ and 16-bit instances/, as training reads them",
            "", folders.read_training, folders.write_training,
        ),
        "json": Format("fittingroom's JSON", "", single_files.read_json_results, single_files.write_json, _EVERYTHING),
        "npz": Format("numpy archives", "", single_files.read_npz, single_files.write_npz, _EVERYTHING),
        "svg": Format("SVG contours", "", single_files.read_svg, single_files.write_svg),
        "cutouts-png": Format(
            "transparent PNG of every part", "", single_files.read_cutouts, single_files.write_cutouts_png
        ),
        "cutouts-webp": Format(
            "transparent WebP of every part", "", single_files.read_cutouts, single_files.write_cutouts_webp
        ),
    }
)  # fmt: skip
"""Every form by its name on the command line."""


def find_format(name: str) -> Format:
    """
    Raises:
        ConfigError: there is none of that name; the message lists them.
    """
    if name not in FORMATS:
        raise ConfigError(f"there is no format {name!r}; known are {', '.join(FORMATS)}")
    return FORMATS[name]


def detect_format(source: Path) -> str:
    """Name of the form that a file or folder has, by what is in it.

    Raises:
        ConfigError: it is missing, or of no form that is known.
    """
    if source.is_dir():
        found = next((name for name, is_it in _FOLDER_SIGNS if is_it(source)), None)
    elif source.is_file():
        found = "cvat" if source.suffix.lower() == ".zip" else _detect_json(source)
    else:
        raise ConfigError(f"there is no file or folder {str(source)!r}; check the path")
    if found is None:
        raise ConfigError(f"{source}: of no form that is known; name it with --from: {', '.join(FORMATS)}")
    return found


def read_dataset(source: Path, reading: Reading | None = None, *, form: str | None = None) -> Iterator[AnnotatedPhoto]:
    """The photos of a dataset, one by one.

    Args:
        source: file or folder.
        reading: what the format does not say.
        form: a name from `FORMATS`; None: found by `detect_format`.

    Raises:
        ConfigError, LabelError, ShapeError: see the readers.
    """
    return find_format(form or detect_format(source)).read(source, reading or Reading())


def write_dataset(photos: Iterable[AnnotatedPhoto], out: Path, *, form: str) -> list[str]:
    """Write a dataset, each file complete or not at all; notes say what the reader of the form will not find.

    Raises:
        ConfigError, LabelError, OutputError: see the writers.
    """
    wanted = find_format(form)
    if wanted.suffix and out.suffix.lower() != wanted.suffix:
        raise ConfigError(f"{out}: the format {form} is one file; name it with {wanted.suffix}")
    lost: dict[str, int] = {}

    def counted() -> Iterator[AnnotatedPhoto]:
        for photo in photos:
            for name in Extras.of(photo.result).names:
                if name not in wanted.says:
                    lost[name] = lost.get(name, 0) + 1
            yield photo

    notes = wanted.write(counted(), out)
    return notes + [f"{form} has no place for {name}, which {count} photos have" for name, count in lost.items()]


def _has(folder: str) -> Callable[[Path], bool]:
    return lambda source: (source / folder).is_dir()


def _has_any(pattern: str) -> Callable[[Path], bool]:
    return lambda source: next(source.rglob(pattern), None) is not None


_FOLDER_SIGNS: tuple[tuple[str, Callable[[Path], bool]], ...] = (
    ("cihp", _has("Training/Category_ids")),
    ("lip", _has("TrainVal_parsing_annotations")),
    ("voc", _has("SegmentationClass")),
    ("training", _has("labels")),
    ("npz", _has_any("*.npz")),
    ("svg", _has_any("*.svg")),
    ("labelme", lambda source: any(_is_labelme(path) for path in source.rglob("*.json"))),
    ("json", _has_any("*.json")),
    ("cutouts-png", _has_any("person-*-*.png")),
    ("cutouts-png", _has_any("nobody.png")),
    ("cutouts-webp", _has_any("person-*-*.webp")),
)


def _is_labelme(path: Path) -> bool:
    return _loaded(path, dict, "shapes")


def _detect_json(source: Path) -> str | None:
    if _loaded(source, dict, "annotations"):
        return "coco"
    return "label-studio" if _loaded(source, list, None) else None


def _loaded(path: Path, kind: type[dict[str, object]] | type[list[object]], key: str | None) -> bool:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(document, kind) and (key is None or key in document)
