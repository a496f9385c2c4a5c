import numpy as np
import pytest

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels import ATR, ATR_NECK, CIHP, DETAILS, LABEL_SETS, VITON_HD, convert, describe_conversion
from fittingroom.labels.fine_conversions import convert_fine, lost_details, said_details

FACE, SKIN, PANTS = (CIHP.id_of(name) for name in ("face", "torso-skin", "pants"))
LABELS = np.array([[0, FACE, SKIN, PANTS]], np.uint8)
FINE = np.array([[0, DETAILS.index("nose"), DETAILS.index("neck"), DETAILS.index("belt")]], np.uint8)


def test_a_neck_and_a_belt_are_said_exactly() -> None:
    converted = convert_fine(LABELS, FINE, ATR_NECK)
    assert [ATR_NECK.classes[class_id] for class_id in converted[0]] == ["background", "face", "neck", "belt"]
    assert [ATR.classes[class_id] for class_id in convert_fine(LABELS, FINE, ATR)[0]][2] == "face"


def test_skin_of_the_chest_still_needs_a_substitute() -> None:
    chest = np.where(DETAILS.index("neck") == FINE, 0, FINE).astype(np.uint8)
    with pytest.raises(LabelError, match="torso-skin"):
        convert_fine(LABELS, chest, ATR)
    assert convert_fine(LABELS, chest, ATR, lossy=True)[0, 2] == ATR.id_of("face")


def test_a_bag_is_drawn_where_nobody_is() -> None:
    bags = np.array([[True, True, False, False]])
    assert convert_fine(LABELS, FINE, ATR, bag_map=bags)[0, :2].tolist() == [ATR.id_of("bag"), ATR.id_of("face")]
    assert convert_fine(LABELS, FINE, VITON_HD, bag_map=bags)[0, 0] == 0


def test_details_that_a_set_has_no_class_for_are_named() -> None:
    assert lost_details(FINE, ATR) == ("nose",)
    assert lost_details(FINE, VITON_HD) == ("nose", "neck", "belt")


@pytest.mark.parametrize("target", [label_set for label_set in LABEL_SETS.values() if label_set.name != "cihp"])
def test_without_details_it_is_the_plain_conversion(target) -> None:  # type: ignore[no-untyped-def]
    labels = np.arange(20, dtype=np.uint8)[None]
    sayable = [number for number, name in enumerate(CIHP.classes) if name in describe_conversion(CIHP, target).exact]
    labels = labels[:, sayable]
    assert np.array_equal(convert_fine(labels, np.zeros_like(labels), target), convert(labels, CIHP, target))
    assert all(name in target.classes for name in said_details(target).values())


def test_maps_of_other_sizes_and_unknown_details_are_refused() -> None:
    with pytest.raises(ShapeError, match="detail map is"):
        convert_fine(LABELS, FINE[:, :2], ATR)
    with pytest.raises(LabelError, match="detail map holds id 99"):
        convert_fine(LABELS, np.full_like(LABELS, 99), ATR)
