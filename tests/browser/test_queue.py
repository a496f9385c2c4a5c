"""Many photos at once, and what can go wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from .conftest import OpenPage, add_parsed, add_photo, png

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

PARSE = "**/v1/parse?**"


def refuse_once(page: Page, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
    document = {
        "type": f"/problems/{kind}",
        "title": "Too bad",
        "hint": "Do this.",
        "detail": "because",
        "status": status,
    }

    def answer(route: Route) -> None:
        route.fulfill(
            status=status, content_type="application/problem+json", body=json.dumps(document), headers=headers or {}
        )

    page.route(PARSE, answer, times=1)


def test_several_photos_are_parsed_and_each_can_be_opened(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    page.set_input_files(
        "#file-input",
        [{"name": f"{n}.png", "mimeType": "image/png", "buffer": two_people} for n in range(5)],
    )
    for number in range(1, 6):
        page.wait_for_selector(f"#filmstrip .tile.done:nth-child({number})")
    page.click("#filmstrip .tile:nth-child(4) .tile-open")
    assert page.locator("#photo-name").inner_text() == "3.png"
    page.click("[aria-label='Remove 3.png']", force=True)
    assert page.locator("#filmstrip .tile").count() == 4


def test_a_damaged_photo_says_what_to_do_in_both_languages(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_photo(page, two_people[:200])
    page.wait_for_selector(".cover-card h2")
    assert page.locator(".cover-card h2").inner_text() == "The photo is damaged"
    assert "Save or download it again." in page.locator(".cover-card").inner_text()
    page.click("#language")
    assert page.locator(".cover-card h2").inner_text() == "照片已损坏"


def test_a_service_that_does_not_answer_is_named_and_can_be_tried_again(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    page.route(PARSE, lambda route: route.abort())
    add_photo(page, two_people)
    page.wait_for_selector(".cover-card h2")
    assert page.locator(".cover-card h2").inner_text() == "The service does not answer"
    page.unroute(PARSE)
    page.click(".cover-card .primary")
    page.wait_for_selector(".person")


def test_a_full_queue_is_waited_for(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    refuse_once(page, 503, "queue-full", {"Retry-After": "1"})
    add_photo(page, two_people)
    page.wait_for_selector(".person")


def test_a_photo_that_is_on_its_way_can_be_cancelled_and_sent_again(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    held: list[Route] = []
    page.route(PARSE, lambda route: held.append(route))
    add_photo(page, two_people, "slow.png")
    page.wait_for_selector(".cover-card progress")
    page.click(".cover-card .button")
    page.wait_for_selector(".tile.cancelled")
    page.unroute(PARSE)
    page.click(".cover-card .primary")
    page.wait_for_selector(".person")


def test_a_key_that_is_asked_for_is_sent_from_then_on(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    refuse_once(page, 401, "key-needed")
    add_photo(page, two_people)
    page.wait_for_selector("#key-dialog[open]")
    page.fill("#key-input", "secret")
    with page.expect_request(PARSE) as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.headers["authorization"] == "Bearer secret"
    page.wait_for_selector(".person")


def test_a_file_that_is_no_photo_is_not_sent(open_page: OpenPage) -> None:
    page = open_page()
    page.set_input_files("#file-input", [{"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}])
    assert page.locator(".toast").inner_text() == "This file is not a photo."


def test_leaving_with_corrections_that_were_not_saved_is_asked_about(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    asks = "!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert not page.evaluate(asks)
    page.click(".part-row .row-open >> nth=0")
    page.click("#tab-correct")
    page.click("[data-key=remove]")
    assert page.evaluate(asks)
    page.keyboard.press("Control+z")
    assert not page.evaluate(asks)


def test_a_photo_the_browser_cannot_show_is_parsed_all_the_same(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page(prepare=lambda page: page.add_init_script("createImageBitmap = () => Promise.reject(new Error())"))
    add_parsed(page, two_people)
    assert "cannot show files of this kind" in page.locator("#stage-note").inner_text()
    assert page.locator(".person").count() == 2


def test_the_smallest_photo_is_no_special_case(open_page: OpenPage) -> None:
    page = open_page()
    add_parsed(page, png(np.array([[[255, 0, 0]]], np.uint8)))
    assert page.locator(".list-head p").inner_text() == "1 person, 1 parts"
