"""The page as a whole: for everybody, on every screen, light, safe, and open to panels beside it."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import DESKTOP, PHONE, Device, OpenPage, add_parsed, add_photo, frame

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_BYTES = 200_000
# WCAG 2.2 AA and what axe holds to be good practice
RULES = """async () => {
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
        'best-practice'] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}"""
PANEL = """
export const PANELS = [{
    id: 'probe',
    title: (language) => (language === 'zh' ? '试衣' : 'Try on'),
    mount(place, host) {
        window.host = host;
        return { update: (scene) => { window.scene = scene; place.textContent = scene.photo ? 'ready' : 'waiting'; } };
    },
}];
"""


def axe_source() -> str:
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("needs axe: pip install -e .[browser]")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "device",
    [
        DESKTOP,
        replace(DESKTOP, scheme="dark", locale="zh-CN"),
        PHONE,
        replace(PHONE, scheme="dark", locale="zh-CN"),
    ],
    ids=["desktop light", "desktop dark Chinese", "phone light", "phone dark Chinese"],
)
def test_axe_finds_nothing_on_any_screen_of_the_page(open_page: OpenPage, two_people: bytes, device: Device) -> None:
    page = open_page(device)
    page.evaluate(axe_source())
    found = {}

    def look(name: str) -> None:
        frame(page)
        found[name] = page.evaluate(RULES)

    look("start")
    page.click("#help")
    look("help")
    page.keyboard.press("Escape")
    add_photo(page, two_people[:200])
    page.wait_for_selector(".cover-card h2")
    look("failure")
    add_parsed(page, two_people)
    page.wait_for_selector(".person")
    page.click(".part-row .row-open >> nth=0")
    look("people")
    for tool in ("pick", "brush", "eraser"):
        page.click("#tab-correct")
        page.click(f"label:has([value={tool}])")
        look(tool)
    page.click("#tab-download")
    page.click("[data-view=compare]")
    look("download")
    assert {name: violations for name, violations in found.items() if violations} == {}


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
def test_no_screen_scrolls_sideways(open_page: OpenPage, two_people: bytes, width: int) -> None:
    page = open_page(Device(width=width, height=800))
    wide = "document.documentElement.scrollWidth > innerWidth"
    culprits = """[...document.querySelectorAll('body *')].filter(
        (e) => e.getBoundingClientRect().right > innerWidth + 1)
        .map((e) => `${e.tagName}.${e.className}`).slice(0, 12)"""
    assert not page.evaluate(wide)
    add_parsed(page, two_people, "a name that is much longer than there is room for on any telephone.png")
    for tab in ("people", "correct", "download"):
        page.click(f"#tab-{tab}")
        for _ in range(25):  # what comes late finds its place late, on a slow machine
            if not page.evaluate(wide):
                break
            page.wait_for_timeout(200)
        assert not page.evaluate(wide), (tab, page.evaluate(culprits))


def test_the_page_weighs_little(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page()
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map((entry) => entry.transferSize)"
    )
    assert len(sizes) > 15
    assert sum(sizes) <= MOST_BYTES


def test_nothing_inline_and_nothing_from_elsewhere_is_allowed(open_page: OpenPage) -> None:
    page = open_page()
    response = page.request.get(page.url)
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "img-src 'self' blob: data:" in policy
    text = response.text()
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def with_panel(page: Page) -> None:
    page.route(
        "**/static/js/panels.js",
        lambda route: route.fulfill(content_type="text/javascript", body=PANEL),
    )


def test_a_panel_beside_the_photo_hears_what_is_chosen(open_page: OpenPage, two_people: bytes) -> None:
    page = open_page(prepare=with_panel)
    assert page.evaluate("scene.photo") is None
    add_parsed(page, two_people)
    assert page.locator("#beside .beside-body").inner_text() == "ready"
    assert page.locator("#beside h2").inner_text() == "Try on"
    page.click(".part-row .row-open >> nth=0")
    assert page.evaluate("scene.selection") == {"personId": 1, "classId": 2}
    assert page.evaluate("(async () => (await host.maps()).labels.type)()") == "image/png"
    page.click("#language")
    assert page.locator("#beside h2").inner_text() == "试衣"
