"""The bundled model, end to end, on photographs. What is asked of it is little: a better one must pass too."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fittingroom import Parser
from fittingroom.data.photos import find_photos
from fittingroom.evaluation.evaluate import evaluate_photos
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

CLOTHES = ("upper-clothes", "dress", "coat")


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser()


@pytest.fixture(scope="module")
def astronaut() -> NDArray[np.uint8]:
    """Half-body portrait of one woman, 512 x 512, NASA, public domain."""
    from skimage.data import astronaut as picture

    return np.asarray(picture(), np.uint8)


def share(result: ParseResult, labels: tuple[str, ...], rows: slice, columns: slice) -> float:
    """How much of a rectangle shows one of the classes."""
    return float(np.logical_or.reduce([result.mask(label) for label in labels])[rows, columns].mean())


def share_inside(mask: NDArray[np.bool_], rows: slice, columns: slice) -> float:
    """How much of a mask lies in a rectangle."""
    return float(mask[rows, columns].sum() / max(mask.sum(), 1))


def test_a_portrait_shows_one_person_with_hair_over_a_face_over_clothes(
    parser: Parser, astronaut: NDArray[np.uint8]
) -> None:
    result = parser.parse(astronaut)
    largest = result.people[0]
    assert sum(person.area_px > largest.area_px / 2 for person in result.people) == 1
    assert {"hair", "face"} < set(largest.parts)
    assert share(result, ("face",), np.s_[95:165], np.s_[190:260]) > 0.6
    assert share(result, ("hair",), np.s_[25:70], np.s_[180:275]) > 0.4
    assert share(result, CLOTHES, np.s_[320:480], np.s_[100:220]) > 0.6
    assert share_inside(largest.parts["face"].mask, np.s_[60:210], np.s_[140:310]) > 0.7
    assert largest.mask[:, 320:].mean() < 0.4  # the model rocket on the right is nobody


def test_a_face_is_found_where_hat_and_glasses_frame_it(parser: Parser) -> None:
    from matplotlib.cbook import get_sample_data

    with get_sample_data("grace_hopper.jpg") as file:
        result = parser.parse(Image.open(file))
    assert result.size_hw == (600, 512)
    assert share(result, ("face",), np.s_[220:320], np.s_[190:330]) > 0.5
    assert share(result, (*CLOTHES, "scarf"), np.s_[450:590], np.s_[80:430]) > 0.6
    assert share_inside(result.mask("face"), np.s_[100:360], np.s_[130:400]) > 0.7


def test_the_mirrored_portrait_shows_the_same_with_left_and_right_exchanged(
    parser: Parser, astronaut: NDArray[np.uint8]
) -> None:
    result, mirrored = parser.parse(astronaut), parser.parse(astronaut[:, ::-1])
    turned_back = CIHP.swap_left_right(mirrored.label_map[:, ::-1])
    assert (turned_back == result.label_map).mean() > 0.7
    both = ((turned_back > 0) & (result.label_map > 0)).sum()
    assert both / ((turned_back > 0) | (result.label_map > 0)).sum() > 0.85


def gradient() -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:300, :400]
    return np.stack([columns * 255 // 400, rows * 255 // 300, np.full((300, 400), 128)], 2).astype(np.uint8)


@pytest.mark.parametrize(
    "pixels",
    [
        gradient(),
        np.zeros((200, 320, 3), np.uint8),
        np.full((301, 199, 3), 255, np.uint8),
        np.full((7, 900), 90, np.uint8),
    ],
    ids=["gradient", "black", "white", "gray strip"],
)
def test_a_picture_of_nothing_shows_nobody(parser: Parser, pixels: NDArray[np.uint8]) -> None:
    result = parser.parse(pixels)
    assert result.people == ()
    assert result.size_hw == pixels.shape[:2]


def test_the_smallest_and_the_thinnest_photos_are_parsed(parser: Parser) -> None:
    for size_hw in ((1, 1), (2, 700), (700, 2)):
        assert parser.parse(np.zeros((*size_hw, 3), np.uint8)).size_hw == size_hw


@pytest.mark.slow
def test_street_photographs_are_parsed_at_least_fairly(parser: Parser, shared_data: Path) -> None:
    photos = find_photos(shared_data / "street-parsing", split="val")[::8]
    figures = evaluate_photos(parser.pixel_parser, photos).as_dict()
    assert figures["mIoU without glove"] > 0.35
    assert figures["foreground IoU"] > 0.8
    assert figures["pixel accuracy"] > 0.8
