import numpy as np
import pytest

from fittingroom.errors import LabelError
from fittingroom.labels import CIHP, IGNORE_ID, LABEL_SETS, LabelSet


@pytest.mark.parametrize("label_set", LABEL_SETS.values(), ids=LABEL_SETS)
def test_swapping_left_and_right_twice_gives_the_map_back(label_set: LabelSet) -> None:
    label_map = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(label_set.swap_left_right(label_set.swap_left_right(label_map)), label_map)


def test_swapping_left_and_right_leaves_the_pixels_in_place() -> None:
    label_map = np.array([[14, 15, 13], [18, 255, 17]], np.uint8)
    assert CIHP.swap_left_right(label_map).tolist() == [[15, 14, 13], [19, 255, 16]]


def test_a_set_has_as_many_ids_as_classes() -> None:
    assert len(CIHP) == 20
    assert [CIHP.id_of(name) for name in CIHP.classes] == list(range(20))
    assert IGNORE_ID not in range(len(CIHP))


@pytest.mark.parametrize("wrong", ["left_shoe", "Left-Shoe", "left-sho"])
def test_an_unknown_class_names_those_spelled_alike(wrong: str) -> None:
    with pytest.raises(LabelError, match=f"'cihp' has no class '{wrong}'; did you mean left-shoe"):
        CIHP.id_of(wrong)


def test_an_unknown_class_without_likeness_lists_all_classes() -> None:
    with pytest.raises(LabelError, match="its classes are background, hat, hair"):
        CIHP.id_of("xyzzy")


def test_english_names_stand_in_where_no_chinese_ones_are_given() -> None:
    assert LabelSet("uniforms", ("background", "helmet")).classes_zh == ("background", "helmet")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"classes": ("hat",)}, "id 0 is 'hat'; it must be 'background'"),
        ({"classes": ()}, "0 classes; 1 to 255 are possible"),
        ({"classes": ("background", *(f"c{i}" for i in range(255)))}, "256 classes"),
        ({"classes": ("background", "hat", "hat")}, "names hat more than once"),
        ({"classes": ("background", "hat"), "classes_zh": ("背景",)}, "2 classes but 1 Chinese names"),
        ({"classes": ("background", "a", "b"), "flip_pairs": ((1, 3),)}, "from 1 to 2"),
        ({"classes": ("background", "a", "b"), "flip_pairs": ((1, 2), (2, 1))}, "at most once"),
        ({"classes": ("background", "left/right")}, "'left/right' cannot be part of a file name"),
        ({"classes": ("background", "")}, "'' cannot be part of a file name"),
    ],
)
def test_a_set_that_contradicts_itself_is_refused(fields: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        LabelSet("mine", **fields)  # type: ignore[arg-type]
