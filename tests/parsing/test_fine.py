from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.engine.protocol import BAG_ID, LEARNED_POINTS, NetworkOutput
from fittingroom.errors import ModelError
from fittingroom.labels import BODY_25, CIHP, DETAILS
from fittingroom.parsing.fine import FineRule, find_body_points, fine_maps, head_square, square_crop
from fittingroom.parsing.pixel_parser import PixelParser
from fittingroom.parsing.prepare import InputRule

FACE, ARM, HAIR = (CIHP.id_of(name) for name in ("face", "left-arm", "hair"))
LIPS, HAND, NOSE = (DETAILS.index(name) for name in ("lips", "left-hand", "nose"))


def certain(ids: NDArray[np.integer], count: int) -> NDArray[np.float32]:
    """Logits (count, h, w) that leave no doubt."""
    return (10 * (ids == np.arange(count)[:, None, None])).astype(np.float32)


def test_a_detail_is_kept_only_on_classes_that_may_hold_it() -> None:
    classes = np.array([[FACE, FACE, ARM, 0]] * 4)
    details = np.array([[LIPS, 0, LIPS, BAG_ID]] * 4)
    labels = np.kron(classes, np.ones((4, 4), int)).astype(np.uint8)
    maps = fine_maps(certain(details, len(DETAILS) + 1), certain(classes, 20), labels, CIHP)
    assert (maps.details[:, 0] == LIPS).all()
    assert not maps.details[labels != FACE].any()
    assert maps.bags[:, 15].all()
    assert not maps.bags[labels > 0].any()


def test_the_square_holds_the_face_in_its_middle() -> None:
    assert head_square((10, 20, 30, 60), 2.0) == (-20, 0, 80)


def test_outside_the_photo_a_crop_is_gray() -> None:
    photo = np.full((10, 10, 3), 200, np.uint8)
    crop = square_crop(photo, (-10, 0, 20), 20)
    assert (crop[:10, 10:] == 200).all()
    assert (crop[:, :10] == 127).all()


def two_people() -> NDArray[np.uint16]:
    ids = np.zeros((20, 40), np.uint16)
    ids[2:18, 2:12], ids[2:18, 22:36] = 1, 2
    return ids


def test_a_point_is_looked_for_on_its_own_person() -> None:
    heat = np.zeros((len(LEARNED_POINTS), 20, 40), np.float32)
    nose = LEARNED_POINTS.index(BODY_25.index("nose"))
    heat[nose, 5, 6], heat[nose, 4, 30] = 0.5, 0.9
    one, other = find_body_points(heat, two_people(), 2, (80, 160), FineRule())
    np.testing.assert_allclose(one[0], [26, 22, 0.5])
    np.testing.assert_allclose(other[0], [122, 18, 0.9])
    assert not one[1:].any()


def test_neck_and_middle_of_the_hips_are_known_when_both_sides_are() -> None:
    heat = np.zeros((len(LEARNED_POINTS), 20, 40), np.float32)
    for name, x, value in (("left-shoulder", 10, 0.9), ("right-shoulder", 4, 0.6), ("left-hip", 9, 0.9)):
        heat[LEARNED_POINTS.index(BODY_25.index(name)), 5, x] = value
    points = find_body_points(heat, two_people(), 1, (80, 160), FineRule())[0]
    np.testing.assert_allclose(points[BODY_25.index("neck")], [30, 22, 0.6], rtol=1e-6)
    assert not points[BODY_25.index("mid-hip")].any()


def test_faint_heat_is_no_point() -> None:
    heat = np.full((len(LEARNED_POINTS), 20, 40), 0.05, np.float32)
    assert not find_body_points(heat, two_people(), 2, (80, 160), FineRule())[0].any()


class HeadEngine:
    """Sees one person whose head is the red part of any picture, and lips where it is very red."""

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        red = images_rgb[:, 2::4, 2::4, 0]
        batch, height, width = red.shape
        logits = np.stack([certain(np.where(one > 50, FACE, 0), 20) for one in red])
        details = np.stack([certain(np.where(one > 200, LIPS, 0), len(DETAILS) + 1) for one in red])
        heat = np.zeros((batch, height, width), np.float32)
        heat[:, height // 2, width // 2] = 1
        rows, columns = np.mgrid[:height, :width]
        offsets = np.stack([(width // 2 - columns) * 4, (height // 2 - rows) * 4])[None].repeat(batch, 0)
        points = np.zeros((batch, len(LEARNED_POINTS), height, width), np.float32)
        return NetworkOutput(logits, heat, offsets.astype(np.float32), *((details, points) if finer else ()))


class CoarseEngine(HeadEngine):
    """The same, of a model without details."""

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        return super().run(images_rgb)


def photo_of_a_face() -> NDArray[np.uint8]:
    photo = np.zeros((1024, 1024, 3), np.uint8)
    photo[320:720, 320:720, 0] = 100
    photo[560:588, 440:600, 0] = 250  # less than a cell of the first look high
    return photo


def test_fine_parsing_keeps_the_classes_and_adds_what_the_zoomed_look_shows() -> None:
    parser = PixelParser(HeadEngine(), CIHP, InputRule(128), closer=None)
    photo = photo_of_a_face()
    coarse, fine = parser.parse(photo), parser.parse(photo, schema="fine")
    unzoomed = replace(parser, fine=FineRule(max_heads=0)).parse(photo, schema="fine")
    assert np.array_equal(coarse.label_map, fine.label_map)
    assert np.array_equal(coarse.person_map, fine.person_map)
    assert coarse.detail_map is None
    truth = photo[..., 0] > 200
    assert overlap(fine.people[0].details["lips"].mask, truth) > overlap(unzoomed.people[0].details["lips"].mask, truth)


def overlap(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float((mask & truth).sum() / (mask | truth).sum())


def test_a_model_without_details_says_so() -> None:
    with pytest.raises(ModelError, match="gives no fine parts"):
        PixelParser(CoarseEngine(), CIHP, InputRule(128)).parse(photo_of_a_face(), schema="fine")
