"""A visitor's favourites, looks and profile: kept in the browser, and elsewhere only if they want it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from .conftest import DESKTOP, PHONE, Device, OpenPage, add_parsed, drawn_people, png, running_service
from .test_page import RULES, axe_source
from .test_tryon_panel import COLOUR, HAT, TOP, put_on, saved, saved_outfit, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from fittingroom.preferences.store import Store

PHOTO = png(np.kron(drawn_people(2), np.ones((4, 4, 1), np.uint8)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """What the service remembers."""
    pytest.importorskip("alembic", reason="needs the extra 'preferences': pip install -e .[preferences]")
    from fittingroom.preferences.store import Store

    with Store.open(str(tmp_path_factory.mktemp("preferences") / "store.db")) as store:
        yield store


@pytest.fixture(scope="module")
def service_url(store: Store) -> Iterator[str]:
    """Address of a running service that offers profiles."""
    pytest.importorskip("apiflask", reason="needs the extra 'service': pip install -e .[service]")
    pytest.importorskip("waitress", reason="needs the extra 'service': pip install -e .[service]")
    from fittingroom.service.preferences_api import preferences_blueprint
    from fittingroom.service.settings import ServiceSettings
    from fittingroom.service.tryon_api import tryon_blueprint

    settings = ServiceSettings(models=("mosaic",), port=0, preferences=str(store.database.file))
    further = [tryon_blueprint, lambda desk: preferences_blueprint(desk, store=store, is_keeping_up=False)]
    with running_service(settings, further) as url:
        yield url


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The page with two people who can be dressed."""
    page = open_page()
    add_parsed(page, PHOTO, "two.png")
    page.wait_for_selector("[data-key=profile]")
    return page


def again(page: Page) -> None:
    """Close the page, and open it another day."""
    page.evaluate("window.onbeforeunload = null")
    page.reload()
    add_parsed(page, PHOTO, "two.png")


def begin_profile(page: Page, *purposes: str) -> None:
    page.click("[data-key=profile]")
    for purpose in purposes:
        page.check(f"[data-key={purpose}]")
    page.click("[data-key=begin]")
    page.wait_for_selector("[data-key=forget]:not(:disabled)")


def exported(page: Page) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(saved(page, "export")[1])
    return document


def until(page: Page, condition: str) -> None:
    page.wait_for_function(condition)


def test_a_heart_makes_a_favourite_that_is_there_another_day(page: Page) -> None:
    page.click(f"[data-key=heart-{HAT}]")
    page.select_option("[data-key=what]", "top")
    page.click(f"[data-key=heart-{TOP}]")
    assert page.locator(f"[data-key=heart-{TOP}]").get_attribute("aria-pressed") == "true"
    again(page)
    page.select_option("[data-key=what]", "favourites")
    page.wait_for_selector(".tryon-item")
    keys = page.eval_on_selector_all(".tryon-item", "items => items.map((item) => item.dataset.key)")
    assert keys == [f"item-{HAT}", f"item-{TOP}"]
    put_on(page, "favourites", HAT)
    assert [layer["item"] for layer in saved_outfit(page)["layers"]] == [HAT]
    page.click(f"[data-key=heart-{HAT}]")
    assert page.locator(".tryon-item").count() == 1


def test_hearts_and_hats_are_reached_by_keyboard(page: Page) -> None:
    page.focus(f"[data-key=item-{HAT}]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Favourite: Grey fedora"
    page.keyboard.press("Enter")
    assert page.locator(f"[data-key=heart-{HAT}]").get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.activeElement.dataset.key") == f"heart-{HAT}"


def test_something_else_is_put_on_and_says_why(page: Page) -> None:
    put_on(page, "top", "coat-camel")
    page.select_option("[data-key=what]", "scarf")
    seen = set()
    for _ in range(3):
        page.click("[data-key=something-else]")
        page.wait_for_selector(".tryon-otherwise p")
        settle(page)
        worn = [layer["item"] for layer in saved_outfit(page)["layers"]]
        assert worn[0] == "coat-camel"
        seen.add(worn[1])
        assert ": " in page.inner_text(".tryon-otherwise p")
    assert seen == {"scarf-silk", "scarf-tartan", "snood-knit"}
    page.click("[data-key=something-else]")
    settle(page)
    assert len(saved_outfit(page)["layers"]) == 2


def test_without_recommendations_something_else_is_anything_not_seen_yet(open_page: OpenPage) -> None:
    asked: list[str] = []

    def without(page: Page) -> None:
        page.route("**/v1/limits", lambda route: route.fulfill(json={"has_preferences": False}))
        page.on("request", lambda request: asked.append(request.url))

    page = open_page(prepare=without)
    add_parsed(page, PHOTO)
    page.select_option("[data-key=what]", "scarf")
    page.click("[data-key=something-else]")
    page.wait_for_selector(".tryon-otherwise p")
    assert page.inner_text(".tryon-otherwise p").endswith("You have not tried it yet")
    assert page.locator("[data-key=profile]").count() == 0
    assert not [url for url in asked if "recommendations" in url or "profiles" in url]


def test_a_look_is_saved_renamed_worn_another_day_and_removed(page: Page) -> None:
    put_on(page, "hair-colour", COLOUR)
    put_on(page, "top", TOP)
    page.fill("[data-key=angle_deg]", "9")
    page.keyboard.press("Enter")
    settle(page)
    page.click("[data-key=save-look]")
    name = page.locator(".tryon-look-name")
    assert name.input_value() == "Black T-shirt, Copper"
    name.fill("Sunday")
    name.press("Tab")
    again(page)
    assert page.locator(".tryon-look-name").input_value() == "Sunday"
    page.select_option("[data-key=who]", "2")
    page.click("[aria-label='Wear Sunday']")
    settle(page)
    layers = saved_outfit(page)["layers"]
    assert [(layer["item"], layer["person"], layer.get("angle_deg")) for layer in layers] == [
        (COLOUR, 2, None),
        (TOP, 2, 9),
    ]
    page.click("[aria-label='Remove Sunday']")
    assert page.locator(".tryon-look-name").count() == 0
    assert page.evaluate("document.activeElement.dataset.key") == "save-look"


def test_nothing_is_remembered_elsewhere_unless_it_is_wanted(page: Page, store: Store) -> None:
    before = store.counts()
    put_on(page, "hat", HAT)
    page.click(f"[data-key=heart-{HAT}]")
    page.click("[data-key=save-look]")
    page.click("[data-key=something-else]")
    settle(page)
    page.click("[data-key=profile]")
    page.click("[data-key=begin]")  # without any consent
    page.wait_for_selector("text=Tick at least the first one.")
    assert store.counts() == before


def test_a_profile_knows_what_was_tried_kept_and_liked_and_is_deleted_whole(page: Page, store: Store) -> None:
    before = store.counts()
    page.click(f"[data-key=heart-{HAT}]")  # before there is a profile
    begin_profile(page, "history", "appearance")
    put_on(page, "hair-colour", COLOUR)
    put_on(page, "top", TOP)
    page.click("[data-key=save-look]")
    with page.expect_response(lambda answer: "/events/" in answer.url and answer.request.method == "PATCH"):
        page.click(f"[data-key=item-{TOP}]")
    page.wait_for_load_state("networkidle")
    document = exported(page)
    assert document["consent"] | {"given": ""} == {"history": True, "appearance": True, "learning": False, "given": ""}
    events = {event["item"]: (event["outcome"], event["source"]) for event in document["events"]}
    assert events == {COLOUR: ("kept", "page"), TOP: ("discarded", "page")}
    assert set(document["events"][0]["part_shares"]) >= {"hair", "face", "pants"}
    assert [rating["item"] for rating in document["ratings"]] == [HAT]
    assert [look["name"] for look in document["looks"]] == ["Black T-shirt, Copper"]
    assert document["appearance"]["pants"] == "#ffff00"
    secret = page.evaluate("localStorage.getItem('fittingroom.profile')")
    assert secret not in page.url
    again(page)
    page.click("[data-key=profile]")
    page.click("[data-key=forget]")
    page.wait_for_selector("[data-key=begin]")
    assert page.evaluate("localStorage.getItem('fittingroom.profile')") is None
    assert store.counts() == before
    file = store.database.file
    assert file is not None
    stored = b"".join(path.read_bytes() for path in Path(file).parent.iterdir())
    assert secret.encode() not in stored
    assert page.locator("[data-key=heart-fedora-grey]").get_attribute("aria-pressed") == "true"  # the browser's own


def _once_settled(page: Page, timeout_s: float = 5) -> object:
    """What axe finds once everything has come and found its place: on a slow machine that takes a moment."""
    end_s = time.monotonic() + timeout_s
    while (found := page.evaluate(RULES)) and time.monotonic() < end_s:
        page.wait_for_timeout(200)
    return found


@pytest.mark.parametrize(
    "device",
    [DESKTOP, replace(DESKTOP, scheme="dark", locale="zh-CN"), PHONE, replace(PHONE, width=320)],
    ids=["desktop", "dark Chinese", "phone", "320 wide"],
)
def test_axe_finds_nothing_and_nothing_sticks_out(open_page: OpenPage, device: Device) -> None:
    page = open_page(device)
    page.evaluate(axe_source())
    add_parsed(page, PHOTO)
    put_on(page, "hat", HAT)
    page.click(f"[data-key=heart-{HAT}]")
    page.click("[data-key=save-look]")
    page.click("[data-key=something-else]")
    settle(page)
    page.click("[data-key=profile]")
    page.wait_for_selector("[data-key=history]")
    assert _once_settled(page) == []
    page.check("[data-key=history]")
    page.click("[data-key=begin]")
    page.wait_for_selector("[data-key=forget]:not(:disabled)")
    assert page.evaluate(RULES) == []
    page.select_option("[data-key=what]", "favourites")
    assert page.evaluate(RULES) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.click("[data-key=forget]")
    page.wait_for_selector("[data-key=begin]")
