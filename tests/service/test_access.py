from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from fittingroom.service.access import ApiKeys, HostNames, RateLimit, hash_key, make_key
from fittingroom.service.problems import Problem
from fittingroom.service.settings import ServiceSettings

from .conftest import BuildClient, form

KEY = make_key()


def test_a_key_is_known_by_its_hash_alone() -> None:
    keys = ApiKeys([f"alice:{hash_key(KEY)}", f"bob:{hash_key(make_key())}"])
    assert keys.owner_of(Headers({"Authorization": f"Bearer {KEY}"})) == "alice"
    assert keys.owner_of(Headers({"X-API-Key": KEY})) == "alice"
    for headers in ({}, {"X-API-Key": KEY + "x"}, {"Authorization": "Basic " + KEY}, {"X-API-Key": hash_key(KEY)}):
        with pytest.raises(Problem, match="API key"):
            keys.owner_of(Headers(headers))


def test_keys_differ() -> None:
    assert make_key() != make_key()


def test_with_keys_the_api_is_closed_and_the_page_open(build_client: BuildClient, photo: bytes) -> None:
    client = build_client(api_keys=(f"alice:{hash_key(KEY)}",))
    for path in ("/v1/models", "/metrics", "/v1/jobs/x"):
        refused = client.get(path)
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert client.post("/parse", **form(image=photo)).status_code == 401
    assert client.post("/parse", headers={"X-API-Key": KEY}, **form(image=photo)).status_code == 200
    for path in ("/livez", "/readyz", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 200


def test_a_rate_fills_up_again_with_time() -> None:
    now_s = [0.0]
    limit = RateLimit(2, clock_s=lambda: now_s[0])
    limit.take("a")
    limit.take("a")
    limit.take("b")
    with pytest.raises(Problem) as refused:
        limit.take("a")
    assert refused.value.retry_after_s == 30
    now_s[0] = 30.0
    limit.take("a")


def test_too_many_requests_are_told_when_to_come_again(build_client: BuildClient) -> None:
    client = build_client(rate_limit=1)
    assert client.get("/v1/limits").status_code == 200
    refused = client.get("/v1/limits")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [("localhost:5000", True), ("127.0.0.1", True), ("[::1]:5000", True), ("evil.example", False), ("", False)],
)
def test_on_loopback_only_names_of_this_machine_are_answered(host: str, is_allowed: bool) -> None:
    names = HostNames(ServiceSettings())
    if is_allowed:
        names.check(host)
    else:
        with pytest.raises(Problem, match="called as"):
            names.check(host)


def test_names_are_free_beyond_loopback_unless_they_are_set() -> None:
    HostNames(ServiceSettings(host="0.0.0.0")).check("anything.example")
    with pytest.raises(Problem):
        HostNames(ServiceSettings(host="0.0.0.0", allowed_hosts=("shop.example",))).check("anything.example")


def test_another_name_is_misdirected(client: FlaskClient) -> None:
    answer = client.get("/livez", headers={"Host": "rebound.example"})
    assert (answer.status_code, answer.json["type"]) == (421, "/problems/wrong-host")


def test_cors_is_off_until_origins_are_named(build_client: BuildClient) -> None:
    headers = {"Origin": "https://shop.example"}
    assert "Access-Control-Allow-Origin" not in build_client().get("/v1/limits", headers=headers).headers
    client = build_client(cors_origins=("https://shop.example",))
    answer = client.get("/v1/limits", headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Origin" in answer.headers["Vary"]
    preflight = client.options("/v1/parse", headers=headers | {"Access-Control-Request-Method": "POST"})
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    other = client.get("/v1/limits", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
