from __future__ import annotations

from pathlib import Path

import pytest

from fittingroom.cli.finding import find_photos
from fittingroom.errors import PhotoNotFoundError


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def places_in(folder: Path, *arguments: str, out: str = "out") -> list[tuple[str, int]]:
    photos = find_photos([folder / argument for argument in arguments], out_dir=folder / out)
    return [(photo.path.relative_to(folder).as_posix(), photo.depth) for photo in photos]


def test_a_folder_means_all_photos_below_it_in_order(tmp_path: Path) -> None:
    touch(tmp_path / "in/b.jpg", tmp_path / "in/a.PNG", tmp_path / "in/sub/c.webp", tmp_path / "in/notes.txt")
    assert places_in(tmp_path, "in") == [("in/a.PNG", 1), ("in/b.jpg", 1), ("in/sub/c.webp", 2)]


def test_a_file_is_taken_whatever_its_name_and_even_if_it_is_missing(tmp_path: Path) -> None:
    touch(tmp_path / "photo.bin")
    assert places_in(tmp_path, "photo.bin", "missing.jpg") == [("photo.bin", 1), ("missing.jpg", 1)]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "._a.jpg", tmp_path / ".trash/b.jpg")
    assert places_in(tmp_path, ".") == [("a.jpg", 1)]


def test_results_of_an_earlier_run_are_not_photos(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "out/mosaic/a.jpg")
    assert places_in(tmp_path, ".") == [("a.jpg", 1)]


def test_a_folder_without_photos_is_named(tmp_path: Path) -> None:
    touch(tmp_path / "empty/notes.txt")
    with pytest.raises(PhotoNotFoundError, match=r"no photo in folder '.*empty': expected files that end in \.jpg"):
        find_photos([tmp_path / "empty"], out_dir=tmp_path / "out")
