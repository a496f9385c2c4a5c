from __future__ import annotations

import random
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fittingroom.cli.naming import PhotoPlace, name_results


def names_of(*photos: tuple[str, int]) -> list[str]:
    """Names of photos that are given as (absolute path, depth)."""
    return list(name_results(PhotoPlace(PurePosixPath(path), depth) for path, depth in photos).values())


def test_a_photo_is_named_by_its_stem() -> None:
    assert names_of(("/photos/a.jpg", 1)) == ["a"]


def test_subfolders_are_kept() -> None:
    assert names_of(("/photos/beach/north/a.jpg", 3)) == ["beach/north/a"]


def test_only_the_last_dot_parts_stem_from_extension() -> None:
    assert names_of(("/photos/a.b.jpg", 1)) == ["a.b"]


def test_photos_that_differ_in_extension_only_carry_it_in_their_names() -> None:
    assert names_of(("/photos/a.jpg", 1), ("/photos/a.png", 1), ("/photos/b.png", 1)) == ["a-jpg", "a-png", "b"]


def test_photos_of_different_folders_carry_the_folder_above() -> None:
    assert names_of(("/2023/a.jpg", 1), ("/2024/a.jpg", 1)) == ["2023/a", "2024/a"]


def test_folders_of_the_same_name_carry_as_many_folders_as_it_takes() -> None:
    assert names_of(("/2023/may/a.jpg", 1), ("/2024/may/a.jpg", 1)) == ["2023/may/a", "2024/may/a"]


def test_folders_and_extensions_can_both_be_needed() -> None:
    photos = ("/x/a.jpg", 1), ("/x/a.png", 1), ("/y/a.jpg", 1)
    assert names_of(*photos) == ["x/a-jpg", "x/a-png", "y/a"]


def test_a_name_that_looks_like_a_lengthened_one_stays_distinct() -> None:
    assert names_of(("/p/a.jpg", 1), ("/p/a.png", 1), ("/p/a-jpg.png", 1)) == ["a-jpg", "a-png", "a-jpg-png"]


def test_upper_and_lower_case_count_as_the_same_name() -> None:
    assert names_of(("/x/A.jpg", 1), ("/y/a.jpg", 1)) == ["x/A", "y/a"]


def test_photos_of_one_folder_that_differ_in_case_only_stay_distinct() -> None:
    assert names_of(("/x/a.JPG", 1), ("/x/a.jpg", 1)) == ["a-JPG", "a-jpg"]


def test_folders_that_differ_in_case_only_stay_distinct() -> None:
    assert names_of(("/X/a.jpg", 1), ("/x/a.jpg", 1)) == ["X/a-jpg", "x/a-jpg"]


def test_a_photo_given_twice_is_named_once_and_keeps_its_subfolder() -> None:
    assert names_of(("/photos/beach/a.jpg", 1), ("/photos/beach/a.jpg", 2)) == ["beach/a"]


def test_drives_part_photos_that_have_the_same_path_on_each() -> None:
    places = [PhotoPlace(PureWindowsPath(drive, "/x/a.jpg"), 1) for drive in ("C:", "D:")]
    assert list(name_results(places).values()) == ["C/x/a", "D/x/a"]


PATHS = st.tuples(
    st.lists(st.sampled_from(["x", "y", "X"]), max_size=3),
    st.sampled_from(["a", "A", "a-jpg"]),
    st.sampled_from(["jpg", "png", "JPG"]),
).map(lambda parts: PurePosixPath("/", *parts[0], f"{parts[1]}.{parts[2]}"))


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(PATHS, unique=True), st.randoms(use_true_random=False))
def test_names_are_distinct_and_do_not_depend_on_the_order(paths: list[PurePosixPath], rng: random.Random) -> None:
    places = [PhotoPlace(path, depth=1) for path in paths]
    names = name_results(places)
    rng.shuffle(places)
    assert name_results(places) == names
    assert len(set(names.values())) == len(paths)


@pytest.mark.parametrize("path", ["/a.jpg", "/photos/a.jpg"])
def test_a_name_is_never_absolute(path: str) -> None:
    assert not names_of((path, 1))[0].startswith("/")
