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
