from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.errors import ModelError
from fittingroom.labels import CIHP, LIP
from fittingroom.m2fp.class_names import MULTIPLE_CLASSES, SINGLE_CLASSES, legacy_names
from fittingroom.m2fp.engine import M2fpNetworkOutput
from fittingroom.m2fp.framing import M2fpInputRule
from fittingroom.m2fp.parser import M2fpParser


@dataclass
class SaysEngine:
    said: M2fpNetworkOutput
    seen: list[tuple[int, ...]] = field(default_factory=list)

    def run(self, pixels: NDArray[np.float32]) -> M2fpNetworkOutput:
        self.seen.append(pixels.shape)
        return self.said


@pytest.fixture
def several(says: Callable[..., M2fpNetworkOutput]) -> M2fpParser:
    """Sees hair above a shirt on one person, in an input of 64 x 64."""
    said = says(
        [(2, 0.9, np.s_[4:6, 4:8]), (5, 0.9, np.s_[6:12, 4:8]), (20, 0.95, np.s_[4:12, 4:8])],
        classes=21, cells_hw=(16, 16),
    )  # fmt: skip
    return M2fpParser(SaysEngine(said), CIHP, M2fpInputRule("m2fp-multiple", 64, 128), MULTIPLE_CLASSES, model_name="m")


@pytest.fixture
def one(says: Callable[..., M2fpNetworkOutput]) -> M2fpParser:
    """Sees jumpsuits in the middle of an input of 64 high, 32 wide."""
    said = says([(0, 0.9, np.s_[:, :]), (10, 0.99, np.s_[4:12, 2:6])], classes=20, cells_hw=(16, 8))
    return M2fpParser(SaysEngine(said), LIP, M2fpInputRule("m2fp-single", 32, 64), SINGLE_CLASSES)


def test_a_photo_becomes_people_with_their_parts(several: M2fpParser) -> None:
    result = several.parse(np.zeros((128, 128, 3), np.uint8))
    assert result.size_hw == (128, 128)
    assert result.model_name == "m"
    (person,) = result.people
    assert person.score == pytest.approx(0.95, abs=0.05)  # the rim of a mask is less sure
    assert list(person.parts) == ["hair", "upper-clothes"]
    assert several.engine.seen == [(1, 3, 64, 64)]  # type: ignore[attr-defined]


def test_the_original_form_of_several_people_has_its_own_names(several: M2fpParser) -> None:
    assert several.legacy_output(np.zeros((128, 128, 3), np.uint8))["labels"] == ["Hair", "UpperClothes", "Human"]


def test_one_person_is_one_person(one: M2fpParser) -> None:
    result = one.parse(np.zeros((128, 64, 3), np.uint8))
    (person,) = result.people
    assert list(person.parts) == ["jumpsuits"]
    assert one.legacy_output(np.zeros((128, 64, 3), np.uint8))["labels"] == ["Background", "Jumpsuits"]


def test_nobody_gives_an_empty_result(says: Callable[..., M2fpNetworkOutput], several: M2fpParser) -> None:
    empty = M2fpParser(
        SaysEngine(says([], classes=21, cells_hw=(16, 16))), CIHP, several.input_rule, several.legacy_names
    )
    photo = np.zeros((50, 50, 3), np.uint8)
    assert empty.parse(photo).people == ()
    assert empty.legacy_output(photo) == {"masks": [], "labels": [], "scores": []}


def test_details_are_asked_of_it_in_vain(several: M2fpParser) -> None:
    with pytest.raises(ModelError, match="gives no fine parts; use the model default"):
        several.parse(np.zeros((64, 64, 3), np.uint8), schema="fine")


def test_another_input_size_keeps_the_proportions(several: M2fpParser) -> None:
    assert several.with_long_side(256).input_rule == M2fpInputRule("m2fp-multiple", 128, 256)


def test_classes_of_ones_own_keep_their_names_in_the_original_form() -> None:
    assert legacy_names(CIHP, is_single=False)[10] == "Torso-skin"
    assert legacy_names(LIP, is_single=True)[10] == "Jumpsuits"
    assert legacy_names(LIP, is_single=False) == (*LIP.classes, "Human")
