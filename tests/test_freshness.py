"""Never stale, never falsely green: what a rebuild must notice, and what must not matter."""

import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pdfplumber
import pytest
from conftest import JUPYTER_BOOK, PRINT, STRICT, Book, Tree, copy_sources, succeed
from test_plain import differing

CONTENTS = """\
format: jb-book
root: index
chapters:
  - file: chapters/lab
  - file: chapters/pastes
  - file: chapters/cites
  - file: chapters/reference/bibliography
  - file: chapters/reference/known
"""
LAB = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A lab

```{code-cell} python
from seminar import glue, load, style

table = load("economy")
rows = table[table["series"] == "cow_military_personnel"].dropna(subset=["year"])
factor = 1
peak = factor * float(rows["value"].max())
glue("peak", peak)
```

```{code-cell} python
---
mystnb:
  figure:
    name: fig-peak
    caption: A series.
    alt: "Line chart of a series where the peak shows"
    description: A line rises and falls.
    source: A source.
---
drawn = style.figure(title=f"The peak was {peak:.1f}", subtitle="Units")
style.line(drawn, rows["year"], rows["value"], "series", style.RED)
drawn
```
"""
PASTES = (
    "# A page that pastes\n\nThe peak was {glue:text}`lab.md::peak:.1f` units.\n\n```{lab-figure} fig-peak\n```\n"
)
LOCATORS = "key,locator,known,where,note\nbarbieri2009,,copy,A copy,\n"
CITES = "# A page that cites\n\nA sentence.[^one]\n\n[^one]: {cite}`barbieri2009`.\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def swap(path: Path, old: str, new: str) -> None:
    """Replace the first ``old``, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def visible(page: Path) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


def printed(tree: Tree) -> str:
    with pdfplumber.open(tree.pdf) as reader:
        return " ".join(re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages)


def value_in(data: Path, series: str, period: str) -> tuple[Path, str]:
    """The file and the line of one value."""
    for file in sorted(data.glob("economy-*.csv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{series},{period},"):
                return file, line
    raise AssertionError(f"no {series} for {period}")


def small_book(folder: Path) -> Tree:
    """A built book of one lab, a page that pastes from it, one that cites, and the bibliography."""
    tree = Tree(folder / "book")
    copy_sources(tree.root)
    write(tree.root / "_toc.yml", CONTENTS)
    write(tree.root / "chapters/lab.md", LAB)
    write(tree.root / "chapters/pastes.md", PASTES)
    write(tree.root / "chapters/cites.md", CITES)
    write(tree.root / "_index.yml", "# No index: its pages are no chapters.\n")
    write(tree.root / "data/locators.csv", LOCATORS)
    quotations = tree.root / "data/quotations.csv"
    write(quotations, quotations.read_text(encoding="utf-8").splitlines()[0] + "\n")
    bibliography = tree.root / "references.bib"
    tables = " ".join(path.read_text(encoding="utf-8") for path in (tree.root / "data").glob("*.csv"))
    entries = re.findall(r"(?ms)^(@\w+\{([^,]+),.*?^\}\n)", bibliography.read_text(encoding="utf-8"))
    write(bibliography, "\n".join(entry for entry, key in entries if re.search(rf"\b{re.escape(key)}\b", tables)))
    write(tree.root / "index.md", "# A small book\n\nIts first page.\n")
    succeed(tree.html_build())
    return tree


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A small book, built once."""
    return small_book(tmp_path_factory.mktemp("pattern"))


@pytest.fixture
def small(pattern: Tree, tmp_path: Path) -> Tree:
    """A copy of the small book, of the test's own."""
    shutil.copytree(pattern.root, tmp_path / "book", symlinks=True)
    return Tree(tmp_path / "book", like=pattern.root)


@pytest.fixture(scope="module")
def mended(pattern: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A copy for tests that break one thing and mend it again."""
    root = tmp_path_factory.mktemp("mended") / "book"
    shutil.copytree(pattern.root, root, symlinks=True)
    return Tree(root, like=pattern.root)


def test_changed_table_changes_figure_number_and_print(small: Tree) -> None:
    succeed(small.pdf_build())
    file, line = value_in(small.root / "data", "cow_military_personnel", "1916")
    cells = line.split(",")
    peak = float(cells[3])
    assert f"The peak was {peak:.1f}" in visible(small.html / "chapters/pastes.html")
    assert f"The peak was {peak:.1f}" in printed(small)
    drawing = figure(small.html / "chapters/lab.html")

    cells[3] = str(int(peak + 1234))
    swap(file, line, ",".join(cells))
    succeed(small.html_build())
    changed = f"The peak was {peak + 1234:.1f}"
    assert changed in visible(small.html / "chapters/pastes.html")
    assert changed in visible(small.html / "chapters/lab.html")
    assert figure(small.html / "chapters/lab.html") != drawing
    succeed(small.pdf_build())
    assert printed(small).count(changed) == 3  # the pasted number, and the figure's title in the lab and where shown


def figure(page: Path) -> list[str]:
    """The paths that the page's static figures draw."""
    found = re.findall(r"<path[^>]* d=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    assert found
    return found


def test_changed_lab_reaches_the_page_that_pastes_from_it(small: Tree) -> None:
    before = visible(small.html / "chapters/pastes.html")
    swap(small.root / "chapters/lab.md", "factor = 1", "factor = 2")
    succeed(small.html_build())
    after = visible(small.html / "chapters/pastes.html")
    peaks = [float(re.findall(r"The peak was ([\d.]+) units", text)[0]) for text in (before, after)]
    assert peaks[1] == 2 * peaks[0]
    title = f'<p class="chart-title">The peak was {peaks[1]:.1f}</p>'
    for page in ("lab", "pastes"):
        assert title in (small.html / f"chapters/{page}.html").read_text(encoding="utf-8")


def test_changed_bibliography_reaches_every_page_that_cites(small: Tree) -> None:
    pages = [small.html / "chapters/cites.html", small.html / "chapters/reference/bibliography.html"]
    assert all("Trading Data" in visible(page) for page in pages)
    swap(small.root / "references.bib", "Trading Data", "Trafficking Data")
    succeed(small.html_build())
    assert all("Trafficking Data" in visible(page) for page in pages)
    assert not any("Trading Data" in visible(page) for page in pages)


def test_changed_look_reaches_every_page(small: Tree) -> None:
    sheet = small.root / "_static/book.css"
    write(sheet, sheet.read_text(encoding="utf-8") + "\nbody { outline-color: rgb(1, 2, 3); }\n")
    succeed(small.html_build())
    for page in ("index.html", "chapters/cites.html"):
        text = (small.html / page).read_text(encoding="utf-8")
        linked = re.findall(r'href="([^"?]+\.css)', text)
        sheets = [((small.html / page).parent / name).read_text(encoding="utf-8") for name in linked]
        assert any(re.search(r"rgb\(1, ?2, ?3\)|#010203", css) for css in [text, *sheets])


def test_removed_page_leaves_nothing_behind(small: Tree) -> None:
    assert (small.html / "chapters/cites.html").exists()
    swap(small.root / "_toc.yml", "  - file: chapters/cites\n", "")
    write(small.root / "data/locators.csv", LOCATORS.splitlines(keepends=True)[0])
    (small.root / "chapters/cites.md").unlink()
    succeed(small.html_build())
    assert not (small.html / "chapters/cites.html").exists()
    index = (small.html / "searchindex.js").read_text(encoding="utf-8")
    assert "chapters/cites" not in index and ": []" not in index  # no page, and no word that only it had


def test_words_printed_in_two_pieces_stand_together(small: Tree) -> None:
    slow = 'import sys, time\nsys.stdout.write("one ")\nsys.stdout.flush()\ntime.sleep(0.5)\nprint("line")\nfactor = 1'
    swap(small.root / "chapters/lab.md", "factor = 1", slow)
    succeed(small.html_build())
    page = (small.html / "chapters/lab.html").read_text(encoding="utf-8")
    assert len(re.findall(r'<div class="output stream', page)) == 1
    assert "one line" in visible(small.html / "chapters/lab.html")


# Read by every Python that finds it: the first runs of a lab do not begin.
BUSY = """\
import os
from pathlib import Path
from jupyter_cache.executors.basic import ExecutionWorkerLocalSerial as Worker
left, execute = Path(os.environ["REFUSALS"]), Worker.execute
def busy(*args):
    n = int(left.read_text())
    left.write_text(str(n - 1))
    if n > 0:
        raise OSError("the kernel did not answer")
    return execute(*args)
Worker.execute = staticmethod(busy)
"""


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_lab_that_a_busy_machine_did_not_start_is_run_once_more(small: Tree, tmp_path: Path, refusals: int) -> None:
    write(tmp_path / "busy/sitecustomize.py", BUSY)
    write(tmp_path / "busy/left", str(refusals))
    swap(small.root / "chapters/lab.md", "factor = 1", "factor = 2")
    done = small.html_build(PYTHONPATH=str(tmp_path / "busy"), REFUSALS=str(tmp_path / "busy/left"))
    if refusals == 1:
        succeed(done)
    else:
        assert done.returncode == 2
        assert "chapters/lab.md: the lab stopped: OSError('the kernel did not answer')" in done.stdout


# A kernel on its way out, as ipykernel leaves a busy machine now and then.
LEAVING = "import atexit, os\natexit.register(os.write, 2, b'Traceback (most recent call last): of the kernel alone')"


def test_what_a_kernel_says_on_its_way_out_is_not_shown_after_a_good_lab(small: Tree) -> None:
    swap(small.root / "chapters/lab.md", "factor = 1", f"factor = 2\n{LEAVING}")
    done = small.html_build()
    succeed(done)
    assert "running 1 lab" in done.stdout
    assert "of the kernel alone" not in done.stdout


def test_what_a_dying_kernel_says_is_shown(small: Tree) -> None:
    swap(small.root / "chapters/lab.md", "factor = 1", "import os\nos.write(2, b'out of memory')\nos._exit(1)")
    done = small.html_build()
    assert done.returncode == 2
    assert "chapters/lab.md: the lab stopped: DeadKernelError('Kernel died')" in done.stdout
    assert done.stdout.index("said outside their cells:") < done.stdout.index("out of memory")


BREAKS: dict[str, tuple[str, str, str]] = {
    "a figure without alternative text": ("chapters/lab.md", "    alt: ", "    al: "),
    "a figure that is not shown": ("chapters/lab.md", "style.RED)\ndrawn", "style.RED)"),
    "a head that is not YAML": ("chapters/lab.md", "format_name: myst", "format_name: myst: 1"),
    "a lab that stops": ("chapters/lab.md", "factor = 1", "factor = 1 / 0"),
    "an unknown source": ("chapters/cites.md", "{cite}`barbieri2009`", "{cite}`nobody1900`"),
    "an unknown number": ("chapters/pastes.md", "lab.md::peak", "lab.md::trough"),
    "an unknown figure": ("chapters/pastes.md", "{lab-figure} fig-peak", "{lab-figure} fig-trough"),
    "a broken link": ("index.md", "Its first page.", "Its [first](chapters/nowhere.md) page."),
    "a row that is no number": ("data/economy-cow.csv", "personnel,1917,,", "personnel,1917,,x"),
}


@pytest.mark.parametrize("kind", BREAKS)
def test_failed_build_fails_until_it_is_mended(mended: Tree, kind: str) -> None:
    name, old, new = BREAKS[kind]
    swap(mended.root / name, old, new)
    try:
        first = mended.html_build()
        assert first.returncode != 0, f"{kind} passed:\n{first.stdout}"
        again = mended.html_build()
        assert again.returncode != 0, f"{kind} passed when run again:\n{again.stdout}"
        assert "Traceback (most recent call last)" not in first.stdout + again.stdout
        printing = mended.pdf_build()
        assert printing.returncode != 0, f"{kind} passed in print:\n{printing.stdout}"
    finally:  # the tree is the next test's too
        swap(mended.root / name, new, old)
    succeed(mended.html_build())


def test_printing_reads_and_runs_nothing_again(small: Tree) -> None:
    succeed(small.pdf_build())
    for build in (small.html_build, small.pdf_build):
        done = build()
        succeed(done)
        assert "0 added, 0 changed, 0 removed" in done.stdout
        assert not re.search(r"running \d+ lab", done.stdout)


def test_deleting_caches_is_harmless(small: Tree, tmp_path: Path) -> None:
    before = tmp_path / "before"
    shutil.copytree(small.html, before)
    built = small.root / "_build"
    for kept in ({"html", ".doctrees"}, {"html"}):
        for cache in [path for path in built.iterdir() if path.name not in kept]:
            shutil.rmtree(cache) if cache.is_dir() else cache.unlink()
        succeed(small.html_build())
    assert not list(differing(small.html, before))


def test_clean_build_without_network_is_the_same_to_the_byte(book: Book, scratch: Callable[..., Tree]) -> None:
    """Two builds of one state, in two folders, one of them cut off and from nothing."""
    alone = without_network()
    tree = scratch(clean=True)
    succeed(tree.run(*alone, JUPYTER_BOOK, "build", ".", *STRICT))
    succeed(tree.run(*alone, JUPYTER_BOOK, "build", ".", *PRINT, *STRICT))
    assert not list(differing(tree.html, book.html))
    assert tree.pdf.read_bytes() == book.pdf.read_bytes()


def without_network() -> list[str | Path]:
    """The words before a command that leave it nothing but the loopback address.

    Skips the test where the machine does not let us make a network namespace.
    """
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    words = [*alone, sys.executable, __file__]
    if not shutil.which("unshare") or subprocess.run([*words, "true"], check=False).returncode:
        pytest.skip("this machine allows no network namespace (unshare)")
    reached = subprocess.run([*words, "bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/80"], check=False, capture_output=True)
    assert b"unreachable" in reached.stderr
    return [*words]


def start_loopback() -> None:
    """Bring up this machine's own address, which the kernels talk by, in a new namespace."""
    flags, up = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP (linux/sockios.h, linux/if.h)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, flags, struct.pack("16sh14x", b"lo", up))


if __name__ == "__main__":
    start_loopback()
    os.execvp(sys.argv[1], sys.argv[1:])
