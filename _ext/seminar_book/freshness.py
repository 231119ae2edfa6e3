"""Keeps a rebuild honest: nothing stale, and no failed build that passes when run again."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from .labs import digest
from .slips import PageRecords


def _watch_machinery(app: Sphinx, config: Config) -> None:
    """Tie saved pages to the code that made them: a changed extension re-reads every page,
    a changed template or style sheet writes every page again."""
    here = Path(__file__).parent
    root = Path(app.srcdir)
    looks = [p for d in ("_templates", "_static") for p in (root / d).rglob("*") if p.is_file()]
    config.seminar_machinery = digest(here.glob("*.py"))
    config.seminar_looks = digest(looks)


def _forget_failure(app: Sphinx, error: Exception | None) -> None:
    """Sphinx saves its state although warnings failed the build; the next run would then read
    nothing and call itself a success. Without that state it reads everything again."""
    if error or app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


class Pastes(PageRecords):
    """The labs from which each page pastes values: ``{docname: {lab, ...}}``."""

    name = "seminar_pastes"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        from myst_nb.ext.glue.crossref import PendingGlueReference

        labs = {node.refdoc for node in doctree.findall(PendingGlueReference) if getattr(node, "refdoc", None)}
        self.of(app.env)[app.env.docname] = labs


def _note_read(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    app._seminar_read = set(docnames)  # type: ignore[attr-defined]


def out_of_date(app: Sphinx, taken: dict[str, set[str]]) -> list[str]:
    """The pages to write again because a lab was read again that they take something from.

    ``taken`` names the labs of each page.
    """
    read: set[str] = getattr(app, "_seminar_read", set())
    return [page for page, labs in taken.items() if labs & read and page in app.env.found_docs]


def _write_pasting_pages(app: Sphinx, env: BuildEnvironment) -> list[str]:
    return out_of_date(app, Pastes.of(env))


def _drop_leftovers(app: Sphinx, error: Exception | None) -> None:
    """Delete pages whose source is gone: Sphinx leaves them in the folder, still to be found."""
    if error or app.builder.name != "html":
        return
    kept = {*app.env.found_docs, "search"}
    for page in Path(app.outdir).rglob("*.html"):
        name = page.relative_to(app.outdir)
        if name.parts[0] != "_static" and name.with_suffix("").as_posix() not in kept:
            page.unlink()


def setup_freshness(app: Sphinx) -> None:
    """Connect the watches."""
    app.add_config_value("seminar_machinery", "", "env", str)
    app.add_config_value("seminar_looks", "", "html", str)
    app.connect("config-inited", _watch_machinery)
    app.add_env_collector(Pastes)
    app.connect("env-before-read-docs", _note_read)
    app.connect("env-updated", _write_pasting_pages)
    app.connect("build-finished", _drop_leftovers)
    app.connect("build-finished", _forget_failure, priority=999)
