from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fittingroom.data.photos import find_photos
from fittingroom.labels import CIHP
from fittingroom.parser import Parser
from fittingroom.results import ParseResult
from fittingroom.tryon import find_anchors


def test_the_eyes_of_a_drawn_face_are_found(drawn: Any) -> None:
    anchors = find_anchors(drawn.photo, drawn.result, drawn.result.people[0])
    assert anchors.xy("left-eye") == pytest.approx((139.5, 62), abs=2.5)
    assert anchors.xy("right-eye") == pytest.approx((120.5, 62), abs=2.5)


@pytest.mark.parametrize("tilt_deg", [-20.0, 0.0, 20.0])
def test_the_heads_tilt_is_found(tilt_deg: float, draw: Callable[..., Any]) -> None:
    tilted = draw(tilt_deg)
    anchors = find_anchors(tilted.photo, tilted.result, tilted.result.people[0])
    assert anchors.need_head().tilt_deg == pytest.approx(tilt_deg, abs=4)


def test_left_is_the_persons_own(drawn: Any) -> None:
    anchors = find_anchors(drawn.photo, drawn.result, drawn.result.people[0])
    for name in ("eye", "ear-lobe", "neck", "shoulder", "hip", "wrist", "ankle"):
        assert anchors.xy(f"left-{name}")[0] > anchors.xy(f"right-{name}")[0], name


def test_without_body_points_the_masks_give_shoulders(drawn: Any) -> None:
    result = drawn.result
    bare = ParseResult.from_maps(result.label_map, result.person_map, result.confidence, label_set=CIHP)
    anchors = find_anchors(drawn.photo, bare, bare.people[0])
    assert anchors.are_body_points_guessed
    assert anchors.xy("left-shoulder") == pytest.approx((172, 122), abs=16)


def test_eyes_that_the_body_points_see_move_the_eyes_towards_them(drawn: Any, parsed: Callable[..., Any]) -> None:
    result = drawn.result
    before = find_anchors(drawn.photo, result, result.people[0])
    points = result.people[0].body_points.copy()
    points[[16, 15]] = [(*(before.xy(f"{side}-eye") + np.array([3, 2])), 0.9) for side in ("left", "right")]
    seen = parsed(result.label_map, result.person_map, [points])
    after = find_anchors(drawn.photo, seen, seen.people[0])
    for side in ("left", "right"):
        assert after.xy(f"{side}-eye") - before.xy(f"{side}-eye") == pytest.approx((1.5, 1), abs=0.3)


def test_eyes_of_body_points_far_from_the_face_are_not_believed(drawn: Any, parsed: Callable[..., Any]) -> None:
    result = drawn.result
    points = result.people[0].body_points.copy()
    points[[16, 15]] = [(60, 300, 0.9), (40, 300, 0.9)]
    seen = parsed(result.label_map, result.person_map, [points])
    before = find_anchors(drawn.photo, result, result.people[0])
    assert find_anchors(drawn.photo, seen, seen.people[0]).xy("left-eye") == pytest.approx(before.xy("left-eye"))


@pytest.mark.slow
def test_the_eyes_of_parsed_street_photos_are_where_the_face_mesh_has_them(shared_data: Path) -> None:
    photos = find_photos(shared_data / "street-parsing", split="val")
    parser = Parser()
    errors = []
    for files in photos[::5]:
        if files.landmarks is None or files.landmarks[1].face is None:
            continue
        mesh = files.landmarks[1].face
        photo = files.read().pixels_rgb
        result = parser.parse(photo, schema="fine")
        anchors = find_anchors(photo, result, result.people[0])
        eyes = np.stack([mesh[[362, 263]].mean(0), mesh[[33, 133]].mean(0)])  # between the corners
        found = np.stack([anchors.xy("left-eye"), anchors.xy("right-eye")])
        face_height = np.linalg.norm(mesh[152] - mesh[10])
        errors.append(np.linalg.norm(found - eyes, axis=1).max() / face_height)
    assert len(errors) > 10
    assert np.quantile(errors, 0.9) < 0.06  # of the face, about 4 % of the head with its hair
