from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fittingroom.data.photos import SOMEBODY_ID
from fittingroom.engine.fake_engine import FakeEngine
from fittingroom.engine.protocol import NetworkOutput
from fittingroom.errors import ConfigError, LabelError
from fittingroom.labels import CIHP, IGNORE_ID
from fittingroom.training.pseudo_labels import (
    PseudoLabelRule,
    averaged_logits,
    label_folder,
    label_photo,
    largest_region,
    raise_to_share,
    read_tag_table,
)

LEFT, RIGHT, COAT, DRESS = (CIHP.id_of(name) for name in ("left-arm", "right-arm", "coat", "dress"))
RULE = PseudoLabelRule(long_sides_px=(48, 64, 80))


@dataclass
class FakePersonNetwork:
    """Sees somebody in all that is bright, less surely on the right: uint8 (H, W, 3) -> float32 (H/16, W/16)."""

    on_the_right: float = 1.0

    def person_probability(self, images_rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        probability = np.where(images_rgb[8::16, 8::16].max(2) > 20, 1, 0.1).astype(np.float32)
        right = probability[:, probability.shape[1] // 2 :]
        right[right == 1] = self.on_the_right
        return probability


class UndecidedEngine(FakeEngine):
    """Cannot tell coats from dresses."""

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        output = super().run(images_rgb)
        output.class_logits[:, DRESS] = output.class_logits[:, COAT]
        return output


def arms(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """In every picture somebody who faces the camera: the right arm on its left side."""
    height, width = picture.shape[0] // 4, picture.shape[1] // 4
    seen = np.full((height, width), RIGHT, np.uint8)
    seen[:, width // 2 :] = LEFT
    return seen


def by_colour(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Coats are red, dresses are green."""
    cells = picture[2::4, 2::4]
    return np.where(cells[..., 0] > 128, COAT, np.where(cells[..., 1] > 128, DRESS, 0)).astype(np.uint8)


def photo_of(*boxes: tuple[slice, slice], channel: int = 0) -> NDArray[np.uint8]:
    pixels = np.zeros((64, 64, 3), np.uint8)
    for rows, columns in boxes:
        pixels[rows, columns, channel] = 255
    return pixels


def labelled(pixels: NDArray[np.uint8], *, person_network: Any = None, **options: Any) -> NDArray[np.uint8]:
    person_network = person_network or FakePersonNetwork()
    return label_photo(FakeEngine(20, by_colour), person_network, pixels, CIHP, RULE, **options)


def test_looks_at_all_sizes_and_in_the_mirror_agree_about_left_and_right() -> None:
    engine = FakeEngine(20, arms)
    logits = averaged_logits(engine, np.zeros((64, 64, 3), np.uint8), CIHP, RULE)
    assert logits.shape == (20, 64, 64)
    assert logits.dtype == np.float32
    assert [picture.shape[0] for picture in engine.seen] == [48, 48, 64, 64, 80, 80]
    assert (logits.argmax(0) == np.where(np.arange(64) < 32, RIGHT, LEFT)).all()
    assert logits.max() == pytest.approx(10)  # all six looks say the same


def test_a_photo_gets_the_labels_of_its_person() -> None:
    labels = labelled(photo_of(np.s_[16:48, 16:48]))
    assert labels.shape == (64, 64)
    assert (labels[20:44, 20:44] == COAT).all()
    assert (labels[:12] == 0).all()


def test_others_than_the_largest_person_are_ignored() -> None:
    labels = labelled(photo_of(np.s_[8:56, 4:36], np.s_[8:32, 48:60]))
    assert (labels[12:52, 8:32] == COAT).all()
    assert (labels[14:26, 52:56] == 255).all()


@pytest.mark.parametrize(("on_the_right", "label"), [(1.0, COAT), (0.5, COAT), (0.2, IGNORE_ID), (0.0, 0)])
def test_the_person_network_may_doubt_a_pixel_or_be_sure_that_nobody_is_there(on_the_right: float, label: int) -> None:
    labels = labelled(photo_of(np.s_[8:56, 8:56]), person_network=FakePersonNetwork(on_the_right))
    assert (labels[16:48, 12:24] == COAT).all()
    assert (labels[16:48, 44:52] == label).all()


@pytest.mark.parametrize(("on_the_right", "label"), [(1.0, SOMEBODY_ID), (0.5, IGNORE_ID)])
def test_where_only_the_class_is_in_doubt_there_is_somebody(on_the_right: float, label: int) -> None:
    pixels = photo_of(np.s_[8:56, 8:56])
    network: Any = FakePersonNetwork(on_the_right)
    labels = label_photo(UndecidedEngine(20, by_colour), network, pixels, CIHP, RULE)
    assert (labels[16:48, 12:24] == SOMEBODY_ID).all()
    assert (labels[16:48, 44:52] == label).all()


def test_a_class_that_the_tags_do_not_allow_does_not_appear() -> None:
    pixels = photo_of(np.s_[8:56, 8:56])
    allowed = frozenset({0, DRESS})
    labels = labelled(pixels, allowed=allowed)
    assert set(np.unique(labels)) <= {0, DRESS, SOMEBODY_ID, IGNORE_ID}
    assert COAT in labelled(pixels, allowed=allowed | {COAT})


def test_a_photo_of_nobody_is_all_background() -> None:
    assert not labelled(photo_of()).any()


def test_the_largest_region_is_one_connected_piece() -> None:
    mask = np.array([[1, 0, 0, 1, 1], [0, 0, 0, 1, 0]], bool)
    assert largest_region(mask).tolist() == [[False, False, False, True, True], [False, False, False, True, False]]
    assert not largest_region(np.zeros((2, 5), bool)).any()


def test_a_folder_of_photos_becomes_one_of_labelled_photos_without_the_doubtful(tmp_path: Path) -> None:
    pictures = []
    shown = {"coat": photo_of(np.s_[8:56, 8:56]), "nobody": photo_of(), "two": photo_of(np.s_[:, :28], np.s_[:, 40:])}
    for name, pixels in shown.items():
        pictures.append(tmp_path / f"{name}.png")
        Image.fromarray(pixels).save(pictures[-1])
    kept = label_folder(FakeEngine(20, by_colour), FakePersonNetwork(), pictures, tmp_path / "out", CIHP, rule=RULE)  # type: ignore[arg-type]
    assert kept == 1
    assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png")) == [
        "images/coat.png",
        "labels/coat.png",
    ]
    with Image.open(tmp_path / "out/labels/coat.png") as labels:
        assert np.asarray(labels)[32, 32] == COAT


def test_tags_say_which_classes_a_photo_of_the_folder_may_show(tmp_path: Path) -> None:
    (tmp_path / "tags.csv").write_text("id,tags\na,blazer shoes\n")
    (tmp_path / "table.toml").write_text('always = ["face"]\n[tags]\nblazer = ["coat"]\ngown = ["dress"]\n')
    table = read_tag_table(tmp_path / "table.toml", CIHP)
    always = {0, CIHP.id_of("face")}
    assert table.allowed(["blazer", "shoes"]) == always | {COAT}
    assert table.allowed(["gown", "blazer"]) == always | {COAT, DRESS}
    engine, network = FakeEngine(20, by_colour), FakePersonNetwork()
    for name, kept in (("a", 0), ("b", 1)):  # the tags of a leave nothing that is seen; b has no tags
        photo = tmp_path / f"{name}.png"
        Image.fromarray(photo_of(np.s_[8:56, 8:56], channel=1)).save(photo)
        assert kept == label_folder(
            engine, network, [photo], tmp_path / "out", CIHP, rule=RULE,  # type: ignore[arg-type]
            tags_csv=tmp_path / "tags.csv", tag_table=table,
        )  # fmt: skip


def test_a_tag_raises_what_it_names_until_it_covers_its_least_share() -> None:
    logits = np.zeros((3, 10, 10), np.float32)
    logits[1, 2:] = 2  # eight rows of class 1, which class 2 follows ever closer
    logits[2, 2:] = np.linspace(0.5, 1.9, 8)[:, None]
    raised = logits.copy()
    assert raise_to_share(raised, 2, 0.25, RULE)
    assert 0.25 <= (raised.argmax(0) == 2).sum() / 80 < 0.5
    np.testing.assert_array_equal(raised[:2], logits[:2])


def test_what_a_tag_names_and_nothing_resembles_leaves_the_photo_out(tmp_path: Path) -> None:
    logits = np.zeros((3, 10, 10), np.float32)
    logits[1] = 9
    assert not raise_to_share(logits, 2, 0.1, RULE)
    (tmp_path / "tags.csv").write_text("id,tags\na,gown\nb,\n")
    (tmp_path / "table.toml").write_text(
        'always = ["coat", "face"]\n[tags]\ngown = ["dress"]\n[least_share]\ngown = 0.2\n'
    )
    table = read_tag_table(tmp_path / "table.toml", CIHP)
    assert table.least_shares(["gown", "shoes"]) == {DRESS: 0.2}
    for name, kept in (("a", 0), ("b", 1)):
        photo = tmp_path / f"{name}.png"
        Image.fromarray(photo_of(np.s_[8:56, 8:56])).save(photo)
        assert kept == label_folder(
            FakeEngine(20, by_colour), FakePersonNetwork(), [photo], tmp_path / "out", CIHP, rule=RULE,  # type: ignore[arg-type]
            tags_csv=tmp_path / "tags.csv", tag_table=table,
        )  # fmt: skip


def test_an_earlier_labelling_is_mended_where_it_misses_what_the_tags_name(tmp_path: Path) -> None:
    (tmp_path / "tags.csv").write_text("id,tags\na,gown\nb,gown\nc,gown\n")
    (tmp_path / "table.toml").write_text('always = ["coat"]\n[tags]\ngown = ["dress"]\n[least_share]\ngown = 0.2\n')
    earlier = {"a": np.full((64, 64), DRESS, np.uint8), "b": np.full((64, 64), COAT, np.uint8)}  # none of c
    (tmp_path / "earlier/labels").mkdir(parents=True)
    photos = [tmp_path / f"{name}.png" for name in "abc"]
    for photo in photos:
        Image.fromarray(photo_of(np.s_[8:56, 8:56], channel=1)).save(photo)
    for name, labels in earlier.items():
        Image.fromarray(labels).save(tmp_path / f"earlier/labels/{name}.png")
    kept = label_folder(
        FakeEngine(20, by_colour), FakePersonNetwork(), photos, tmp_path / "out", CIHP, rule=RULE,  # type: ignore[arg-type]
        tags_csv=tmp_path / "tags.csv", tag_table=read_tag_table(tmp_path / "table.toml", CIHP),
        mended_dir=tmp_path / "earlier",
    )  # fmt: skip
    assert kept == 2
    mended = {name: np.asarray(Image.open(tmp_path / f"out/labels/{name}.png")) for name in earlier}
    np.testing.assert_array_equal(mended["a"], earlier["a"])
    assert mended["b"][32, 32] == DRESS


def test_a_wrong_tag_table_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    for text in ("[tags]\n", "always = ", 'always = ["face"]'):
        path.write_text(text)
        with pytest.raises(ConfigError, match=r"not a tag table \(.*\); expected always = \[\.\.\.\] and \[tags\]"):
            read_tag_table(path, CIHP)
    path.write_text('always = ["fase"]\n[tags]\n')
    with pytest.raises(LabelError, match="'fase'; did you mean face"):
        read_tag_table(path, CIHP)
