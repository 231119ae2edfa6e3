"""What the tests share: the built book, throw-away copies of it, a browser with no network."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright

if TYPE_CHECKING:
    from trial import Trial

ROOT = Path(__file__).resolve().parents[1]
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")
STRICT = ["-n", "-W", "--keep-going"]
PRINT = ["--builder", "custom", "--custom-builder", "reader"]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what looks through a browser look twice: one that a machine held up shows a page too late.

    The report counts what was tried again, and a fault of the book fails both times.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1))


# Sphinx throws its state away when the sources have moved. So a copy that brings a state along is
# mounted, for its own commands only, over the tree that it was copied from.
IN_PLACE = """\
copy=$0; tree=$1; shift
if [ -d "$tree/.venv" ]; then mkdir -p "$copy/.venv" && mount --bind "$tree/.venv" "$copy/.venv"; fi
mount --rbind "$copy" "$tree" && cd "$tree" && exec "$@"
"""


@cache
def may_mount() -> bool:
    """Whether this machine lets a command have mounts of its own."""
    words = ["unshare", "--mount", "mount", "--bind", "/tmp", "/tmp"]
    return bool(shutil.which("unshare")) and not subprocess.run(words, capture_output=True, check=False).returncode


@dataclass(frozen=True)
class Tree:
    """A tree of the book's sources and what is built from it.

    ``like`` is the tree that it was copied from together with its state, if any.
    """

    root: Path
    like: Path | None = None

    @property
    def html(self) -> Path:
        """The folder of built pages."""
        return self.root / "_build/html"

    @property
    def pdf(self) -> Path:
        """The printed reader."""
        return self.root / "_build/pdf/reader.pdf"

    def run(
        self, *command: str | Path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ``command`` in the tree, standard error joined to standard output.

        ``variables`` are added to the environment.
        """
        environment = os.environ | {"SOURCE_DATE_EPOCH": last_commit(), "NO_COLOR": "1"}
        for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        mounted = ["unshare", "--mount", "sh", "-c", IN_PLACE, self.root, self.like]
        prefix = mounted if self.like and may_mount() else []
        return subprocess.run(
            [str(word) for word in (*prefix, *command)],
            cwd=self.root,
            env=environment | variables,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,  # a command that hangs; the slowest takes a minute on an idle machine
        )

    def html_build(self, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Build the pages as ``make html`` does."""
        return self._build(*STRICT, *options, **variables)

    def pdf_build(self, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Build the printed reader as ``make pdf`` does."""
        return self._build(*PRINT, *STRICT, *options, **variables)

    def _build(self, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run(JUPYTER_BOOK, "build", ".", *options, **variables)


@dataclass(frozen=True)
class Book(Tree):
    """The working tree, built once in a test run: pages at first, print when it is asked for."""

    shared: Path = Path()

    @property
    def pdf(self) -> Path:
        """The printed reader."""
        self.once("pdf", self.pdf_build)
        return super().pdf

    def once(self, step: str, build: Callable[[], subprocess.CompletedProcess[str]]) -> None:
        """Run ``build`` unless another worker has; fail with its output in every worker."""
        outcome = self.shared / f"{step}.outcome"
        with (self.shared / "build.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not outcome.exists():
                result = build()
                outcome.write_text(result.stdout[-6000:] if result.returncode else "")
        if failure := outcome.read_text():
            pytest.fail(f"the book ({step}) does not build:\n{failure}")


def last_commit() -> str:
    """Seconds from the epoch to the last commit, the date that the book bears."""
    return subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def copy_sources(target: Path) -> None:
    """Copy every file that is or could be committed to ``target``, times and modes kept."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():  # a file deleted but not yet committed is listed too
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def succeed(result: subprocess.CompletedProcess[str]) -> None:
    """Fail the test with the end of what the command printed, unless it succeeded."""
    if result.returncode:
        pytest.fail(f"{result.args} ended with {result.returncode}:\n{result.stdout[-6000:]}")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of one test run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def book(shared_folder: Path) -> Book:
    """The book of this working tree, built once for all workers."""
    tree = Book(ROOT, shared=shared_folder)
    tree.once("html", tree.html_build)
    return tree


@pytest.fixture
def scratch(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[..., Tree]:
    """A maker of throw-away copies of the tree.

    ``scratch()`` copies the sources and the caches of the built book, so that
    labs need not run again; ``scratch(clean=True)`` copies the sources only.
    """

    def make(clean: bool = False) -> Tree:
        root = tmp_path_factory.mktemp("tree") / "book"
        request.addfinalizer(lambda: shutil.rmtree(root, ignore_errors=True))
        copy_sources(root)
        if clean:
            return Tree(root)
        built: Book = request.getfixturevalue("book")
        shutil.copytree(built.root / "_build", root / "_build", symlinks=True)
        return Tree(root, like=ROOT)

    return make


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Trial":
    """Runs the lab that the test module calls ``LAB``, alone in a folder with its package and data."""
    from trial import Trial

    return Trial(request.module.LAB, tmp_path_factory.mktemp("alone"))


@pytest.fixture(scope="session")
def fresh_environment(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """A maker of virtual environments that hold what one lock says and nothing else.

    Each is made once for each state of its lock, and kept in pytest's cache.
    """
    assert request.config.cache is not None
    kept = Path(request.config.cache.mkdir("environments"))

    def make(lock: str, *options: str) -> Path:
        """Return the environment's folder; its programs are in ``bin``."""
        state = hashlib.sha256(sys.version.encode() + (ROOT / lock).read_bytes()).hexdigest()[:16]
        folder = kept / f"{lock.replace('/', '-')}-{state}"
        with (kept / "lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if not (folder / "finished").exists():
                for old in kept.glob(f"{lock.replace('/', '-')}-*"):
                    shutil.rmtree(old)
                outside = Path(sys.base_prefix) / "bin/python3"
                succeed(Tree(ROOT).run(outside, "-m", "venv", folder))
                pip = [str(folder / "bin/python"), "-m", "pip"]
                install = ["install", "--no-compile", "--quiet", "--require-hashes", *options]
                succeed(Tree(ROOT).run(*pip, *install, "-r", lock))
                succeed(Tree(ROOT).run(*pip, "check"))
                (folder / "finished").touch()
        return folder

    return make


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium that reaches files and this machine's own addresses, and nothing else."""
    found = os.environ.get("BROWSER_PATH") or shutil.which("chromium")
    if not found:
        raise FileNotFoundError("Chromium is not installed: `make test` installs it")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of ``chromium``, one for each worker."""
    with chromium() as running:
        yield running
