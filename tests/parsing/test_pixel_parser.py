from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.engine.fake_engine import FakeEngine
from fittingroom.engine.protocol import NetworkOutput
from fittingroom.labels import CIHP
from fittingroom.parsing.people import GroupingRule
from fittingroom.parsing.pixel_parser import PixelParser, without_gaps
from fittingroom.parsing.prepare import InputRule

HAIR, FACE, UPPER = CIHP.id_of("hair"), CIHP.id_of("face"), CIHP.id_of("upper-clothes")


@dataclass
class RandomEngine:
    """Says anything: about nobody, crowds, specks and doubt."""

    seed: int
    background: float = 0.0

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        rng = np.random.default_rng(self.seed)
        batch, height, width, _ = images_rgb.shape
        cells = (height // 4, width // 4)
        # of low frequency, as a network's answers are
        logits = np.repeat(np.repeat(rng.normal(0, 2, (batch, 20, -(-cells[0] // 4), -(-cells[1] // 4))), 4, 2), 4, 3)
        logits = logits[:, :, : cells[0], : cells[1]] + rng.normal(0, 0.3, (batch, 20, *cells))
        logits[:, 0] += self.background
        return NetworkOutput(
            class_logits=logits.astype(np.float32),
            centre_heat=rng.random((batch, *cells), np.float32) ** 20,
            centre_offsets_px=rng.normal(0, 40, (batch, 2, *cells)).astype(np.float32),
        )


@dataclass
class SaysEngine:
    """Says what it was given, whatever the picture."""

    class_logits: NDArray[np.float32]
    centre_heat: NDArray[np.float32]

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        offsets_px = np.zeros((2, *self.centre_heat.shape), np.float32)
        return NetworkOutput(self.class_logits[None], self.centre_heat[None], offsets_px[None])


def red_channel(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For a fake network that reads the class of a cell off its red."""
    return picture[2::4, 2::4, 0]


def red_parser(long_side_px: int) -> PixelParser:
    return PixelParser(FakeEngine(20, red_channel), CIHP, InputRule(long_side_px), closer=None)


def picture_of_two_people() -> NDArray[np.uint8]:
    """48 x 96: hair over face over a top; and further right a smaller person of hair and face."""
    picture = np.zeros((48, 96, 3), np.uint8)
    picture[4:12, 12:36, 0], picture[12:24, 12:36, 0], picture[24:44, 8:40, 0] = HAIR, FACE, UPPER
    picture[8:16, 64:80, 0], picture[16:32, 64:80, 0] = HAIR, FACE
    return picture


def test_people_and_parts_are_where_the_picture_shows_them() -> None:
    picture = picture_of_two_people()
    result = red_parser(96).parse(picture)
    assert np.array_equal(result.label_map[2::4, 2::4], picture[2::4, 2::4, 0])
    assert [list(person.parts) for person in result.people] == [["hair", "upper-clothes", "face"], ["hair", "face"]]
    assert result.people[0].parts["hair"].box_xyxy == (12, 4, 36, 12)
    assert result.people[1].box_xyxy == (64, 8, 80, 32)
    assert result.people[0].score > 0.99


@pytest.mark.parametrize("size_hw", [(1, 1), (3, 500), (37, 53), (129, 64), (301, 17), (5, 5), (480, 640)])
@pytest.mark.parametrize("background", [-3, 2, 9])
def test_whatever_the_network_says_the_maps_fit_each_other_and_the_photo(
    size_hw: tuple[int, int], background: float
) -> None:
    for seed in range(5):
        parser = PixelParser(RandomEngine(seed, background), CIHP, InputRule(128), GroupingRule(min_area_cells=5))
        result = parser.parse(np.zeros((*size_hw, 3), np.uint8))  # itself refuses maps that do not fit
        assert result.size_hw == size_hw
        assert np.array_equal(result.label_map > 0, result.person_map > 0)
        areas = [person.area_px for person in result.people]
        assert areas == sorted(areas, reverse=True)
        assert sum(areas) == (result.label_map > 0).sum()


def test_a_photo_without_people_has_none() -> None:
    result = red_parser(64).parse(np.zeros((33, 57, 3), np.uint8))
    assert result.people == ()
    assert not result.label_map.any()
    assert (result.confidence > 250).all()


def test_specks_lose_their_label_with_their_person() -> None:
    picture = np.zeros((48, 96, 3), np.uint8)
    picture[8:40, 8:40, 0] = UPPER
    picture[20:28, 72:80, 0] = FACE  # four cells
    result = red_parser(96).parse(picture)
    assert len(result.people) == 1
    assert result.mask("face").sum() == 0
    assert np.array_equal(result.label_map > 0, result.person_map == 1)


def test_the_parse_of_a_mirrored_photo_is_the_mirrored_parse() -> None:
    picture = picture_of_two_people()
    result, mirrored = red_parser(96).parse(picture), red_parser(96).parse(picture[:, ::-1])
    assert np.array_equal(mirrored.label_map, result.label_map[:, ::-1])
    assert np.array_equal(mirrored.person_map, result.person_map[:, ::-1])
    assert np.array_equal(mirrored.confidence, result.confidence[:, ::-1])


def test_cells_where_the_background_is_likelier_count_neither_for_a_persons_score_nor_as_a_person() -> None:
    # top for certain | 60 % background, two garments share the rest | background for certain
    chances = np.full((20, 8, 24), 1e-9, np.float32)
    chances[UPPER, :, :8] = 1
    chances[0, :, 8:16], chances[UPPER, :, 8:16], chances[FACE, :, 8:16] = 0.6, 0.2, 0.2
    chances[0, :, 16:] = 1
    heat = np.zeros((8, 24), np.float32)
    heat[4, 4] = 1
    parser = PixelParser(SaysEngine(np.log(chances), heat), CIHP, InputRule(96), closer=None)
    result = parser.parse(np.zeros((32, 96, 3), np.uint8))
    assert len(result.people) == 1
    assert result.people[0].score == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("ids", "count", "expected", "visible"),
    [
        ([[0, 0, 0]], 0, [[0, 0, 0]], []),
        ([[0, 0, 0]], 2, [[0, 0, 0]], []),
        ([[1, 1, 2]], 2, [[1, 1, 2]], [1, 2]),
        ([[1, 0, 3]], 3, [[1, 0, 2]], [1, 3]),
        ([[1, 2, 2]], 2, [[2, 1, 1]], [2, 1]),  # more pixels, though not more cells
        ([[4, 2, 4]], 4, [[1, 2, 1]], [4, 2]),
    ],
)
def test_people_are_numbered_without_gaps_from_the_one_of_most_pixels(
    ids: list[list[int]], count: int, expected: list[list[int]], visible: list[int]
) -> None:
    person_map, kept = without_gaps(np.array(ids, np.uint16), count)
    assert person_map.dtype == np.uint16
    assert person_map.tolist() == expected
    assert kept == visible


def test_another_input_size_is_what_the_network_then_sees() -> None:
    engine = FakeEngine(20, red_channel)
    parser = PixelParser(engine, CIHP, InputRule(96), model_name="ours", model_sha256="ab12")
    other = parser.with_long_side(64)
    for one in (parser, other):
        result = one.parse(np.zeros((400, 600, 3), np.uint8))
        assert (result.model_name, result.model_sha256) == ("ours", "ab12")
    assert [picture.shape for picture in engine.seen] == [(64, 96, 3), (48, 64, 3)]
