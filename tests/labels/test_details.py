import numpy as np
import pytest

from fittingroom.errors import LabelError
from fittingroom.labels import (
    CIHP,
    DETAIL_CLASSES,
    DETAIL_FLIP_PAIRS,
    DETAIL_PALETTE,
    DETAILS,
    DETAILS_ZH,
    LIP,
    VITON_HD,
    allowed_details,
    detail_id,
    swap_classes,
)


def test_the_ids_are_these_for_good() -> None:
    assert DETAILS == (
        "none", "nose", "lips", "left-eye", "right-eye", "left-eyebrow", "right-eyebrow", "left-ear", "right-ear",
        "neck", "left-shoulder", "right-shoulder", "left-hand", "right-hand", "left-sleeve", "right-sleeve",
        "left-trouser-leg", "right-trouser-leg", "belt", "tie", "clear-glasses", "jewellery",
    )  # fmt: skip
    assert len(set(DETAILS_ZH)) == len(DETAILS) == 22
    assert [DETAILS_ZH[detail_id(name)] for name in ("left-sleeve", "right-trouser-leg")] == ["左袖", "右裤腿"]


def test_every_detail_lies_on_classes_that_exist() -> None:
    for name, classes in DETAIL_CLASSES.items():
        assert (name == "none") == (not classes)
        assert set(classes) <= set(CIHP.classes[1:])


def test_a_sleeve_may_lie_on_three_garments_and_a_nose_on_the_face_alone() -> None:
    allowed = allowed_details(CIHP)
    assert allowed.shape == (20, 22)
    sleeve, nose = detail_id("left-sleeve"), detail_id("nose")
    assert [CIHP.classes[row] for row in np.flatnonzero(allowed[:, sleeve])] == ["upper-clothes", "dress", "coat"]
    assert [CIHP.classes[row] for row in np.flatnonzero(allowed[:, nose])] == ["face"]


def test_every_class_may_hold_none_and_the_background_nothing_else() -> None:
    allowed = allowed_details(CIHP)
    assert allowed[:, 0].all()
    assert not allowed[0, 1:].any()


def test_left_never_lies_on_right() -> None:
    for name, classes in DETAIL_CLASSES.items():
        side = name.split("-")[0]
        other = {"left": "right-", "right": "left-"}.get(side)
        assert other is None or not any(class_name.startswith(other) for class_name in classes)


def test_mirroring_keeps_to_the_allowed_classes() -> None:
    classes = CIHP.swap_left_right(np.arange(20, dtype=np.uint8))
    details = swap_classes(np.arange(22, dtype=np.uint8), DETAIL_FLIP_PAIRS)
    allowed = allowed_details(CIHP)
    assert np.array_equal(allowed, allowed[classes][:, details])
    assert [DETAILS[mirrored] for mirrored in details[12:14]] == ["right-hand", "left-hand"]


def test_other_sets_allow_what_their_names_say() -> None:
    assert allowed_details(LIP)[LIP.id_of("face"), detail_id("lips")]
    assert not allowed_details(LIP)[:, detail_id("neck")].any()  # it has no skin of the torso
    assert allowed_details(VITON_HD)[VITON_HD.id_of("left-arm"), detail_id("left-hand")]


def test_an_unknown_detail_is_refused_with_the_known_ones() -> None:
    with pytest.raises(LabelError, match="no detail 'mouth'; they are nose, lips"):
        detail_id("mouth")


def test_no_two_details_share_a_colour() -> None:
    colours = DETAIL_PALETTE[: len(DETAILS)]
    assert len(np.unique(colours, axis=0)) == len(DETAILS)
    assert not DETAIL_PALETTE[len(DETAILS) :].any()
