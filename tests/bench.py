"""Prints every budget of the book beside what is measured on this machine.

usage: make bench          all but the bare machine, in about two minutes
       make bench BARE=1   that too: a fresh clone, an empty home, no cache of pip's

Ends with 1 if a budget is not kept. Figures mean most on a machine with nothing else to do.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from conftest import ROOT, Tree, chromium, copy_sources, succeed
from playwright.sync_api import Browser
from test_html import Site, findings, limit, served, trouble, weigh
from trial import Trial

CHAPTER = "chapters/04-ruin.md"
LAB = "chapters/04-ruin-lab.md"
BIN = f"BIN={Path(sys.executable).parent}"


@dataclass
class Table:
    """The rows printed so far, and whether each was within its budget."""

    kept: bool = True

    def row(self, what: str, budget: float, measured: float, unit: str) -> None:
        """Print one budget and what was measured."""
        within = measured <= budget
        self.kept &= within
        sign = "" if within else "   OVER"
        print(f"{what:<52}{budget:>9.6g}{measured:>10.4g} {unit}{sign}", flush=True)


def seconds(work: Callable[[], "subprocess.CompletedProcess[str]"]) -> float:
    """How long ``work`` takes; it must succeed."""
    start = time.monotonic()
    succeed(work())
    return time.monotonic() - start


def builds(table: Table, tree: Tree) -> None:
    """Clean and repeated builds, in a copy of the sources with no cache."""

    def html() -> "subprocess.CompletedProcess[str]":
        return tree.run("make", "html", BIN)

    table.row("clean build of the pages by make, labs run", 60, seconds(html), "s")
    table.row("rebuild, nothing changed", 3, seconds(html), "s")
    chapter, lab = tree.root / CHAPTER, tree.root / LAB
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\n% measured\n", encoding="utf-8")
    table.row("rebuild, one chapter changed", 5, seconds(html), "s")
    text = lab.read_text(encoding="utf-8")
    lab.write_text(re.sub(r"(?m)^# Your choice", "# Measured\n# Your choice", text, count=1), encoding="utf-8")
    table.row("rebuild, one lab changed", 8, seconds(html), "s")
    spent = seconds(lambda: tree.run("make", "pdf", BIN))
    with pikepdf.open(tree.pdf) as reader:
        pages = len(reader.pages)
    table.row(f"reader, from built labs, a page ({pages} pages)", 0.2, spent / pages, "s")


def plain(table: Table, tree: Tree) -> None:
    """The ecosystem's own command in another copy."""
    table.row("clean build by the plain command", 100, seconds(tree.html_build), "s")


def pages(table: Table, tree: Tree, browser: Browser) -> None:
    """Weight, paint and faults of every built page."""
    with served(tree.html) as address:
        site = Site(tree.html, address)
        weights = {page: weigh(browser, address + page) for page in site.pages}
        for what, most in (("page", 250_000), ("lab, or the search,", 400_000)):
            heaviest = max(weight for page, (weight, _) in weights.items() if limit(page) == most)
            table.row(f"heaviest {what} before interaction", most / 1000, heaviest / 1000, "kB")
        slowest = max(paint for _, paint in weights.values())
        table.row("largest contentful paint, 1.6 Mbit/s and 150 ms", 1.5, slowest / 1000, "s")
        table.row("external requests, console errors, failures", 0, len(trouble(site, browser)), "")
        for theme in ("light", "dark"):
            table.row(f"axe findings, {theme}", 0, len(findings(site, browser, theme)), "")


def lab(table: Table, tree: Tree) -> None:
    """A student's Restart and Run All: a new kernel, every cell, its greatest memory."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(tree.root / LAB, Path(folder))
        start = time.monotonic()
        ran = trial()
        spent = time.monotonic() - start
    if ran.errors:
        sys.exit(f"{LAB} failed: {ran.errors}")
    table.row("one lab, restart and run all", 4, spent, "s")
    table.row("one lab, memory", 300, ran.megabytes, "MB")


def bare(table: Table, folder: Path) -> None:
    """``make book`` in a clone of the last commit, with an empty home and nothing kept by pip."""
    home, clone = folder / "home", folder / "clone"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    system = {"HOME": str(home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PIP_NO_CACHE_DIR": "1"}
    start = time.monotonic()
    done = subprocess.run(["make", "book"], cwd=clone, env=kept | system, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit("the bare machine failed: see above")
    table.row("bare machine to pages and reader", 300, time.monotonic() - start, "s")


def main() -> None:
    """Measure all and print it."""
    table = Table()
    print(f"{'':<52}{'budget':>9}{'measured':>10}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trees = [Tree(folder / which) for which in ("made", "plain")]
        for tree in trees:
            copy_sources(tree.root)
        builds(table, trees[0])
        plain(table, trees[1])
        lab(table, trees[1])
        with chromium() as browser:
            pages(table, trees[1], browser)
        if "--bare" in sys.argv:
            bare(table, folder)
    sys.exit(0 if table.kept else 1)


if __name__ == "__main__":
    main()
