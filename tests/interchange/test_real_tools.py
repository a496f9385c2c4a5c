"""The real tools' own readers find what was written.

datumaro and label-studio-sdk hold back NumPy, OpenCV and Pillow for everything else, so they are not in the development
environment: ``make test-tools`` runs these tests in one of their own.
"""

import json
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fittingroom.export.detections import from_detections, to_detections
from fittingroom.interchange import AnnotatedPhoto, Reading, read_dataset, write_dataset
from fittingroom.interchange.label_studio import decode_brush, encode_brush
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

from .conftest import special_cases

APART = "needs older NumPy, OpenCV and Pillow than ours: make test-tools"
pytestmark = pytest.mark.filterwarnings("ignore")
MANY = [result for result in special_cases() if len(result.people) < 30]


def masks_of(result: ParseResult) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    return [(part.label, part.mask) for person in result.people for part in person.parts.values()]


def as_counted(masks: list[tuple[str, npt.NDArray[np.bool_]]]) -> Counter[tuple[str, bytes]]:
    return Counter((label, np.packbits(mask).tobytes()) for label, mask in masks)


@pytest.mark.parametrize("form", ["coco", "coco-polygons"])
def test_pycocotools_reads_every_mask(form: str, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    photos = [AnnotatedPhoto(f"{number}", result) for number, result in enumerate(special_cases())]
    write_dataset(photos, tmp_path / "coco.json", form=form)
    coco = COCO(str(tmp_path / "coco.json"))
    for image_id, photo in enumerate(photos, start=1):
        found = coco.loadAnns(coco.getAnnIds(imgIds=[image_id]))
        parts = [a for a in found if "person_annotation_id" in a]
        read = [(coco.cats[a["category_id"]]["name"], coco.annToMask(a).astype(bool)) for a in parts]
        assert as_counted(read) == as_counted(masks_of(photo.result))
        assert len(found) - len(parts) == len(photo.result.people)


def test_supervision_holds_a_result_and_gives_it_back() -> None:
    sv = pytest.importorskip("supervision")
    for result in special_cases():
        detections = to_detections(result)
        assert isinstance(detections, sv.Detections)
        assert len(to_detections(result, pieces="people")) == len(result.people)
        back = from_detections(detections, result.size_hw, CIHP)
        assert np.array_equal(back.label_map, result.label_map)
        assert np.array_equal(back.person_map, result.person_map)
    assert set(to_detections(special_cases()[3]).data["class_name"]) == {"hair", "upper-clothes"}


def test_datumaro_reads_every_object_of_cvats_zip(tmp_path: Path) -> None:
    datumaro = pytest.importorskip("datumaro", reason=APART)
    photos = [AnnotatedPhoto(f"{number}", result) for number, result in enumerate(MANY)]
    write_dataset(photos, tmp_path / "cvat.zip", form="cvat")
    zipfile.ZipFile(tmp_path / "cvat.zip").extractall(tmp_path / "cvat")
    dataset = datumaro.Dataset.import_from(str(tmp_path / "cvat"), "voc_segmentation")
    labels = dataset.categories()[datumaro.AnnotationType.label]
    assert [label.name for label in labels] == list(CIHP.classes)
    for item in dataset:
        read = [(labels[a.label].name, a.image.astype(bool)) for a in item.annotations if a.label]
        assert as_counted(read) == as_counted(masks_of(MANY[int(item.id)]))


def test_datumaro_writes_what_we_read(tmp_path: Path) -> None:
    datumaro = pytest.importorskip("datumaro", reason=APART)
    write_dataset([AnnotatedPhoto("a", MANY[3])], tmp_path / "cvat.zip", form="cvat")
    zipfile.ZipFile(tmp_path / "cvat.zip").extractall(tmp_path / "cvat")
    dataset = datumaro.Dataset.import_from(str(tmp_path / "cvat"), "voc_segmentation")
    dataset.export(str(tmp_path / "again"), "voc_segmentation", save_media=False)
    with zipfile.ZipFile(tmp_path / "again.zip", "w") as archive:
        for path in (tmp_path / "again").rglob("*"):
            archive.write(path, path.relative_to(tmp_path / "again"))
    (back,) = read_dataset(tmp_path / "again.zip", Reading(label_set=CIHP))
    assert np.array_equal(back.result.label_map, MANY[3].label_map)


def test_label_studios_converter_reads_every_region(tmp_path: Path) -> None:
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason=APART)
    for number, result in enumerate(MANY):
        write_dataset([AnnotatedPhoto("a", result)], tmp_path / f"{number}.json", form="label-studio")
        (task,) = json.loads((tmp_path / f"{number}.json").read_text())
        read = []
        for region in task["predictions"][0]["result"]:
            values = brush.decode_rle(region["value"]["rle"])
            shape = (region["original_height"], region["original_width"], 4)
            read.append((region["value"]["brushlabels"][0], values.reshape(shape)[..., 3] > 0))
        assert as_counted(read) == as_counted(masks_of(result))


def test_label_studios_own_bytes_are_read() -> None:
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason=APART)
    for mask in [np.zeros((5, 7), bool), np.ones((300, 90), bool), np.random.default_rng(0).random((9, 11)) < 0.5]:
        written = brush.encode_rle(np.repeat(mask.reshape(-1).astype(np.uint8) * 255, 4))
        assert np.array_equal(decode_brush(written, mask.shape), mask)
        assert np.array_equal(decode_brush(encode_brush(mask), mask.shape), mask)
