"""Runs the labs side by side before any page is read, and keeps results by code *and* data.

jupyter-cache knows a result by the notebook's code alone. Here each state of ``data/`` and
``seminar/`` gets a cache of its own, so a changed number can never meet an old figure.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from logging import CRITICAL
from pathlib import Path
from typing import IO, TYPE_CHECKING

import yaml
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from .slips import Slip, stop

if TYPE_CHECKING:
    from jupyter_cache.executors.base import ExecutorRunResult

logger = logging.getLogger(__name__)

#: Caches kept: the present state of the data and the one before, so that going back is quick.
KEPT = 2


def digest(files: Iterable[Path]) -> str:
    """Sixteen hexadecimal digits of the names and contents of ``files``."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def inputs(root: Path) -> list[Path]:
    """Everything a lab's result depends on besides its own code; no lab reads the notes' registers."""
    data = (path for path in root.glob("data/*") if path.name not in ("locators.csv", "quotations.csv"))
    return [*data, *root.glob("seminar/*.py"), root / "requirements.txt"]


def labs(root: Path, config: Config) -> list[Path]:
    """The labs named in ``_toc.yml``: the pages that hold code cells."""
    pages = (root / f"{name}.md" for name in config.external_site_map)
    return [p for p in pages if p.is_file() and "{code-cell}" in p.read_text(encoding="utf-8")]


def _run_labs(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    base = Path(app.doctreedir).parent / ".jupyter_cache"
    folder = base / digest(p for p in inputs(root) if p.is_file())
    config.nb_execution_cache_path = str(folder)
    os.environ.setdefault("PYTHONHASHSEED", "0")  # kernels inherit it: the same run twice gives the same page

    found = labs(root, config)
    stamps = {lab: folder / f"{lab.stem}-{digest([lab])}.ran" for lab in found}
    waiting = [lab for lab, stamp in stamps.items() if not stamp.exists()]
    if not waiting:
        return
    stop([slip for lab in waiting for slip in heads(str(lab.relative_to(root)), lab.read_text(encoding="utf-8"))])

    from jupyter_cache import get_cache
    from jupyter_cache.executors import load_executor

    folder.mkdir(parents=True, exist_ok=True)
    cache = get_cache(str(folder))
    for lab in waiting:
        cache.add_nb_to_project(str(lab), read_data={"name": "myst_nb_md", "type": "plugin"})
    logger.info("running %d lab%s", len(waiting), "s" if len(waiting) > 1 else "")
    quiet = _Quiet()

    def run(kind: str, uris: list[str]) -> ExecutorRunResult:
        executor = load_executor(kind, cache, quiet)
        return executor.run_and_cache(filter_uris=uris, timeout=config.nb_execution_timeout)

    with _kept_back() as said:
        result = run("local-parallel" if len(waiting) > 1 else "local-serial", [str(lab) for lab in waiting])
        failed = [Path(uri) for uri in result.excepted]
        if result.errored:
            # Not the lab's doing: on a busy machine a kernel or the cache did not answer. Once more, one by one.
            said.truncate(0)
            result = run("local-serial", result.errored)
            failed += [Path(uri) for uri in (*result.excepted, *result.errored)]
        said.seek(0)
        words = said.read().decode(errors="replace").strip() if result.errored else ""
    for lab in failed:
        why = cache.get_project_record(str(lab)).traceback or quiet.reasons.get(str(lab), "")
        logger.error(explain(lab.relative_to(root), lab.read_text(encoding="utf-8"), why))
    if words:
        logger.error("What the labs' kernels said outside their cells:\n%s", words)
    for lab in set(waiting) - set(failed):
        stamps[lab].touch()
    _drop_old(base, folder)
    if failed:
        logger.error("No page was written. Mend the lab%s above and build again.", "s" if len(failed) > 1 else "")
        raise SystemExit(2)


@contextmanager
def _kept_back() -> Iterator[IO[bytes]]:
    """A file that takes the standard error of this process and of the kernels it starts.

    A kernel that shuts down on a busy machine may print a traceback there (ipykernel 7: "Socket operation on
    non-socket") although each cell has run well. What a cell says comes by another way, and goes to the page.
    """
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile("a+b") as said:
        os.dup2(said.fileno(), 2)
        try:
            yield said
        finally:
            sys.stderr.flush()
            os.dup2(shown, 2)
            os.close(shown)


def heads(lab: str, text: str) -> list[Slip]:
    """Heads, of the page or of a code cell, that are not YAML: the words of a figure often hold a colon."""
    slips = []
    for head in re.finditer(r"(?ms)(?:\A|^```\{code-cell\}[^\n]*\n)---\n(.*?)^---$", text):
        try:
            yaml.safe_load(head[1])
        except yaml.MarkedYAMLError as error:
            row = error.problem_mark.line if error.problem_mark else 0
            line = text[: head.start(1)].count("\n") + row + 1
            rule = f"the head of this {'code cell' if head.start() else 'page'} cannot be read ({error.problem})"
            remedy = "Put the words in quotation marks, or mend their indentation"
            slips.append(Slip(f"{lab}:{line}", head[1].splitlines()[row].strip()[:60], rule, remedy))
    return slips


def explain(lab: Path, text: str, traceback: str) -> str:
    """One message for a lab that stopped: its name, the cell, the line, and what went wrong."""
    pieces = re.split(r"\n?-{18,}\n", re.sub(r"\x1b\[[0-9;]*m", "", traceback))
    source = pieces[1].strip() if len(pieces) > 2 else ""
    last = next((line for line in reversed(traceback.strip().splitlines()) if line.strip()), "no reason was given")
    last = re.sub(r"\x1b\[[0-9;]*m", "", last)
    cells = re.findall(r"(?ms)^```\{code-cell\}[^\n]*\n(.*?)^```", text)
    for number, cell in enumerate(cells, 1):
        if source and source in cell:
            line = text[: text.index(source)].count("\n") + 1
            return f"{lab}:{line}: code cell {number} of {len(cells)} stopped: {last}\n" + "".join(
                f"    {row}\n" for row in source.splitlines()
            )
    return f"{lab}: the lab stopped: {last}"


class _Quiet:
    """The executor's own reports are left out: ``explain`` says it better."""

    level = CRITICAL  # labs that run side by side ask for it

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}  # by lab, why it could not be run at all

    def error(self, message: str, *args: object, **kwargs: object) -> None:
        """Keep the reason of "Failed Executing: /path/of/lab.md"."""
        self.reasons[message.partition(": ")[2]] = repr(sys.exc_info()[1])

    def __getattr__(self, name: str) -> object:
        return lambda *args, **kwargs: None


def _drop_old(base: Path, current: Path) -> None:
    others = sorted((p for p in base.iterdir() if p.is_dir() and p != current), key=lambda p: p.stat().st_mtime)
    for old in others[: len(others) - (KEPT - 1)] if len(others) >= KEPT else []:
        shutil.rmtree(old, ignore_errors=True)


def setup_labs(app: Sphinx) -> None:
    """Connect after the contents are known (``sphinx_external_toc``) and the data are checked."""
    app.connect("config-inited", _run_labs, priority=900)
