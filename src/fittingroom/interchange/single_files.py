"""Forms with a file, or a folder, for each photo: our JSON, npz, SVG contours and transparent cut-outs."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
from PIL import Image

from fittingroom.errors import ConfigError
from fittingroom.export.json_document import ResultDocument, detail_maps_from_json, maps_from_json, result_json
from fittingroom.export.npz import npz
from fittingroom.export.outlines import fill_rings
from fittingroom.export.soft_cutouts import soft_alpha
from fittingroom.export.svg import svg
from fittingroom.imaging.reading import read_photo
from fittingroom.imaging.writing import write_bytes_atomically
from fittingroom.interchange.annotated import (
    AnnotatedPhoto,
    Extras,
    Mask,
    PersonMap,
    Piece,
    Reading,
    known_label_set,
    label_set_with,
    result_of_maps,
    result_of_pieces,
)
from fittingroom.interchange.places import below, find_photo, names_below, read_json, reported
from fittingroom.results import ParseResult


def write_json(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write ``out/NAME.json`` as ``fittingroom parse --format json`` does."""
    return _write_each(
        photos, out, ".json", lambda result: json.dumps(result_json(result), ensure_ascii=False).encode()
    )


def write_npz(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write ``out/NAME.npz`` as ``fittingroom parse --format npz`` does."""
    return _write_each(photos, out, ".npz", npz)


def write_svg(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write ``out/NAME.svg``."""
    return _write_each(photos, out, ".svg", svg)


def write_cutouts_png(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write ``out/NAME/person-1-coat.png``, each as large as the photo; needs the photos."""
    return _write_cutouts(photos, out, "PNG")


def write_cutouts_webp(photos: Iterable[AnnotatedPhoto], out: Path) -> list[str]:
    """Write ``out/NAME/person-1-coat.webp`` without loss, each as large as the photo; needs the photos."""
    return _write_cutouts(photos, out, "WEBP")


def read_json_results(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a folder of our JSON files.

    Raises:
        ConfigError, LabelError, ShapeError: a file is not of our form, or damaged.
    """
    for name, path in names_below(source, [".json"]):
        document = read_json(path)
        with reported(path, "a result of fittingroom"):
            if "people" not in document:
                continue
            label_map, person_map = maps_from_json(document)
            label_set = reading.label_set or known_label_set(document["label_set"]["classes"])
            confidence = np.full(label_map.shape, 255, np.uint8)
            for person in document["people"]:
                for part in person["parts"]:
                    is_part = (label_map == part["class_id"]) & (person_map == person["id"])
                    confidence[is_part] = round(255 * part["score"])
            result, ignored, notes = result_of_maps(
                label_map,
                person_map,
                label_set,
                confidence=confidence,
                person_scores=[person["score"] for person in document["people"]],
                extras=_json_extras(document, person_map),
            )
        yield _annotated(name, result, path, reading, ignored, notes)


def read_npz(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a folder of our npz files; the confidence comes back too.

    Raises:
        ConfigError: a file is not of our form.
    """
    for name, path in names_below(source, [".npz"]):
        with reported(path, "an npz of fittingroom"):
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    label_set = reading.label_set or known_label_set(arrays["classes"].tolist())
                    points = dict(enumerate(arrays.get("body_points", ()), start=1))
                    extras = Extras(arrays.get("details"), None, arrays.get("bags"), points)
                    result, ignored, notes = result_of_maps(
                        arrays["labels"], arrays["persons"], label_set, confidence=arrays["confidence"], extras=extras
                    )
            except zipfile.BadZipFile as error:
                raise ConfigError(f"{path}: not a readable npz ({error}); write it again") from error
        yield _annotated(name, result, path, reading, ignored, notes)


def read_svg(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a folder of SVG files as `svg` writes them; paths of straight lines, moved corners included.

    Raises:
        ConfigError: a file is no SVG of ours, or a path has curves.
    """
    for name, path in names_below(source, [".svg"]):
        with reported(path, "an SVG of fittingroom"):
            try:
                root = ElementTree.fromstring(path.read_bytes())
            except ElementTree.ParseError as error:
                raise ConfigError(f"{path}: not readable as SVG ({error}); write it again") from error
            label_set = reading.label_set or known_label_set(root.attrib["data-classes"].split())
            size_hw = (int(root.attrib["height"]), int(root.attrib["width"]))
            pieces, scores = [], {}
            for group in root.iter("{http://www.w3.org/2000/svg}g"):
                if "data-person" not in group.attrib:
                    continue
                person = int(group.attrib["data-person"])
                scores[person] = float(group.attrib.get("data-score", 1))
                for drawn in group.iter("{http://www.w3.org/2000/svg}path"):
                    mask = fill_rings(_path_rings(drawn.attrib["d"]), size_hw)
                    score = float(drawn.attrib.get("data-score", 1))
                    pieces.append(Piece(label_set.id_of(drawn.attrib["data-label"]), mask, person, score))
            result, notes = result_of_pieces(pieces, size_hw, label_set, person_scores=scores)
        yield _annotated(name, result, path, reading, None, notes)


def read_cutouts(source: Path, reading: Reading) -> Iterator[AnnotatedPhoto]:
    """The photos of a folder of folders of cut-outs, each as large as its photo: alpha from 128 on is inside.

    Raises:
        ConfigError: a picture has no transparency, or those of one photo differ in size.
        LabelError: a file is named by a class that the label set does not have.
    """
    pattern = re.compile(r"person-(\d+)-(.+)")
    for folder in sorted({path.parent for _, path in names_below(source, [".png", ".webp"])}):
        pieces, size_hw = [], None
        for path in sorted(folder.glob("person-*-*.*")):
            named = pattern.fullmatch(path.stem)
            if named is None or path.suffix.lower() not in (".png", ".webp"):
                continue
            alpha = _alpha(path)
            size_hw = size_hw or alpha.shape
            if alpha.shape != size_hw:
                raise ConfigError(f"{path}: it is {alpha.shape}, others of its photo {size_hw}; all must have its size")
            label_set = label_set_with([named[2]], told=reading.label_set)
            pieces.append(Piece(label_set.id_of(named[2]), alpha >= 128, int(named[1])))
        empty = folder / "nobody.png"
        if size_hw is None and empty.is_file():
            size_hw = _alpha(empty).shape
        if size_hw is None:
            continue
        names = {named[2] for path in folder.glob("person-*-*.*") if (named := pattern.fullmatch(path.stem))}
        label_set = label_set_with(names, told=reading.label_set)
        result, notes = result_of_pieces(pieces, (size_hw[0], size_hw[1]), label_set)
        yield _annotated(folder.relative_to(source).as_posix(), result, folder, reading, None, notes)


def _json_extras(document: ResultDocument, person_map: PersonMap) -> Extras:
    details, bags = detail_maps_from_json(document)
    confidence = None
    if details is not None:
        confidence = np.full(details.shape, 255, np.uint8)
        for person in document["people"]:
            for detail in person.get("details", []):
                is_detail = (details == detail["class_id"]) & (person_map == person["id"])
                confidence[is_detail] = round(255 * detail["score"])
    points = {
        person["id"]: np.array(person["body_points"], np.float32)
        for person in document["people"]
        if "body_points" in person
    }
    return Extras(details, confidence, bags, points)


def _write_each(
    photos: Iterable[AnnotatedPhoto], out: Path, suffix: str, encode: Callable[[ParseResult], bytes]
) -> list[str]:
    for photo in photos:
        write_bytes_atomically(below(out, photo.name, suffix), encode(photo.result))
    return []


def _write_cutouts(photos: Iterable[AnnotatedPhoto], out: Path, pillow_format: str) -> list[str]:
    for photo in photos:
        if photo.photo is None:
            raise ConfigError(f"{photo.name}: cut-outs need the photo, which is not at hand; give its folder: --photos")
        pixels_rgb = read_photo(photo.photo).pixels_rgb
        photo.result.check_photo(pixels_rgb)
        folder = below(out, photo.name, "")
        for person in photo.result.people:
            for label, part in person.parts.items():
                target = folder / f"person-{person.id}-{label}.{pillow_format.lower()}"
                write_bytes_atomically(target, _transparent(pixels_rgb, soft_alpha(part.mask, 0), pillow_format))
        if not photo.result.people:
            nothing = np.zeros(photo.result.size_hw, np.uint8)
            write_bytes_atomically(folder / "nobody.png", _transparent(pixels_rgb, nothing, "PNG"))
    return []


def _transparent(pixels_rgb: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8], pillow_format: str) -> bytes:
    shown = np.where(alpha[..., None] > 0, pixels_rgb, 0)
    buffer = io.BytesIO()
    picture = Image.fromarray(np.dstack([shown, alpha]))
    if pillow_format == "WEBP":
        picture.save(buffer, "WEBP", lossless=True, exact=True)
    else:
        picture.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _alpha(path: Path) -> npt.NDArray[np.uint8]:
    with reported(path, "a transparent picture"), Image.open(path) as image:
        if "A" not in image.getbands():
            if image.format == "WEBP":  # WebP drops an alpha channel that is opaque everywhere
                return np.full((image.height, image.width), 255, np.uint8)
            raise ConfigError(f"{path}: it has no transparency; cut-outs are PNG or WebP with an alpha channel")
        return np.asarray(image.getchannel("A"))


def _path_rings(path_data: str) -> list[list[tuple[float, float]]]:
    """Corners of a path of straight lines (M, L, H, V, Z; small letters are relative)."""
    rings: list[list[tuple[float, float]]] = []
    x = y = 0.0
    for letter, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", path_data):
        numbers = [float(number) for number in re.findall(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", text)]
        kind, is_relative = letter.upper(), letter.islower()
        if kind == "Z":
            x, y = rings[-1][0]
            continue
        if kind in "HV":
            for number in numbers:
                if kind == "H":
                    x = number + (x if is_relative else 0)
                else:
                    y = number + (y if is_relative else 0)
                rings[-1].append((x, y))
            continue
        if kind not in "ML":
            raise ValueError(f"path command {letter!r}; expected M, L, H, V or Z: straighten the curves")
        for place, (dx, dy) in enumerate(zip(numbers[0::2], numbers[1::2], strict=True)):
            x, y = (x + dx, y + dy) if is_relative else (dx, dy)
            if kind == "M" and place == 0:
                rings.append([])
            rings[-1].append((x, y))
    return rings


def _annotated(
    name: str, result: ParseResult, path: Path, reading: Reading, ignored: Mask | None, notes: tuple[str, ...]
) -> AnnotatedPhoto:
    photo = find_photo(name, "", [reading.photos])
    return AnnotatedPhoto(name, result, photo.suffix if photo else ".jpg", photo, ignored, notes)
