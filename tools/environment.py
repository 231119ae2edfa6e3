"""Makes this machine able to build the book, or to test it: system packages, then ``.venv``.

usage: python3 tools/environment.py [test]

Needs nothing but Python 3.11 or later and its standard library. Whether a system package is
missing is found by trying, so it works on any Debian and does nothing where all is there.
"""

import ctypes
import hashlib
import importlib.util
import os
import queue
import shlex
import shutil
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
DISCARDED = ROOT / ".venv-discarded"
LOCKS = {"book": ROOT / "requirements.txt", "test": ROOT / "tests/requirements.txt"}
UNFINISHED = "unfinished"
PATIENCE = 10  # seconds of silence after which a sign of life is printed


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _runs(program: str) -> bool:
    found = shutil.which(program)
    if not found:
        return False
    return subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0


def missing_packages(purpose: str) -> list[str]:
    """The Debian packages that ``purpose`` ("book" or "test") needs and this machine lacks."""
    present = {
        "python3-venv": importlib.util.find_spec("ensurepip") is not None,
        "libpangoft2-1.0-0": _loads("libpangoft2-1.0.so.0"),
        "libharfbuzz-subset0": _loads("libharfbuzz-subset.so.0"),
    }
    if sys.version_info >= (3, 13):  # quickjs, which draws the figures, has no wheel for these yet
        present["gcc"] = _runs("gcc")
        present["python3-dev"] = Path(sysconfig.get_path("include"), "Python.h").exists()
    if purpose == "test":
        present["chromium"] = _runs(os.environ.get("BROWSER_PATH", "chromium"))
    return [package for package, found in present.items() if not found]


def install_packages(packages: list[str], purpose: str) -> None:
    """Install ``packages`` with apt, or name the one command to run and stop."""
    apt = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    names = ", ".join(packages)
    if not shutil.which("apt-get"):
        sys.exit(f"This machine lacks what Debian calls {names}. Install that, then try again.")
    if os.geteuid() == 0:
        become_root = []
    elif shutil.which("sudo") and _may_sudo():
        become_root = ["sudo"]
    else:
        command = f"apt-get update && {shlex.join(apt)}"
        sys.exit(f"Missing: {names}. Run as root, then try again:\n\n  {command}\n")
    print(f"Installing from Debian: {names}", flush=True)
    environment = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive"]
    watch([*environment, "apt-get", "update"], ("Get:",))
    watch([*environment, *apt], ("Unpacking ", "Setting up "))
    importlib.invalidate_caches()
    if still := missing_packages(purpose):
        sys.exit(f"Debian installed {names}, yet these cannot be used: {', '.join(still)}.")


def _may_sudo() -> bool:
    if sys.stdin.isatty():
        return True  # it may ask for the password
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def make_venv(purpose: str) -> None:
    """Make ``.venv`` from the lock of ``purpose``, unless it was finished from that very lock.

    The stamp says so last of all: a set-up that was interrupted is begun again. An environment
    that somebody else made is left alone.
    """
    stamp = VENV / "made-from"
    wanted = {name: _fingerprint(lock) for name, lock in LOCKS.items()}
    made = stamp.read_text().split() if stamp.exists() else []
    if wanted[purpose] in made and wanted["book"] in made:
        return
    if VENV.exists() and not stamp.exists():
        sys.exit(f"{VENV} was not made here. Delete it, or use it as it stands: make BIN=.venv/bin ...")
    if len(made) > 1:
        purpose = "test"  # what could run the tests goes on being able to
    lock = LOCKS[purpose].relative_to(ROOT)
    if made != [wanted["book"]]:
        print(f"Making .venv with Python {sys.version.split()[0]} from {lock}", flush=True)
        if VENV.exists():  # moved first: half a deletion must not look like somebody's own
            shutil.rmtree(DISCARDED, ignore_errors=True)
            VENV.rename(DISCARDED)
            shutil.rmtree(DISCARDED)
        VENV.mkdir()
        stamp.write_text(UNFINISHED)
        outside = Path(sys.base_prefix, "bin", "python3")  # not .venv's own, if that is active
        subprocess.run([outside, "-m", "venv", VENV], check=True)
    else:
        print(f"Adding to .venv what {lock} adds", flush=True)
        stamp.write_text(UNFINISHED)
    pip = [str(VENV / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check"]
    pip += ["--no-deps", "--require-hashes", "--requirement", str(lock)]  # the lock is complete
    watch(pip, ("Collecting ", "Installing collected "))
    # The test lock holds the book's, version for version (tests/test_source.py).
    stamp.write_text(wanted["book"] + (f" {wanted['test']}" if purpose == "test" else "") + "\n")


def _fingerprint(lock: Path) -> str:
    interpreter = f"{sys.base_prefix} {sys.version}"
    return hashlib.sha256(interpreter.encode() + lock.read_bytes()).hexdigest()


def watch(command: list[str], steps: tuple[str, ...]) -> None:
    """Run ``command``, showing how far it is: every tenth line of ``steps``, and never silence.

    If it fails, the end of what it printed is shown, and the program stops.
    """
    lines: queue.Queue[str | None] = queue.Queue()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=None if sys.stdin.isatty() else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    threading.Thread(target=_forward, args=(process, lines), daemon=True).start()
    printed: list[str] = []
    count = waited = 0
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except queue.Empty:
            waited += PATIENCE
            print(f"  ... still at it ({waited} s)", flush=True)
            continue
        if line is None:
            break
        printed.append(line)
        if line.startswith(steps):
            count += 1
            if count % 10 == 0 or line.startswith("Installing collected"):
                print(f"  {count:>3}  {line.split(' (from')[0].strip()[:80]}", flush=True)
    if process.wait():
        sys.exit(f"{''.join(printed[-25:])}\n{shlex.join(command)}\nfailed: see above.")


def _forward(process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)


def main() -> None:
    """Read the command line and make what is missing."""
    purpose = sys.argv[1] if len(sys.argv) > 1 else "book"
    if purpose not in LOCKS:
        sys.exit(f"usage: python3 tools/environment.py [test]; unknown word: {purpose}")
    if sys.version_info < (3, 11):  # noqa: UP036 (that is the slip this is for)
        sys.exit(f"The book needs Python 3.11 or later; this is {sys.version.split()[0]}.")
    if packages := missing_packages(purpose):
        install_packages(packages, purpose)
    make_venv(purpose)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted. What was begun will be begun again.")
