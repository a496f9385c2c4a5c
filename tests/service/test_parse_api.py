from __future__ import annotations

import base64
import io
import json
import threading
import zipfile
import zlib
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from fittingroom.errors import ModelError
from fittingroom.export import maps_from_json
from fittingroom.imaging import encode_png

from .conftest import BuildClient, ColourParser, drawn_photo, form, multipart, png


def pixels_of(encoded: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(encoded)))


def test_the_original_address_answers_the_mosaic_as_jpeg(client: FlaskClient, photo: bytes) -> None:
    answer = client.post("/parse", **form(image=photo))
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    mosaic = pixels_of(answer.data)
    assert mosaic.shape == (16, 24, 3)
    assert np.abs(mosaic[3, 4].astype(int) - (255, 0, 0)).max() < 8
    assert np.abs(mosaic[10, 4].astype(int) - (0, 255, 0)).max() < 8


def test_file_name_and_media_type_are_not_trusted(client: FlaskClient, photo: bytes) -> None:
    answer = client.post("/parse", data={"image": (io.BytesIO(photo), "../../x.exe", "text/html")})
    assert answer.status_code == 200
    lie = client.post("/parse", data={"image": (io.BytesIO(b"<html>"), "photo.jpg", "image/jpeg")})
    assert (lie.status_code, lie.json["type"]) == (415, "/problems/not-a-photo")


def test_json_lists_people_with_their_parts(client: FlaskClient, two_people: bytes) -> None:
    document = client.post("/v1/parse", **form(image=two_people)).json
    assert [person["id"] for person in document["people"]] == [1, 2]
    first = document["people"][0]
    assert {part["label"]: part["box_xyxy"] for part in first["parts"]} == {"hair": [2, 2, 8, 6], "face": [2, 6, 8, 14]}
    labels, persons = maps_from_json(document)
    assert (labels[3, 4], persons[3, 14]) == (1, 2)


def test_maps_come_as_gray_pngs_whose_pixels_are_ids(client: FlaskClient, two_people: bytes) -> None:
    document = client.post("/v1/parse?format=json&maps=true", **form(image=two_people)).json
    labels, persons = (Image.open(io.BytesIO(base64.b64decode(document[name]))) for name in ("label_png", "person_png"))
    assert labels.mode == persons.mode == "L"
    expected = maps_from_json(document)
    assert np.array_equal(np.asarray(labels), expected[0])
    assert np.array_equal(np.asarray(persons), expected[1])


def test_accept_chooses_the_format(client: FlaskClient, photo: bytes) -> None:
    for accept, media_type in (
        ("image/png", "image/png"),
        ("image/jpeg", "image/jpeg"),
        ("application/json;q=0.5, image/png", "image/png"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/zip", "application/zip"),
    ):
        answer = client.post("/v1/parse", headers={"Accept": accept}, **form(image=photo))
        assert (answer.status_code, answer.content_type) == (200, media_type)


def test_the_format_goes_before_accept(client: FlaskClient, photo: bytes) -> None:
    answer = client.post("/v1/parse?format=labels", headers={"Accept": "application/json"}, **form(image=photo))
    assert answer.content_type == "image/png"
    assert Image.open(io.BytesIO(answer.data)).mode == "P"


def test_what_cannot_be_given_is_not_acceptable(client: FlaskClient, photo: bytes) -> None:
    answer = client.post("/v1/parse", headers={"Accept": "audio/mpeg"}, **form(image=photo))
    assert (answer.status_code, answer.json["type"]) == (406, "/problems/not-acceptable")


def test_several_formats_come_as_a_zip(client: FlaskClient, photo: bytes) -> None:
    answer = client.post("/v1/parse?format=mosaic,json,cutouts", **form(image=photo))
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert names == ["mosaic.jpg", "result.json", *(f"cutouts/person-1{end}.png" for end in ("", "-hair", "-face"))]


def test_only_the_chosen_people_and_parts_are_answered(client: FlaskClient, two_people: bytes) -> None:
    document = client.post("/v1/parse?people=2&parts=face", **form(image=two_people)).json
    (person,) = document["people"]
    assert (person["id"], person["area_px"], person["box_xyxy"]) == (2, 48, [14, 6, 20, 14])
    assert [part["label"] for part in person["parts"]] == ["face"]


def test_a_cutout_is_one_picture_with_a_transparent_surround(client: FlaskClient, photo: bytes) -> None:
    picture = pixels_of(client.post("/v1/parse?format=cutout&parts=hair", **form(image=photo)).data)
    assert picture.shape == (4, 6, 4)
    assert (picture == (255, 0, 0, 255)).all()


def test_an_impossible_value_is_named(build_client: BuildClient, parser: ColourParser, photo: bytes) -> None:
    def knows_no_details(photo: Any, *, schema: str = "cihp") -> Any:
        if schema == "fine":
            raise ModelError("knows no details")
        return ColourParser.parse(parser, photo)

    parser.parse = knows_no_details  # type: ignore[method-assign]
    client = build_client()
    for query in (
        "format=gif", "parts=nose", "parts=background", "people=0", "people=a", "people=²", "people=99999999",
        "model=best", "opacity=2", "opacity=nan", "schema=lip", "schema=fine", "maps=maybe",
    ):  # fmt: skip
        answer = client.post(f"/v1/parse?{query}", **form(image=photo))
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/wrong-value"), query
        assert answer.json["detail"]


def test_several_photos_are_answered_in_their_order(client: FlaskClient, photo: bytes, two_people: bytes) -> None:
    document = client.post("/v1/parse", **form(images=[two_people, b"no photo", photo])).json
    counts = [len(entry["people"]) if "people" in entry else entry["problem"]["status"] for entry in document["photos"]]
    assert counts == [2, 415, 1]


def test_several_photos_in_another_format_come_as_a_zip(client: FlaskClient, photo: bytes) -> None:
    answer = client.post("/v1/parse?format=labels", **form(images=[photo, b"no photo"]))
    assert zipfile.ZipFile(io.BytesIO(answer.data)).namelist() == ["0001-labels.png", "0002-problem.json"]


def test_when_no_photo_can_be_used_the_request_fails(client: FlaskClient) -> None:
    assert client.post("/v1/parse", **form(images=[b"no photo", b""])).status_code == 415


def test_more_photos_than_allowed_are_refused(build_client: BuildClient, photo: bytes) -> None:
    answer = build_client(max_photos=2).post("/v1/parse", **form(images=[photo] * 3))
    assert (answer.status_code, answer.json["type"]) == (413, "/problems/too-many-photos")


@pytest.mark.parametrize("path", ["/parse", "/v1/parse", "/v1/render", "/v1/jobs"])
def test_a_missing_photo_is_named_with_a_hint(client: FlaskClient, path: str) -> None:
    missing = client.post(path, **form(picture=b"x"))
    assert (missing.status_code, missing.json["type"]) == (400, "/problems/missing-field")
    assert "curl -F" in missing.json["hint"]
    other = client.post(path, data=b"{}", content_type="application/json")
    assert (other.status_code, other.json["type"]) == (415, "/problems/not-multipart")


def test_a_photo_sent_as_text_is_explained(client: FlaskClient) -> None:
    answer = client.post("/parse", data={"image": "photo.jpg"}, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "with the @" in answer.json["hint"]


def test_photos_beyond_the_limits_are_too_large(build_client: BuildClient, photo: bytes) -> None:
    for limits in ({"max_pixels": 100}, {"max_photo_bytes": 50}):
        answer = build_client(**limits).post("/parse", **form(image=photo))
        assert (answer.status_code, answer.json["type"]) == (413, "/problems/photo-too-large")
        assert "ReadLimits" not in answer.json["detail"]
    answer = build_client(max_body_bytes=100).post("/parse", **form(image=photo * 9))
    assert (answer.status_code, answer.json["type"]) == (413, "/problems/too-large")


def test_a_truncated_photo_is_damaged(client: FlaskClient, photo: bytes) -> None:
    answer = client.post("/parse", **form(image=photo[:-20]))
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/photo-damaged")


def test_a_full_queue_says_when_to_come_again(build_client: BuildClient, parser: ColourParser, photo: bytes) -> None:
    client = build_client(queue_size=1, max_photos=1, workers=1)
    parser.gate.clear()
    first = threading.Thread(target=client.application.test_client().post, args=("/parse",), kwargs=form(image=photo))
    first.start()
    while not parser.seen:
        pass
    refused = client.post("/parse", **form(image=photo))
    parser.gate.set()
    first.join()
    assert (refused.status_code, refused.json["type"]) == (503, "/problems/queue-full")
    assert int(refused.headers["Retry-After"]) >= 1
    assert client.post("/parse", **form(image=photo)).status_code == 200


def test_a_photo_that_takes_too_long_is_given_up(build_client: BuildClient, parser: ColourParser, photo: bytes) -> None:
    client = build_client(deadline_s=1.0)
    parser.gate.clear()
    answer = client.post("/parse", **form(image=photo))
    assert (answer.status_code, answer.json["type"]) == (504, "/problems/deadline")


def test_corrected_maps_become_every_format(client: FlaskClient, photo: bytes) -> None:
    labels, persons = np.zeros((2, 16, 24), np.uint8)
    labels[4:8, 4:8], persons[4:8, 4:8] = 2, 7  # the ids 1 to 6 have been given to others
    maps = {"labels": encode_png(labels), "persons": encode_png(persons)}
    document = client.post("/v1/render?format=json", **form(image=photo, **maps)).json
    (person,) = document["people"]
    assert (person["id"], person["area_px"], person["parts"][0]["label"]) == (1, 16, "face")
    for name in ("mosaic", "overlay", "labels", "instances", "cutouts", "npz", "training-data", "all"):
        assert client.post(f"/v1/render?format={name}", **form(image=photo, **maps)).status_code == 200


def test_maps_that_are_no_maps_are_refused_before_they_are_decoded(client: FlaskClient, photo: bytes) -> None:
    ids = encode_png(np.zeros((16, 24), np.uint8))
    announces_much = bytearray(ids)
    announces_much[16:24] = (60_000).to_bytes(4, "big") * 2
    announces_much[29:33] = zlib.crc32(announces_much[12:29]).to_bytes(4, "big")
    for wrong, said in (
        (b"x", "no PNG"),
        (ids[:30], "damaged"),
        (ids[:45], "damaged"),
        (bytes(announces_much), "60000"),
    ):
        answer = client.post("/v1/render", **form(image=photo, labels=wrong, persons=ids))
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/wrong-maps")
        assert said in answer.json["detail"]


def test_training_data_is_laid_out_as_training_reads_it(client: FlaskClient, photo: bytes, tmp_path: Any) -> None:
    from fittingroom.data.photos import find_photos

    labels = (np.random.default_rng(0).integers(0, 3, (16, 24))).astype(np.uint8)
    maps = {"labels": encode_png(labels), "persons": encode_png((labels > 0).astype(np.uint8))}
    answer = client.post("/v1/render?format=training-data", **form(image=photo, **maps))
    zipfile.ZipFile(io.BytesIO(answer.data)).extractall(tmp_path)
    (found,) = find_photos(tmp_path)
    assert np.array_equal(found.read().labels, labels)
    assert (tmp_path / "classes.txt").read_text() == "0 background\n1 hair\n2 face\n"


def canvas_png(ids: np.ndarray[Any, Any]) -> bytes:
    return png(np.dstack([ids, ids, ids, np.full_like(ids, 255)]))


def test_maps_may_be_what_a_canvas_writes(client: FlaskClient, photo: bytes) -> None:
    labels = np.zeros((16, 24), np.uint8)
    labels[2:5] = 1
    answer = client.post(
        "/v1/render?format=labels", **form(image=photo, labels=canvas_png(labels), persons=canvas_png(labels))
    )
    assert np.array_equal(pixels_of(answer.data), labels)


@pytest.mark.parametrize(
    ("labels", "persons", "said"),
    [
        (np.zeros((16, 23), np.uint8), np.zeros((16, 24), np.uint8), "one size"),
        (np.ones((16, 24), np.uint8), np.zeros((16, 24), np.uint8), "disagree"),
        (np.full((16, 24), 9, np.uint8), np.ones((16, 24), np.uint8), "id 9"),
        (drawn_photo(), np.ones((16, 24), np.uint8), "colours"),
    ],
)
def test_maps_that_do_not_fit_are_explained(
    client: FlaskClient, photo: bytes, labels: np.ndarray[Any, Any], persons: np.ndarray[Any, Any], said: str
) -> None:
    answer = client.post("/v1/render", **form(image=photo, labels=png(labels), persons=png(persons)))
    assert answer.status_code == 422
    assert said in answer.json["detail"]


def test_nothing_of_the_photo_is_written_to_disk(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
        monkeypatch.setattr(f"werkzeug.formparser.{name}", refuse, raising=False)
    large = png(np.random.default_rng(0).integers(0, 256, (600, 500, 3), np.uint8))
    assert len(large) > 500_000
    body, headers = multipart(large)  # the test client's own encoder would write to the disk
    assert client.post("/v1/parse?format=labels", data=body, headers=headers).status_code == 200


def test_exif_does_not_leave(client: FlaskClient) -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E], exif[0x8825] = "taken at home", {1: "N"}
    Image.fromarray(drawn_photo()).save(stream, "JPEG", exif=exif)
    for name in ("overlay", "cutout", "training-data"):
        answer = client.post(f"/v1/parse?format={name}", **form(image=stream.getvalue()))
        assert b"taken at home" not in answer.data
        assert b"Exif" not in answer.data


def test_the_time_of_each_stage_is_told(client: FlaskClient, photo: bytes) -> None:
    header = client.post("/v1/parse", **form(image=photo)).headers["Server-Timing"]
    assert [stage.partition(";")[0] for stage in header.split(", ")] == ["wait", "decode", "parse", "encode"]


def test_a_problem_in_a_list_is_json(client: FlaskClient, photo: bytes) -> None:
    body = client.post("/v1/parse", **form(images=[photo, b"x"])).data
    assert json.loads(body)["photos"][1]["problem"]["hint"]
