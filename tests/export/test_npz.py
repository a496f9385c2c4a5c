import io

import numpy as np

from fittingroom.export.npz import npz
from fittingroom.results import ParseResult


def test_numpy_loads_the_maps_and_class_names_without_pickle(result: ParseResult) -> None:
    with np.load(io.BytesIO(npz(result)), allow_pickle=False) as archive:
        assert archive.files == ["labels", "persons", "confidence", "classes"]
        assert np.array_equal(archive["labels"], result.label_map)
        assert np.array_equal(archive["persons"], result.person_map)
        assert np.array_equal(archive["confidence"], result.confidence)
        assert [archive[name].dtype for name in archive.files[:3]] == [np.uint8, np.uint16, np.uint8]
        assert tuple(archive["classes"].tolist()) == result.label_set.classes


def test_the_same_result_gives_the_same_bytes(result: ParseResult) -> None:
    assert npz(result) == npz(result)


def test_details_bags_and_body_points_are_there_if_they_were_asked_for(fine_result: ParseResult) -> None:
    with np.load(io.BytesIO(npz(fine_result)), allow_pickle=False) as archive:
        assert archive.files[4:] == ["details", "detail_names", "bags", "body_points"]
        assert np.array_equal(archive["details"], fine_result.detail_map)
        assert archive["detail_names"][14] == "left-sleeve"
        assert np.array_equal(archive["bags"], fine_result.bag_map)
        assert archive["body_points"].shape == (2, 25, 3)
        assert np.array_equal(archive["body_points"][1], fine_result.people[1].body_points)
