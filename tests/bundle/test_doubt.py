import json
from pathlib import Path

import numpy as np
import pytest

from fittingroom.bundle.agnostic import GARMENTS
from fittingroom.bundle.doubt import (
    AT_HAND,
    FEATURES,
    HAND_ODDS,
    KINDS,
    Clues,
    DoubtModel,
    bundled_doubt,
    clues_of,
    read_doubt,
)
from fittingroom.bundle.pose_estimate import pose_of
from fittingroom.bundle.view import View
from fittingroom.errors import ConfigError
from fittingroom.labels import CIHP

from .conftest import drawn_labels, drawn_result


def clues_with(photo_rgb: np.ndarray | None, category: str = "upper") -> Clues:
    result = drawn_result()
    person = result.people[0]
    view = View.of(result, person, reach_px=10)
    pose = pose_of(result, person).seen_from(view.window_xyxy[:2])
    shown = None if photo_rgb is None else view.within(photo_rgb)
    return clues_of(view, pose, view(GARMENTS[category]), view(("left-arm",)), shown)


def test_the_bundled_model_knows_every_category_and_says_what_it_was_made_from() -> None:
    model = bundled_doubt()
    assert set(model.weights) == set(GARMENTS) == set(model.thresholds)
    assert {"model", "sha256", "photos"} <= set(model.made_from)
    for rows in model.weights.values():
        assert set(rows) <= {*KINDS, AT_HAND}
        assert all(row.shape == (len(FEATURES),) for row in rows.values())


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    model = bundled_doubt()
    (tmp_path / "doubt.json").write_text(json.dumps(model.document()))
    assert read_doubt(tmp_path / "doubt.json").document() == model.document()


@pytest.mark.parametrize("text", ["{", '{"features": ["x"]}', "[]"])
def test_a_model_of_other_features_is_refused_with_the_way_to_make_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "doubt.json").write_text(text)
    with pytest.raises(ConfigError, match=r"not a model of doubt .* fittingroom\.training\.mask_doubt"):
        read_doubt(tmp_path / "doubt.json")


def test_no_cell_is_of_two_kinds() -> None:
    kinds = clues_with(None).kinds(CIHP)
    assert np.stack(list(kinds.values())).sum(axis=0).max() == 1


def test_trousers_in_the_garments_colour_look_more_like_it_than_others() -> None:
    labels = drawn_labels()
    photo = np.zeros((*labels.shape, 3), np.uint8)
    photo[labels == CIHP.id_of("upper-clothes")] = (200, 30, 30)
    other = photo.copy()
    photo[:120][labels[:120] == CIHP.id_of("pants")] = (200, 30, 30)
    other[labels == CIHP.id_of("pants")] = (30, 60, 200)
    colour = FEATURES.index("colour")
    pants = clues_with(photo).labels == CIHP.id_of("pants")
    assert clues_with(photo).features[colour][pants].max() > clues_with(other).features[colour][pants].max() + 0.3
    assert not clues_with(None).features[colour].any()


def test_at_hands_the_odds_must_be_high() -> None:
    clues = clues_with(None)
    even = {"arms": np.zeros(len(FEATURES))}
    excess = DoubtModel({"upper": even}, {"upper": 0.1}, {}).excess(clues, "upper", CIHP)
    is_left, is_right = (clues.labels == CIHP.id_of(f"{side}-arm") for side in ("left", "right"))
    assert np.allclose(excess[is_left], -np.log(HAND_ODDS))
    assert (excess[is_right] > 0).all()
