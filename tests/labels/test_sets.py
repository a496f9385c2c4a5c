"""The tables themselves: an id that moves here goes wrong everywhere, in silence."""

import pytest

from fittingroom.errors import LabelError
from fittingroom.labels import ACGPN, ATR, ATR_NECK, CIHP, LABEL_SETS, LIP, VITON_HD, LabelSet, find_label_set


def test_cihp_has_these_ids_and_names() -> None:
    assert dict(enumerate(zip(CIHP.classes, CIHP.classes_zh, strict=True))) == {
        0: ("background", "背景"),
        1: ("hat", "帽子"),
        2: ("hair", "头发"),
        3: ("glove", "手套"),
        4: ("sunglasses", "太阳镜"),
        5: ("upper-clothes", "上衣"),
        6: ("dress", "连衣裙"),
        7: ("coat", "外套"),
        8: ("socks", "袜子"),
        9: ("pants", "裤子"),
        10: ("torso-skin", "躯干皮肤"),
        11: ("scarf", "围巾"),
        12: ("skirt", "半身裙"),
        13: ("face", "面部"),
        14: ("left-arm", "左臂"),
        15: ("right-arm", "右臂"),
        16: ("left-leg", "左腿"),
        17: ("right-leg", "右腿"),
        18: ("left-shoe", "左鞋"),
        19: ("right-shoe", "右鞋"),
    }


def test_lip_differs_from_cihp_in_id_10_alone() -> None:
    differing = {
        i: (ours, theirs)
        for i, (ours, theirs) in enumerate(zip(CIHP.classes, LIP.classes, strict=True))
        if ours != theirs
    }
    assert differing == {10: ("torso-skin", "jumpsuits")}
    assert [(a, b) for a, b in zip(CIHP.classes_zh, LIP.classes_zh, strict=True) if a != b] == [("躯干皮肤", "连体裤")]


def test_atr_has_these_ids_and_names() -> None:
    assert dict(enumerate(zip(ATR.classes, ATR.classes_zh, strict=True))) == {
        0: ("background", "背景"),
        1: ("hat", "帽子"),
        2: ("hair", "头发"),
        3: ("sunglasses", "太阳镜"),
        4: ("upper-clothes", "上衣"),
        5: ("skirt", "半身裙"),
        6: ("pants", "裤子"),
        7: ("dress", "连衣裙"),
        8: ("belt", "腰带"),
        9: ("left-shoe", "左鞋"),
        10: ("right-shoe", "右鞋"),
        11: ("face", "面部"),
        12: ("left-leg", "左腿"),
        13: ("right-leg", "右腿"),
        14: ("left-arm", "左臂"),
        15: ("right-arm", "右臂"),
        16: ("bag", "包"),
        17: ("scarf", "围巾"),
    }


def test_the_neck_is_18_after_the_ids_of_atr() -> None:
    assert ATR_NECK.classes == (*ATR.classes, "neck")
    assert ATR_NECK.classes_zh == (*ATR.classes_zh, "颈部")
    assert ATR_NECK.id_of("neck") == 18


def test_acgpn_has_these_ids_and_names() -> None:
    assert dict(enumerate(zip(ACGPN.classes, ACGPN.classes_zh, strict=True))) == {
        0: ("background", "背景"),
        1: ("hair", "头发"),
        2: ("unused-2", "未使用2"),
        3: ("unused-3", "未使用3"),
        4: ("upper-clothes", "上衣"),
        5: ("left-shoe", "左鞋"),
        6: ("right-shoe", "右鞋"),
        7: ("noise", "其他"),
        8: ("bottom", "下装"),
        9: ("left-leg", "左腿"),
        10: ("right-leg", "右腿"),
        11: ("left-arm", "左臂"),
        12: ("face", "面部"),
        13: ("right-arm", "右臂"),
    }


def test_viton_hd_has_these_ids_and_names() -> None:
    assert dict(enumerate(zip(VITON_HD.classes, VITON_HD.classes_zh, strict=True))) == {
        0: ("background", "背景"),
        1: ("hair", "头发"),
        2: ("face", "面部"),
        3: ("upper", "上装"),
        4: ("bottom", "下装"),
        5: ("left-arm", "左臂"),
        6: ("right-arm", "右臂"),
        7: ("left-leg", "左腿"),
        8: ("right-leg", "右腿"),
        9: ("left-shoe", "左鞋"),
        10: ("right-shoe", "右鞋"),
        11: ("socks", "袜子"),
        12: ("noise", "其他"),
    }


@pytest.mark.parametrize(
    ("label_set", "pairs"),
    [
        (CIHP, ((14, 15), (16, 17), (18, 19))),
        (LIP, ((14, 15), (16, 17), (18, 19))),
        (ATR, ((9, 10), (12, 13), (14, 15))),
        (ATR_NECK, ((9, 10), (12, 13), (14, 15))),
        (ACGPN, ((5, 6), (9, 10), (11, 13))),
        (VITON_HD, ((5, 6), (7, 8), (9, 10))),
    ],
    ids=lambda value: value.name if isinstance(value, LabelSet) else "",
)
def test_flip_pairs_are_these(label_set: LabelSet, pairs: tuple[tuple[int, int], ...]) -> None:
    assert label_set.flip_pairs == pairs


@pytest.mark.parametrize("label_set", LABEL_SETS.values(), ids=LABEL_SETS)
def test_flip_pairs_are_exactly_the_classes_named_left_and_right(label_set: LabelSet) -> None:
    named = {
        (label_set.id_of(name), label_set.id_of(name.replace("left-", "right-")))
        for name in label_set.classes
        if name.startswith("left-")
    }
    assert set(label_set.flip_pairs) == named
    for left, right in label_set.flip_pairs:
        assert label_set.classes_zh[left] == label_set.classes_zh[right].replace("右", "左")


def test_label_sets_are_found_by_name() -> None:
    assert list(LABEL_SETS) == ["cihp", "lip", "atr", "atr-neck", "acgpn", "viton-hd"]
    assert find_label_set("lip") is LIP


def test_an_unknown_label_set_lists_those_that_exist() -> None:
    with pytest.raises(LabelError, match="no label set 'CIHP'; known are cihp, lip, atr, atr-neck, acgpn, viton-hd"):
        find_label_set("CIHP")
