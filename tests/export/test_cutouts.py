import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from fittingroom.errors import ShapeError
from fittingroom.export.cutouts import cut_out, cutouts
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult


def test_every_person_and_part_has_a_picture(result: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> None:
    assert list(cutouts(result, photo_rgb)) == [
        "person-1.png",
        "person-1-hat.png",
        "person-1-upper-clothes.png",
        "person-1-face.png",
        "person-2.png",
        "person-2-hair.png",
        "person-2-face.png",
        "person-2-left-shoe.png",
    ]


def test_a_cutout_is_its_box_opaque_on_its_mask_alone(result: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> None:
    picture = Image.open(io.BytesIO(cutouts(result, photo_rgb)["person-2-left-shoe.png"]))
    assert picture.mode == "RGBA"
    pixels = np.asarray(picture)
    assert (pixels[..., 3] == 255).tolist() == [[True, True], [False, True]]
    assert np.array_equal(pixels[0, :, :3], photo_rgb[4, 5:7])
    assert pixels[1, 0].tolist() == [0, 0, 0, 0]


def test_laying_all_cutouts_back_gives_the_photo_on_all_masks(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8]
) -> None:
    laid = np.zeros_like(photo_rgb)
    for person in result.people:
        x0, y0, x1, y1 = person.box_xyxy
        laid[y0:y1, x0:x1] += cut_out(person, photo_rgb)[..., :3]
    assert np.array_equal(laid, np.where(result.person_map[..., None] > 0, photo_rgb, 0))


def test_nobody_gives_no_cutouts(nobody: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> None:
    assert cutouts(nobody, photo_rgb) == {}


def test_another_photo_is_refused(result: ParseResult) -> None:
    with pytest.raises(ShapeError, match=r"photo is uint8 \(8, 6, 3\)"):
        cutouts(result, np.zeros((8, 6, 3), np.uint8))


def test_hair_and_people_have_soft_edges_and_other_parts_hard_ones() -> None:
    labels = np.zeros((120, 90), np.uint8)
    labels[10:60, 20:70] = 2  # hair
    labels[60:110, 20:70] = 5
    photo_rgb = np.random.default_rng(0).integers(190, 230, (120, 90, 3), dtype=np.uint8)
    photo_rgb[11:110, 21:69] //= 4  # the mask is a pixel too wide
    result = ParseResult.from_maps(
        labels, (labels > 0).astype(np.uint16), np.full(labels.shape, 255, np.uint8), label_set=CIHP
    )
    alpha = {name: np.asarray(Image.open(io.BytesIO(png)))[..., 3] for name, png in cutouts(result, photo_rgb).items()}
    assert alpha["person-1.png"].shape == (100, 50)
    assert alpha["person-1-hair.png"][10:40, 0].mean() < 140  # the wall fades
    assert (alpha["person-1-hair.png"][20:30, 20:30] == 255).all()
    assert alpha["person-1.png"][10:40, 0].mean() < 140
    assert (alpha["person-1-upper-clothes.png"] == 255).all()
