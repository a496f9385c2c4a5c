from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fittingroom.errors import ConfigError
from fittingroom.evaluation.layouts import find_truth


@pytest.fixture
def cihp(tmp_path: Path) -> Path:
    """Two photos as CIHP has them: two people side by side, and nobody."""
    for folder in ("Images", "Category_ids", "Human_ids", "Instance_ids"):
        (tmp_path / folder).mkdir()
    category = np.zeros((6, 8), np.uint8)
    category[1:5, 1:3], category[1:5, 5:7] = 13, 2
    human = np.where(category == 13, 1, np.where(category == 2, 2, 0)).astype(np.uint8)
    for name, share in (("0000006", 1), ("0000007", 0)):
        Image.new("RGB", (8, 6)).save(tmp_path / f"Images/{name}.jpg")
        Image.fromarray(category * share).save(tmp_path / f"Category_ids/{name}.png")
        Image.fromarray(human * share).save(tmp_path / f"Human_ids/{name}.png")
        Image.fromarray(human * share).save(tmp_path / f"Instance_ids/{name}.png")
    return tmp_path


def test_photos_in_cihps_layout_are_read_with_classes_and_people(cihp: Path) -> None:
    first, second = find_truth(cihp)
    assert [first.name, second.name] == ["0000006", "0000007"]
    photo = first.read()
    assert np.unique(photo.labels).tolist() == [0, 2, 13]
    assert np.array_equal(photo.person_ids, np.where(photo.labels == 13, 1, np.where(photo.labels == 2, 2, 0)))
    assert not second.read().labels.any()


def test_a_split_of_cihp_is_a_folder(cihp: Path) -> None:
    with pytest.raises(ConfigError, match="each split is a folder of its own"):
        find_truth(cihp, split="val")


def test_a_photo_without_its_people_is_refused(cihp: Path) -> None:
    (cihp / "Human_ids/0000007.png").unlink()
    with pytest.raises(ConfigError, match=r"0000007\.png: there is no such file"):
        find_truth(cihp)


def test_a_folder_of_ids_without_photos_says_what_was_expected(cihp: Path) -> None:
    for image in (cihp / "Images").iterdir():
        image.unlink()
    with pytest.raises(ConfigError, match=r"expected Images/NAME\.jpg beside Category_ids"):
        find_truth(cihp)


def test_our_own_convention_is_read_as_ever(drawn_photos: Path) -> None:
    assert [files.name for files in find_truth(drawn_photos / "heads")] == ["0", "1", "2", "3"]
