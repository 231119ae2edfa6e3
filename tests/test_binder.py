"""A student's path: what Binder installs, JupyterLab, Run All, one change, and the work kept."""

import html
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import jupytext
import pytest
from conftest import ROOT, Book, Tree, copy_sources, succeed
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

LAB = "chapters/04-ruin-lab.md"
CHOICE = re.compile(r"^# Your choice: (?P<words>.*)\n(?P<name>\w+) = (?P<value>\d+)$", re.MULTILINE)
FIGURE = ".jp-OutputArea .js-plotly-plot"
MARKS = "path.js-line, .points path, .bars path"
RUN_ALL = 180  # seconds, generous: a loaded machine


@dataclass
class Desk:
    """A running JupyterLab and the folder that it shows."""

    tree: Tree
    address: str


@pytest.fixture
def desk(
    tmp_path_factory: pytest.TempPathFactory, fresh_environment: Callable[..., Path]
) -> Iterator[Desk]:
    """JupyterLab as Binder starts it, on a fresh copy, with no way out to the network."""
    tree = Tree(tmp_path_factory.mktemp("binder") / "book")
    copy_sources(tree.root)
    environment = fresh_environment("binder/requirements.txt", "--no-deps")  # an old pip trips over extras
    home = tmp_path_factory.mktemp("home")
    path = f"{environment / 'bin'}:/usr/bin:/bin"
    nowhere = "http://127.0.0.1:9"
    variables = {"HOME": str(home), "PATH": path, "http_proxy": nowhere, "https_proxy": nowhere}
    variables["no_proxy"] = "127.0.0.1"
    succeed(tree.run("./binder/postBuild", **variables))

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [environment / "bin/jupyter", "lab", "--no-browser", "--allow-root", *options],
            cwd=tree.root,
            env={"LANG": "C.UTF-8", **variables},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        await_answer(f"{address}/api", server)
        yield Desk(tree, address)
    finally:
        server.terminate()
        server.wait(20)


def await_answer(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until ``url`` answers."""
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(240):
        assert server.poll() is None, "JupyterLab did not start"
        try:
            ask.open(url, timeout=5).close()
        except OSError:
            time.sleep(0.25)
        else:
            return
    pytest.fail("JupyterLab gave no answer in a minute")


@pytest.fixture(scope="module")
def launch_path(book: Book, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the launch button of the lab's page leads, once the repository has an address."""
    tree = Tree(tmp_path_factory.mktemp("launch") / "book", like=ROOT)
    copy_sources(tree.root)
    shutil.copytree(book.root / "_build", tree.root / "_build", symlinks=True)
    config = tree.root / "_config.yml"
    filled = config.read_text().replace('url: ""', 'url: "https://github.com/somebody/somebook"', 1)
    config.write_text(filled)
    succeed(tree.html_build())
    page = (tree.html / LAB).with_suffix(".html").read_text(encoding="utf-8")
    links = [html.unescape(link) for link in re.findall(r'href="(https://mybinder\.org/[^"]+)"', page)]
    assert len(links) == 1
    link = urllib.parse.urlsplit(links[0])
    assert link.path == "/v2/gh/somebody/somebook/main"
    return urllib.parse.parse_qs(link.query)["urlpath"][0]


def test_no_button_without_an_address(book: Book) -> None:
    for page in book.html.rglob("*.html"):
        assert "mybinder.org" not in page.read_text(encoding="utf-8")


def test_student_runs_changes_and_keeps_the_lab(
    desk: Desk, launch_path: str, browser: Browser, tmp_path: Path
) -> None:
    source = (desk.tree.root / LAB).read_text(encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if leaves(request.url, desk.address) else None)
    page.goto(f"{desk.address}/{launch_path}")
    expect(page.locator(".jp-Notebook")).to_be_visible(timeout=60_000)
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=30_000)
    expect(page.locator(".jp-Notebook h1").first).to_have_text("How far did Russia fall?")
    expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", "idle", timeout=30_000)
    expect(page.locator(".jp-NotebookPanel .jp-KernelName")).to_have_text(re.compile("Python 3"), timeout=30_000)
    nothing_is_asked(page)
    slips_cost_nothing(page)

    run_all(page)
    ours = page.locator(".jp-CodeCell", has_text="Our reading beside yours")
    expect(ours.locator("details table")).to_be_hidden()
    expect(ours.locator("summary")).to_have_text("Show our reading")
    wanted = source.count("\n  figure:\n")
    assert wanted >= 4
    figures = drawn_figures(page)
    assert len(figures) == wanted
    assert all(figures.values()), f"empty figures: {[name for name, marks in figures.items() if not marks]}"
    assert page.locator(".jp-OutputArea details", has_text="Data table").count() >= 2
    nothing_is_asked(page)
    photograph(page, "run")

    work = source
    choices = list(CHOICE.finditer(source))
    assert choices, f"{LAB} has no number to change after the words “Your choice”"
    for choice in choices:
        other = next(n for n in re.findall(r"\d+", choice["words"]) if n != choice["value"])
        before, after = (f"{choice['name']} = {value}" for value in (choice["value"], other))
        change(page, before, after)
        work = work.replace(before, after, 1)
    nothing_is_asked(page)
    photograph(page, "changed")

    page.keyboard.press("Control+s")
    saved = desk.tree.root / LAB
    until(page, lambda: cells(saved.read_text(encoding="utf-8")) == cells(work), "the work was not saved")
    with page.expect_download(timeout=30_000) as waiting:
        menu(page, "File", "Download")
    waiting.value.save_as(tmp_path / "work.md")
    assert cells((tmp_path / "work.md").read_text(encoding="utf-8")) == cells(work)
    nothing_is_asked(page)
    assert not outside
    context.close()


def cells(lab: str) -> list[tuple[str, str]]:
    """The kind and the words of each cell; JupyterLab may write what stands around them otherwise."""
    return [(cell.cell_type, cell.source) for cell in jupytext.reads(lab, fmt="md:myst").cells]


def until(page: Page, true: Callable[[], bool], complaint: str) -> None:
    """Wait a minute at most for something to become true."""
    for _ in range(600):
        if true():
            return
        page.wait_for_timeout(100)
    photograph(page, "stuck")
    pytest.fail(complaint)


def change(page: Page, before: str, after: str) -> None:
    """Type a line anew, run its cell, and see that its figure is drawn otherwise."""
    cell = page.locator(".jp-CodeCell", has_text=before)
    cell.scroll_into_view_if_needed()
    shown = marks(cell.locator(FIGURE))
    cell.locator(".cm-line", has_text=before).click()
    for keys in ("Home", "Shift+End"):
        page.keyboard.press(keys)
    page.keyboard.type(after)
    page.keyboard.press("Shift+Enter")
    figure = page.locator(".jp-CodeCell", has_text=after).locator(FIGURE)
    until(page, lambda: marks(figure) not in ("", shown), f"{after}: the figure did not change")


def leaves(url: str, address: str) -> bool:
    """Whether a request goes to another machine."""
    return not url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:"))


def nothing_is_asked(page: Page) -> None:
    """No dialog, no pop-up news."""
    for asked in (".jp-Dialog", ".Toastify__toast", "[role=alertdialog]"):
        assert page.locator(asked).count() == 0, page.locator(asked).first.inner_text()


def menu(page: Page, *words: str) -> None:
    """Choose from the menu bar as a student does."""
    page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{words[0]}$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{words[1]}$")).first.click()


def slips_cost_nothing(page: Page) -> None:
    """A cell run before those above it answers by a sentence; letters typed beside a cell delete none."""
    cell = page.locator(".jp-CodeCell", has_text="log_axis = True")
    cell.scroll_into_view_if_needed()
    before = page.locator(".jp-Notebook .jp-Cell").count()
    cell.locator(".cm-line").first.click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-OutputArea-output")).to_contain_text("run the cells above first", timeout=30_000)
    assert cell.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    for key in "xddabmyrv":
        page.keyboard.press(key)
    assert page.locator(".jp-Notebook .jp-Cell").count() == before
    assert page.locator(".jp-Notebook .jp-CodeCell", has_text="log_axis = True").count() == 1


def run_all(page: Page) -> None:
    """Run every cell; fail if one stops or says anything on the error channel."""
    menu(page, "Run", "Run All Cells")
    unfinished = """() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')]
        .every(prompt => /\\[\\d+\\]/.test(prompt.textContent))"""
    try:
        page.wait_for_function(unfinished, timeout=RUN_ALL * 1000)
    except TimeoutError:
        photograph(page, "stuck")
        raise
    page.wait_for_timeout(1000)
    wrong = page.locator(
        '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"], '
        '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'
    )
    assert wrong.count() == 0, wrong.first.inner_text()


def marks(figure: Locator) -> str:
    """The shapes that a figure draws for its data, as one string; "" if there is none."""
    if figure.count() == 0:
        return ""
    return str(
        figure.first.evaluate(
            """(plot, marks) => [...plot.querySelectorAll(marks)]
            .filter(mark => { const box = mark.getBoundingClientRect(); return box.width + box.height > 1; })
            .map(mark => ['d', 'transform', 'style'].map(name => mark.getAttribute(name)).join()).join(' ')""",
            MARKS,
        )
    )


def drawn_figures(page: Page) -> dict[str, str]:
    """The shapes of every figure, by its title. Each is scrolled to, as JupyterLab draws what is near."""
    found: dict[str, str] = {}
    for cell in page.locator(".jp-Notebook .jp-CodeCell").all():
        cell.scroll_into_view_if_needed()
        page.wait_for_timeout(150)
        for figure in cell.locator(FIGURE).all():
            expect(figure.locator(".gtitle")).to_be_attached(timeout=10_000)
            found[str(figure.locator(".gtitle").text_content())] = marks(figure)
    return found


def photograph(page: Page, name: str) -> None:
    """Keep a picture where SCREENSHOTS says, for somebody to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"lab-{name}.png")


def test_binder_installs_what_the_project_names() -> None:
    assert {path.name for path in (ROOT / "binder").iterdir()} == {
        "requirements.txt",
        "runtime.txt",
        "postBuild",
        "default_setting_overrides.json",
        "ipython_config.py",
    }
    assert os.access(ROOT / "binder/postBuild", os.X_OK)
