"""Good bundles, made once and copied for every fault."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fittingroom.bundle.build import Plan, Sources, build_bundle
from fittingroom.bundle.pairs import every_pair, named_pairs
from fittingroom.imaging.reading import Photo
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

Bundle = Callable[[str, str], Path]


def drawn_labels() -> np.ndarray:
    """A standing person in 3:4, (160, 120)."""
    labels = np.zeros((160, 120), np.uint8)
    for name, rows, columns in (
        ("hair", (10, 16), (52, 68)),
        ("face", (16, 31), (53, 67)),
        ("torso-skin", (31, 35), (56, 64)),
        ("upper-clothes", (35, 78), (44, 76)),
        ("right-arm", (40, 90), (34, 41)),
        ("left-arm", (40, 90), (79, 86)),
        ("pants", (78, 142), (46, 58)),
        ("pants", (78, 142), (62, 74)),
        ("right-shoe", (142, 150), (44, 58)),
        ("left-shoe", (142, 150), (62, 76)),
    ):
        labels[slice(*rows), slice(*columns)] = CIHP.id_of(name)
    return labels


def fake_parse(photo: Photo) -> ParseResult:
    labels = drawn_labels()
    return ParseResult.from_maps(
        labels, (labels > 0).astype(np.uint16), np.full(labels.shape, 230, np.uint8), label_set=CIHP
    )


@pytest.fixture(scope="session")
def good_bundle(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Gives the bundle of one photo and one garment for a program and a category; not to be written to."""
    root = tmp_path_factory.mktemp("bundles")
    Image.fromarray(np.repeat(drawn_labels()[..., None] * 10, 3, axis=2)).save(root / "anna.png")
    shirt = np.full((80, 60, 3), 255, np.uint8)
    shirt[20:60, 15:45] = 90
    Image.fromarray(shirt).save(root / "shirt.png")
    made: dict[tuple[str, str], Path] = {}

    def bundle(program: str, category: str) -> Path:
        if (program, category) not in made:
            plan = Plan(program, category)
            pairs = named_pairs(every_pair(1, 1), ["anna"], ["shirt"], plan.layout)
            sources = Sources([root / "anna.png"], [root / "shirt.png"], pairs)
            made[program, category] = root / f"{program}-{category}"
            list(build_bundle(plan, sources, made[program, category], parse=fake_parse))
        return made[program, category]

    return bundle


@pytest.fixture
def copied(good_bundle: Bundle, tmp_path: Path) -> Bundle:
    """Gives a copy of a good bundle that may be spoilt; DensePose pictures are put in."""

    def copy(program: str, category: str = "upper") -> Path:
        folder = tmp_path / program
        shutil.copytree(good_bundle(program, category), folder)
        for photo in folder.glob("test/image/*.jpg"):
            if program in ("hr-viton", "idm-vton"):
                (folder / "test/image-densepose").mkdir(exist_ok=True)
                shutil.copy(photo, folder / "test/image-densepose" / photo.name)
        return folder

    return copy
