"""A visitor brings a photo and looks at it."""

from __future__ import annotations

import base64

import pytest

from fittingroom.labels import CIHP

from .conftest import DESKTOP, PHONE, OpenPage, add_parsed, add_photo, drawn_people, frame, png, point_of, seen_maps

GIVE = """async ({ how, text }) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], 'given.png', { type: 'image/png' }));
    const event = how === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: given, bubbles: true, cancelable: true })
        : new DragEvent('drop', { dataTransfer: given, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
}"""


def test_every_person_and_part_is_listed_with_its_area_and_score(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    assert page.locator(".list-head p").inner_text() == "2 people, 12 parts"
    row = page.locator(".part-row", has_text="Upper clothes").first
    labels, persons = seen_maps(drawn_people())
    area_px = int(((labels == CIHP.id_of("upper-clothes")) & (persons == 1)).sum())
    assert row.locator("small").get_attribute("title") == f"{area_px:,} px"
    assert row.locator(".score").get_attribute("title") == "80% sure"


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_photo_can_be_given(open_page: OpenPage, two_people: bytes, how: str) -> None:
    page = open_page()
    page.evaluate(GIVE, {"how": how, "text": base64.b64encode(two_people).decode()})
    page.wait_for_selector(".person")
    assert page.locator("#photo-name").inner_text() == "given.png"


def test_the_camera_takes_a_photo(open_page: OpenPage) -> None:
    page = open_page()
    page.click("#drop [data-action=camera]")
    page.click("[data-camera=shoot]")
    page.wait_for_selector("#filmstrip .tile.done")
    assert page.locator("#photo-name").inner_text().startswith("camera-")
    assert page.evaluate("document.querySelector('#camera-video').srcObject") is None


def test_a_sample_needs_one_click(open_page: OpenPage) -> None:
    page = open_page()
    page.click("[data-sample=street]")
    page.wait_for_selector("#filmstrip .tile.done")


def test_pointing_names_part_and_person_without_asking_the_service(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for x, y, text in ((50, 50, "Upper clothes"), (150, 15, "Hair"), (125, 50, "Right arm")):
        page.mouse.move(*point_of(page, x, y))
        frame(page)
        assert page.locator(".tip b").inner_text() == text
        assert page.locator(".tip span").inner_text() == f"80% · Person {1 if x < 100 else 2} 80%"
    page.mouse.move(*point_of(page, 100, 5))
    frame(page)
    assert page.locator(".tip").is_hidden()
    assert not asked


def test_the_part_that_is_pointed_at_is_brighter_than_the_others(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    alpha = """([x, y]) => {
        const canvas = document.querySelector('.layer');
        const box = canvas.getBoundingClientRect();
        const scale = canvas.width / box.width;
        return canvas.getContext('2d').getImageData((x - box.left) * scale, (y - box.top) * scale, 1, 1).data[3];
    }"""
    here, there = point_of(page, 50, 60), point_of(page, 150, 60)
    page.mouse.move(*point_of(page, 100, 5))
    frame(page)
    assert page.evaluate(alpha, here) == page.evaluate(alpha, there) == 153
    page.mouse.move(*here)
    frame(page)
    assert page.evaluate(alpha, here) > 153 > page.evaluate(alpha, there) > 0


def test_a_tap_names_the_part_too(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page(PHONE)
    add_parsed(page, two_people)
    page.touchscreen.tap(*point_of(page, 50, 50))
    frame(page)
    assert page.locator(".tip b").inner_text() == "Upper clothes"
    assert page.locator(".part-row.chosen .part-name").inner_text() == "Upper clothes"


def test_a_hidden_part_is_not_pointed_at_and_a_lone_one_hides_the_rest(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    page.click("[aria-label='Hide Upper clothes, person 1']")
    page.mouse.move(*point_of(page, 50, 50))
    frame(page)
    assert page.locator(".tip").is_hidden()
    page.click("[aria-label='Show Face, person 2 alone']")
    page.mouse.move(*point_of(page, 50, 25))
    frame(page)
    assert page.locator(".tip").is_hidden()
    page.mouse.move(*point_of(page, 150, 25))
    frame(page)
    assert page.locator(".tip b").inner_text() == "Face"
    page.click("[data-key=show-all]")
    assert page.locator("[aria-pressed=true][aria-label^='Hide']").count() == 0


def test_the_comparison_follows_its_slider_and_the_arrow_keys(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    page.click("[data-view=compare]")
    slider = page.locator("input.compare")
    slider.focus()
    page.keyboard.press("ArrowRight")
    frame(page)
    assert slider.input_value() == "51"
    assert page.evaluate("document.querySelector('.layer').style.clipPath").startswith("inset(0px 0px 0px")


def test_outlines_leave_the_inside_of_a_part_free(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    count = """() => {
        const canvas = document.querySelector('.layer');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 3 && value > 0).length;
    }"""
    covered = page.evaluate(count)
    page.keyboard.press("Tab")
    page.click("label:has([value=outlines])")
    frame(page)
    assert 0 < page.evaluate(count) < covered / 3


def test_keys_alone_are_enough_to_look_and_choose(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    add_parsed(page, two_people)
    page.locator("#surface").focus()
    for _ in range(60):
        page.keyboard.press("ArrowLeft")
        if "Left arm, person 1" in page.locator("#speech").inner_text():
            break
    assert page.locator("#speech").inner_text() == "Left arm, person 1, 80% sure"
    page.keyboard.press("Enter")
    assert page.locator(".part-row.chosen .part-name").inner_text() == "Left arm"
    page.keyboard.press("o")
    assert page.locator("[name=mode][value=outlines]").is_checked()
    page.keyboard.press("Escape")
    assert page.locator(".chosen").count() == 0


def test_a_photo_without_people_says_so_and_what_to_do(open_page: OpenPage) -> None:
    page = open_page()
    add_parsed(page, png(drawn_people(0)))
    assert "Nobody was found" in page.locator("#panel-people").inner_text()
    assert page.locator("#stage-note").is_visible()


def test_language_and_appearance_are_kept(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page(DESKTOP)
    page.click("#language")
    page.click("#theme")
    page.click("#theme")
    page.reload()
    page.wait_for_selector("#theme .icon")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    add_photo(page, two_people)
    page.wait_for_selector(".person")
    assert page.locator(".part-name").first.inner_text() == "头发"


def test_both_languages_have_the_same_words(open_page: OpenPage) -> None:
    page = open_page()
    words = page.evaluate("""async () => {
        const { WORDS } = await import('/static/js/words.js');
        return Object.values(WORDS).map((words) => Object.entries(words).map(([key, word]) => `${key} ${typeof word}`));
    }""")
    english, chinese = (set(found) for found in words)
    # A plural makes a function of a word in English only.
    assert {word.split()[0] for word in english} == {word.split()[0] for word in chinese}
    used = page.evaluate("""async () => {
        const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
        const names = loaded.filter((name) => name.endsWith('.js'));
        const texts = await Promise.all(names.map(async (name) => (await fetch(name)).text()));
        const inCode = texts.flatMap((text) => [...text.matchAll(/\\bt\\('([a-z0-9-]+)'/g)].map((match) => match[1]));
        return [...inCode, ...[...document.querySelectorAll('[data-t]')].map((element) => element.dataset.t)];
    }""")
    assert len(used) > 100
    assert not set(used) - {word.split()[0] for word in english}
