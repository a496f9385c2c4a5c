import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from fittingroom.bundle.programs import PROGRAMS
from fittingroom.cli import main
from fittingroom.errors import ConfigError
from fittingroom.labels import CIHP, INDEX_PALETTE
from fittingroom.lint import Severity, lint_folder

from .conftest import Bundle

PARSE, MASK, PHOTO = "test/image-parse/anna.png", "test/cloth-mask/shirt.jpg", "test/image/anna.jpg"
AGNOSTIC, POSE = "test/agnostic-mask/anna_mask.png", "test/openpose-json/anna_keypoints.json"
CALLS = "requests.jsonl"
Spoil = Callable[[Path], None]


def ids_of(folder: Path, file: str = PARSE) -> np.ndarray:
    return np.array(Image.open(folder / file))


def save_ids(folder: Path, ids: np.ndarray, file: str = PARSE, palette: np.ndarray = INDEX_PALETTE) -> None:
    image = Image.fromarray(ids.astype(np.uint8))
    image.putpalette(palette.tobytes())
    image.save(folder / file)


def gray_of(folder: Path, file: str) -> np.ndarray:
    return np.array(Image.open(folder / file).convert("L"))


def save_gray(folder: Path, values: np.ndarray, file: str) -> None:
    Image.fromarray(values.astype(np.uint8)).save(folder / file, quality=100)


def renumbered_palette(folder: Path) -> None:
    """What an editor does that keeps only the colours in use."""
    ids = ids_of(folder)
    present = np.unique(ids)
    palette = np.zeros((256, 3), np.uint8)
    palette[: present.size] = INDEX_PALETTE[present]
    save_ids(folder, np.searchsorted(present, ids), palette=palette)


def as_atr(folder: Path) -> None:
    table = np.arange(256)
    for cihp, atr in ((2, 2), (13, 11), (10, 11), (5, 4), (9, 6), (14, 14), (15, 15), (18, 9), (19, 10)):
        table[cihp] = atr
    save_ids(folder, table[ids_of(folder)])


def as_jumpsuit(folder: Path) -> None:
    ids = ids_of(folder)
    save_ids(folder, np.where(np.isin(ids, (5, 9)), 10, np.where(ids == 10, 0, ids)))


def soft_edged(folder: Path) -> None:
    import cv2

    save_gray(folder, cv2.GaussianBlur(gray_of(folder, MASK), (0, 0), 3), MASK)


def pose_of(folder: Path) -> np.ndarray:
    return np.reshape(json.loads((folder / POSE).read_text())["people"][0]["pose_keypoints_2d"], (25, 3))


def save_pose(folder: Path, points: np.ndarray, file: str = POSE) -> None:
    document = {"people": [{"pose_keypoints_2d": points.reshape(-1).tolist()}]}
    (folder / file).write_text(json.dumps(document))


def without_hips(folder: Path) -> None:
    points = pose_of(folder)
    points[[9, 12]] = 0
    save_pose(folder, points)


def resized(file: str, size: tuple[int, int]) -> Spoil:
    return lambda folder: Image.open(folder / file).resize(size, Image.Resampling.NEAREST).save(folder / file)


def saved_as(file: str, mode: str) -> Spoil:
    def spoil(folder: Path) -> None:
        with Image.open(folder / file) as image:
            Image.open(folder / file).convert(mode).save(folder / file, "PNG" if mode in ("P", "1", "RGBA") else None)
            del image

    return spoil


def pairs(text: str) -> Spoil:
    return lambda folder: (folder / "test_pairs.txt").write_bytes(text.encode()) and None


def called(old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / CALLS).read_text()
        assert old in text
        (folder / CALLS).write_text(text.replace(old, new))

    return spoil


def turned(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(folder / PHOTO).save(folder / PHOTO, exif=exif)


def as_jpeg(folder: Path) -> None:
    Image.open(folder / PARSE).convert("L").save(folder / PARSE, "JPEG")


def half_a_photo(folder: Path) -> None:
    (folder / PHOTO).write_bytes((folder / PHOTO).read_bytes()[:999])


# name of the fault, program, how it is made, the rule that must say so
FAULTS: list[tuple[str, str, Spoil, str]] = [
    ("no pairs file", "viton-hd", lambda f: (f / "test_pairs.txt").unlink(), "pairs-missing"),
    ("no pairs", "viton-hd", pairs(""), "pairs-empty"),
    ("one name in a line", "viton-hd", pairs("anna.jpg\n"), "pairs-line"),
    ("three names in a line", "viton-hd", pairs("anna.jpg shirt.jpg 1\n"), "pairs-line"),
    ("a name with a space", "viton-hd", pairs("an na.jpg shirt.jpg\n"), "name-space"),
    ("a byte order mark", "viton-hd", pairs("\ufeffanna.jpg shirt.jpg\n"), "pairs-encoding"),
    ("two spaces", "viton-hd", pairs("anna.jpg  shirt.jpg\n"), "pairs-spacing"),
    ("capitals in the extension", "viton-hd", pairs("anna.JPG shirt.jpg\n"), "name-extension"),
    ("the word image", "viton-hd", pairs("image1.jpg shirt.jpg\n"), "name-image"),
    ("results that collide", "viton-hd", pairs("IMG_1.jpg shirt.jpg\nIMG_2.jpg shirt.jpg\n"), "results-overwrite"),
    ("two garments for a name", "idm-vton", pairs("anna.jpg shirt.jpg\nanna.jpg b.jpg\n"), "results-overwrite"),
    ("no photo", "viton-hd", lambda f: (f / PHOTO).unlink(), "missing"),
    ("no garment mask", "viton-hd", lambda f: (f / MASK).unlink(), "missing"),
    ("no label map", "viton-hd", lambda f: (f / PARSE).unlink(), "missing"),
    ("no pose", "viton-hd", lambda f: (f / POSE).unlink(), "missing"),
    ("no agnostic mask", "idm-vton", lambda f: (f / AGNOSTIC).unlink(), "missing"),
    ("no DensePose", "idm-vton", lambda f: (f / "test/image-densepose/anna.jpg").unlink(), "not-made"),
    ("a name that does not match", "viton-hd", lambda f: (f / PHOTO).rename(f / "test/image/Anna_.jpg"), "unused"),
    ("half a size", "viton-hd", resized(PHOTO, (384, 512)), "size"),
    ("another aspect", "viton-hd", resized(PHOTO, (768, 768)), "aspect"),
    ("a small mask", "viton-hd", resized(MASK, (384, 512)), "mask-size"),
    ("a photo with alpha", "viton-hd", saved_as(PHOTO, "RGBA"), "photo-mode"),
    ("a gray photo", "viton-hd", saved_as(PHOTO, "L"), "photo-mode"),
    ("a photo that is turned by EXIF", "viton-hd", turned, "photo-orientation"),
    ("half a photo", "viton-hd", half_a_photo, "unreadable"),
    ("a gray garment mask", "viton-hd", lambda f: save_gray(f, gray_of(f, MASK) // 2, MASK), "mask-gray"),
    ("a garment mask with soft edges", "viton-hd", soft_edged, "mask-gray"),
    ("an inverted garment mask", "viton-hd", lambda f: save_gray(f, 255 - gray_of(f, MASK), MASK), "mask-inverted"),
    ("a garment mask of 1 bit", "viton-hd", saved_as(MASK, "1"), "mask-mode"),
    ("a garment mask with a palette", "viton-hd", saved_as(MASK, "P"), "mask-mode"),
    ("a garment mask of colours", "viton-hd", saved_as(MASK, "RGB"), "mask-mode"),
    ("an empty garment mask", "viton-hd", lambda f: save_gray(f, 0 * gray_of(f, MASK), MASK), "mask-empty"),
    ("a gray agnostic mask", "idm-vton", lambda f: save_gray(f, gray_of(f, AGNOSTIC) // 2, AGNOSTIC), "mask-gray"),
    (
        "an inverted agnostic mask", "idm-vton",
        lambda f: save_gray(f, 255 - gray_of(f, AGNOSTIC), AGNOSTIC), "mask-inverted",
    ),
    ("a label map of colours", "viton-hd", saved_as(PARSE, "RGB"), "map-mode"),
    ("a label map as JPEG", "viton-hd", as_jpeg, "map-jpeg"),
    ("ids beyond the set", "viton-hd", lambda f: save_ids(f, ids_of(f) + 10), "map-range"),
    ("ignored pixels", "viton-hd", lambda f: save_ids(f, np.where(ids_of(f) == 2, 255, ids_of(f))), "map-range"),
    ("a renumbered palette", "viton-hd", renumbered_palette, "map-palette"),
    ("LIP's jumpsuits", "viton-hd", as_jumpsuit, "map-id10"),
    ("ATR's ids", "viton-hd", as_atr, "map-atr"),
    ("left and right swapped", "viton-hd", lambda f: save_ids(f, CIHP.swap_left_right(ids_of(f))), "map-sides"),
    ("an empty label map", "viton-hd", lambda f: save_ids(f, 0 * ids_of(f)), "map-empty"),
    ("a pose that is no JSON", "viton-hd", lambda f: (f / POSE).write_text("{") and None, "pose-json"),
    ("a pose of nobody", "viton-hd", lambda f: (f / POSE).write_text('{"people": []}') and None, "pose-nobody"),
    ("COCO's 18 points", "viton-hd", lambda f: save_pose(f, pose_of(f)[:18]), "pose-order"),
    ("a pose in shares", "viton-hd", lambda f: save_pose(f, pose_of(f) / [768, 1024, 1]), "pose-scale"),
    ("a pose in the original's pixels", "viton-hd", lambda f: save_pose(f, pose_of(f) * [4, 4, 1]), "pose-scale"),
    ("hips at zero", "viton-hd", without_hips, "pose-hips"),
    ("no captions", "idm-vton", lambda f: (f / "test/vitonhd_test_tagged.json").unlink(), "captions-missing"),
    (
        "a garment without a caption", "idm-vton",
        lambda f: (f / "test/vitonhd_test_tagged.json").write_text("{}") and None, "caption-absent",
    ),
    ("no calls", "fashn", lambda f: (f / CALLS).unlink(), "captions-missing"),
    ("a call that is no JSON", "ootdiffusion", lambda f: (f / CALLS).write_text("{") and None, "captions-missing"),
    ("a pair without a call", "fashn", lambda f: (f / CALLS).write_text("") and None, "call-absent"),
    ("a call of a file that is not there", "ootdiffusion", called("person/anna", "person/Anna"), "call-file"),
    ("a call for other garments", "ootdiffusion", called('"category": 0', '"category": 1'), "call-category"),
    ("a category of another name", "fashn", called('"tops"', '"upper"'), "call-category"),
    ("calls with one result", "fashn", lambda f: (f / CALLS).write_text(2 * (f / CALLS).read_text()) and None,
     "results-overwrite"),
    (
        "two spaces for CatVTON", "catvton",
        lambda f: (f / "test_pairs_unpaired.txt").write_text("anna.jpg  shirt.jpg") and None, "pairs-spacing",
    ),
    ("one channel for CatVTON", "catvton", lambda f: save_gray(f, gray_of(f, AGNOSTIC), AGNOSTIC), "mask-one-channel"),
    (
        "a garment in the map without garment", "hr-viton",
        lambda f: save_ids(f, ids_of(f, "test/image-parse-v3/anna.png"), "test/image-parse-agnostic-v3.2/anna.png"),
        "map-agnostic",
    ),
]  # fmt: skip
MENDED = {
    "a byte order mark", "two spaces", "a photo with alpha", "a gray photo", "a photo that is turned by EXIF",
    "a garment mask with soft edges", "an inverted garment mask", "a garment mask of 1 bit",
    "a garment mask with a palette", "a garment mask of colours", "an inverted agnostic mask", "a label map of colours",
    "ignored pixels", "a renumbered palette", "two spaces for CatVTON", "a garment in the map without garment",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "program", "spoil", "rule"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_every_fault_is_found_and_what_is_safe_is_mended(
    name: str, program: str, spoil: Spoil, rule: str, copied: Bundle
) -> None:
    folder = copied(program, "upper")
    spoil(folder)
    found = [finding for finding in lint_folder(folder, program) if finding.rule == rule]
    assert found
    assert all(finding.found and finding.mend for finding in found)
    assert (found[0].fix is not None) == (name in MENDED)
    if name in MENDED:
        outcome = CliRunner().invoke(main, ["lint", str(folder), "--for", program, "--fix"])
        assert f": {rule}: " in outcome.stdout
        rules_left = {finding.rule for finding in lint_folder(folder, program)}
        assert rules_left <= ({"aspect"} if name == "a photo that is turned by EXIF" else set())


@pytest.mark.parametrize(("program", "category"), [(program, c) for program, known in PROGRAMS.items() for c in known])
def test_nothing_is_wrong_with_a_good_bundle(program: str, category: str, good_bundle: Bundle) -> None:
    findings = list(lint_folder(good_bundle(program, category), program))
    assert {finding.rule for finding in findings} <= {"not-made"}
    assert all(finding.severity is Severity.WARNING for finding in findings)


def test_a_renumbered_palette_is_mended_to_the_same_ids(copied: Bundle) -> None:
    folder = copied("viton-hd", "upper")
    before = ids_of(folder)
    renumbered_palette(folder)
    CliRunner().invoke(main, ["lint", str(folder), "--for", "viton-hd", "--fix"])
    assert np.array_equal(ids_of(folder), before)


def test_the_exit_code_tells_errors_and_strict_makes_one_of_what_was_declared(good_bundle: Bundle) -> None:
    folder = str(good_bundle("idm-vton", "upper"))
    lenient = CliRunner().invoke(main, ["lint", folder, "--for", "idm-vton"])
    assert lenient.exit_code == 0
    assert lenient.stdout.splitlines()[-1] == "0 errors, 1 warnings"
    assert CliRunner().invoke(main, ["lint", folder, "--for", "idm-vton", "--strict"]).exit_code == 1


def test_what_nobody_declared_is_an_error(copied: Bundle) -> None:
    folder = copied("idm-vton", "upper")
    (folder / "test/image-densepose/anna.jpg").unlink()
    (folder / "report.json").unlink()
    assert CliRunner().invoke(main, ["lint", str(folder), "--for", "idm-vton"]).exit_code == 1


def test_json_names_file_rule_and_remedy(copied: Bundle) -> None:
    folder = copied("viton-hd", "upper")
    (folder / PHOTO).unlink()
    outcome = CliRunner().invoke(main, ["lint", str(folder), "--for", "viton-hd", "--json"])
    assert outcome.exit_code == 1
    document = json.loads(outcome.stdout)
    assert document["findings"] == [
        {
            "file": PHOTO,
            "rule": "missing",
            "severity": "error",
            "found": "the photo is not there",
            "mend": "make it, or take the pair out",
            "can_be_fixed": False,
        }
    ]


def test_the_half_body_model_is_refused_for_skirts(good_bundle: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "lower"
    shutil.copytree(good_bundle("ootdiffusion", "lower"), folder)
    (folder / CALLS).write_text((folder / CALLS).read_text().replace('"dc"', '"hd"'))
    (finding,) = [f for f in lint_folder(folder, "ootdiffusion") if f.severity is Severity.ERROR]
    assert finding.rule == "call-category"
    assert 'write "dc"' in finding.mend


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(main, ["lint", str(tmp_path / "none"), "--for", "catvton"])
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("Error: there is no folder ")
    with pytest.raises(ConfigError, match="there is no program 'x'"):
        list(lint_folder(tmp_path, "x"))
