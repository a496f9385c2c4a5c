import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fittingroom.data.photos import PhotoFiles, find_photos, find_pictures
from fittingroom.errors import ConfigError
from fittingroom.evaluation.scenes import HIDDEN, SCENE_SETS, Figure, SceneSet, cut_figures, make_scene, write_scenes
from fittingroom.labels import CIHP

TINY = SceneSet("tiny", 1, 3, (2, 5), (96, 128), (0.7, 1.1), (0.9, 1.6), hidden_share=1 / 3)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five people of 60 x 20 pixels on one narrow foot, each all of one class of its own, and two gray places."""
    root = tmp_path_factory.mktemp("scenes")
    for folder in ("people/images", "people/labels", "places"):
        (root / folder).mkdir(parents=True)
    for number, class_id in enumerate((5, 6, 7, 14, 18)):
        labels = np.zeros((70, 30), np.uint8)
        labels[5:60, 5:25] = class_id
        labels[60:65, 12:18] = class_id
        Image.fromarray(labels).save(root / f"people/labels/{number}.png")
        Image.fromarray(np.stack([labels * 12] * 3, 2)).save(root / f"people/images/{number}.png")
    for gray in (60, 90):
        Image.new("RGB", (64, 64), (gray, gray, gray)).save(root / f"places/{gray}.png")
    return root


@pytest.fixture(scope="module")
def people(root: Path) -> list[PhotoFiles]:
    return find_photos(root / "people")


@pytest.fixture(scope="module")
def figures(people: list[PhotoFiles]) -> list[Figure]:
    return cut_figures(people)


@pytest.mark.parametrize("number", range(8))
def test_a_scene_is_as_its_set_says(number: int, root: Path, figures: list[Figure]) -> None:
    scene = make_scene(TINY, number, figures, find_pictures(root / "places"), CIHP)
    photo = scene.photo
    assert photo.pixels_rgb.shape == (96, 128, 3)
    assert 2 <= len(scene.people) <= 5
    assert np.array_equal(np.unique(photo.person_ids), np.arange(len(scene.people) + 1))
    assert np.array_equal(photo.person_ids > 0, (photo.labels > 0) & (photo.labels < 255))
    hidden = np.array([person.hidden for person in scene.people])
    assert (hidden < HIDDEN[1] + 0.05).all()
    assert (hidden > HIDDEN[0] - 0.05).sum() >= len(hidden) / 3
    heights = [person.height_px for person in scene.people]
    assert heights == sorted(heights)  # the far ones come first
    if len(heights) >= 3:
        assert heights[-1] / heights[0] == pytest.approx(4)


def test_nobodys_pixels_are_of_anothers_class(root: Path, figures: list[Figure]) -> None:
    scene = make_scene(TINY, 0, figures, find_pictures(root / "places"), CIHP)
    classes = (5, 6, 7, 14, 18)
    for person_id, person in enumerate(scene.people, start=1):
        shown = np.unique(scene.photo.labels[scene.photo.person_ids == person_id])
        assert set(shown) <= {classes[int(person.photo)], 15, 19}  # mirrored, left is right


def test_a_scene_depends_on_nothing_but_its_set_and_number(root: Path, figures: list[Figure]) -> None:
    places = find_pictures(root / "places")
    one, same, other = (make_scene(TINY, number, figures, places, CIHP).photo for number in (1, 1, 2))
    assert np.array_equal(one.pixels_rgb, same.pixels_rgb)
    assert np.array_equal(one.person_ids, same.person_ids)
    assert not np.array_equal(one.person_ids, other.person_ids)


def test_a_written_set_is_a_folder_of_labelled_photos(root: Path, people: list[PhotoFiles], tmp_path: Path) -> None:
    everybody = write_scenes(TINY, people, find_pictures(root / "places"), CIHP, tmp_path)
    photos = [files.read() for files in find_photos(tmp_path)]
    assert len(photos) == 3
    assert sum(int(photo.person_ids.max()) for photo in photos) == len(everybody)
    with (tmp_path / "people.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(everybody)
    assert rows[0]["id"] == "000"
    assert float(rows[0]["hidden"]) == pytest.approx(everybody[0].hidden, abs=1e-3)


def test_the_sets_that_figures_are_quoted_on_stay_as_they_are() -> None:
    crowd, many = SCENE_SETS["crowd-val"], SCENE_SETS["many-val"]
    assert (crowd.seed, crowd.scenes, crowd.people, crowd.scale) == (3101, 200, (2, 8), 4)
    assert crowd.hidden_share == 1 / 3
    assert (many.seed, many.scenes, many.people) == (3102, 20, (20, 30))


def test_people_with_a_piece_missing_cannot_stand_in_a_scene(tmp_path: Path) -> None:
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    labels = np.zeros((60, 30), np.uint8)
    labels[5:30, 5:25] = 5  # and shoes without legs
    labels[50:55, 10:13] = 18
    Image.fromarray(labels).save(tmp_path / "labels/a.png")
    Image.fromarray(labels).save(tmp_path / "images/a.png")
    with pytest.raises(ConfigError, match="none of the 1 photos shows a whole person"):
        cut_figures(find_photos(tmp_path))


def test_people_who_are_cut_off_cannot_stand_in_a_scene(tmp_path: Path) -> None:
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    Image.fromarray(np.full((40, 30), 5, np.uint8)).save(tmp_path / "labels/a.png")
    Image.new("RGB", (30, 40)).save(tmp_path / "images/a.png")
    with pytest.raises(ConfigError, match="none of the 1 photos shows a whole person"):
        cut_figures(find_photos(tmp_path))
