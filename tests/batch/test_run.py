from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fittingroom.errors import ConfigError, PhotoNotFoundError
from fittingroom.export import Rle, decode_rle

from .conftest import encoded, rows_in, run, write_tar


def parts_in(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "rows").iterdir())


def test_every_photo_becomes_a_row_with_its_people(folder: Path, tmp_path: Path) -> None:
    report = run(str(folder), tmp_path / "out")
    assert (report.total.photos, report.total.failed, report.total.people) == (10, 1, 9)
    rows = rows_in(tmp_path / "out")
    assert [row["id"] for row in rows] == [f"{'ab'[number > 5]}/{number}.png" for number in range(10)]
    first = rows[0]
    assert (first["height"], first["width"], first["model_sha256"], first["error"]) == (8, 8, "c" * 64, None)
    (person,) = first["people"]  # type: ignore[misc]
    assert (person["id"], person["box_xyxy"], person["area_px"]) == (1, [2, 1, 6, 6], 20)
    assert [(part["label"], part["area_px"]) for part in person["parts"]] == [("hair", 8), ("face", 12)]
    assert person["score"] == pytest.approx(0.8)
    mask = decode_rle(Rle(size=[8, 8], counts=person["parts"][0]["rle"]))
    assert mask.sum() == mask[1:3, 2:6].sum() == 8


def test_a_bad_photo_is_a_row_that_says_why(folder: Path, tmp_path: Path) -> None:
    (folder / "a" / "0.png").write_bytes(encoded(side=13))
    run(str(folder), tmp_path / "out")
    rows = {str(row["id"]): row for row in rows_in(tmp_path / "out")}
    assert rows["b/7.png"]["error_kind"] == "PhotoFormatError"
    assert str(rows["a/0.png"]["error"]).startswith("RuntimeError: unlucky (unexpected")
    assert all(not rows[name]["people"] for name in ("b/7.png", "a/0.png"))


def test_all_rows_are_read_as_one_table(folder: Path, tmp_path: Path) -> None:
    run(str(folder), tmp_path / "out")
    table = pq.read_table(tmp_path / "out" / "rows")
    assert table.num_rows == 10
    assert table["timings"][0]["parse_ms"].as_py() > 0


def test_files_beside_the_rows_are_named_by_the_ids(folder: Path, tmp_path: Path) -> None:
    run(str(folder), tmp_path / "out", formats=("labels", "cutouts"))
    out = tmp_path / "out"
    assert (out / "labels/a/0.png.png").is_file()
    assert {path.name for path in (out / "cutouts/a/0.png").iterdir()} == {
        "person-1.png", "person-1-hair.png", "person-1-face.png",
    }  # fmt: skip
    assert len(list((out / "labels").rglob("*.png"))) == 9


def test_the_settings_and_the_models_hash_are_in_every_file(folder: Path, tmp_path: Path) -> None:
    run(str(folder), tmp_path / "out")
    manifest = (tmp_path / "out" / "_run" / "manifest.json").read_bytes()
    assert json.loads(manifest)["settings"]["model_sha256"] == "c" * 64
    for path in (tmp_path / "out" / "rows").iterdir():
        assert pq.read_metadata(path).metadata[b"fittingroom.manifest"] == manifest


@pytest.mark.parametrize("stop_after", [0, 3, 7, 12])
def test_a_run_that_was_stopped_ends_with_the_rows_of_one_that_was_not(
    folder: Path, tmp_path: Path, stop_after: int
) -> None:
    run(str(folder), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(str(folder), tmp_path / "out", stop_after=stop_after)
    done = list((tmp_path / "out").glob("rows/*"))
    (folder / "a" / "new.png").write_bytes(encoded())  # the list is that of the beginning
    report = run(str(folder), tmp_path / "out", resume=True)
    assert rows_in(tmp_path / "out") == rows_in(tmp_path / "whole")
    assert report.total.photos == 10
    assert report.now.photos == max(0, 10 - 4 * len(done))


def test_a_part_that_is_lost_is_done_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(str(folder), out)
    before = rows_in(out)
    (out / "rows" / "part-000001.parquet").unlink()
    assert run(str(folder), out, resume=True).now.photos == 4
    assert rows_in(out) == before
    assert run(str(folder), out, resume=True).now.photos == 0


def test_a_run_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    run(str(folder), tmp_path / "out")
    with pytest.raises(ConfigError, match=r"holds a run already .* by --resume"):
        run(str(folder), tmp_path / "out")


@pytest.mark.parametrize(
    "change",
    [{"model_sha256": "d" * 64}, {"schema": "fine"}, {"max_pixels": 9}, {"photos_per_part": 5}, {"formats": ("npz",)}],
)
def test_a_run_does_not_go_on_with_other_settings(folder: Path, tmp_path: Path, change: dict[str, object]) -> None:
    run(str(folder), tmp_path / "out")
    with pytest.raises(ConfigError, match=f"holds a run with {next(iter(change))}"):
        run(str(folder), tmp_path / "out", resume=True, **change)


def test_rows_of_another_run_are_not_taken_for_this_ones(folder: Path, tmp_path: Path) -> None:
    run(str(folder), tmp_path / "other", max_pixels=9_999)
    run(str(folder), tmp_path / "out")
    name = "part-000000.parquet"
    (tmp_path / "out/rows" / name).write_bytes((tmp_path / "other/rows" / name).read_bytes())
    with pytest.raises(ConfigError, match="by a run with other settings"):
        run(str(folder), tmp_path / "out", resume=True)
    (tmp_path / "out/rows" / name).write_bytes(b"PAR1 no more")
    with pytest.raises(ConfigError, match="is damaged"):
        run(str(folder), tmp_path / "out", resume=True)
    (tmp_path / "out/rows" / name).rename(tmp_path / "out/rows/mine.parquet")
    with pytest.raises(ConfigError, match=r"mine\.parquet, which is no part of this run"):
        run(str(folder), tmp_path / "out", resume=True)


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not empty"):
        run(str(folder / "b"), folder / "a")


def test_a_list_that_was_not_completed_is_begun_anew(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "_run").mkdir(parents=True)
    (out / "_run" / "list-00000.parquet").write_bytes(b"half")
    assert run(str(folder), out, resume=True).total.photos == 10


def test_resume_begins_where_there_is_nothing_to_go_on_with(folder: Path, tmp_path: Path) -> None:
    assert run(str(folder), tmp_path / "out", resume=True).now.photos == 10


def test_containers_without_photos_are_an_error(tmp_path: Path) -> None:
    write_tar(tmp_path / "t.tar", [("readme.txt", b"")])
    with pytest.raises(PhotoNotFoundError, match="hold no photos"):
        run(str(tmp_path / "t.tar"), tmp_path / "out")


def test_a_list_of_many_parts_lies_in_several_files(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fittingroom.batch.plan.PARTS_IN_FILE", 2)
    run(str(folder), tmp_path / "out", photos_per_part=1)
    assert len(list((tmp_path / "out" / "_run").glob("list-*"))) == 5
    assert [row["id"] for row in rows_in(tmp_path / "out")][7] == "b/7.png"


def test_results_may_lie_in_a_store(folder: Path) -> None:
    run(str(folder), "memory://bucket/results", formats=("labels",))
    assert len(rows_in("memory://bucket/results")) == 10
    assert run(str(folder), "memory://bucket/results", formats=("labels",), resume=True).now.photos == 0
