import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco

from fittingroom.errors import ShapeError
from fittingroom.export.rle import Rle, decode_rle, encode_rle, encode_rle_within

masks = hnp.arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 9)))


def coco_counts(mask: np.ndarray) -> str:
    return coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()


@given(masks)
def test_encoding_gives_the_string_that_coco_gives(mask: np.ndarray) -> None:
    rle = encode_rle(mask)
    assert rle["size"] == list(mask.shape)
    assert rle["counts"] == coco_counts(mask)


@given(masks)
def test_decoding_undoes_encoding(mask: np.ndarray) -> None:
    assert np.array_equal(decode_rle(encode_rle(mask)), mask)


# pycocotools 2.0.11 does not know numpy 2's copy keyword yet.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@given(masks)
def test_coco_decodes_what_is_encoded(mask: np.ndarray) -> None:
    assert np.array_equal(coco.decode(encode_rle(mask)).astype(bool), mask)


@given(masks, st.tuples(*[st.integers(0, 3)] * 4))
def test_encoding_a_crop_equals_encoding_the_whole_picture(mask: np.ndarray, margins: tuple[int, ...]) -> None:
    left, top, right, bottom = margins
    whole = np.pad(mask, ((top, bottom), (left, right)))
    height, width = mask.shape
    box_xyxy = (left, top, left + width, top + height)
    assert encode_rle_within(mask, box_xyxy, whole.shape) == encode_rle(whole)


def test_large_pictures_have_counts_of_several_characters() -> None:
    mask = np.zeros((3000, 4000), bool)
    mask[5:2990, 7:3990] = np.random.default_rng(0).random((2985, 3983)) < 0.0001
    mask[1000:1500, 1000:2000] = True
    rle = encode_rle(mask)
    assert rle["counts"] == coco_counts(mask)
    assert np.array_equal(decode_rle(rle), mask)


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_one_value_is_one_run(value: bool) -> None:
    mask = np.full((6, 8), value)
    assert encode_rle(mask)["counts"] == coco_counts(mask)
    assert np.array_equal(decode_rle(encode_rle(mask)), mask)


def test_an_empty_crop_is_an_empty_mask() -> None:
    rle = encode_rle_within(np.zeros((0, 0), bool), (3, 3, 3, 3), (6, 8))
    assert rle == encode_rle(np.zeros((6, 8), bool))


@pytest.mark.parametrize(
    ("mask", "box_xyxy", "message"),
    [
        (np.ones((2, 3), np.uint8), (0, 0, 3, 2), "mask is uint8"),
        (np.ones((2, 3), bool), (0, 0, 2, 3), r"crop is \(2, 3\), its box \(0, 0, 2, 3\) is \(3, 2\)"),
        (np.ones((2, 3), bool), (6, 0, 9, 2), "does not lie in a picture of"),
    ],
)
def test_a_crop_that_does_not_fit_is_refused(mask: np.ndarray, box_xyxy: tuple[int, ...], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        encode_rle_within(mask, box_xyxy, (6, 8))  # type: ignore[arg-type]


@pytest.mark.parametrize("counts", ["", "`", "é", " ", "PPPPPPPP0", "0", "`1P", "00000"])
def test_a_damaged_string_is_refused(counts: str) -> None:
    with pytest.raises(ShapeError, match="RLE"):
        decode_rle(Rle(size=[6, 8], counts=counts))
