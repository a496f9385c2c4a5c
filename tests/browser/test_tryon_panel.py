"""A visitor tries things on: at once, on whom they choose, moved as they like, undone, compared, saved."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fittingroom.labels import CIHP
from fittingroom.results import ParseResult
from fittingroom.tryon import Adjustment, Outfit, try_on, wear
from fittingroom.tryon.wardrobe import BUNDLED, Wardrobe

from .conftest import DESKTOP, PHONE, Device, OpenPage, add_parsed, drawn_people, frame, png, point_of, seen_maps
from .test_page import MOST_BYTES, RULES, axe_source

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Large enough that clothes can be put on
PHOTO = np.kron(drawn_people(2), np.ones((4, 4, 1), np.uint8))
SIZE_WH = (PHOTO.shape[1], PHOTO.shape[0])
TOP, COLOUR, HAT = "t-shirt-black", "hair-copper", "fedora-grey"


def seen() -> ParseResult:
    labels, persons = seen_maps(PHOTO)
    return ParseResult.from_maps(labels, persons, np.full(labels.shape, 204, np.uint8), label_set=CIHP)


@pytest.fixture(scope="module")
def wardrobe() -> Wardrobe:
    return Wardrobe([BUNDLED])


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The page with two people who can be dressed."""
    page = open_page()
    add_parsed(page, png(PHOTO), "two.png")
    return page


def settle(page: Page) -> None:
    """Wait until the service has put everything on and the page shows it."""
    page.wait_for_selector(".tryon:not([aria-busy])")
    page.wait_for_timeout(60)
    page.wait_for_selector(".tryon:not([aria-busy])")
    frame(page)


def put_on(page: Page, kind: str, item_id: str) -> None:
    page.select_option("[data-key=what]", kind)
    page.click(f"[data-key=item-{item_id}]")
    settle(page)


def shown(page: Page) -> NDArray[np.uint8]:
    """The canvas with the photo, uint8 (H, W, 4)."""
    url = page.evaluate("document.querySelector('.stage .photo').toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def field(page: Page, name: str) -> float:
    return float(page.locator(f".tryon-adjust [data-key={name}]").input_value())


def saved(page: Page, key: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.click(f"[data-key={key}]")
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def saved_outfit(page: Page) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(saved(page, "save-outfit")[1])
    return document


def test_a_click_puts_an_item_on_the_chosen_person_and_another_takes_it_off(page: Page) -> None:
    bare = shown(page)
    put_on(page, "top", TOP)
    dressed = shown(page)
    middle = bare.shape[1] // 2
    assert (dressed[:, :middle] != bare[:, :middle]).any()
    assert np.array_equal(dressed[:, middle:], bare[:, middle:])
    assert page.locator(f"[data-key=item-{TOP}]").get_attribute("aria-pressed") == "true"
    page.click(f"[data-key=item-{TOP}]")
    settle(page)
    assert np.array_equal(shown(page), bare)


def test_everybody_or_whom_the_photo_has_chosen_is_dressed(page: Page) -> None:
    page.select_option("[data-key=who]", "0")
    put_on(page, "top", TOP)
    assert [layer["person"] for layer in saved_outfit(page)["layers"]] == [1, 2]
    page.mouse.click(*point_of(page, 600, 220, SIZE_WH))
    assert page.locator("[data-key=who]").input_value() == "2"


def test_one_of_a_kind_is_worn_at_a_time_and_a_dress_excludes_a_top(page: Page) -> None:
    put_on(page, "hair-colour", COLOUR)
    put_on(page, "top", TOP)
    put_on(page, "top", "breton-shirt")
    assert [layer["item"] for layer in saved_outfit(page)["layers"]] == [COLOUR, "breton-shirt"]
    put_on(page, "dress", "dress-polka")
    assert [layer["item"] for layer in saved_outfit(page)["layers"]] == [COLOUR, "dress-polka"]


def test_the_saved_picture_is_the_librarys_and_exact_elsewhere(page: Page, wardrobe: Wardrobe) -> None:
    put_on(page, "top", TOP)
    put_on(page, "hair-colour", COLOUR)
    name, content = saved(page, "save-picture")
    outfit_name, outfit = saved(page, "save-outfit")
    assert (name, outfit_name) == ("two-tryon.png", "two-outfit.json")
    expected = wear(PHOTO, seen(), Outfit.from_json(outfit), wardrobe)
    picture = np.asarray(Image.open(io.BytesIO(content)))
    assert np.array_equal(picture, expected.photo_rgb)
    assert np.array_equal(picture[~expected.changed], PHOTO[~expected.changed])


def test_dragging_moves_an_item_as_far_as_the_pointer_goes(page: Page, wardrobe: Wardrobe) -> None:
    put_on(page, "top", TOP)
    still = try_on(PHOTO, seen(), wardrobe[TOP], person_id=1)
    x0, y0, x1, y1 = still.changed_box_xyxy
    from_x, from_y = point_of(page, (x0 + x1) / 2, (y0 + y1) / 2, SIZE_WH)
    to_x, to_y = point_of(page, (x0 + x1) / 2 + 40, (y0 + y1) / 2 + 10, SIZE_WH)
    page.mouse.move(from_x, from_y)
    page.mouse.down()
    page.mouse.move((from_x + to_x) / 2, (from_y + to_y) / 2)
    page.mouse.move(to_x, to_y)
    page.mouse.up()
    settle(page)
    (layer,) = saved_outfit(page)["layers"]
    assert layer["right"] == pytest.approx(4 * layer["down"], rel=0.05)
    # A shift by whole pixels, whatever the unit
    moved = try_on(PHOTO, seen(), wardrobe[TOP], person_id=1, adjustment=Adjustment(layer["right"], layer["down"]))
    assert moved.changed_box_xyxy[3] - y1 == pytest.approx(10, abs=6)
    assert field(page, "right") == pytest.approx(100 * layer["right"], abs=0.1)
    page.click(".tryon [data-key=undo]")
    settle(page)
    assert (field(page, "right"), field(page, "down")) == (0, 0)


def test_arrow_keys_and_signs_move_turn_and_size_and_escape_ends(page: Page) -> None:
    put_on(page, "top", TOP)
    page.focus("#surface")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "+", "]"):
        page.keyboard.press(key)
    settle(page)
    found = [field(page, name) for name in ("right", "down", "scale", "angle_deg")]
    assert found == pytest.approx([10, 1, 105, 3], abs=0.1)
    page.keyboard.press("Control+z")
    settle(page)
    assert field(page, "angle_deg") == 0
    page.keyboard.press("Escape")
    assert page.locator(".tryon-adjust").count() == 0


def test_number_fields_keep_within_what_can_be_worn_and_go_back(page: Page) -> None:
    put_on(page, "top", TOP)
    page.fill("[data-key=scale]", "1000")
    page.press("[data-key=scale]", "Enter")
    settle(page)
    assert field(page, "scale") == 400
    page.fill("[data-key=angle_deg]", "-370")
    page.press("[data-key=angle_deg]", "Enter")
    settle(page)
    assert field(page, "angle_deg") == -10
    page.click("[data-key=reset]")
    settle(page)
    assert saved_outfit(page)["layers"] == [{"item": TOP, "person": 1}]


def test_before_and_after_undo_and_redo(page: Page) -> None:
    bare = shown(page)
    put_on(page, "top", TOP)
    dressed = shown(page)
    page.click("[data-key=before]")
    frame(page)
    assert np.array_equal(shown(page), bare)
    page.click("[data-key=before]")
    frame(page)
    assert np.array_equal(shown(page), dressed)
    page.click(".tryon [data-key=undo]")
    settle(page)
    assert np.array_equal(shown(page), bare)
    page.click(".tryon [data-key=redo]")
    settle(page)
    assert np.array_equal(shown(page), dressed)
    page.click("[data-key=all-off]")
    settle(page)
    assert np.array_equal(shown(page), bare)


def test_what_cannot_be_worn_is_struck_out_with_the_reason(page: Page) -> None:
    put_on(page, "hat", HAT)
    row = page.locator(".tryon-worn .refused")
    assert "face of person 1" in row.locator("small").inner_text()
    assert "Grey fedora" in page.locator(".toast").inner_text()
    assert page.locator("[data-key=save-picture]").is_disabled()


def test_colours_have_no_place_to_move(page: Page) -> None:
    put_on(page, "hair-colour", COLOUR)
    assert page.locator(".tryon-adjust input").count() == 0


def test_a_saved_outfit_can_be_opened_again(page: Page) -> None:
    put_on(page, "top", TOP)
    page.fill("[data-key=right]", "12")
    page.press("[data-key=right]", "Enter")
    settle(page)
    content = saved(page, "save-outfit")[1]
    page.click("[data-key=all-off]")
    settle(page)
    give = [{"name": "outfit.json", "mimeType": "application/json", "buffer": content}]
    page.set_input_files(".tryon input[type=file]", give)
    page.wait_for_selector(".tryon-layer")
    settle(page)
    assert saved(page, "save-outfit")[1] == content
    page.set_input_files(".tryon input[type=file]", [give[0] | {"buffer": b"{}"}])
    page.wait_for_selector(".toast.alert")
    assert saved(page, "save-outfit")[1] == content


def test_another_photo_has_its_own_outfit(page: Page) -> None:
    put_on(page, "top", TOP)
    add_parsed(page, png(PHOTO[:, ::-1].copy()), "other.png")
    page.wait_for_function("document.querySelector('#photo-name').textContent === 'other.png'")
    assert page.locator(".tryon-layer").count() == 0
    page.click("#filmstrip .tile-open >> nth=0")
    page.wait_for_selector(".tryon-layer")
    assert saved_outfit(page)["layers"][0]["item"] == TOP


def test_corrected_people_are_dressed_anew(page: Page) -> None:
    put_on(page, "top", TOP)
    before = shown(page)
    page.click("#tab-people")
    page.click(".part-row .row-open:has-text('Upper clothes') >> nth=0")
    page.click("#tab-correct")
    page.click("#panel-correct [data-key=remove]")
    page.wait_for_selector(".tryon-worn .refused, .tryon[aria-busy]", state="attached")
    settle(page)
    assert (shown(page) != before).any()


@pytest.mark.parametrize(
    "device",
    [DESKTOP, replace(DESKTOP, scheme="dark", locale="zh-CN"), PHONE, Device(width=320, height=800)],
    ids=["desktop", "dark Chinese", "phone", "320 wide"],
)
def test_axe_finds_nothing_in_the_panel_and_nothing_sticks_out(open_page: OpenPage, device: Device) -> None:
    page = open_page(device)
    page.evaluate(axe_source())
    add_parsed(page, png(PHOTO))
    put_on(page, "hat", HAT)
    assert page.evaluate(RULES) == []
    put_on(page, "top", TOP)
    assert page.evaluate(RULES) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_page_with_its_panel_still_weighs_little(page: Page) -> None:
    page.wait_for_selector(".tryon-item")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => !/v1.parse/.test(name))"
        ".map((entry) => entry.transferSize)"
    )
    assert sum(sizes) <= MOST_BYTES


def test_a_large_photo_is_reduced_for_looking_but_not_for_saving(open_page: OpenPage, wardrobe: Wardrobe) -> None:
    large = np.kron(PHOTO, np.ones((2, 2, 1), np.uint8))
    page = open_page()
    add_parsed(page, png(large), "large.png")
    bare = shown(page)
    put_on(page, "top", TOP)
    labels, persons = seen_maps(large)
    result = ParseResult.from_maps(labels, persons, np.full(labels.shape, 204, np.uint8), label_set=CIHP)
    expected = try_on(large, result, wardrobe[TOP], person_id=1)
    # Strong differences alone: at its edges a dark thing before a dark background does not show.
    changed = np.argwhere(np.abs(shown(page).astype(int) - bare).max(axis=2) > 60)
    differs = np.argwhere(np.abs(expected.photo_rgb.astype(int) - large).max(axis=2) > 60)
    (y0, x0), (y1, x1) = differs.min(axis=0), differs.max(axis=0)
    corners = [*point_of(page, x0, y0, (1600, 960)), *point_of(page, x1, y1, (1600, 960))]
    box = page.locator("#surface").bounding_box()
    assert box is not None
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    found = [left + box["x"], top + box["y"], right + box["x"], bottom + box["y"]]
    # A sleeve may end a little elsewhere on the smaller photo.
    assert found == pytest.approx(corners, abs=10)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(saved(page, "save-picture")[1]))), expected.photo_rgb)


def test_a_service_without_items_says_so(open_page: OpenPage) -> None:
    def without(page: Page) -> None:
        page.route("**/v1/items**", lambda route: route.fulfill(status=404, body="{}"))

    page = open_page(prepare=without)
    add_parsed(page, png(PHOTO))
    page.unroute("**/v1/items**")
    page.click("[data-key=retry]")
    page.wait_for_selector(".tryon-item")
