from fittingroom.labels import BODY_25, BODY_25_FLIP_PAIRS, COCO_18, COCO_18_IN_BODY_25


def test_the_orders_are_openposes() -> None:
    assert len(BODY_25) == len(set(BODY_25)) == 25
    assert [BODY_25[row] for row in (0, 1, 4, 7, 8, 14, 15, 18, 19, 21, 24)] == [
        "nose", "neck", "right-wrist", "left-wrist", "mid-hip", "left-ankle", "right-eye", "left-ear", "left-big-toe",
        "left-heel", "right-heel",
    ]  # fmt: skip
    assert COCO_18 == (
        "nose", "neck", "right-shoulder", "right-elbow", "right-wrist", "left-shoulder", "left-elbow", "left-wrist",
        "right-hip", "right-knee", "right-ankle", "left-hip", "left-knee", "left-ankle", "right-eye", "left-eye",
        "right-ear", "left-ear",
    )  # fmt: skip
    assert [BODY_25[row] for row in COCO_18_IN_BODY_25] == list(COCO_18)


def test_mirroring_exchanges_every_sided_point_with_the_same_of_the_other_side() -> None:
    assert len(BODY_25_FLIP_PAIRS) == 11
    for left, right in BODY_25_FLIP_PAIRS:
        assert BODY_25[left].removeprefix("left-") == BODY_25[right].removeprefix("right-")
