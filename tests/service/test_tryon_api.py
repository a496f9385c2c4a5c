"""Trying on over HTTP, with people that are drawn and a parser that knows their masks."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray
from PIL import Image

from fittingroom.engine.card import ModelCard
from fittingroom.imaging import Photo, encode_png
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult
from fittingroom.service.app import create_app
from fittingroom.service.models import Models
from fittingroom.service.settings import ServiceSettings
from fittingroom.service.tryon_api import tryon_blueprint
from fittingroom.tryon import KINDS, Outfit, wear
from fittingroom.tryon.wardrobe import BUNDLED, Wardrobe

from ..tryon.conftest import WIDTH, Drawn, draw_person, drawn_with, parse_result
from .conftest import ColourParser, png

CARD = ModelCard(
    name="drawn-1", label_set="cihp", classes=CIHP.classes, classes_zh=CIHP.classes_zh, flip_pairs=CIHP.flip_pairs,
    long_side_px=64, also_mirrored=False, sha256="0" * 64, licence="Apache-2.0", training_data=("drawn",),
    recipe="none", measured={"mIoU": 1.0},
)  # fmt: skip
WARDROBE = Wardrobe([BUNDLED])


@dataclass
class KnowingParser:
    """Answers the result that it was given, for photos of its size; for others, that nobody is there."""

    result: ParseResult
    card: ModelCard = field(default=CARD)
    seen: int = 0

    def parse(self, photo: Photo, *, schema: str = "cihp") -> ParseResult:
        self.seen += 1
        if photo.size_hw == self.result.size_hw:
            return self.result
        nobody = np.zeros(photo.size_hw, np.uint8)
        return ParseResult.from_maps(nobody, nobody.astype(np.uint16), nobody + 255, label_set=CIHP)


@pytest.fixture(scope="module")
def pair() -> Drawn:
    """Two people side by side."""
    photo, labels, points = draw_person()
    other = points + np.where(points[:, 2:] > 0, (WIDTH, 0, 0), 0).astype(np.float32)
    persons = np.concatenate([(labels > 0) * 1, (labels > 0) * 2], axis=1).astype(np.uint16)
    result = parse_result(np.concatenate([labels, labels], axis=1), persons, [points, other])
    return Drawn(np.concatenate([photo, photo], axis=1), result)


@pytest.fixture(scope="module")
def parser(pair: Drawn) -> KnowingParser:
    return KnowingParser(pair.result)


@pytest.fixture(scope="module")
def client(parser: KnowingParser) -> Iterator[FlaskClient]:
    yield from client_with(parser)


def client_with(parser: KnowingParser | ColourParser, **changes: object) -> Iterator[FlaskClient]:
    settings = ServiceSettings(models=("drawn",), **changes)  # type: ignore[arg-type]
    models = Models(settings.models, lambda name: parser)
    models.load_all()
    app = create_app(settings, models, further=[lambda desk: tryon_blueprint(desk, WARDROBE)])
    app.testing = False
    yield app.test_client()
    assert app.extensions["fittingroom"].stop(5)


def outfit_of(*layers: dict[str, object]) -> str:
    return json.dumps({"format": 1, "layers": layers})


def body(photo: NDArray[np.uint8], outfit: str | None, **files: bytes) -> dict[str, object]:
    """Arguments of a post: the photo, an outfit as text, further files."""
    data: dict[str, object] = {name: (io.BytesIO(content), "x") for name, content in files.items()}
    data["image"] = (io.BytesIO(png(photo)), "photo.png")
    return {"data": data | ({} if outfit is None else {"outfit": outfit}), "content_type": "multipart/form-data"}


def pixels_of(encoded: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(encoded)))


def test_the_picture_is_the_one_that_the_library_makes(client: FlaskClient, pair: Drawn) -> None:
    outfit = outfit_of({"item": "fedora-grey", "person": 1}, {"item": "t-shirt-black", "person": 2})
    answer = client.post("/v1/tryon", **body(pair.photo, outfit))
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    expected = wear(pair.photo, pair.result, Outfit.from_json(outfit), WARDROBE)
    assert np.array_equal(pixels_of(answer.data), expected.photo_rgb)
    assert expected.changed.any()


@pytest.mark.parametrize("item_id", ["fedora-grey", "glasses-black", "pearls", "t-shirt-black", "hair-copper"])
def test_outside_the_changed_area_the_picture_equals_the_photo(client: FlaskClient, pair: Drawn, item_id: str) -> None:
    """And inside it is what the JSON's patch shows."""
    arguments = body(pair.photo, outfit_of({"item": item_id}))
    picture = pixels_of(client.post("/v1/tryon?format=png", **arguments).data)
    document = client.post("/v1/tryon?format=json", **body(pair.photo, outfit_of({"item": item_id}))).json
    x0, y0, x1, y1 = document["changed_box_xyxy"]
    patch = pixels_of(base64.b64decode(document["patch_png"]))
    assert patch.shape == (y1 - y0, x1 - x0, 4)
    assert set(np.unique(patch[..., 3])) <= {0, 255}
    assembled = pair.photo.copy()
    assembled[y0:y1, x0:x1][patch[..., 3] == 255] = patch[patch[..., 3] == 255][:, :3]
    assert np.array_equal(assembled, picture)
    assert (picture != pair.photo).any()


def test_everybody_or_one_person_wears_it(client: FlaskClient, pair: Drawn) -> None:
    middle = pair.photo.shape[1] // 2
    for person, expected in ((1, (True, False)), (2, (False, True)), ("all", (True, True))):
        outfit = outfit_of({"item": "fedora-grey", "person": person})
        picture = pixels_of(client.post("/v1/tryon", **body(pair.photo, outfit)).data)
        is_changed = (picture != pair.photo).any(axis=2)
        assert (bool(is_changed[:, :middle].any()), bool(is_changed[:, middle:].any())) == expected


def test_json_reports_every_item_on_every_person(client: FlaskClient, pair: Drawn) -> None:
    outfit = outfit_of({"item": "fedora-grey"}, {"item": "lips-coral", "person": 2})
    document = client.post("/v1/tryon?format=json", **body(pair.photo, outfit)).json
    found = [(layer["item"], layer["person"]) for layer in document["layers"]]
    assert found == [("fedora-grey", 1), ("fedora-grey", 2), ("lips-coral", 2)]
    assert document["people"] == 2
    assert document["size_hw"] == list(pair.photo.shape[:2])


def test_a_place_says_how_far_a_shift_moves_an_item(client: FlaskClient, pair: Drawn) -> None:
    def look(right: float) -> tuple[dict[str, object], float]:
        outfit = outfit_of({"item": "fedora-grey", "person": 1, "right": right})
        document = client.post("/v1/tryon?format=json", **body(pair.photo, outfit)).json
        return document["layers"][0]["place"], document["changed_box_xyxy"][0]

    (place, left), (moved_place, moved_left) = look(0.0), look(0.25)
    assert place == moved_place
    assert moved_left - left == pytest.approx(0.25 * float(place["unit_px"]), abs=3)  # type: ignore[arg-type]
    document = client.post("/v1/tryon?format=json", **body(pair.photo, outfit_of({"item": "lips-coral"}))).json
    assert document["layers"][0]["place"] is None


def test_with_maps_nothing_is_parsed(client: FlaskClient, parser: KnowingParser, pair: Drawn) -> None:
    parser.seen = 0
    maps = {"labels": encode_png(pair.result.label_map), "persons": encode_png(pair.result.person_map.astype(np.uint8))}
    answer = client.post("/v1/tryon", **body(pair.photo, outfit_of({"item": "glasses-black"}), **maps))
    assert (answer.status_code, parser.seen) == (200, 0)
    half = client.post("/v1/tryon", **body(pair.photo, outfit_of({"item": "pearls"}), labels=maps["labels"]))
    assert (half.status_code, half.json["type"]) == (400, "/problems/missing-field")
    small = {name: encode_png(np.zeros((8, 8), np.uint8)) for name in maps}
    misfit = client.post("/v1/tryon", **body(pair.photo, outfit_of({"item": "pearls"}), **small))
    assert (misfit.status_code, misfit.json["type"]) == (422, "/problems/wrong-maps")


@pytest.mark.parametrize(
    ("outfit", "status", "kind"),
    [
        (None, 400, "missing-field"),
        ("", 422, "wrong-outfit"),
        ("{", 422, "wrong-outfit"),
        ("[" * 50_000, 422, "wrong-outfit"),
        (outfit_of(), 422, "wrong-outfit"),
        (json.dumps({"format": 2, "layers": []}), 422, "wrong-outfit"),
        (outfit_of({"item": "../../etc/passwd"}), 422, "wrong-outfit"),
        (outfit_of({"item": 7}), 422, "wrong-outfit"),
        (outfit_of({"item": "fedora-grey", "person": 0}), 422, "wrong-outfit"),
        (outfit_of({"item": "fedora-grey", "person": 3}), 422, "wrong-outfit"),
        (outfit_of({"item": "fedora-grey", "person": [1]}), 422, "wrong-outfit"),
        (outfit_of({"item": "fedora-grey", "scale": 1e9}), 422, "wrong-outfit"),
        (outfit_of({"item": "fedora-grey", "scale": "2"}), 422, "wrong-outfit"),
        ('{"format": 1, "layers": [{"item": "fedora-grey", "right": NaN}]}', 422, "wrong-outfit"),
        (outfit_of(*[{"item": "lips-coral"}] * 65), 422, "wrong-outfit"),
        ("x" * 100_001, 422, "wrong-outfit"),
    ],
)
def test_what_is_no_outfit_is_a_problem(
    client: FlaskClient, pair: Drawn, outfit: str | None, status: int, kind: str
) -> None:
    answer = client.post("/v1/tryon", **body(pair.photo, outfit))
    assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{kind}")


def test_an_outfit_may_come_as_a_file(client: FlaskClient, pair: Drawn) -> None:
    data = {
        "image": (io.BytesIO(png(pair.photo)), "photo.png"),
        "outfit": (io.BytesIO(outfit_of({"item": "fedora-grey"}).encode()), "outfit.json"),
    }
    assert client.post("/v1/tryon", data=data, content_type="multipart/form-data").status_code == 200


def test_where_nothing_can_be_worn_a_picture_is_refused_and_json_says_why(client: FlaskClient) -> None:
    nobody = np.full((40, 30, 3), 128, np.uint8)
    refused = client.post("/v1/tryon", **body(nobody, outfit_of({"item": "fedora-grey"})))
    assert (refused.status_code, refused.json["type"]) == (422, "/problems/not-worn")
    assert "nobody" in refused.json["detail"]
    document = client.post("/v1/tryon?format=json", **body(nobody, outfit_of({"item": "fedora-grey"}))).json
    assert (document["people"], document["layers"], document["patch_png"]) == (0, [], None)


def test_a_refusal_of_one_item_does_not_hide_the_others(parser: KnowingParser) -> None:
    drawn = drawn_with()
    labels = np.where(np.isin(drawn.result.label_map, (18, 19)), 0, drawn.result.label_map).astype(np.uint8)
    barefoot = ParseResult.from_maps(
        labels, (labels > 0).astype(np.uint16), np.full(labels.shape, 230, np.uint8), label_set=CIHP
    )
    for client in client_with(KnowingParser(barefoot)):
        outfit = outfit_of({"item": "fedora-grey"}, {"item": "sneaker-white"})
        hat, shoe = client.post("/v1/tryon?format=json", **body(drawn.photo, outfit)).json["layers"]
        assert (hat["is_worn"], shoe["is_worn"]) == (True, False)
        assert shoe["refusal"]
        assert client.post("/v1/tryon", **body(drawn.photo, outfit)).status_code == 200


def test_accept_chooses_the_format_and_format_goes_before_it(client: FlaskClient, pair: Drawn) -> None:
    outfit = outfit_of({"item": "lips-coral"})
    for accept, query, media_type in (
        ("*/*", "", "image/png"),
        ("image/jpeg", "", "image/jpeg"),
        ("application/json", "", "application/json"),
        ("image/jpeg", "?format=png", "image/png"),
    ):
        answer = client.post(f"/v1/tryon{query}", headers={"Accept": accept}, **body(pair.photo, outfit))
        assert (answer.status_code, answer.content_type) == (200, media_type)
    assert client.post("/v1/tryon", headers={"Accept": "audio/mpeg"}, **body(pair.photo, outfit)).status_code == 406
    assert client.post("/v1/tryon?format=gif", **body(pair.photo, outfit)).status_code == 422


def test_a_model_of_other_classes_cannot_dress_anybody(pair: Drawn) -> None:
    for client in client_with(ColourParser()):
        answer = client.post("/v1/tryon", **body(pair.photo, outfit_of({"item": "fedora-grey"})))
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/wrong-value")
        assert "heads" in answer.json["detail"]


def test_items_are_listed_by_kind(client: FlaskClient) -> None:
    document = client.get("/v1/items").json
    assert {kind["name"] for kind in document["kinds"]} == set(KINDS)
    assert [item["id"] for item in document["items"]] == list(WARDROBE)
    hats = client.get("/v1/items?kind=hat").json["items"]
    assert {hat["kind"] for hat in hats} == {"hat"}
    assert all(hat["name_zh"] and hat["licence"] for hat in hats)
    assert client.get("/v1/items?kind=tail").status_code == 422


def test_thumbnails_are_small_and_colours_have_none(client: FlaskClient) -> None:
    glasses = client.get("/v1/items?kind=sunglasses&thumbnails=true").json["items"]
    for item in glasses:
        head, _, encoded = item["thumbnail"].partition(",")
        assert head == "data:image/webp;base64"
        assert max(Image.open(io.BytesIO(base64.b64decode(encoded))).size) <= 96
    lips = client.get("/v1/items?kind=lip-colour&thumbnails=true").json["items"]
    assert {item["thumbnail"] for item in lips} == {None}


def test_an_items_picture_is_a_cut_out_of_the_size_that_was_asked_for(client: FlaskClient) -> None:
    answer = client.get("/v1/items/fedora-grey/picture?size=64")
    assert answer.content_type == "image/png"
    picture = pixels_of(answer.data)
    assert (max(picture.shape[:2]), picture.shape[2]) == (64, 4)
    assert picture[..., 3].min() == 0
    for address, status in (
        ("nothing/picture", 404), ("lips-coral/picture", 404), ("fedora-grey/picture?size=9999", 422),
        ("..%2f..%2fx/picture", 404),
    ):  # fmt: skip
        assert client.get(f"/v1/items/{address}").status_code == status


def test_the_document_describes_the_new_addresses(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").json["paths"]
    schema = paths["/v1/tryon"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["required"] == ["image", "outfit"]
    assert {"/v1/items", "/v1/items/{item_id}/picture"} <= set(paths)
