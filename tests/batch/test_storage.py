from __future__ import annotations

import os
from pathlib import Path

import pytest

from fittingroom.batch.storage import files_below, place_of
from fittingroom.errors import OutputError, PhotoNotFoundError


@pytest.fixture(params=["disk", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder on this machine, and one behind an address."""
    return str(tmp_path) if request.param == "disk" else f"memory://{tmp_path.name}"


def test_what_was_written_is_read_again_at_the_same_address(root: str) -> None:
    place = place_of(root).at("a/b/c.bin")
    place.write_atomically(b"first")
    place.write_atomically(b"second")
    assert place_of(place.address).read() == b"second"
    assert [name for name, _, _ in place.folder.children()] == ["c.bin"]
    assert [place_of(root).at(name).kind() for name in ("a/b/c.bin", "a/b", "a/x")] == ["file", "folder", "missing"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OutputError, match=r"a\.bin.*No space left"):
        place_of(str(tmp_path)).at("a.bin").write_atomically(b"x")
    assert not list(tmp_path.iterdir())


def test_files_come_in_the_order_of_their_names_and_hidden_ones_do_not(root: str) -> None:
    folder = place_of(root)
    for name in ("b.png", "a/2.png", "a/10.png", ".hidden/x.png", "out/y.png", ".z.png"):
        folder.at(name).write_atomically(b"x")
    found = [
        place.path.removeprefix(folder.path + "/") for place, _ in files_below(folder, leave_out=folder.at("out").path)
    ]
    assert found == ["a/10.png", "a/2.png", "b.png"]


def test_temporary_files_of_a_crash_are_removed(root: str) -> None:
    folder = place_of(root)
    for name in (".fittingroom-1.tmp", ".other.tmp", "kept"):
        folder.at(name).write_atomically(b"x")
    folder.remove_temporary_files()
    assert [name for name, _, _ in folder.children()] == [".other.tmp", "kept"]
    folder.at("missing").remove_temporary_files()


def test_only_as_much_is_read_as_is_wanted(root: str) -> None:
    place = place_of(root).at("a")
    place.write_atomically(b"0123456789")
    assert place.read(most=3) == b"012"


def test_what_is_not_there_is_named(root: str) -> None:
    with pytest.raises(PhotoNotFoundError, match="missing"):
        place_of(root).at("missing").read()
    with pytest.raises(PhotoNotFoundError, match="nosuchscheme"):
        place_of("nosuchscheme://x/y")


@pytest.mark.parametrize("address", ["s3://bucket/a/b?region=eu-west-1&endpoint_override=localhost", "gs://bucket/a/b"])
def test_an_address_of_a_store_survives(address: str) -> None:
    place = place_of(address)
    assert place.path == "bucket/a/b"
    assert place.address == address
    assert place.at("c").folder.address == address
