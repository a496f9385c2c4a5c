"""Parsed photos for every form: drawn by hand, and drawn by chance."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from fittingroom.interchange import AnnotatedPhoto
from fittingroom.labels import CIHP, LabelSet
from fittingroom.results import ParseResult


def result_of(label_map: np.ndarray, person_map: np.ndarray, label_set: LabelSet = CIHP) -> ParseResult:
    """A parse of maps in which a pixel may have a label or a person alone; such pixels become nobody's."""
    both = (label_map > 0) & (person_map > 0)
    numbers = np.unique(person_map[both])
    persons = np.where(both, np.searchsorted(numbers, person_map) + 1, 0).astype(np.uint16)
    labels = np.where(both, label_map, 0).astype(np.uint8)
    return ParseResult.from_maps(labels, persons, np.full(labels.shape, 255, np.uint8), label_set=label_set)


def special_cases() -> list[ParseResult]:
    """Nobody, everything one part, one pixel, a hole with an island, thirty people."""
    empty, full = np.zeros((5, 7), np.uint8), np.full((5, 7), 5, np.uint8)
    pixel, ring = empty.copy(), full.copy()
    pixel[4, 6] = 13
    ring[1:4, 1:6] = 0
    ring[2, 3] = 2
    crowd_labels = np.arange(30 * 12, dtype=np.uint8).reshape(30, 12) % 19 + 1
    crowd_people = np.repeat(np.arange(1, 31, dtype=np.uint8)[:, None], 12, axis=1)
    ones = np.ones((5, 7), np.uint8)
    return [result_of(labels, ones) for labels in (empty, full, pixel, ring)] + [result_of(crowd_labels, crowd_people)]


@st.composite
def results(draw: st.DrawFn) -> ParseResult:
    """Parses of noise: up to 6 people, all classes, every shape a pixel mask can have."""
    shape = draw(array_shapes(min_dims=2, max_dims=2, max_side=8))
    labels = draw(arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 1, 5, 10, 13, 19])))
    people = draw(arrays(np.uint8, shape, elements=st.integers(0, 6)))
    return result_of(labels, people)


@pytest.fixture
def annotated(tmp_path: Path) -> Callable[[ParseResult], AnnotatedPhoto]:
    """Gives a parse a photo of noise, tmp_path/photos/a.png."""

    def build(result: ParseResult) -> AnnotatedPhoto:
        photo = tmp_path / "photos" / "a.png"
        photo.parent.mkdir(exist_ok=True)
        noise = np.random.default_rng(0).integers(0, 256, (*result.size_hw, 3), dtype=np.uint8)
        Image.fromarray(noise).save(photo)
        return AnnotatedPhoto("a", result, ".png", photo)

    return build
