from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fittingroom.data.photos import SOMEBODY_ID, PhotoFiles, content_sha256, find_photos, find_pictures
from fittingroom.errors import ConfigError

LABELS = np.array([[0, 0, 3, 3], [0, 255, 3, 1], [2, 2, 0, 1]], np.uint8)


def save(path: Path, values: NDArray[np.generic], mode: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(values)
    if mode == "P":
        picture.putpalette(np.random.default_rng(0).integers(0, 256, 768).tolist())
    elif mode is not None:
        picture = picture.convert(mode)
    picture.save(path)
    return path


def photo(folder: Path, name: str = "a", suffix: str = ".png") -> PhotoFiles:
    """One labelled photo of 3 x 4 pixels."""
    save(folder / f"images/{name}{suffix}", np.full((3, 4, 3), (10, 20, 30), np.uint8))
    save(folder / f"labels/{name}.png", LABELS)
    return find_photos(folder)[-1]


def test_photos_come_in_the_order_of_their_names_and_only_with_labels(tmp_path: Path) -> None:
    for name, suffix in (("b", ".png"), ("c", ".JPG"), ("a", ".webp")):
        photo(tmp_path, name, suffix)
    save(tmp_path / "images/d.png", np.zeros((3, 4, 3), np.uint8))  # unlabelled
    (tmp_path / "images/notes.txt").write_text("")
    assert [files.name for files in find_photos(tmp_path)] == ["a", "b", "c"]


def test_a_photo_without_instances_shows_one_person_wherever_labels_say_what(tmp_path: Path) -> None:
    read = photo(tmp_path).read()
    assert (read.pixels_rgb == (10, 20, 30)).all()
    assert np.array_equal(read.labels, LABELS)
    assert read.person_ids.tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 1]]
    assert read.carried is None


def test_somebody_of_unknown_class_is_a_person(tmp_path: Path) -> None:
    files = photo(tmp_path)
    save(files.labels, np.where(LABELS == 3, SOMEBODY_ID, LABELS).astype(np.uint8))
    assert files.read().person_ids.tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 1]]


@pytest.mark.parametrize("mode", [None, "P"])
def test_ids_are_indices_and_never_colours(tmp_path: Path, mode: str | None) -> None:
    files = photo(tmp_path)
    save(files.labels, LABELS, mode)
    save(tmp_path / "instances/a.png", LABELS % 7, mode)
    read = find_photos(tmp_path)[0].read()
    assert np.array_equal(read.labels, LABELS)
    assert np.array_equal(read.person_ids, LABELS % 7)


def test_instances_of_16_bits_are_read_as_they_are(tmp_path: Path) -> None:
    photo(tmp_path)
    save(tmp_path / "instances/a.png", (LABELS % 5).astype(np.uint16))
    assert np.array_equal(find_photos(tmp_path)[0].read().person_ids, LABELS % 5)


def test_a_person_beyond_255_is_refused(tmp_path: Path) -> None:
    photo(tmp_path)
    save(tmp_path / "instances/a.png", LABELS.astype(np.uint16) * 2)
    with pytest.raises(ConfigError, match=r"instances/a\.png: it holds the value 510; ids up to 255 can be read"):
        find_photos(tmp_path)[0].read()


def test_carried_things_are_the_ids_that_the_caller_names(tmp_path: Path) -> None:
    photo(tmp_path)
    save(tmp_path / "labels_ext/a.png", LABELS)
    (files,) = find_photos(tmp_path, carried_ids=(1, 2))
    carried = files.read().carried
    assert carried is not None
    assert carried.tolist() == np.isin(LABELS, (1, 2)).tolist()
    assert find_photos(tmp_path)[0].read().carried is None


@pytest.mark.parametrize("kind", ["labels", "instances", "labels_ext"])
def test_maps_of_another_size_than_the_photo_are_refused(tmp_path: Path, kind: str) -> None:
    photo(tmp_path)
    save(tmp_path / kind / "a.png", LABELS.T)
    (files,) = find_photos(tmp_path, carried_ids=(1,))
    with pytest.raises(ConfigError, match=rf"{kind}/a\.png: it is \(4, 3\), its photo \(3, 4\) \(height, width\)"):
        files.read()


def test_labels_saved_as_colours_are_refused(tmp_path: Path) -> None:
    files = photo(tmp_path)
    save(files.labels, LABELS, "RGB")
    with pytest.raises(ConfigError, match=r"a\.png: a picture of colours \(RGB\); save the ids as a gray or a palette"):
        files.read()


@pytest.mark.parametrize("kind", ["images", "labels"])
@pytest.mark.parametrize("content", [b"", b"no picture at all, but more than 26 bytes of something"])
def test_a_file_that_is_no_picture_is_named(tmp_path: Path, kind: str, content: bytes) -> None:
    files = photo(tmp_path)
    (tmp_path / kind / "a.png").write_bytes(content)
    with pytest.raises(ConfigError, match=rf"{kind}/a\.png: not a readable picture; remove or replace it"):
        files.read()


def test_a_manifest_says_which_photos_belong_to_a_split_and_how_good_they_are(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        photo(tmp_path, name)
    (tmp_path / "manifest.csv").write_text("id,split,quality\na,train,A\nb,val,A\nc,train,C\n")
    assert [files.name for files in find_photos(tmp_path)] == ["a", "b", "c"]
    assert [files.name for files in find_photos(tmp_path, split="train")] == ["a", "c"]
    assert [files.name for files in find_photos(tmp_path, split="train", leave_out_quality=("C",))] == ["a"]
    with pytest.raises(ConfigError, match=r"no labelled photos found of split 'test'; expected images/NAME\.jpg"):
        find_photos(tmp_path, split="test")


def test_without_a_manifest_every_photo_is_for_training(tmp_path: Path) -> None:
    photo(tmp_path)
    assert len(find_photos(tmp_path, split="train")) == 1
    with pytest.raises(ConfigError, match="no labelled photos found of split 'val'"):
        find_photos(tmp_path, split="val")


def test_a_folder_without_labelled_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{tmp_path.name}: no labelled photos found; expected images/NAME.jpg"):
        find_photos(tmp_path)


def test_pictures_of_a_folder_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "c.txt", "sub/d.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in find_pictures(tmp_path)] == ["a.jpg", "b.PNG"]


def test_the_hash_of_files_follows_their_names_bytes_and_order(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"2"), ("c", b"1")):
        (tmp_path / name).write_bytes(content)
    a, b, c = (tmp_path / name for name in "abc")
    hashes = [content_sha256(iter(paths)) for paths in ([a, b], [b, a], [c, b], [a], [])]
    assert len(set(hashes)) == 5
    assert content_sha256(iter([a, b])) == hashes[0]
