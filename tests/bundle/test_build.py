import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fittingroom.bundle.build import NAMES, REPORT
from fittingroom.bundle.programs import PROGRAMS, SIZE_HW
from fittingroom.errors import ConfigError
from fittingroom.imaging.reading import Photo
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

from .conftest import Build, fake_parse


def files_in(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".fittingroom" not in path.parts
    }


def report_of(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / REPORT).read_text()))


def test_viton_hd_gets_the_files_that_it_opens(build: Build, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(out)
    persons = ["IMG-1", "my-img-2"]
    wanted = {"test_pairs.txt", NAMES, REPORT}
    for name in persons:
        wanted |= {f"test/image/{name}.jpg", f"test/image-parse/{name}.png", f"test/agnostic/{name}.jpg"}
        wanted |= {f"test/openpose-json/{name}_keypoints.json", f"test/openpose-img/{name}_rendered.png"}
        wanted |= {f"test/agnostic-mask/{name}_mask.png"}
    for name in ("blue-shirt", "red-shirt"):
        wanted |= {f"test/cloth/{name}.jpg", f"test/cloth-mask/{name}.jpg"}
    assert files_in(out) == wanted
    assert (out / "test_pairs.txt").read_text().splitlines() == [
        f"{person}.jpg {garment}.jpg" for person in persons for garment in ("blue-shirt", "red-shirt")
    ]


def test_pictures_have_the_size_and_the_modes_that_loaders_expect(build: Build, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(out)
    modes = {
        "test/image/IMG-1.jpg": "RGB",
        "test/image-parse/IMG-1.png": "P",
        "test/openpose-img/IMG-1_rendered.png": "RGB",
        "test/agnostic-mask/IMG-1_mask.png": "RGB",
        "test/cloth/blue-shirt.jpg": "RGB",
        "test/cloth-mask/blue-shirt.jpg": "L",
    }
    for path, mode in modes.items():
        with Image.open(out / path) as image:
            assert (image.mode, image.size) == (mode, SIZE_HW[::-1]), path
    mask = np.asarray(Image.open(out / "test/agnostic-mask/IMG-1_mask.png"))
    assert set(np.unique(mask)) == {0, 255}
    pose = json.loads((out / "test/openpose-json/IMG-1_keypoints.json").read_text())
    points = np.reshape(pose["people"][0]["pose_keypoints_2d"], (25, 3))
    assert (points[[2, 5, 9, 12], 2] > 0).all()
    assert pose["fittingroom"]["is_estimate"] is True


def test_the_table_leads_back_to_the_originals_and_the_report_says_what_was_done(
    build: Build, photos: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    build(out, "hr-viton")
    assert f'my-img-2,person,"{photos[1]}"' in (out / NAMES).read_text().splitlines()
    report = report_of(out)
    assert report["mean_leak"] == 0
    assert [made["kind"] for made in report["not_made"]] == ["DensePose picture"]  # type: ignore[attr-defined]
    assert any("2 of 2 poses were estimated" in note for note in report["notes"])  # type: ignore[attr-defined]
    assert any("padded" in note for note in report["notes"])  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "category"), [(program, category) for program, known in PROGRAMS.items() for category in known]
)
def test_every_program_gets_a_bundle_in_which_no_result_overwrites_another(
    program: str, category: str, build: Build, photos: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    build(out, program, category, photo_paths=photos[:1])
    layout = PROGRAMS[program][category]
    pairs = [line.split(" ") for line in (out / layout.pairs).read_text().splitlines()]
    assert len(pairs) == 2
    if layout.names_results_by_person:
        assert len({person for person, _ in pairs}) == 2
    if layout.names_results_by_prefix:
        assert len({(person.split("_")[0], garment) for person, garment in pairs}) == 2


def test_a_category_that_a_program_does_not_know_is_refused(build: Build, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="viton-hd knows no garments of the category 'lower', only upper; idm-vton"):
        build(tmp_path / "out", "viton-hd", "lower")
    assert not (tmp_path / "out").exists()


def test_a_stopped_bundle_is_taken_up_where_it_stopped(build: Build, tmp_path: Path) -> None:
    out = tmp_path / "out"
    parsed = []

    def stops_at_the_second(photo: Photo) -> ParseResult:
        if len(parsed) == 1:
            raise KeyboardInterrupt
        parsed.append(photo)
        return fake_parse(photo)

    with pytest.raises(KeyboardInterrupt):
        build(out, parse=stops_at_the_second)
    assert not (out / "test_pairs.txt").exists()
    assert not (out / REPORT).exists()
    (out / "test" / ".fittingroom-0123456789abcdef.tmp").write_bytes(b"half")

    def counts(photo: Photo) -> ParseResult:
        parsed.append(photo)
        return fake_parse(photo)

    steps = build(out, parse=counts)
    assert [step.is_kept for step in steps] == [True, False]
    assert len(parsed) == 2
    assert not list(out.rglob("*.tmp"))
    again = tmp_path / "again"
    build(again)
    assert {path: (out / path).read_bytes() for path in files_in(out)} == {
        path: (again / path).read_bytes() for path in files_in(again)
    }


def test_a_photo_that_has_changed_is_made_anew(build: Build, photos: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(out)
    pixels = np.asarray(Image.open(photos[1])).copy()
    pixels[0, 0] = 1
    Image.fromarray(pixels).save(photos[1])
    assert [step.is_kept for step in build(out)] == [True, False]


def test_another_plan_does_not_mix_with_an_earlier_bundle(build: Build, tmp_path: Path) -> None:
    build(tmp_path / "out")
    with pytest.raises(ConfigError, match="holds a bundle made with program 'viton-hd', now program 'hr-viton'"):
        build(tmp_path / "out", "hr-viton")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    with pytest.raises(ConfigError, match="is not empty and holds no bundle"):
        build(tmp_path / "full")


def test_what_fails_is_named_and_left_out(build: Build, photos: list[Path], tmp_path: Path) -> None:
    bad, nobody = tmp_path / "bad.png", tmp_path / "nobody.png"
    Image.new("RGB", (13, 13)).save(bad)
    Image.new("RGB", (20, 20)).save(nobody)
    build(tmp_path / "out", photo_paths=[bad, nobody, photos[0]])
    failures = report_of(tmp_path / "out")["failures"]
    assert [failure["error"][:20] for failure in failures] == [  # type: ignore[attr-defined]
        "an unlucky photo", "nobody was found in ",
    ]  # fmt: skip
    assert len((tmp_path / "out/test_pairs.txt").read_text().splitlines()) == 2


def test_hr_vitons_label_map_without_the_garment_shows_none(build: Build, tmp_path: Path) -> None:
    build(tmp_path / "out", "hr-viton")
    shown = np.unique(np.asarray(Image.open(tmp_path / "out/test/image-parse-agnostic-v3.2/IMG-1.png")))
    assert not set(shown.tolist()) & {CIHP.id_of(name) for name in ("upper-clothes", "dress", "coat", "torso-skin")}
    assert CIHP.id_of("left-arm") in shown  # the hand


def test_a_pose_file_goes_before_the_estimate(build: Build, photos: list[Path], tmp_path: Path) -> None:
    points = np.zeros((25, 3))
    points[[2, 5, 9, 12]] = [[40, 40, 0.9], [80, 40, 0.9], [50, 80, 0.9], [70, 80, 0.9]]
    poses = tmp_path / "poses"
    poses.mkdir()
    document = {"people": [{"pose_keypoints_2d": points.reshape(-1).tolist()}]}
    (poses / "IMG_1_keypoints.json").write_text(json.dumps(document))
    build(tmp_path / "out", photo_paths=photos[:1], poses=poses)
    written = json.loads((tmp_path / "out/test/openpose-json/IMG-1_keypoints.json").read_text())
    assert written["fittingroom"] == {"source": "file", "is_estimate": False}
    found = np.reshape(written["people"][0]["pose_keypoints_2d"], (25, 3))
    assert np.allclose(found[2, :2], [40 * 6.4, 40 * 6.4], atol=1)


def test_dress_code_gets_its_numbers_and_its_pose(build: Build, photos: list[Path], tmp_path: Path) -> None:
    build(tmp_path / "out", "idm-vton", "lower", photo_paths=photos[:1])
    folder = tmp_path / "out/lower_body"
    assert (folder / "test_pairs_unpaired.txt").read_text().splitlines() == [
        "000003_0.jpg 000001_1.jpg", "000004_0.jpg 000002_1.jpg",
    ]  # fmt: skip
    pose = np.array(json.loads((folder / "keypoints/000003_2.json").read_text())["keypoints"])
    assert pose.shape == (18, 4)
    assert pose[:, 0].max() < 384
    atr = np.asarray(Image.open(folder / "label_maps/000003_4.png"))
    assert atr.max() <= 17
    assert (tmp_path / "out/upper_body/test_pairs_unpaired.txt").read_text() == ""
