"""A drawn person, photos of that person, garments, and a parser that knows the drawing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from fittingroom.bundle.build import Plan, Sources, Step, build_bundle
from fittingroom.bundle.pairs import every_pair, named_pairs
from fittingroom.errors import PhotoDamagedError
from fittingroom.imaging.reading import Photo
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult


def drawn_labels() -> npt.NDArray[np.uint8]:
    """A standing person, (160, 120): short sleeves, bare forearms, trousers; seen from the front."""
    labels = np.zeros((160, 120), np.uint8)

    def fill(name: str, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        labels[slice(*rows), slice(*columns)] = CIHP.id_of(name)

    fill("hair", (10, 16), (52, 68))
    fill("face", (16, 31), (53, 67))
    fill("torso-skin", (31, 35), (56, 64))
    fill("upper-clothes", (35, 78), (44, 76))
    fill("upper-clothes", (37, 52), (34, 86))
    fill("right-arm", (52, 90), (34, 41))
    fill("left-arm", (52, 90), (79, 86))
    fill("pants", (78, 142), (46, 58))
    fill("pants", (78, 142), (62, 74))
    fill("pants", (78, 84), (46, 74))
    fill("right-shoe", (142, 150), (44, 58))
    fill("left-shoe", (142, 150), (62, 76))
    return labels


def drawn_result() -> ParseResult:
    labels = drawn_labels()
    return ParseResult.from_maps(
        labels, (labels > 0).astype(np.uint16), np.full(labels.shape, 230, np.uint8), label_set=CIHP
    )


def fake_parse(photo: Photo) -> ParseResult:
    """The drawn person in every photo of the drawing's size; nobody in others."""
    if photo.size_hw == (160, 120):
        return drawn_result()
    if photo.size_hw == (13, 13):
        raise PhotoDamagedError("an unlucky photo")
    nobody = np.zeros(photo.size_hw, np.uint8)
    return ParseResult.from_maps(nobody, nobody.astype(np.uint16), nobody, label_set=CIHP)


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Two photos of the drawn person, with names that programs stumble over."""
    colours = np.random.default_rng(1).integers(40, 216, (20, 3), dtype=np.uint8)
    folder = tmp_path / "photos"
    folder.mkdir()
    paths = [folder / "IMG_1.jpg", folder / "my image 2.png"]
    for shade, path in enumerate(paths):
        Image.fromarray(colours[drawn_labels()] + np.uint8(20 * shade)).save(path)
    return paths


@pytest.fixture
def garments(tmp_path: Path) -> list[Path]:
    """A shirt before white, and one with a transparent surround."""
    folder = tmp_path / "garments"
    folder.mkdir()
    shirt = np.full((60, 50, 3), 250, np.uint8)
    shirt[10:50, 10:40] = (30, 60, 160)
    Image.fromarray(shirt).save(folder / "blue_shirt.png")
    alpha = np.where((shirt == 250).all(axis=2), 0, 255).astype(np.uint8)
    Image.fromarray(np.dstack([shirt, alpha])).save(folder / "red shirt.png")
    return [folder / "blue_shirt.png", folder / "red shirt.png"]


Build = Callable[..., list[Step]]


@pytest.fixture
def build(photos: list[Path], garments: list[Path]) -> Build:
    """Builds a bundle of every photo with every garment."""

    def run(
        out: Path,
        program: str = "viton-hd",
        category: str = "upper",
        *,
        parse: Callable[[Photo], ParseResult] = fake_parse,
        photo_paths: list[Path] | None = None,
        garment_paths: list[Path] | None = None,
        poses: Path | None = None,
    ) -> list[Step]:
        shown, worn = photo_paths or photos, garment_paths or garments
        plan = Plan(program, category)
        pairs = named_pairs(
            every_pair(len(shown), len(worn)), [path.stem for path in shown], [path.stem for path in worn], plan.layout
        )
        return list(build_bundle(plan, Sources(shown, worn, pairs, poses=poses), out, parse=parse))

    return run
