from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fittingroom.batch.listing import Columns, Listed, list_photos
from fittingroom.batch.reading import PhotoReader
from fittingroom.batch.storage import place_of
from fittingroom.errors import ConfigError, PhotoDamagedError, PhotoError, PhotoNotFoundError, PhotoTooLargeError

from .conftest import encoded, write_tar


def listed(*sources: object, columns: Columns = Columns()) -> list[Listed]:  # noqa: B008 - frozen
    return list(list_photos([str(source) for source in sources], leave_out=place_of("/nowhere"), columns=columns))


def ids(*sources: object) -> list[str]:
    return [photo.id for photo in listed(*sources)]


def contents(photos: list[Listed], *, max_bytes: int = 10_000) -> list[bytes]:
    reader = PhotoReader(max_bytes=max_bytes)
    found = [reader.read(photo) for photo in photos]
    reader.close()
    return found


def test_a_photos_id_is_its_place_below_the_folder(folder: Path) -> None:
    assert ids(folder) == [*(f"a/{number}.png" for number in range(6)), *(f"b/{number}.png" for number in range(6, 10))]
    assert contents(listed(folder))[3] == encoded(3)


def test_the_folder_of_the_results_is_left_out(folder: Path) -> None:
    found = list_photos([str(folder)], leave_out=place_of(str(folder / "a")), columns=Columns())
    assert {photo.id[0] for photo in found} == {"b"}


def test_a_pattern_stands_for_what_matches_it(folder: Path) -> None:
    assert ids(f"{folder}/b/*.png") == ["6.png", "7.png", "8.png", "9.png"]
    assert ids(f"{folder}/*/[0-2].png") == ["a/0.png", "a/1.png", "a/2.png"]
    assert ids(f"{folder}/**/1.png") == ["a/1.png"]
    assert ids(f"{folder}/?") == ids(folder)
    assert len(ids(f"{folder}/**")) == 10


def test_a_name_with_brackets_is_a_name_where_there_is_such_a_file(tmp_path: Path) -> None:
    for name in ("a[1].png", "a1.png"):
        (tmp_path / name).write_bytes(encoded())
    assert ids(tmp_path / "a[1].png") == ["a[1].png"]


def test_several_sources_have_ids_below_what_they_share(folder: Path) -> None:
    assert ids(folder / "b", folder / "a/0.png") == ["b/6.png", "b/7.png", "b/8.png", "b/9.png", "a/0.png"]


def test_a_photo_given_by_itself_is_taken_even_if_it_is_missing(tmp_path: Path) -> None:
    (photo,) = listed(tmp_path / "nothing.jpg")
    with pytest.raises(PhotoNotFoundError, match=r"nothing\.jpg is missing"):
        contents([photo])


def test_a_source_without_photos_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhotoNotFoundError, match="nothing in"):
        listed(tmp_path)
    with pytest.raises(PhotoNotFoundError, match="nothing in"):
        listed(tmp_path / "*.tar")


@pytest.mark.parametrize(("name", "mode"), [("0.tar", "w"), ("0.tar.gz", "w:gz"), ("0.tgz", "w:gz")])
def test_the_photos_of_a_tar_are_read_where_they_lie(tmp_path: Path, name: str, mode: str) -> None:
    members = [(f"{number}.{kind}", encoded(number)) for number in range(5) for kind in ("png", "json")]
    write_tar(tmp_path / name, members, mode)
    photos = listed(tmp_path)
    assert [photo.id for photo in photos] == [f"{name}/{number}.png" for number in range(5)]
    assert contents(photos) == [encoded(number) for number in range(5)]
    assert contents(photos[::-1]) == [encoded(number) for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(("name", "mode"), [("0.tar", "w"), ("0.tar.gz", "w:gz")])
def test_a_tar_that_is_cut_off_loses_what_is_missing_and_no_more(tmp_path: Path, name: str, mode: str) -> None:
    path = tmp_path / name
    members = [(f"{number}.png", np.random.default_rng(number).bytes(3_000)) for number in range(5)]
    write_tar(path, members, mode)
    path.write_bytes(path.read_bytes()[:8_000])
    photos = listed(path)
    assert photos[0].id == f"{name}/0.png"
    assert contents(photos[:1]) == [members[0][1]]
    with pytest.raises(PhotoDamagedError):
        contents(photos[-1:])


def test_a_tar_that_is_none_is_one_lost_photo(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"nothing of the sort" * 100)
    (photo,) = listed(tmp_path)
    assert (photo.id, photo.kind) == ("x.tar", "lost")
    with pytest.raises(PhotoDamagedError, match="cannot be read further"):
        contents([photo])


def write_parquet(path: Path, table: dict[str, object], row_group_size: int = 3) -> None:
    pq.write_table(pa.table(table), path, row_group_size=row_group_size)


@pytest.mark.parametrize("is_nested", [False, True])
def test_photos_in_a_parquet_file_are_read_in_any_order(tmp_path: Path, is_nested: bool) -> None:
    cells: list[object] = [encoded(number) for number in range(8)]
    if is_nested:
        cells = [{"bytes": cell, "path": "x"} for cell in cells]
    write_parquet(tmp_path / "p.parquet", {"image": cells, "key": [f"k{number}" for number in range(8)]})
    photos = listed(tmp_path)
    assert [photo.id for photo in photos] == [f"k{number}" for number in range(8)]
    assert contents(photos) == [encoded(number) for number in range(8)]
    assert contents([photos[5], photos[7], photos[1], photos[0]]) == [encoded(number) for number in (5, 7, 1, 0)]


def test_without_ids_a_row_is_called_by_its_number(tmp_path: Path) -> None:
    write_parquet(tmp_path / "p.parquet", {"bytes": [encoded(), None]})
    photos = listed(tmp_path)
    assert [photo.id for photo in photos] == ["p.parquet#0", "p.parquet#1"]
    with pytest.raises(PhotoDamagedError, match="row 1 has nothing"):
        contents(photos[1:])


def test_addresses_in_a_parquet_file_lead_to_photos(folder: Path) -> None:
    table = {"uri": ["a/1.png", str(folder / "b" / "8.png"), None], "name": ["x", "y", "z"]}
    write_parquet(folder / "list.parquet", table)
    photos = listed(folder / "list.parquet", columns=Columns(id="name"))
    assert [(photo.id, photo.kind) for photo in photos] == [("x", "file"), ("y", "file"), ("z", "lost")]
    assert contents(photos[:2]) == [encoded(1), encoded(8)]


def test_columns_that_are_not_there_are_named(tmp_path: Path) -> None:
    write_parquet(tmp_path / "p.parquet", {"price": [1.0]})
    with pytest.raises(ConfigError, match="no column of photos among price; name one with --column"):
        listed(tmp_path)
    with pytest.raises(ConfigError, match="no column 'cost'; it has price"):
        listed(tmp_path, columns=Columns(photo="cost"))


def test_a_photo_beyond_the_limit_is_not_read(folder: Path, tmp_path: Path) -> None:
    write_tar(tmp_path / "t.tar", [("1.png", encoded())])
    for source in (folder / "a/1.png", tmp_path / "t.tar"):
        with pytest.raises(PhotoTooLargeError, match="at most 50 are read"):
            contents(listed(source), max_bytes=50)


def test_photos_behind_an_address_are_like_those_on_the_disk(folder: Path) -> None:
    store = place_of("memory://listing")
    for path in folder.rglob("*.png"):
        store.at(path.relative_to(folder).as_posix()).write_atomically(path.read_bytes())
    assert ids("memory://listing") == ids(folder)
    assert ids("memory://listing/*/8.png") == ["b/8.png"]
    assert contents(listed("memory://listing")) == contents(listed(folder))


def test_a_container_that_went_away_is_a_photo_that_failed(tmp_path: Path) -> None:
    write_tar(tmp_path / "t.tar", [("1.png", encoded())])
    photos = listed(tmp_path / "t.tar")
    (tmp_path / "t.tar").unlink()
    with pytest.raises(PhotoError):
        contents(photos)
