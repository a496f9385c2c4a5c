"""A whole bundle: parse, fit, mask, write, measure, report. Every file is complete or absent, and a stopped bundle is
taken up where it stopped.

A photo's record in ``.fittingroom/`` is written after the photo's last file; the pairs file and the report come at the
very end, so that a bundle that is not complete is not taken for one.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fittingroom.bundle.agnostic import AgnosticMask, agnostic_mask, measure_mask
from fittingroom.bundle.frame import Fit, frame_of
from fittingroom.bundle.garments import Garment, read_garment
from fittingroom.bundle.pairs import Pair
from fittingroom.bundle.pose_estimate import Pose, pose_of
from fittingroom.bundle.pose_files import drawn_pose, dresscode_json, openpose_json, read_pose
from fittingroom.bundle.programs import (
    DRESSCODE_FOLDERS,
    FASHN_CATEGORIES,
    OOTDIFFUSION_CATEGORIES,
    SIZE_HW,
    FileRule,
    Kind,
    Layout,
    file_path,
    find_layout,
)
from fittingroom.errors import ConfigError, FittingroomError, PhotoError
from fittingroom.imaging.reading import Photo, read_photo
from fittingroom.imaging.writing import encode_indexed_png, encode_jpeg, encode_png, write_bytes_atomically
from fittingroom.labels import ATR, CIHP, INDEX_PALETTE, describe_conversion
from fittingroom.labels.fine_conversions import convert_fine
from fittingroom.results import ParseResult, Person

REPORT = "report.json"
NAMES = "names.csv"
RECORDS = ".fittingroom"
_GRAY = {"fashn": 127, "ootdiffusion": 127}  # elsewhere Pillow's "gray", 128
_MASK_QUALITY = 100

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is to be made; every value changes the files.

    Attributes:
        program, category: names from `PROGRAMS` and `CATEGORIES`.
        fit: "pad" or "crop"; see `frame_of`.
        person: 1..N, whom to dress; None: the largest.
        model: what parses; only compared with an earlier run's.
    """

    program: str
    category: str
    fit: Fit = "pad"
    person: int | None = None
    model: str = ""

    @property
    def layout(self) -> Layout:
        return find_layout(self.program, self.category)


@dataclass(frozen=True)
class Sources:
    """What a bundle is made of.

    Attributes:
        photos, garments: files; pairs and names refer to their places.
        pairs: see `fittingroom.bundle.pairs`.
        poses: folder of OpenPose JSON ``<photo>_keypoints.json`` in the photos' own pixels, or None.
        garment_masks: folder of gray pictures named like the garments, or None.
        captions: garment's file name -> words.
    """

    photos: Sequence[Path]
    garments: Sequence[Path]
    pairs: Sequence[Pair]
    poses: Path | None = None
    garment_masks: Path | None = None
    captions: dict[str, str] | None = None


@dataclass(frozen=True)
class Step:
    """What happened to one photo: ``error`` is empty where all went well; ``is_kept`` where it was done before."""

    photo: Path
    error: str = ""
    is_kept: bool = False


def build_bundle(plan: Plan, sources: Sources, out: Path, *, parse: Callable[[Photo], ParseResult]) -> Iterator[Step]:
    """Write a bundle photo by photo; when the iterator ends, pairs, names and report are written.

    Photos that fail are named in the report and left out of the pairs.

    Args:
        plan: what is to be made.
        sources: of what.
        out: the bundle's folder. One that an earlier run left unfinished is completed.
        parse: gives the parse of a photo.

    Raises:
        ConfigError: the folder holds a bundle of another plan, or no garment can be used.
        OutputError: a file cannot be written.
    """
    _start(plan, out)
    bundled = [_Garments(plan, sources, out).write(place) for place in sorted({pair.garment for pair in sources.pairs})]
    garment_records = {record["place"]: record for record in bundled}
    records: list[Json] = []
    failures = [
        {"file": str(sources.garments[place]), "error": record["error"]}
        for place, record in garment_records.items()
        if "error" in record
    ]
    if len(failures) == len(garment_records):
        raise ConfigError(f"no garment can be used; the first: {failures[0]['error']}" if failures else "no garments")
    named: dict[int, list[str]] = {}
    for pair in sorted(sources.pairs, key=lambda pair: pair.photo):
        if "error" not in garment_records[pair.garment] and pair.person_name not in named.setdefault(pair.photo, []):
            named[pair.photo].append(pair.person_name)
    for place, outcome in _records(plan, sources, out, named, parse):
        photo = sources.photos[place]
        if isinstance(outcome, FittingroomError):
            failures.append({"file": str(photo), "error": str(outcome)})
            yield Step(photo, error=str(outcome))
        else:
            record, is_kept = outcome
            records.append({"place": place, **record})
            yield Step(photo, is_kept=is_kept)
    _finish(plan, sources, out, records, garment_records, failures)


def _start(plan: Plan, out: Path) -> None:
    settings = out / RECORDS / "plan.json"
    wanted = {**asdict(plan), "version": fittingroom_version()}
    if settings.is_file():
        found = _read_json(settings)
        different = [key for key in wanted if found.get(key) != wanted[key]]
        if different:
            raise ConfigError(
                f"{out} holds a bundle made with {', '.join(f'{key} {found.get(key)!r}' for key in different)}, now "
                f"{', '.join(f'{key} {wanted[key]!r}' for key in different)}; choose another --out, or delete it"
            )
    elif out.is_dir() and any(out.iterdir()):
        raise ConfigError(f"{out} is not empty and holds no bundle; choose another --out")
    # What a crash left of files that were being written.
    for left_over in out.rglob(".fittingroom-*.tmp") if out.is_dir() else ():
        left_over.unlink(missing_ok=True)
    # A finished bundle that is taken up again is unfinished until it ends.
    for last in (out / REPORT, out / plan.layout.pairs):
        last.unlink(missing_ok=True)
    write_bytes_atomically(settings, json.dumps(wanted).encode())


Record = tuple[Json, bool]
"""What is known of a photo whose files are all there, and whether an earlier run made them."""


def _records(
    plan: Plan, sources: Sources, out: Path, named: dict[int, list[str]], parse: Callable[[Photo], ParseResult]
) -> Iterator[tuple[int, Record | FittingroomError]]:
    """Place and record of every photo; or why there is none. While one is parsed, a thread writes the one before."""
    with ThreadPoolExecutor(max_workers=1) as writer:
        waiting: tuple[int, Future[Record]] | None = None
        for place, names in named.items():
            try:
                write = _prepared(plan, sources, out, sources.photos[place], names, parse)
            except FittingroomError as error:
                write = partial(_raise, error)
            if waiting is not None:
                yield waiting[0], _outcome(waiting[1])
            waiting = place, writer.submit(write)
        if waiting is not None:
            yield waiting[0], _outcome(waiting[1])


def _outcome(written: Future[Record]) -> Record | FittingroomError:
    try:
        return written.result()
    except FittingroomError as error:
        return error


def _raise(error: FittingroomError) -> Record:
    raise error


def _prepared(
    plan: Plan, sources: Sources, out: Path, path: Path, names: list[str], parse: Callable[[Photo], ParseResult]
) -> Callable[[], Record]:
    """Parse a photo if there is no record of it yet; what is returned writes its files, and then its record."""
    record_path = out / RECORDS / "persons" / f"{names[0]}.json"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PhotoError(f"cannot read '{path}': {error.strerror}") from error
    pose_path = _pose_path(sources, path)
    key = hashlib.sha256(content + (pose_path.read_bytes() if pose_path else b"")).hexdigest()
    if record_path.is_file():
        record = _read_json(record_path)
        if record.get("key") == key and record.get("names") == names and _are_there(out, record.get("files", [])):
            return lambda: (record, True)
    photo = read_photo(content)
    result = parse(photo)

    def write() -> Record:
        made = {"key": key, "names": names, **_write_person(plan, out, path, photo, result, names, pose_path)}
        write_bytes_atomically(record_path, json.dumps(made).encode())
        return made, False

    return write


def _write_person(
    plan: Plan, out: Path, path: Path, photo: Photo, result: ParseResult, names: list[str], pose_path: Path | None
) -> Json:
    person = _chosen(result, plan.person)
    pose = pose_of(result, person)
    if pose_path is not None:
        pose = read_pose(pose_path, like=pose)
    frame = frame_of(photo.size_hw, fit=plan.fit, person_xyxy=person.box_xyxy)
    framed, framed_person = frame.result(result, person)
    framed_pose = frame.pose(pose)
    picture_rgb = frame.picture(photo.pixels_rgb)
    masks = agnostic_mask(framed, framed_person, framed_pose, category=plan.category, photo_rgb=picture_rgb)
    page = _Page(plan, picture_rgb, framed, framed_person, framed_pose, masks)
    files = []
    for rule in plan.layout.persons:
        encoded = page.encode(rule)
        for name in names if encoded is not None else ():
            assert encoded is not None
            files.append(file_path(rule, name))
            write_bytes_atomically(out / files[-1], encoded)
    measures = measure_mask(
        masks.repaint,
        framed,
        framed_person,
        category=plan.category,
        hands=masks.hands,
        garment=masks.garment,
    )
    return {
        "photo": str(path),
        "size_hw": list(photo.size_hw),
        "frame": frame.document(),
        "person": person.id,
        "people": len(result.people),
        "pose": pose.source,
        "mask": {key: None if value is None else round(value, 4) for key, value in asdict(measures).items()},
        "covered_in_doubt": _in_doubt(framed_person, masks),
        "doubtful": round(_doubtful_share(framed, framed_person, masks), 4),
        "substituted": page.substituted,
        "files": files,
    }


class _Page:
    """One person in the frame, and the files that show that person."""

    def __init__(
        self,
        plan: Plan,
        picture_rgb: npt.NDArray[np.uint8],
        result: ParseResult,
        person: Person,
        pose: Pose,
        masks: AgnosticMask,
    ) -> None:
        self._plan = plan
        self._picture_rgb = picture_rgb
        self._pose = pose
        self._masks = masks
        if result.label_set.classes != CIHP.classes:
            raise ConfigError(f"the model gives {result.label_set.name!r}; bundles need CIHP's classes")
        # Programs take whatever the map shows for the one person of the photo: other people become background.
        is_person = result.person_map == person.id
        self._label_map = np.where(is_person, result.label_map, 0).astype(np.uint8)
        self._detail_map = np.where(is_person, 0 if result.detail_map is None else result.detail_map, 0).astype(
            np.uint8
        )
        self._bag_map = result.bag_map
        self.substituted: list[str] = []

    def encode(self, rule: FileRule) -> bytes | None:
        """The file's bytes; None for what we cannot make."""
        kind = rule.kind
        if kind is Kind.PHOTO:
            return encode_jpeg(self._picture_rgb)
        if kind is Kind.CIHP_MAP:
            return encode_indexed_png(self._label_map, INDEX_PALETTE)
        if kind is Kind.AGNOSTIC_MAP:
            hidden = np.isin(self._label_map, _AGNOSTIC_AWAY)
            hidden |= self._masks.repaint & np.isin(self._label_map, _AGNOSTIC_AWAY_WHERE_REPAINTED)
            return encode_indexed_png(np.where(hidden, 0, self._label_map).astype(np.uint8), INDEX_PALETTE)
        if kind is Kind.ATR_MAP:
            return encode_indexed_png(self._atr_map(), INDEX_PALETTE)
        if kind is Kind.AGNOSTIC_MASK:
            return encode_png(np.repeat(self._masks.repaint.astype(np.uint8)[..., None] * 255, 3, axis=2))
        if kind is Kind.AGNOSTIC_PICTURE:
            gray = np.uint8(_GRAY.get(self._plan.program, 128))
            return encode_jpeg(np.where(self._masks.repaint[..., None], gray, self._picture_rgb))
        if kind is Kind.POSE:
            return openpose_json(self._pose)
        if kind is Kind.DRESSCODE_POSE:
            return dresscode_json(self._pose)
        if kind is Kind.POSE_PICTURE:
            drawn = drawn_pose(self._pose)
            return encode_png(drawn) if rule.path.endswith(".png") else encode_jpeg(drawn)
        if kind in (Kind.GARMENT, Kind.GARMENT_MASK):
            return self._worn_garment(kind)
        return None

    def _atr_map(self) -> npt.NDArray[np.uint8]:
        atr = convert_fine(self._label_map, self._detail_map, ATR, bag_map=self._bag_map, lossy=True)
        conversion = describe_conversion(CIHP, ATR)
        shown = {CIHP.classes[class_id] for class_id in np.unique(self._label_map).tolist()}
        self.substituted = [
            f"{name} is {conversion.substitutes[name].target}: {conversion.substitutes[name].reason}"
            for name in conversion.unsayable
            if name in shown
        ]
        return atr

    def _worn_garment(self, kind: Kind) -> bytes:
        """The worn garment, cut out of the photo: HR-VITON opens it, though it does not use it for unpaired tests."""
        if kind is Kind.GARMENT:
            white = np.where(self._masks.garment[..., None], self._picture_rgb, np.uint8(255))
            return encode_jpeg(white.astype(np.uint8))
        return _mask_jpeg(self._masks.garment)


_AGNOSTIC_AWAY = [CIHP.id_of(name) for name in ("upper-clothes", "dress", "coat", "torso-skin")]
_AGNOSTIC_AWAY_WHERE_REPAINTED = [CIHP.id_of(name) for name in ("left-arm", "right-arm")]


class _Garments:
    """The garments of a bundle."""

    def __init__(self, plan: Plan, sources: Sources, out: Path) -> None:
        self._plan = plan
        self._sources = sources
        self._out = out

    def write(self, place: int) -> Json:
        """The garment's record; with ``error`` where it cannot be used."""
        path = self._sources.garments[place]
        name = next(pair.garment_name for pair in self._sources.pairs if pair.garment == place)
        record: Json = {"place": place, "garment": str(path), "name": name}
        files = [file_path(rule, name) for rule in self._plan.layout.garments]
        try:
            mask_path = self._mask_path(path)
            key = hashlib.sha256(path.read_bytes() + (mask_path.read_bytes() if mask_path else b"")).hexdigest()
            record_path = self._out / RECORDS / "garments" / f"{name}.json"
            if record_path.is_file():
                found = _read_json(record_path)
                if found.get("key") == key and _are_there(self._out, files):
                    return {**record, "mask": found["mask"]}
            garment = read_garment(path, mask_path=mask_path)
            for rule, file in zip(self._plan.layout.garments, files, strict=True):
                write_bytes_atomically(self._out / file, _garment_bytes(garment, rule.kind))
            write_bytes_atomically(record_path, json.dumps({"key": key, "mask": garment.mask_source}).encode())
        except (FittingroomError, OSError) as error:
            return {**record, "error": str(error)}
        return {**record, "mask": garment.mask_source}

    def _mask_path(self, path: Path) -> Path | None:
        if self._sources.garment_masks is None:
            return None
        found = sorted(self._sources.garment_masks.glob(f"{path.stem}.*"))
        return found[0] if found else None


def _garment_bytes(garment: Garment, kind: Kind) -> bytes:
    return encode_jpeg(garment.picture_rgb) if kind is Kind.GARMENT else _mask_jpeg(garment.mask)


def _mask_jpeg(mask: npt.NDArray[np.bool_]) -> bytes:
    """One channel, as programs want it, in a JPEG, as their file names want it."""
    buffer = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).save(buffer, "JPEG", quality=_MASK_QUALITY)
    return buffer.getvalue()


def _chosen(result: ParseResult, number: int | None) -> Person:
    if not result.people:
        raise PhotoError("nobody was found in the photo; leave it out, or choose one that shows a person")
    if number is None:
        return max(result.people, key=lambda person: person.area_px)
    if number > len(result.people):
        raise PhotoError(f"there is no person {number} in the photo; {len(result.people)} were found")
    return result.people[number - 1]


def _in_doubt(person: Person, masks: AgnosticMask) -> list[str]:
    """Parts that are covered, to more than a twentieth, because they may be the garment under a wrong name."""
    found = []
    for name, part in person.parts.items():
        x0, y0, x1, y1 = part.box_xyxy
        if np.count_nonzero(masks.in_doubt[y0:y1, x0:x1] & part.crop_mask) > 0.05 * part.area_px:
            found.append(name)
    return found


def _doubtful_share(result: ParseResult, person: Person, masks: AgnosticMask) -> float:
    """Pixels beside the mask that the parser was not sure of, per pixel of the garment: there the garment may go on."""
    if not masks.garment.any():
        return 0.0
    is_unsure = (result.person_map == person.id) & (result.confidence < 128) & ~masks.repaint
    return float(np.count_nonzero(is_unsure) / np.count_nonzero(masks.garment))


def _pose_path(sources: Sources, photo: Path) -> Path | None:
    if sources.poses is None:
        return None
    for name in (f"{photo.stem}_keypoints.json", f"{photo.stem}.json"):
        if (sources.poses / name).is_file():
            return sources.poses / name
    return None


def _finish(
    plan: Plan, sources: Sources, out: Path, records: list[Json], garments: dict[int, Json], failures: list[Json]
) -> None:
    layout = plan.layout
    done = {record["place"] for record in records}
    pairs = [pair for pair in sources.pairs if pair.photo in done and "error" not in garments[pair.garment]]
    rows = ["bundle name,kind,original"]
    rows += [f'{name},person,"{_quoted(record["photo"])}"' for record in records for name in record["names"]]
    rows += [
        f'{record["name"]},garment,"{_quoted(record["garment"])}"'
        for record in garments.values()
        if "error" not in record
    ]
    write_bytes_atomically(out / NAMES, ("\n".join(rows) + "\n").encode())
    if layout.captions:
        write_bytes_atomically(out / layout.captions, _captions(plan, sources, pairs, garments))
    for other in layout.empty_pairs:
        write_bytes_atomically(out / other, b"")
        for folder in ("images", "agnostic_masks"):
            (out / Path(other).parent / folder).mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(
        out / REPORT, (json.dumps(_report(plan, records, garments, failures, pairs), indent=1) + "\n").encode()
    )
    lines = "".join(f"{pair.person_name}.jpg {pair.garment_name}.jpg\n" for pair in pairs)
    write_bytes_atomically(out / layout.pairs, lines.encode())


def _report(
    plan: Plan, records: list[Json], garments: dict[int, Json], failures: list[Json], pairs: list[Pair]
) -> Json:
    layout = plan.layout
    estimated = sum(record["pose"] == "masks" for record in records)
    needs_pose = any(layout.rules(kind) for kind in (Kind.POSE, Kind.DRESSCODE_POSE, Kind.POSE_PICTURE))
    notes = [
        f"Pictures are {SIZE_HW[1]} x {SIZE_HW[0]}; "
        + (
            "photos were padded: the whole photo is there, its edge repeated where it is too narrow or too low"
            if plan.fit == "pad"
            else "photos were cropped to the person, with a margin; only where the photo ends its edge is repeated"
        ),
        "Label maps show the one person that is dressed; everybody else is background there and kept by the masks",
        "mask.leak is measured against the parse that the mask was made from; doubtful is what the parser was not sure "
        "of beside the mask, per pixel of the garment",
    ]
    if needs_pose and estimated:
        notes.append(f"{estimated} of {len(records)} poses were estimated from the masks; the JSON files say so too")
    if any(rule.kind is Kind.GARMENT for rule in layout.persons):
        notes.append("cloth/ and cloth-mask/ under a person's name show the worn garment, cut out of the photo")
    substituted = sorted({line for record in records for line in record["substituted"]})
    leaks = [record["mask"]["leak"] for record in records if record["mask"]["leak"] is not None]
    return {
        "program": plan.program,
        "category": plan.category,
        "made_by": f"fittingroom {fittingroom_version()}",
        "model": plan.model,
        "fit": plan.fit,
        "size_hw": list(SIZE_HW),
        "run": layout.run,
        "pairs": len(pairs),
        "mean_leak": round(float(np.mean(leaks)), 4) if leaks else None,
        "not_made": [
            {
                "kind": rule.kind.value,
                "path": rule.path,
                "why": "dense surface coordinates need a network that is not part of fittingroom",
                "how": "run DensePose (detectron2, densepose_rcnn_R_50_FPN_s1x) on the bundle's photos; the pictures "
                f"must be {SIZE_HW[1]} x {SIZE_HW[0]}",
            }
            for rule in layout.persons
            if not rule.is_made
        ],
        "notes": notes + [f"Label sets: {line}" for line in substituted],
        "failures": failures,
        "persons": [{key: value for key, value in record.items() if key not in ("key", "place")} for record in records],
        "garments": [record for record in garments.values() if "error" not in record],
    }


def _captions(plan: Plan, sources: Sources, pairs: list[Pair], garments: dict[int, Json]) -> bytes:
    generic = {"upper": "upper garment", "lower": "lower garment", "dress": "dress"}[plan.category]
    words = {
        record["name"]: (sources.captions or {}).get(Path(record["garment"]).name, generic)
        for record in garments.values()
        if "error" not in record
    }
    if plan.layout.captions.endswith(".jsonl"):
        return "".join(json.dumps(_call(plan, pair)) + "\n" for pair in pairs).encode()
    if plan.layout.captions.endswith(".txt"):
        return "".join(f"{name}.jpg {word}\n" for name, word in words.items()).encode()
    # IDM-VTON joins the tags sleeveLength, neckLine and item; one is enough.
    tagged = [
        {"file_name": f"{name}.jpg", "tag_info": [{"tag_name": "item", "tag_category": word}]}
        for name, word in words.items()
    ]
    return json.dumps({DRESSCODE_FOLDERS[plan.category]: tagged}, indent=1).encode()


def _call(plan: Plan, pair: Pair) -> Json:
    """The arguments of one call, and a name for its result that no other call has."""
    person, garment = f"person/{pair.person_name}.jpg", f"garment/{pair.garment_name}.jpg"
    output = f"{pair.person_name}--{pair.garment_name}.png"
    if plan.program == "ootdiffusion":
        # Its half-body model knows upper garments alone, its full-body model all three.
        return {
            "model_path": person,
            "cloth_path": garment,
            "model_type": "hd" if plan.category == "upper" else "dc",
            "category": OOTDIFFUSION_CATEGORIES[plan.category],
            "output": output,
        }
    return {
        "person": person,
        "garment": garment,
        "category": FASHN_CATEGORIES[plan.category],
        "garment_photo_type": "flat-lay",
        "output": output,
    }


def _are_there(out: Path, files: list[str]) -> bool:
    return bool(files) and all((out / file).is_file() for file in files)


def _read_json(path: Path) -> Json:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not readable ({error}); delete the bundle's folder and begin anew") from error
    return document if isinstance(document, dict) else {}


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def fittingroom_version() -> str:
    """Of the installed package; "unknown" in a source tree that was not installed."""
    try:
        return version("fittingroom")
    except PackageNotFoundError:
        return "unknown"
