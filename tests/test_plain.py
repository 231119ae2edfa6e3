"""The ecosystem's own way: pip, Jupyter Book, and nothing of this project's Makefile."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from conftest import Book, Tree, succeed

#: Not pages: Sphinx's own mark of its settings, and the reader, which is offered once it is printed.
APART = {Path(".buildinfo"), Path("reader.pdf")}


def _content(path: Path) -> bytes:
    """A file without the link to the printed reader, which the print build fills in."""
    return re.sub(rb"(<!-- reader -->).*?(<!-- /reader -->)", rb"\1\2", path.read_bytes())


def differing(one: Path, other: Path) -> Iterator[str]:
    """Names of files that only one folder has, or that differ by a byte."""
    names = {path.relative_to(one) for path in one.rglob("*") if path.is_file()} - APART
    others = {path.relative_to(other) for path in other.rglob("*") if path.is_file()} - APART
    for name in sorted(names ^ others):
        yield f"only in {one if name in names else other}: {name}"
    for name in sorted(names & others):
        if _content(one / name) != _content(other / name):
            yield f"differs: {name}"


def test_plain_command_builds_what_make_builds(
    book: Book, scratch: Callable[..., Tree], fresh_environment: Callable[..., Path]
) -> None:
    tree = scratch(clean=True)
    command: list[str | Path] = [fresh_environment("requirements.txt") / "bin/jupyter-book", "build", "."]
    succeed(tree.run("env", "-u", "SOURCE_DATE_EPOCH", *command, "-n", "-W", "--keep-going"))
    assert not list(differing(tree.html, book.html))


def test_no_warning_is_suppressed(book: Book) -> None:
    config = yaml.safe_load((book.root / "_config.yml").read_text())["sphinx"]["config"]
    assert config["suppress_warnings"] == []
    code = [path.read_text() for path in (book.root / "_ext").rglob("*.py")]
    assert not [text for text in code if "suppress_warnings" in text or "filterwarnings" in text]
