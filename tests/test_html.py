"""The pages: light, quiet, readable by everyone, whole over http and opened from disk."""

from __future__ import annotations

import http.server
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlparse

import axe_playwright_python
import pytest
from conftest import ROOT, Book, Tree, succeed
from playwright.sync_api import Browser, Locator, Page, ViewportSize

sys.path[:0] = [str(ROOT), str(ROOT / "_ext")]

from seminar_book import fonts, pages  # noqa: E402

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 320, "height": 700}
CHAPTER = "chapters/04-ruin.html"
LAB = "chapters/04-ruin-lab.html"
LONG_TABLE = ("chapters/02-outsider-lab.html", "The group")  # its caption begins so
HEAVIEST = {"lab": 400_000, "page": 250_000}
SLOWEST_PAINT = 1500
PAINT = """() => new Promise((done) => {
  let at = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) at = e.startTime })
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done(at), 300);
})"""


# --- the built site, over http and from disk ------------------------------------------------------


@dataclass
class Site:
    """The built pages and the two ways to open one."""

    root: Path
    http: str

    @property
    def pages(self) -> list[str]:
        """Every page, as a path below the site's root."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*.html"))

    def ways(self, page: str) -> list[str]:
        """The page's address over http, and as a file."""
        return [self.http + page, (self.root / page).as_uri()]


@contextmanager
def served(root: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(root))

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def site(book: Book) -> Iterator[Site]:
    with served(book.html) as address:
        yield Site(book.html, address)


@pytest.fixture
def chapter(site: Site, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport=DESK)
    page.goto(site.http + CHAPTER)
    yield page
    page.close()


@dataclass
class Parsed(HTMLParser):
    """What a page says of itself: identifiers, addresses, classes, headings."""

    source: str
    ids: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)
    tags: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("href", "src", "action"):
                self.addresses.append(value or "")
            elif name == "class":
                self.classes |= set((value or "").split())


def parsed(site: Site) -> dict[str, Parsed]:
    return {page: Parsed((site.root / page).read_text(encoding="utf-8")) for page in site.pages}


# --- budgets --------------------------------------------------------------------------------------


def weigh(browser: Browser, address: str) -> tuple[float, float]:
    """(bytes received, ms to the largest paint) at 1.6 Mbit/s and 150 ms, with an empty cache."""
    page = browser.new_page(viewport=DESK)
    received = [0.0]
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda e: received.append(e["encodedDataLength"]))
    line = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
    wire.send("Network.emulateNetworkConditions", {"offline": False, **line})
    page.goto(address, wait_until="load")
    page.wait_for_timeout(300)
    paint = page.evaluate(PAINT)
    page.close()
    return sum(received), paint


def limit(page: str) -> int:
    """The bytes that a page may load; the search carries the words of the whole book, so it counts as a lab."""
    return HEAVIEST["lab" if page.endswith("-lab.html") or page == "search.html" else "page"]


def test_every_page_is_light_and_is_soon_there(site: Site, browser: Browser) -> None:
    too_much = []
    for page in site.pages:
        heaviest = limit(page)
        weight, paint = weigh(browser, site.http + page)
        if paint > SLOWEST_PAINT:  # other tests share the machine: one more try
            paint = min(paint, weigh(browser, site.http + page)[1])
        if weight > heaviest or paint > SLOWEST_PAINT:
            too_much.append(f"{page}: {weight / 1000:.0f} kB, {paint:.0f} ms")
        assert weight > 20_000, f"{page}: nothing was measured"
    assert not too_much


def trouble(site: Site, browser: Browser) -> list[str]:
    """Requests that leave the site, console errors and failures, over http and from disk."""
    faults: list[str] = []
    own = (site.http, site.root.as_uri(), "data:")
    for page in site.pages:
        for address in site.ways(page):
            view = browser.new_page(viewport=DESK)
            view.on("request", lambda r: None if r.url.startswith(own) else faults.append(r.url))
            view.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
            view.on("pageerror", lambda e: faults.append(str(e)))
            view.on("requestfailed", lambda r: faults.append(f"failed: {r.url}"))
            view.on("response", lambda r: faults.append(r.url) if r.status >= 400 else None)
            view.goto(address, wait_until="load")
            view.set_viewport_size(PHONE)
            view.wait_for_timeout(100)
            view.close()
    return faults


def test_nothing_is_asked_of_others_and_nothing_fails(site: Site, browser: Browser) -> None:
    assert not trouble(site, browser)


# --- everyone can read it -------------------------------------------------------------------------


def _findings(view: Page) -> list[str]:
    view.evaluate(AXE)
    found = view.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert found["passes"], "axe looked at nothing"
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]


def findings(site: Site, browser: Browser, theme: Any, way: int = 0) -> list[str]:
    """What axe finds on every page, over http (``way`` 0) or from disk (1)."""
    found = []
    for page in site.pages:
        view = browser.new_page(viewport=DESK, color_scheme=theme)
        view.goto(site.ways(page)[way])
        assert view.locator("html").get_attribute("data-theme") == theme
        found += [f"{page}: {finding}" for finding in _findings(view)]
        view.close()
    return found


# The page is the same by either way, and axe is slow: each theme by one of them.
@pytest.mark.parametrize("theme, way", [("light", 0), ("dark", 1)], ids=["http-light", "file-dark"])
def test_axe_finds_nothing(site: Site, browser: Browser, theme: Any, way: int) -> None:
    assert not findings(site, browser, theme, way)


def test_axe_finds_nothing_on_a_phone_with_all_that_folds_open(site: Site, browser: Browser) -> None:
    findings = []
    for page in (CHAPTER, LAB):
        view = browser.new_page(viewport=PHONE)
        view.goto(site.http + page)
        view.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        view.get_by_role("button", name="Contents").click()
        findings += [f"{page}: {finding}" for finding in _findings(view)]
        view.close()
    assert not findings


@pytest.mark.parametrize("width", [320, 390, 768, 1100])
def test_no_page_is_wider_than_its_window(site: Site, browser: Browser, width: int) -> None:
    view = browser.new_page(viewport={"width": width, "height": 800})
    wide = []
    for page in site.pages:
        view.goto(site.http + page)
        view.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        over = view.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            wide.append(f"{page}: {over} px")
    view.close()
    assert not wide


def test_a_table_too_wide_scrolls_in_a_box_that_the_keyboard_reaches(site: Site, browser: Browser) -> None:
    view = browser.new_page(viewport=PHONE)
    source = (site.root / CHAPTER).read_text(encoding="utf-8")
    widened = source.replace("<table", '<table style="width: 600px"')
    assert widened != source, "the chapter has no table: test another page"
    view.route("**/" + CHAPTER, lambda route: route.fulfill(body=widened, content_type="text/html"))
    view.goto(site.http + CHAPTER)
    view.wait_for_timeout(100)
    scrolling = view.locator(".pst-scrollable-table-container").all()
    for box in scrolling:
        assert box.evaluate("b => b.scrollWidth > b.clientWidth")
        box.focus()
        assert box.evaluate("b => b === document.activeElement")
        assert box.get_attribute("role") == "region"
        assert box.get_attribute("aria-label")
    view.set_viewport_size(DESK)
    view.wait_for_timeout(100)
    assert all(b.get_attribute("tabindex") is None for b in scrolling), "a box that fits is no stop"
    view.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_long_table_is_sorted_by_its_heads_and_whole_without_scripts(
    site: Site, browser: Browser, scripts: bool
) -> None:
    page, caption = LONG_TABLE
    context = browser.new_context(viewport=DESK, java_script_enabled=scripts)
    view = context.new_page()
    view.goto(site.http + page)
    table = view.locator("table.listing", has=view.locator("caption", has_text=caption)).first
    heads = table.locator("thead th").all_text_contents()
    number, joined = heads.index("Age in 1921"), heads.index("Joined")
    column = table.locator(f"tbody tr > :nth-child({number + 1})")
    before = column.all_text_contents()
    assert len(before) >= 10, "the table is too short to be sorted"
    if not scripts:
        assert table.locator("button").count() == 0
        context.close()
        return
    view.set_viewport_size(DESK)
    table.get_by_role("button", name="Age in 1921").focus()
    ages = [sorted(map(int, filter(None, before)), reverse=down) for down in (False, True)]
    for expected, way in zip(ages, ("ascending", "descending"), strict=True):
        view.keyboard.press("Enter")
        after = column.all_text_contents()
        assert [int(age) for age in after if age] == expected
        assert after[-1] == "", "a gap stands last whichever way the rows run"
        assert table.locator("th[aria-sort]").get_attribute("aria-sort") == way
    table.get_by_role("button", name="Joined").click()
    assert table.locator("th[aria-sort]").count() == 1
    years = [y for y in table.locator(f"tbody tr > :nth-child({joined + 1})").all_text_contents() if y]
    assert years == sorted(years)
    assert sorted(column.all_text_contents()) == sorted(before), "a row was lost"
    short = view.locator("table.listing").evaluate_all("ts => ts.filter(t => t.tBodies[0].rows.length < 10)"
                                                       ".every(t => !t.querySelector('th button'))")
    assert short, "a short table needs no buttons"
    context.close()


def test_lines_are_of_a_length_to_read(chapter: Page) -> None:
    """Median characters in the full lines of the chapter's paragraphs."""
    chapter.evaluate("document.fonts.ready")
    counts = chapter.evaluate(
        """() => [...document.querySelectorAll('.text > section > section > p')].flatMap((p) => {
          const lines = {}, range = document.createRange();
          const walk = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
          for (let node; (node = walk.nextNode());) for (let i = 0; i < node.length; i++) {
            range.setStart(node, i); range.setEnd(node, i + 1);
            const top = Math.round(range.getBoundingClientRect().bottom / 12);
            lines[top] = (lines[top] || 0) + 1;
          }
          return Object.values(lines).filter((n) => n > 40);
        })"""
    )
    assert len(counts) > 50
    assert 62 <= sorted(counts)[len(counts) // 2] <= 72
    assert 18 <= float(chapter.locator(".text p").first.evaluate("p => parseFloat(getComputedStyle(p).fontSize)")) <= 19


# --- keyboard -------------------------------------------------------------------------------------


def test_the_keyboard_reaches_everything_and_sees_where_it_is(chapter: Page) -> None:
    chapter.keyboard.press("Tab")
    skip = chapter.locator(".skip")
    assert skip.evaluate("s => s === document.activeElement")
    box = skip.bounding_box()
    assert box
    assert box["x"] >= 0
    met, unseen = [], []
    for _ in range(400):
        state = chapter.evaluate(
            """() => {
              const e = document.activeElement, s = getComputedStyle(e);
              return [e.tagName.toLowerCase() + '.' + e.className, s.outlineStyle, parseFloat(s.outlineWidth)];
            }"""
        )
        met.append(state[0])
        if state[1] == "none" or state[2] < 2:
            unseen.append(state[0])
        chapter.keyboard.press("Tab")
        if chapter.evaluate("document.activeElement === document.body"):
            break
    assert not unseen
    path = " ".join(met)
    for stop in ("input.", "button.button theme-button", "a.footnote-reference", "summary.sd-summary", "a.prev"):
        assert stop.removesuffix("a.prev") in path, f"never met {stop}"


def test_the_skip_link_goes_to_the_text(chapter: Page) -> None:
    chapter.keyboard.press("Tab")
    chapter.keyboard.press("Enter")
    assert chapter.evaluate("document.activeElement.id") == "main"


def test_answers_open_by_keyboard(chapter: Page) -> None:
    question = chapter.locator("details.sd-dropdown").first
    question.locator("summary").focus()
    chapter.keyboard.press("Enter")
    assert question.evaluate("d => d.open")
    assert question.locator(".sd-summary-content").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_contents_fold_on_a_phone_even_without_scripts(site: Site, browser: Browser, scripts: bool) -> None:
    view = browser.new_page(viewport=PHONE, java_script_enabled=scripts)
    view.goto(site.http + CHAPTER)
    contents = view.get_by_role("navigation", name="Contents")
    assert contents.count() == 0, "the contents cover the text"
    view.get_by_role("button", name="Contents").press("Enter")
    assert contents.is_visible()
    assert contents.get_by_role("link", name="Lab 4").first.is_visible()
    view.keyboard.press("Escape")
    assert contents.count() == 0
    view.close()


# --- contents -------------------------------------------------------------------------------------


def test_the_contents_name_every_page_and_mark_the_present_one(site: Site) -> None:
    for name, page in parsed(site).items():
        if name == "index.html":
            continue
        nav = page.source.split('<nav id="contents"', 1)[1].split("</nav>", 1)[0]
        marked = re.findall(r'<a href="([^"]*)" aria-current="page">', nav)
        in_book = name not in ("search.html", "genindex.html")
        assert len(marked) == in_book, f"{name} is marked {len(marked)} times"
        linked = len(re.findall(r"<a ", nav))
        written = [p for p in site.pages if p not in ("index.html", "search.html", "genindex.html")]
        assert linked == len(written)


def test_chapters_to_come_are_titles_and_not_links(site: Site) -> None:
    nav = (site.root / CHAPTER).read_text(encoding="utf-8")
    come = re.findall(r'<li>(<\w+)[^>]*class="to-come">(\d+)\. [^<]+<small>to come</small>', nav)
    assert come
    assert {tag for tag, _ in come} == {"<span"}
    numbers = [int(n) for n in re.findall(r"<li><(?:a|span)[^>]*>(\d+)\. ", nav.split("</nav>")[0])]
    assert numbers == sorted(numbers), "chapters are out of order"


def test_a_part_stands_where_its_chapters_belong() -> None:
    """`contents` alone, on a made-up table of contents."""
    document = type("Document", (), {})

    def doc(title: str | None, *children: str) -> Any:
        it = document()
        it.title, it.child_files = title, lambda: list(children)
        return it

    tree = document()
    tree.caption, tree.files = "Second", lambda: ["b.md"]
    site = {"b": doc("3. Bee", "c"), "c": doc("Lab 3. Cee")}
    env: Any = document()
    env.titles, env.config = {}, document()
    env.config.external_site_map = type("SiteMap", (dict,), {})(site)
    env.config.external_site_map.root = document()
    env.config.external_site_map.root.subtrees = [tree]
    parts = pages.contents(env, {"Third": ["10. Ten"], "Second": ["2. Two"], "First": ["1. One"]})
    assert [(p.caption, [e.title for e in p.entries]) for p in parts] == [
        ("First", ["1. One"]), ("Second", ["2. Two", "3. Bee"]), ("Third", ["10. Ten"]),
    ]  # fmt: skip
    assert parts[1].entries[1].children == [pages.Entry("Lab 3. Cee", "c")]


# --- notes ----------------------------------------------------------------------------------------


def _card(view: Page) -> Locator:
    return view.locator(".note-card")


def test_a_note_opens_on_hover_can_be_hovered_and_goes(chapter: Page) -> None:
    call = chapter.locator("a.footnote-reference").first
    call.scroll_into_view_if_needed()
    call.hover()
    _card(chapter).wait_for(state="visible")
    note = chapter.locator(call.get_attribute("href") or "").locator("p").first.inner_text()
    assert _card(chapter).inner_text().strip().startswith(note)
    assert not _findings(chapter)
    _card(chapter).hover()
    chapter.wait_for_timeout(500)
    assert _card(chapter).is_visible(), "the card must stay while the pointer is on it"
    chapter.mouse.move(5, 5)
    _card(chapter).wait_for(state="detached", timeout=2000)


def test_a_note_opens_on_focus_and_closes_on_escape_and_blur(chapter: Page) -> None:
    calls = chapter.locator("a.footnote-reference")
    calls.nth(0).evaluate("c => c.previousElementSibling?.focus()")
    calls.nth(0).focus()
    chapter.keyboard.press("Shift+Tab")
    chapter.keyboard.press("Tab")  # arrive by keyboard, as a reader would
    assert calls.nth(0).evaluate("c => c === document.activeElement")
    _card(chapter).wait_for(state="visible")
    chapter.keyboard.press("Escape")
    assert _card(chapter).count() == 0
    assert calls.nth(0).evaluate("c => c === document.activeElement"), "Escape keeps the place"
    chapter.keyboard.press("Tab")
    following = """call => { const stops = [...document.querySelectorAll('.text :is(a, button):not([tabindex="-1"])')];
        return stops[stops.indexOf(call) + 1] === document.activeElement; }"""
    assert calls.nth(0).evaluate(following), "a card adds no stops"
    calls.nth(1).focus()
    chapter.keyboard.press("Shift+Tab")
    chapter.keyboard.press("Tab")
    _card(chapter).wait_for(state="visible")
    calls.nth(1).blur()
    assert _card(chapter).count() == 0


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_every_note_opens_inside_the_window_with_its_own_words(site: Site, browser: Browser, window: Any) -> None:
    view = browser.new_page(viewport=window)
    view.goto(site.http + CHAPTER)
    faults = []
    for call in view.locator("a.footnote-reference").all():
        call.evaluate("c => c.scrollIntoView({ block: 'center' })")
        call.hover()
        _card(view).wait_for(state="visible")
        box = _card(view).bounding_box()
        href = call.get_attribute("href") or ""
        note = view.locator(href).locator("p").first.text_content() or ""
        same = (_card(view).text_content() or "").strip().startswith(note.strip())
        assert box
        inside = box["x"] >= 0 and box["x"] + box["width"] <= window["width"]
        inside = inside and box["y"] >= 0 and box["y"] + box["height"] <= window["height"]
        if not (inside and same):
            faults.append((href, box, same))
        view.keyboard.press("Escape")
        view.mouse.move(1, 1)
    view.close()
    assert not faults


def test_a_finger_opens_a_note_first_and_follows_it_second(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    view = context.new_page()
    view.goto(site.http + CHAPTER)
    call = view.locator("a.footnote-reference").first
    call.scroll_into_view_if_needed()
    call.tap()
    assert _card(view).is_visible()
    assert "#" not in view.url
    call.tap()
    assert view.url.endswith(call.get_attribute("href") or "?")
    context.close()


def test_notes_stand_under_a_heading_and_lead_back(chapter: Page) -> None:
    assert chapter.get_by_role("heading", name="Notes", exact=False).count() == 1
    call = chapter.locator("a.footnote-reference").first
    note = chapter.locator(call.get_attribute("href") or "")
    back = note.locator("a[role=doc-backlink]").first.get_attribute("href")
    assert back == "#" + (call.get_attribute("id") or "")


# --- theme ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [0, 1], ids=["http", "file"])
def test_the_theme_is_chosen_and_remembered(site: Site, browser: Browser, way: int) -> None:
    context = browser.new_context(viewport=DESK, color_scheme="light")
    view = context.new_page()
    view.goto(site.ways(CHAPTER)[way])
    ground = "getComputedStyle(document.body).backgroundColor"
    light = view.evaluate(ground)
    button = view.get_by_role("button", name=re.compile("Colours"))
    for mode in ("light", "dark"):
        button.click()
        assert view.locator("html").get_attribute("data-mode") == mode
    dark = view.evaluate(ground)
    assert dark != light
    view.reload(wait_until="commit")
    view.wait_for_function("document.body")
    assert view.evaluate(ground) == dark
    view.goto(site.ways(LAB)[way])
    assert view.evaluate(ground) == dark, "the choice holds on every page"
    view.get_by_role("button", name=re.compile("Colours")).click()
    assert view.evaluate(ground) == light, "auto follows the system"
    view.emulate_media(color_scheme="dark")
    view.wait_for_function(f"{ground} === '{dark}'")
    context.close()


def test_the_theme_is_right_before_the_script_arrives(site: Site, browser: Browser) -> None:
    """Else the page would flash: painted in one theme, then in the other."""
    for stored, system, ground in (
        ("dark", "light", "rgb(25, 24, 22)"),
        ("light", "dark", "rgb(251, 249, 244)"),
        ("auto", "dark", "rgb(25, 24, 22)"),
    ):
        scheme: Any = system
        context = browser.new_context(viewport=DESK, color_scheme=scheme)
        context.add_init_script(f"localStorage.setItem('theme', '{stored}')")
        view = context.new_page()
        view.route("**/book.js*", lambda route: route.abort())
        view.goto(site.http + CHAPTER)
        assert view.evaluate("getComputedStyle(document.body).backgroundColor") == ground, stored
        context.close()


def test_the_page_works_where_storage_is_forbidden(site: Site, browser: Browser) -> None:
    view = browser.new_page(viewport=DESK)
    faults: list[str] = []
    view.on("pageerror", lambda e: faults.append(str(e)))
    view.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden') } })")
    view.goto(site.http + CHAPTER)
    view.get_by_role("button", name=re.compile("Colours")).click()
    assert view.locator("html").get_attribute("data-mode") == "light"
    view.close()
    assert not faults


def test_without_scripts_the_page_is_whole_and_follows_the_system(site: Site, browser: Browser) -> None:
    grounds: dict[Any, str] = {"light": "rgb(251, 249, 244)", "dark": "rgb(25, 24, 22)"}
    for scheme, ground in grounds.items():
        context = browser.new_context(
            viewport=DESK,
            color_scheme=scheme,
            java_script_enabled=False,
        )
        view = context.new_page()
        view.goto(site.http + CHAPTER)
        assert view.locator("body").evaluate("b => getComputedStyle(b).backgroundColor") == ground
        assert view.locator(".theme-button").is_hidden(), "a button that does nothing"
        assert view.get_by_role("heading", level=1).is_visible()
        context.close()


def test_both_dark_palettes_are_the_same() -> None:
    """One is for the chosen theme, one for readers without scripts; CSS cannot share them."""
    style = (ROOT / "_static/book.css").read_text(encoding="utf-8")
    rules = re.findall(r'html\[data-theme="(dark|auto)"\] \{(.*?)\}', style, re.DOTALL)
    assert [name for name, _ in rules] == ["dark", "auto"]
    assert rules[0][1] == rules[1][1]


def test_print_and_forced_colours_keep_what_matters(chapter: Page) -> None:
    chapter.evaluate("document.documentElement.dataset.theme = 'dark'")
    chapter.emulate_media(media="print")
    assert chapter.locator("#contents").is_hidden()
    assert chapter.locator(".masthead").is_hidden()
    ink = chapter.locator(".text p").first.evaluate("p => getComputedStyle(p).color")
    assert ink == "rgb(31, 29, 26)", "a dark screen must not print pale"
    chapter.emulate_media(media="screen", forced_colors="active")
    mark = chapter.locator(".thesis > .admonition-title").first
    colours = mark.evaluate(
        "m => [getComputedStyle(m, '::before').backgroundColor, getComputedStyle(document.body).backgroundColor]"
    )
    assert colours[0] != colours[1], "the box's mark has vanished"


# --- search ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [0, 1], ids=["http", "file"])
def test_search_finds_a_page_and_says_how_many(site: Site, browser: Browser, way: int) -> None:
    view = browser.new_page(viewport=DESK)
    faults: list[str] = []
    view.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    view.goto(site.ways(CHAPTER)[way])
    view.get_by_role("searchbox").fill("Kronstadt")
    view.keyboard.press("Enter")
    found = view.locator("#search-results a")
    found.first.wait_for()
    assert any(CHAPTER in (a.get_attribute("href") or "") for a in found.all())
    view.wait_for_function("/found \\d/.test(document.querySelector('[role=status]').textContent)")
    assert not faults
    assert not _findings(view)
    found.first.click()
    assert view.get_by_role("heading", level=1).count() == 1
    view.close()


def test_search_finds_years_and_shows_where(site: Site, browser: Browser) -> None:
    view = browser.new_page(viewport=DESK)
    view.goto(site.http + "search.html?q=1921")
    found = view.locator("#search-results li", has=view.locator(f"a[href^='{CHAPTER}']"))
    found.locator(".context").wait_for()
    assert found.locator(".context .highlighted").first.inner_text() == "1921"
    assert not _findings(view)
    view.close()


def test_search_says_when_nothing_is_found(site: Site, browser: Browser) -> None:
    view = browser.new_page(viewport=DESK)
    view.goto(site.http + "search.html?q=zzzzqqq")
    view.wait_for_function("document.querySelector('[role=status]').textContent.length > 20")
    assert view.locator("#search-results a").count() == 0
    view.close()


# --- fonts ----------------------------------------------------------------------------------------


def _painted(view: Page, selector: str) -> set[str]:
    """The fonts from this site with which the browser painted the element's own text."""
    wire = view.context.new_cdp_session(view)
    wire.send("DOM.enable")
    wire.send("CSS.enable")
    root = wire.send("DOM.getDocument")["root"]["nodeId"]
    node = wire.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    used = wire.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return {font["postScriptName"] for font in used if font["isCustomFont"]}


def test_the_books_own_fonts_are_used(chapter: Page) -> None:
    chapter.evaluate("document.fonts.ready")
    chapter.wait_for_timeout(200)
    assert _painted(chapter, ".text section > p") >= {"SourceSerif4-Regular"}
    assert _painted(chapter, "h1") == {"SourceSerif4Display-Semibold"}
    assert _painted(chapter, ".contents-part") == {"SourceSans3-Semibold"}
    assert _painted(chapter, ".colophon p") == {"SourceSans3-Regular"}
    chapter.evaluate("document.querySelector('.text section > p').textContent = 'Троцкий'")
    chapter.wait_for_timeout(300)
    assert _painted(chapter, ".text section > p") == {"SourceSerif4-Regular"}


def test_text_has_old_style_figures_and_tables_aligned_ones(chapter: Page) -> None:
    width = """(where, digits) => {
      const p = document.querySelector(where).appendChild(document.createElement('span'));
      p.textContent = digits; return p.getBoundingClientRect().width;
    }"""
    chapter.evaluate("document.fonts.ready")
    measure = f"([w, d]) => ({width})(w, d)"
    ones, fours = (chapter.evaluate(measure, [".pst-scrollable-table-container td", d * 8]) for d in "14")
    assert abs(ones - fours) < 0.5, "a column of figures must align"
    ones, fours = (chapter.evaluate(measure, [".text section > p", d * 8]) for d in "14")
    assert abs(ones - fours) > 3, "figures in text are proportional"


def test_web_fonts_are_the_same_every_time_and_hold_their_script(tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont

    letters = {"cyrillic": "Троцкийё", "latin": "Trotsky—“’", "latin-ext": "Łěi\u0306"}
    first, second = fonts.web_fonts(tmp_path / "1"), fonts.web_fonts(tmp_path / "2")
    assert [p.name for p in first.values()] == [p.name for p in second.values()]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first.values(), second.values(), strict=True))
    for (face, script), path in first.items():
        font = TTFont(path)
        lacking = set(map(ord, letters[script])) - set(font.getBestCmap())
        assert not lacking, f"{face} {script} lacks {lacking}"
        if script == "latin" and "Serif" in face[0]:
            features = {r.FeatureTag for r in font["GSUB"].table.FeatureList.FeatureRecord}
            assert features >= {"onum", "lnum", "tnum"}


def test_no_character_belongs_to_two_scripts() -> None:
    all_of_them = Counter(c for ranges in fonts.SCRIPTS.values() for a, b in ranges for c in range(a, b + 1))
    assert max(all_of_them.values()) == 1


# --- the pages' source ----------------------------------------------------------------------------


def test_every_link_inside_the_site_leads_somewhere(site: Site) -> None:
    known = parsed(site)
    broken = []
    for name, page in known.items():
        for address in page.addresses:
            link, anchor = urldefrag(address)
            if urlparse(link).scheme:
                continue
            path = unquote(link.split("?")[0])
            target = (site.root / name).parent / path if path else site.root / name
            inside = str(target.resolve().relative_to(site.root.resolve()))
            if not target.is_file() or (anchor and unquote(anchor) not in known[inside].ids):
                broken.append(f"{name}: {address}")
    assert not broken


def test_no_identifier_is_used_twice(site: Site) -> None:
    twice = [(n, i) for n, p in parsed(site).items() for i, count in Counter(p.ids).items() if count > 1]
    assert not twice


def test_every_page_introduces_itself(site: Site) -> None:
    titles = []
    for name, page in parsed(site).items():
        assert '<html lang="en"' in page.source
        assert page.tags["h1"] == 1, name
        assert page.tags["main"] == 1, name
        title = re.search(r"<title>(.+?)</title>", page.source)
        assert title, name
        titles.append(title[1])
        if name.startswith("chapters/0"):
            said = re.search(r'<meta name="description" content="([^"]+)"', page.source)
            assert said, name
            assert 20 < len(said[1]) <= 200, name
        assert re.search(r'rel="icon" href="data:', page.source), name
    assert len(set(titles)) == len(titles), "two pages have one title"
    chapter = parsed(site)[CHAPTER].source
    assert "<title>4. " in chapter, "the number of _toc.yml is missing"


def test_nothing_of_the_themes_look_is_left(site: Site) -> None:
    for name, page in parsed(site).items():
        leftover = [c for c in page.classes if re.match(r"fa-|fas$|bd-|btn|thebe|copybtn|toggle", c)]
        assert not leftover, name
        for word in ("thebe", "bootstrap", "fontawesome", "unpkg", "jsdelivr"):
            assert word not in page.source, f"{name}: {word}"
    kept = {path.name for path in (site.root / "_static").iterdir()}
    ours = {path.name for path in (ROOT / "_static").iterdir()}
    assert kept == {*pages.STYLES, *pages.SCRIPTS, *pages.SEARCH_SCRIPTS, "fonts", *ours}


def test_the_printers_style_sheet_is_not_for_the_web(site: Site) -> None:
    for name, page in parsed(site).items():
        assert not [a for a in page.addresses if "print.css" in a], name


def test_a_lab_can_be_downloaded_as_it_is(site: Site, book: Book) -> None:
    links = [a for a in parsed(site)[LAB].addresses if a.endswith(".md")]
    assert links == ["04-ruin-lab.md"]
    offered = (site.root / LAB).with_name(links[0]).read_bytes()
    assert offered == (book.root / "chapters/04-ruin-lab.md").read_bytes()


# --- settings -------------------------------------------------------------------------------------


def test_no_address_of_a_repository_is_shown_before_there_is_one(site: Site) -> None:
    for name, page in parsed(site).items():
        assert not [a for a in page.addresses if "github.com" in a or "mybinder" in a], name


def test_binder_edit_and_mistake_links_come_with_the_repositorys_address(
    scratch: Callable[..., Tree],
) -> None:
    tree = scratch()
    config = tree.root / "_config.yml"
    text = config.read_text(encoding="utf-8")
    changed = re.sub(r'(repository:(?:\n  .*)*?\n  url:) ""', r'\1 "https://github.com/someone/book"', text)
    assert changed != text
    config.write_text(changed, encoding="utf-8")
    succeed(tree.html_build())
    lab = Parsed((tree.html / LAB).read_text(encoding="utf-8")).addresses
    assert "https://mybinder.org/v2/gh/someone/book/main?urlpath=lab/tree/chapters/04-ruin-lab.md" in lab
    assert "https://github.com/someone/book/edit/main/chapters/04-ruin-lab.md" in lab
    assert any(a.startswith("https://github.com/someone/book/issues/new") for a in lab)
    plain = Parsed((tree.html / CHAPTER).read_text(encoding="utf-8")).addresses
    assert not [a for a in plain if "mybinder" in a], "a chapter is no notebook"


def test_a_changed_title_reaches_the_contents_of_every_page(scratch: Callable[..., Tree]) -> None:
    tree = scratch()
    toc = tree.root / "_toc.yml"
    text = toc.read_text(encoding="utf-8")
    toc.write_text(text.replace("How far did Russia fall?", "How deep was the pit?"), encoding="utf-8")
    assert toc.read_text(encoding="utf-8") != text
    succeed(tree.html_build())
    for page in tree.html.rglob("*.html"):
        assert "How deep was the pit?" in page.read_text(encoding="utf-8"), page.name


def test_a_chapter_written_and_still_to_come_is_a_slip(scratch: Callable[..., Tree]) -> None:
    tree = scratch()
    config = tree.root / "_config.yml"
    text = config.read_text(encoding="utf-8")
    listed = re.search(r'chapters_to_come:\n +[^\[]*\[', text)
    assert listed
    config.write_text(f'{text[: listed.end()]}"4. Again", {text[listed.end() :]}', encoding="utf-8")
    result = tree.html_build()
    assert result.returncode
    line = text[: listed.end()].count("\n") + 1
    assert f"_config.yml:{line}: WARNING: chapters_to_come: '4. Again'" in result.stdout
    assert "Traceback" not in result.stdout


def test_the_first_page_offers_the_reader_while_it_is_current(scratch: Callable[..., Tree], book: Book) -> None:
    assert book.pdf.exists()  # prints it, unless that is done
    tree = scratch()
    index = tree.html / "index.html"
    assert 'href="reader.pdf"' in index.read_text(encoding="utf-8")
    assert (tree.html / "reader.pdf").read_bytes() == tree.pdf.read_bytes()
    chapter = tree.root / "chapters/04-ruin.md"
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    succeed(tree.html_build())
    assert 'href="reader.pdf"' not in index.read_text(encoding="utf-8")
    assert not (tree.html / "reader.pdf").exists()
