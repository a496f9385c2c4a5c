from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from fittingroom.bundle.agnostic import GARMENTS
from fittingroom.data.photos import LabelledPhoto, no_points
from fittingroom.errors import ConfigError
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult
from fittingroom.training.mask_doubt import Example, cells_of, fit, fitted, logistic_weights


def examples(count: int) -> list[Example]:
    """Dresses whose lower half the parse calls a skirt, not sure of it, in every other photo; true skirts else."""
    made = []
    for number in range(count):
        truth = np.zeros((128, 64), np.uint8)
        truth[4:20, 24:40], truth[20:60, 16:48], truth[60:100, 16:48] = 13, 6, 6 if number % 2 else 12
        truth[100:124, 20:44] = CIHP.id_of("left-leg")
        seen, confidence = truth.copy(), np.full(truth.shape, 240, np.uint8)
        seen[60:100, 16:48] = 12
        confidence[60:100, 16:48] = 120 if number % 2 else 235
        people = (truth > 0).astype(np.uint8)
        photo = LabelledPhoto(np.full((128, 64, 3), 90, np.uint8), truth, people, body_points=no_points(1))
        made.append(Example(photo, ParseResult.from_maps(seen, people.astype(np.uint16), confidence, label_set=CIHP)))
    return made


def test_the_regression_finds_what_tells_two_kinds_apart() -> None:
    rng = np.random.default_rng(0)
    features = np.column_stack([np.ones(4000), rng.normal(size=(4000, 2))])
    is_true = rng.random(4000) < 1 / (1 + np.exp(-(1 + 2 * features[:, 1])))
    weights = logistic_weights(features, is_true, counts=10.0)
    assert weights == pytest.approx([1, 2, 0], abs=0.15)


def test_cells_that_nobody_decided_on_teach_nothing() -> None:
    example = examples(1)[0]
    example.photo.labels[:] = 255
    example.photo.labels[20:30, 16:48] = 6
    assert sum(len(cells.is_garment) for rows in cells_of([example], "upper").values() for cells in rows) == 0


def test_weights_tell_a_dress_called_skirt_from_a_skirt() -> None:
    cells = cells_of(examples(6), "upper")
    weights = fit(cells)["worn"]
    for row in cells["worn"]:
        assert ((row.features @ weights > 0) == row.is_garment).mean() > 0.95


@pytest.mark.slow
def test_thresholds_leave_no_more_than_was_asked() -> None:
    model = fitted(examples(10), max_left=0.05)
    assert set(model.weights) == set(model.thresholds) == set(GARMENTS)
    assert model.thresholds["upper"] < 1


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    from fittingroom.training.mask_doubt import main

    outcome = CliRunner().invoke(main, [str(tmp_path), "--out", str(tmp_path / "doubt.json")])
    assert isinstance(outcome.exception, ConfigError)
    assert not (tmp_path / "doubt.json").exists()
