"""Shows the book at a local address; rebuilds it and reloads the page on every change.

usage: make serve [PORT=8000]

The pieces are sphinx-autobuild's; the build is Jupyter Book's own, so that caches are shared
with ``make html``. What the build says, errors included, appears in the terminal.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from sphinx_autobuild.filter import IgnoreFilter
from sphinx_autobuild.middleware import JavascriptInjectorMiddleware
from sphinx_autobuild.server import RebuildServer
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles

ROOT = Path(__file__).resolve().parents[1]
# Only what a page is made from. Watching less is surer than ignoring what a build writes.
SOURCES = ["index.md", "chapters", "data", "references.bib", "seminar", "_ext", "_static"]
SOURCES += ["_templates", "_config.yml", "_toc.yml"]
PASSING = [r"/__pycache__/", r"/\.ipynb_checkpoints/", r"~$", r"\.sw.$", r"/\.#", r"/4913$"]


def build(changed_paths: Sequence[Path] = ()) -> None:
    """Build the pages; a slip is told in the terminal and the server goes on."""
    for path in changed_paths:
        print(f"changed: {path.relative_to(ROOT)}", flush=True)
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    subprocess.run([*command, "-n", "-W", "--keep-going"], cwd=ROOT, check=False)


def main() -> None:
    """Build once, then serve and watch until interrupted."""
    address = f"127.0.0.1:{int(os.environ.get('PORT', '8000'))}"
    build()
    pages = ROOT / "_build/html"
    pages.mkdir(parents=True, exist_ok=True)
    sources = [ROOT / name for name in SOURCES if (ROOT / name).exists()]
    watcher = RebuildServer(sources, IgnoreFilter([], PASSING), change_callback=build)
    server = Starlette(
        routes=[
            WebSocketRoute("/websocket-reload", watcher, name="reload"),
            Mount("/", app=StaticFiles(directory=pages, html=True)),
        ],
        middleware=[Middleware(JavascriptInjectorMiddleware, ws_url=address)],
        lifespan=watcher.lifespan,
    )
    print(f"\n  http://{address}/   (Ctrl-C ends it)\n", flush=True)
    host, port = address.split(":")
    uvicorn.run(server, host=host, port=int(port), log_level="warning")


if __name__ == "__main__":
    main()
