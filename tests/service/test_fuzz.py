"""Bad input of every kind: nothing ends in a 500, nothing hangs, and the queue is empty afterwards."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator

import numpy as np
from flask.testing import FlaskClient
from PIL import Image

from .conftest import drawn_photo

CORPUS_SIZE = 560
EDGE = b"edge"
ALLOWED = {200, 400, 413, 415, 422}


def photos() -> list[bytes]:
    encoded = []
    picture = Image.fromarray(np.kron(drawn_photo(2), np.ones((4, 4, 1), np.uint8)))
    for name, options in (("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("GIF", {})):
        stream = io.BytesIO()
        picture.save(stream, name, **options)
        encoded.append(stream.getvalue())
    return encoded


def mutated(photo: bytes, rng: random.Random) -> bytes:
    """The photo with something wrong: bytes changed, left out, doubled, cut off or put in."""
    data = bytearray(photo)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        at = rng.randrange(len(data)) if data else 0
        match rng.randrange(6):
            case 0 if data:
                data[at] = rng.randrange(256)
            case 1 if data:
                data[at] ^= 1 << rng.randrange(8)
            case 2:
                del data[at : at + rng.randrange(1, 200)]
            case 3:
                data[at:at] = rng.randbytes(rng.randrange(1, 50))
            case 4:
                del data[at:]
            case 5:
                data[at:at] = data[at : at + 100]
    return bytes(data)


def body_of(photo: bytes, rng: random.Random) -> tuple[bytes, str]:
    """A multipart body, sometimes damaged too, and its media type."""
    field = rng.choice([b"image"] * 8 + [b"images", b"", b"im\xff", b'"'])
    head = b'Content-Disposition: form-data; name="' + field + b'"; filename="a"\r\n'
    if rng.random() < 0.2:
        head = mutated(head, rng)
    body = b"--" + EDGE + b"\r\n" + head + b"\r\n" + photo + b"\r\n--" + EDGE + b"--\r\n"
    if rng.random() < 0.2:
        body = body[: rng.randrange(len(body))]
    kinds = ["multipart/form-data; boundary=edge"] * 12 + ["multipart/form-data", "multipart/form-data; boundary="]
    kinds += ["image/jpeg", "", "multipart/mixed; boundary=edge"]
    return body, rng.choice(kinds)


def corpus() -> Iterator[tuple[str, bytes, str]]:
    rng = random.Random(7)
    sources = photos()
    for number in range(CORPUS_SIZE):
        photo = rng.choice(sources) if rng.random() < 0.1 else mutated(rng.choice(sources), rng)
        yield ("/parse", "/v1/parse", "/v1/render?format=labels", "/v1/jobs")[number % 8 // 2], *body_of(photo, rng)


def test_no_mutated_request_ends_in_an_error_of_ours_or_leaves_anything_behind(client: FlaskClient) -> None:
    threads = threading.active_count()
    statuses = set()
    for path, body, content_type in corpus():
        answer = client.post(path, data=body, content_type=content_type)
        statuses.add(answer.status_code)
        assert answer.status_code in ALLOWED | ({202} if path == "/v1/jobs" else set()), (path, answer.text[:300])
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json"
            assert answer.json["hint"]
    assert {200, 400, 415, 422} <= statuses
    queue = client.application.extensions["fittingroom"].queue
    assert queue.admitted == 0
    assert threading.active_count() <= threads
