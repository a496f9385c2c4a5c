"""Conversions: each table as a vector of ids, and the refusal to guess."""

import numpy as np
import pytest

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels import (
    ACGPN,
    ATR,
    ATR_NECK,
    CIHP,
    LABEL_SETS,
    LIP,
    VITON_HD,
    LabelSet,
    convert,
    describe_conversion,
)


def every_id(label_set: LabelSet) -> np.ndarray:
    return np.arange(len(label_set), dtype=np.uint8)


# fmt: off
# What each source id becomes; a pair (id,) in a tuple is a substitute, which needs lossy=True.
TABLES = [
    #                    0  1  2     3   4  5  6  7     8  9     10  11 12  13  14  15  16  17  18  19
    (CIHP, LIP,         [0, 1, 2,    3,  4, 5, 6, 7,    8, 9,  (0,), 11, 12, 13, 14, 15, 16, 17, 18, 19]),
    (CIHP, ATR,         [0, 1, 2, (0,),  3, 4, 7, 4, (0,), 6, (11,), 17,  5, 11, 14, 15, 12, 13,  9, 10]),
    (CIHP, ATR_NECK,    [0, 1, 2, (0,),  3, 4, 7, 4, (0,), 6, (18,), 17,  5, 11, 14, 15, 12, 13,  9, 10]),
    (CIHP, ACGPN,       [0, 1, 1,    7, 12, 4, 4, 4,    7, 8,  (0,),  7,  8, 12, 11, 13,  9, 10,  5,  6]),
    (CIHP, VITON_HD,    [0, 1, 1,   12,  2, 3, 3, 3,   11, 4,     0, 12,  4,  2,  5,  6,  7,  8,  9, 10]),
    (LIP, CIHP,         [0, 1, 2,    3,  4, 5, 6, 7,    8, 9,  (6,), 11, 12, 13, 14, 15, 16, 17, 18, 19]),
    (LIP, ATR,          [0, 1, 2, (0,),  3, 4, 7, 4, (0,), 6,  (7,), 17,  5, 11, 14, 15, 12, 13,  9, 10]),
    (LIP, ATR_NECK,     [0, 1, 2, (0,),  3, 4, 7, 4, (0,), 6,  (7,), 17,  5, 11, 14, 15, 12, 13,  9, 10]),
    (LIP, ACGPN,        [0, 1, 1,    7, 12, 4, 4, 4,    7, 8,     7,  7,  8, 12, 11, 13,  9, 10,  5,  6]),
    (LIP, VITON_HD,     [0, 1, 1,   12,  2, 3, 3, 3,   11, 4,  (3,), 12,  4,  2,  5,  6,  7,  8,  9, 10]),
    #                    0  1  2  3     4   5  6  7     8   9  10     11  12  13  14  15 16  17   18
    (ATR, CIHP,         [0, 1, 2, 4,  (5,), 12, 9, 6, (9,), 18, 19, (13,), 16, 17, 14, 15, 0, 11]),
    (ATR, LIP,          [0, 1, 2, 4,  (5,), 12, 9, 6, (9,), 18, 19, (13,), 16, 17, 14, 15, 0, 11]),
    (ATR, ATR_NECK,     [0, 1, 2, 3,     4,  5, 6, 7,    8,  9, 10, (11,), 12, 13, 14, 15, 16, 17]),
    (ATR, ACGPN,        [0, 1, 1, 12,    4,  8, 8, 4, (8,),  5,  6, (12,),  9, 10, 11, 13, 0, 7]),
    (ATR, VITON_HD,     [0, 1, 1, 2,     3,  4, 4, 3, (4,),  9, 10,  (2,),  7,  8,  5,  6, 0, 12]),
    (ATR_NECK, CIHP,    [0, 1, 2, 4,  (5,), 12, 9, 6, (9,), 18, 19,    13, 16, 17, 14, 15, 0, 11, 10]),
    (ATR_NECK, LIP,     [0, 1, 2, 4,  (5,), 12, 9, 6, (9,), 18, 19,    13, 16, 17, 14, 15, 0, 11, (0,)]),
    (ATR_NECK, ATR,     [0, 1, 2, 3,     4,  5, 6, 7,    8,  9, 10,    11, 12, 13, 14, 15, 16, 17, 11]),
    (ATR_NECK, ACGPN,   [0, 1, 1, 12,    4,  8, 8, 4, (8,),  5,  6,    12,  9, 10, 11, 13, 0, 7, (0,)]),
    (ATR_NECK, VITON_HD, [0, 1, 1, 2,    3,  4, 4, 3, (4,),  9, 10,     2,  7,  8,  5,  6, 0, 12, 0]),
]
# fmt: on
TABLE_NAMES = [f"{source.name} to {target.name}" for source, target, _ in TABLES]


@pytest.mark.parametrize(("source", "target", "table"), TABLES, ids=TABLE_NAMES)
def test_each_id_becomes_the_id_in_the_table(source: LabelSet, target: LabelSet, table: list[int | tuple[int]]) -> None:
    expected = [entry[0] if isinstance(entry, tuple) else entry for entry in table]
    assert convert(every_id(source), source, target, lossy=True).tolist() == expected


@pytest.mark.parametrize(("source", "target", "table"), TABLES, ids=TABLE_NAMES)
def test_each_class_converts_alone_unless_it_needs_a_substitute(
    source: LabelSet, target: LabelSet, table: list[int | tuple[int]]
) -> None:
    unsayable = [source.classes[i] for i, entry in enumerate(table) if isinstance(entry, tuple)]
    assert list(describe_conversion(source, target).unsayable) == unsayable
    for class_id, entry in enumerate(table):
        label_map = np.array([[class_id]], np.uint8)
        if isinstance(entry, tuple):
            with pytest.raises(LabelError, match=source.classes[class_id]):
                convert(label_map, source, target)
        else:
            assert convert(label_map, source, target).tolist() == [[entry]]


def test_these_are_all_the_conversions_there_are() -> None:
    possible = []
    for source in LABEL_SETS.values():
        for target in LABEL_SETS.values():
            try:
                describe_conversion(source, target)
            except LabelError:
                continue
            possible.append(f"{source.name} to {target.name}")
    assert sorted(possible) == sorted(TABLE_NAMES + [f"{name} to {name}" for name in LABEL_SETS])


def test_lip_to_acgpn_is_the_published_table() -> None:
    published = {0: 0, 1: 1, 2: 1, 5: 4, 6: 4, 7: 4, 18: 5, 19: 6, 3: 7, 8: 7, 10: 7, 11: 7, 9: 8, 12: 8, 16: 9, 17: 10}
    published |= {14: 11, 4: 12, 13: 12, 15: 13}
    assert dict(enumerate(convert(every_id(LIP), LIP, ACGPN).tolist())) == published


def test_cihp_to_viton_hd_is_the_published_grouping() -> None:
    converted = convert(every_id(CIHP), CIHP, VITON_HD)
    groups = {name: set(np.flatnonzero(converted == i).tolist()) for i, name in enumerate(VITON_HD.classes)}
    assert groups == {
        "background": {0, 10},
        "hair": {1, 2},
        "face": {4, 13},
        "upper": {5, 6, 7},
        "bottom": {9, 12},
        "left-arm": {14},
        "right-arm": {15},
        "left-leg": {16},
        "right-leg": {17},
        "left-shoe": {18},
        "right-shoe": {19},
        "socks": {8},
        "noise": {3, 11},
    }


@pytest.mark.parametrize(("source", "target", "table"), TABLES, ids=TABLE_NAMES)
def test_left_stays_left(source: LabelSet, target: LabelSet, table: list[int | tuple[int]]) -> None:
    label_map = every_id(source)
    swapped_first = convert(source.swap_left_right(label_map), source, target, lossy=True)
    swapped_last = target.swap_left_right(convert(label_map, source, target, lossy=True))
    assert np.array_equal(swapped_first, swapped_last)


@pytest.mark.parametrize("label_set", LABEL_SETS.values(), ids=LABEL_SETS)
def test_a_set_converts_to_itself_unchanged(label_set: LabelSet) -> None:
    converted = convert(every_id(label_set), label_set, label_set)
    assert np.array_equal(converted, every_id(label_set))
    assert describe_conversion(label_set, label_set).unsayable == ()


def test_what_converts_exactly_comes_back() -> None:
    shared = np.array([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19]], np.uint8)
    assert np.array_equal(convert(convert(shared, CIHP, LIP), LIP, CIHP), shared)


def test_ignored_pixels_stay_ignored_and_the_input_stays_as_it_was() -> None:
    label_map = np.array([[255, 7]], np.uint8)
    assert convert(label_map, CIHP, ATR).tolist() == [[255, 4]]
    assert label_map.tolist() == [[255, 7]]


def test_torso_skin_to_lip_says_why_not_and_what_to_do() -> None:
    with pytest.raises(
        LabelError,
        match=r"lip cannot say exactly what cihp calls torso-skin \(neck and chest skin has no class there.*"
        r"substitute: background\)\. Pass lossy=True .* or instead=",
    ):
        convert(np.array([[10]], np.uint8), CIHP, LIP)


def test_a_caller_may_choose_the_substitute() -> None:
    label_map = np.array([[10, 8, 3]], np.uint8)
    chosen = {"torso-skin": "face", "socks": "pants"}
    assert convert(label_map, CIHP, ATR, lossy=True, instead=chosen).tolist() == [[11, 6, 0]]
    with pytest.raises(LabelError, match="glove"):
        convert(label_map, CIHP, ATR, instead=chosen)


def test_a_substitute_for_a_class_that_converts_exactly_is_refused() -> None:
    with pytest.raises(LabelError, match="'hair' takes no substitute; those that need one are torso-skin"):
        convert(np.array([[2]], np.uint8), CIHP, LIP, instead={"hair": "hat"})


def test_a_substitute_that_the_target_lacks_is_refused() -> None:
    with pytest.raises(LabelError, match="'lip' has no class 'neck'"):
        convert(np.array([[10]], np.uint8), CIHP, LIP, instead={"torso-skin": "neck"})


def test_an_id_beyond_the_source_set_is_refused() -> None:
    with pytest.raises(LabelError, match="holds id 20, 254; cihp has 0 to 19"):
        convert(np.array([[20, 254, 1]], np.uint8), CIHP, LIP)


def test_groups_cannot_be_taken_apart() -> None:
    with pytest.raises(LabelError, match="no conversion from 'viton-hd' to 'cihp'; its classes cannot be taken apart"):
        describe_conversion(VITON_HD, CIHP)


def test_a_set_of_ones_own_has_no_conversion_even_under_a_known_name() -> None:
    with pytest.raises(LabelError, match="no conversion from 'cihp' to 'lip'"):
        describe_conversion(LabelSet("cihp", ("background", "hat")), LIP)


def test_a_map_that_is_not_uint8_is_refused() -> None:
    with pytest.raises(ShapeError, match="int64; it must be uint8"):
        convert(np.array([[1]]), CIHP, LIP)  # type: ignore[arg-type]


def test_classes_that_the_source_does_not_draw_are_named() -> None:
    assert describe_conversion(CIHP, ATR).never_given == ("belt", "bag")
    assert describe_conversion(LIP, CIHP).never_given == ("torso-skin",)
