import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.data.photos import LabelledPhoto, find_photos
from fittingroom.engine.fake_engine import FakeEngine
from fittingroom.evaluation.evaluate import Figures, Measures, evaluate_photos, foreground_iou
from fittingroom.labels import CIHP, LabelSet
from fittingroom.parsing.pixel_parser import PixelParser
from fittingroom.parsing.prepare import InputRule
from fittingroom.results import ParseResult

HEADS = LabelSet("heads", ("background", "hair", "face"))


def reds_and_greens(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Classes read off the colours of the drawn photos."""
    cells = picture[2::4, 2::4]
    return np.where(cells[..., 0] > 128, 1, np.where(cells[..., 1] > 128, 2, 0)).astype(np.uint8)


def test_a_parser_that_sees_everything_scores_nearly_1(drawn_photos: Path) -> None:
    parser = PixelParser(FakeEngine(3, reds_and_greens), HEADS, InputRule(64), closer=None)
    figures = evaluate_photos(parser, find_photos(drawn_photos / "heads"))
    assert figures.photos == 4
    assert figures.as_dict()["mIoU"] > 0.98  # corners are rounded by a pixel


def test_a_parser_that_sees_nobody_scores_0_on_people(drawn_photos: Path) -> None:
    blind = FakeEngine(3, lambda picture: np.zeros((picture.shape[0] // 4, picture.shape[1] // 4), np.uint8))
    figures = evaluate_photos(PixelParser(blind, HEADS, InputRule(64)), find_photos(drawn_photos / "heads")).as_dict()
    assert figures["foreground IoU"] == figures["IoU hair"] == figures["IoU face"] == 0
    # five heads of 16 x 48 in four pictures of 48 x 64
    assert figures["pixel accuracy"] == pytest.approx(1 - 5 * 16 * 48 / (4 * 48 * 64), abs=1e-4)


def test_older_systems_are_measured_on_person_or_not(drawn_photos: Path) -> None:
    photos = find_photos(drawn_photos / "heads")
    assert foreground_iou(lambda pixels: pixels.max(2) > 128, photos) == 1
    # five heads of 16 x 48 in four pictures of 48 x 64
    everything = foreground_iou(lambda pixels: np.ones(pixels.shape[:2], bool), photos)
    assert everything == pytest.approx(5 * 16 * 48 / (4 * 48 * 64))


def measured(truth: NDArray[np.uint8], predicted: NDArray[np.uint8], label_set: LabelSet) -> Figures:
    """One photo of one person, each pixel predicted with full confidence."""
    people = predicted > 0
    result = ParseResult.from_maps(
        predicted, people.astype(np.uint16), np.full(predicted.shape, 255, np.uint8), label_set=label_set
    )
    photo = LabelledPhoto(np.zeros((*truth.shape, 3), np.uint8), truth, (truth > 0).astype(np.uint8))
    return Figures(label_set, Measures.empty(len(label_set)) + Measures.of(photo, result))


def figures_of_cihp() -> Figures:
    """Hair and glove occur: hair found, glove not."""
    return measured(np.array([[0, 2, 2, 3]], np.uint8), np.array([[0, 2, 2, 0]], np.uint8), CIHP)


def test_every_figure_of_a_small_photo_is_that_worked_out_on_paper() -> None:
    figures = figures_of_cihp().as_dict()
    said = {name: figures[name] for name in figures if not name.startswith("IoU")}
    assert said == pytest.approx(
        {
            "photos": 1,
            "people": 1,
            "mIoU": (1 / 2 + 1 + 0) / 3,
            "mIoU without glove": (1 / 2 + 1) / 2,
            "foreground IoU": 2 / 3,
            "pixel accuracy": 3 / 4,
            # changes behind pixels 0 and 2 in both; behind pixel 2 hair ends in the glove or in nothing
            "boundary F 1 px": 1,
            "boundary F 2 px": 1,
            "boundary distance px": 0,
            "APr_vol": (1 + 0) / 2,
            "APr_vol, duplicates are hits": (1 + 0) / 2,
            "APp_vol": 4 / 9,  # mean IoU of background 1/2, hair 1, glove 0: a half
            "APp50": 0,
            "PCP50": 0,
            "APh": 4 / 10,  # 2/3
            "person recall": 1,
            "person link": 2 / 3,
            "calibration error of pixels": 1 / 4,
            "calibration error of people's pixels": 1 / 3,
            "score error of parts": 0,
        },
        abs=1e-4,
    )


def test_the_mean_is_also_given_without_the_glove() -> None:
    figures = figures_of_cihp().as_dict()
    assert figures["mIoU"] == pytest.approx((1 / 2 + 1 + 0) / 3, abs=1e-4)
    assert figures["mIoU without glove"] == pytest.approx((1 / 2 + 1) / 2, abs=1e-4)
    assert figures["IoU glove"] == 0


def test_a_set_without_gloves_has_no_such_mean() -> None:
    one = np.zeros((1, 1), np.uint8)
    assert "mIoU without glove" not in measured(one, one, HEADS).as_dict()


def test_figures_that_cannot_be_said_are_left_out_so_that_json_can_hold_them() -> None:
    figures = figures_of_cihp().as_dict()
    assert "IoU dress" not in figures
    assert "NaN" not in json.dumps(figures)


def test_the_summary_is_one_line_with_every_class() -> None:
    summary = figures_of_cihp().summary()
    assert summary.startswith("1 photos: mIoU 0.500, mIoU without glove 0.750, foreground IoU 0.667")
    assert "\n" not in summary
    assert "glove 0.00" in summary
