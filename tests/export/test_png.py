import io

import cv2
import numpy as np
from PIL import Image

from fittingroom.export.png import detail_png, instance_png, label_png
from fittingroom.labels import DETAIL_PALETTE, INDEX_PALETTE
from fittingroom.results import ParseResult


def test_the_index_of_a_label_png_is_the_class_id(result: ParseResult) -> None:
    picture = Image.open(io.BytesIO(label_png(result)))
    assert (picture.format, picture.mode) == ("PNG", "P")
    assert np.array_equal(np.asarray(picture), result.label_map)


def test_a_label_png_shows_the_index_palette(result: ParseResult) -> None:
    picture = Image.open(io.BytesIO(label_png(result))).convert("RGB")
    assert np.array_equal(np.asarray(picture), INDEX_PALETTE[result.label_map])


def test_an_instance_png_holds_the_person_ids_in_16_bits(result: ParseResult) -> None:
    ids = cv2.imdecode(np.frombuffer(instance_png(result), np.uint8), cv2.IMREAD_UNCHANGED)
    assert ids.dtype == np.uint16
    assert np.array_equal(ids, result.person_map)


def test_the_index_of_a_detail_png_is_the_detail(fine_result: ParseResult) -> None:
    picture = Image.open(io.BytesIO(detail_png(fine_result)))
    assert (picture.format, picture.mode) == ("PNG", "P")
    assert np.array_equal(np.asarray(picture), fine_result.detail_map)
    assert np.array_equal(np.asarray(picture.convert("RGB")), DETAIL_PALETTE[fine_result.detail_map])


def test_nobody_is_all_zero(nobody: ParseResult) -> None:
    for content in (label_png(nobody), instance_png(nobody)):
        assert not np.asarray(Image.open(io.BytesIO(content))).any()
