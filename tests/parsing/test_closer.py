import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.engine.protocol import NetworkOutput
from fittingroom.parsing.closer import CloserLook, CloserRule, crop_for, merged, person_boxes_px, plan_closer_look
from fittingroom.parsing.people import People

RULE = CloserRule(max_small_px=40, wanted_px=80, max_pixels=200_000, min_zoom=1.3, margin=0.5)


def people_at(*boxes: tuple[int, int, int, int], cells_hw: tuple[int, int] = (64, 64)) -> People:
    """People as boxes x0, y0, x1, y1 of cells."""
    ids = np.zeros(cells_hw, np.uint16)
    for number, (x0, y0, x1, y1) in enumerate(boxes, start=1):
        ids[y0:y1, x0:x1] = number
    return People(ids, ids, (1.0,) * len(boxes))


def output_of(value: float, cells_hw: tuple[int, int]) -> NetworkOutput:
    planes = np.full((1, 3, *cells_hw), value, np.float32)
    return NetworkOutput(planes, planes[:, 0], planes[:, :2], planes, planes)


def test_boxes_are_those_of_the_cells() -> None:
    assert person_boxes_px(people_at((2, 3, 5, 9))).tolist() == [[8, 12, 20, 36]]


def test_large_people_and_nobody_need_no_second_look() -> None:
    assert plan_closer_look(people_at((0, 0, 30, 60)), (256, 256), (2560, 2560), RULE) is None
    assert plan_closer_look(people_at(), (256, 256), (2560, 2560), RULE) is None


def test_small_people_are_enlarged_to_the_wanted_size() -> None:
    plan = plan_closer_look(people_at((10, 20, 15, 30)), (256, 256), (2560, 2560), RULE)
    assert plan == CloserLook((20, 60, 80, 140), 2.0)  # 40 px high, 20 px of margin, now 80 px


def test_a_small_photo_has_no_more_to_show() -> None:
    assert plan_closer_look(people_at((10, 20, 15, 30)), (256, 256), (128, 128), RULE) is None


def test_the_second_look_stays_in_its_budget() -> None:
    people = people_at((0, 0, 3, 10), (60, 54, 63, 64))
    plan = plan_closer_look(people, (256, 256), (4000, 4000), RULE)
    assert plan is not None
    height, width = plan.input_size_hw()
    assert height * width <= 1.15 * RULE.max_pixels  # sides are rounded to multiples of 16
    assert height % 16 == width % 16 == 0


def test_the_crop_shows_the_box_at_the_photos_own_resolution() -> None:
    photo = np.zeros((512, 512, 3), np.uint8)
    photo[128:256, 64:128] = 200  # in the first look's pixels 64..128, 32..64
    crop = crop_for(CloserLook((32, 64, 64, 128), 2.0), photo, (256, 256))
    assert crop.shape == (128, 64, 3)
    assert (crop == 200).all()


@pytest.mark.parametrize("zoom", [1.5, 2.0])
def test_inside_the_box_the_second_look_counts_and_outside_the_first(zoom: float) -> None:
    look = CloserLook((64, 64, 128, 128), zoom)
    small = people_at((20, 20, 26, 28))
    cells = tuple(side // 4 for side in look.input_size_hw())
    both = merged(output_of(1, (64, 64)), output_of(5, (cells[0], cells[1])), look, small, RULE)
    height, width = both.centre_heat.shape[1:]
    assert (height, width) == (round(64 * zoom), round(64 * zoom))
    inside: NDArray[np.bool_] = np.zeros((height, width), bool)
    inside[round(16 * zoom) : round(32 * zoom), round(16 * zoom) : round(32 * zoom)] = True
    assert (both.class_logits[0][:, inside] == 5).all()
    assert (both.class_logits[0][:, ~inside] == 1).all()
    assert (both.centre_offsets_px[0][:, ~inside] == zoom).all()  # on a finer grid the way is longer
    assert (both.centre_offsets_px[0][:, inside] == 5).all()


def test_large_people_are_as_the_first_look_saw_them() -> None:
    look = CloserLook((0, 0, 256, 256), 2.0)
    people = people_at((0, 0, 40, 64), (50, 50, 55, 58))
    both = merged(output_of(1, (64, 64)), output_of(5, (128, 128)), look, people, RULE)
    assert (both.class_logits[0][:, 4:120, 4:76] == 1).all()
    assert (both.class_logits[0][:, 102:114, 102:108] == 5).all()
