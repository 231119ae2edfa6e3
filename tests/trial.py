"""Runs a lab as a student does: alone with its package and data, no network, some values changed."""

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext
from conftest import ROOT
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

PLOTLY = "application/vnd.plotly.v1+json"
# Imported by the kernel at its start: no address but this machine's own answers.
NO_NETWORK = """\
import socket
connect = socket.socket.connect
def only_here(self, address):
    if isinstance(address, tuple) and not address[0].startswith("127."):
        raise OSError(f"network: {address}")
    return connect(self, address)
socket.socket.connect = only_here
"""
# Not ru_maxrss, which a new process inherits from the one that started it.
SPENT = """\
import os, re
spent = os.times()
[kilobytes] = re.findall(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(spent.user + spent.system, int(kilobytes) / 1024)
"""


@dataclass(frozen=True)
class Ran:
    """A lab after Run All: its cells, the kernel's own seconds of work, its greatest memory in MB."""

    cells: list[Any]
    seconds: float
    megabytes: float

    @cached_property
    def outputs(self) -> list[Any]:
        """Every output of every cell, in order."""
        return [output for cell in self.cells for output in cell.get("outputs", [])]

    @property
    def errors(self) -> list[str]:
        """What went wrong, cell by cell."""
        return [f"{o.ename}: {o.evalue}" for o in self.outputs if o.output_type == "error"]

    @property
    def figures(self) -> dict[str, dict[str, Any]]:
        """What each figure cell drew, by the name in its metadata."""
        return {
            cell.metadata["mystnb"]["figure"]["name"]: output["data"][PLOTLY]
            for cell in self.cells
            for output in cell.get("outputs", [])
            if PLOTLY in output.get("data", {})
        }

    @property
    def titles(self) -> dict[str, str]:
        """The title of each figure, by the figure's name."""
        return {name: figure["layout"]["title"]["text"] for name, figure in self.figures.items()}

    def answers(self, figures: list[str], sentences: Iterable[str] = (), *, silent: bool = False) -> None:
        """Assert that every figure was drawn and titled, and that these sentences were said.

        ``silent``: no choice was refused.
        """
        assert not self.errors
        assert list(self.figures) == figures
        for name, title in self.titles.items():
            assert "nan" not in title, (name, title)
        for sentence in sentences:
            assert sentence in self.said
        if silent:
            assert "choices" not in self.said

    @property
    def said(self) -> str:
        """Everything the lab printed."""
        return "".join(o.text for o in self.outputs if o.output_type == "stream")

    @property
    def glued(self) -> dict[str, str]:
        """The values handed to the chapter, as text."""
        return {
            o.metadata["scrapbook"]["name"]: next(iter(o.data.values()))
            for o in self.outputs
            if "scrapbook" in o.get("metadata", {})
        }


class Trial:
    """Runs one lab in a folder of its own, each choice of values once."""

    def __init__(self, lab: Path, folder: Path) -> None:
        self.lab, self.folder = lab, folder
        for part in ("seminar", "data"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "sitecustomize.py").write_text(NO_NETWORK)
        self.done: dict[str, Ran] = {}

    def __call__(self, changes: dict[str, str] | None = None) -> Ran:
        """Run the lab with ``NAME = VALUE`` of each change in the place of its own line."""
        key = repr(changes or {})
        if key not in self.done:
            self.done[key] = self._run(changes or {})
        return self.done[key]

    def _run(self, changes: dict[str, str]) -> Ran:
        book = jupytext.read(self.lab)
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        for name, value in changes.items():
            line = re.compile(rf"(?m)^{re.escape(name)} = .*$")
            cell = next((cell for cell in code if line.search(cell.source)), None)
            assert cell is not None, f"{self.lab.name} has no line '{name} = ...'"
            start, end = line.search(cell.source).span()  # type: ignore[union-attr] # searched above
            cell.source = f"{cell.source[:start]}{name} = {value}{cell.source[end:]}"
        book.cells.append(new_code_cell(SPENT))
        place = {"metadata": {"path": str(self.folder)}}
        # Coalesced: a kernel under load may send one print() in two pieces.
        client = NotebookClient(
            book, kernel_name="python3", allow_errors=True, timeout=240, resources=place, coalesce_streams=True
        )
        client.execute(env=os.environ | {"PYTHONPATH": str(self.folder)})
        seconds, megabytes = map(float, book.cells[-1].outputs[0].text.split())
        return Ran(book.cells[:-1], seconds, megabytes)


def back_up(lab: Path, folder: Path) -> list[tuple[str, Any, Any]]:
    """Run ``lab`` in ``folder``, then each box once more from the last to the first.

    Of each box a reader sees: its code, what it showed in the run of the whole lab, and what
    afterwards.
    """
    book = jupytext.read(lab)
    seen = [c for c in book.cells if c.cell_type == "code" and "remove-cell" not in c.metadata.get("tags", [])]
    book.cells += [new_code_cell(cell.source, metadata=cell.metadata) for cell in reversed(seen)]
    folder.mkdir(exist_ok=True)
    jupytext.write(book, folder / "again.ipynb")
    ran = Trial(folder / "again.ipynb", folder)()
    assert not ran.errors
    shown = [c for c in ran.cells if c.cell_type == "code" and "remove-cell" not in c.metadata.get("tags", [])]
    pairs = zip(shown[: len(seen)], reversed(shown[len(seen) :]), strict=True)
    return [(one.source, _shown(one), _shown(two)) for one, two in pairs]


def _shown(cell: Any) -> list[Any]:
    return [output.get("data", output.get("text")) for output in cell.outputs]


def boxes(lab: Path) -> list[str]:
    """What stands in each box of the lab's page that tells what a change shows."""
    return re.findall(r"(?s):::\{dropdown\} What you should see\n(.*?)\n:::", lab.read_text(encoding="utf-8"))
