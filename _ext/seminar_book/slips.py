"""What a contributor got wrong, said so that it can be mended.

A slip names its place, the value, the rule and the remedy. Slips in ``references.bib`` or in
a register stop the build before a page is read, all at once. Slips in pages are kept with the
page and reported as warnings at every build, so that a page which is not read again cannot
hide one.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.util import logging

logger = logging.getLogger(__name__)
Loaded = TypeVar("Loaded")


class Slip(NamedTuple):
    """One fault: where it stands (``file:line``), the value found, the rule, the remedy."""

    place: str
    value: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.value}: {self.rule}. {self.remedy}."


def warn(slips: Iterable[Slip]) -> None:
    """Report slips as Sphinx warnings (errors under ``-W``)."""
    for slip in slips:
        logger.warning(str(slip), location=slip.place, type="seminar", subtype="slip")


def stop(slips: list[Slip]) -> None:
    """Report every slip and end the build; do nothing if there is none."""
    if not slips:
        return
    for slip in slips:
        logger.error(str(slip), location=slip.place)
    logger.error("%d to mend before a page can be made.", len(slips))
    raise SystemExit(2)


def once(load: Callable[[Sphinx], Loaded]) -> Callable[[Sphinx], Loaded]:
    """Make ``load(app)`` read its file once in a build."""
    results: WeakKeyDictionary[Sphinx, Loaded] = WeakKeyDictionary()

    @wraps(load)
    def loaded(app: Sphinx) -> Loaded:
        if app not in results:
            results[app] = load(app)
        return results[app]

    return loaded


def place(env: BuildEnvironment, docname: str, line: int | None) -> str:
    """``file:line`` of a page, from the root of the book."""
    path = str(env.doc2path(docname, base=False))
    return f"{path}:{line}" if line else path


def line_of(node: nodes.Node | None) -> int | None:
    """The nearest line number at or above ``node``."""
    while node is not None:
        if node.line:
            return int(node.line)
        node = node.parent
    return None


class PageRecords(EnvironmentCollector):
    """Something remembered of every page in the environment, under ``name``."""

    name: str

    @classmethod
    def of(cls, env: BuildEnvironment) -> dict[str, Any]:
        """The records of all pages, by docname."""
        if not hasattr(env, cls.name):
            setattr(env, cls.name, {})
        records: dict[str, Any] = getattr(env, cls.name)
        return records

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        self.of(env).pop(docname, None)

    def merge_other(self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
        theirs = self.of(other)
        self.of(env).update({name: theirs[name] for name in docnames if name in theirs})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        raise NotImplementedError


class Slips(PageRecords):
    """The slips of each page: ``{docname: [Slip, ...]}``."""

    name = "seminar_slips"

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Nothing to do: roles, directives and other records add slips as they find them."""


def keep(env: BuildEnvironment, value: str, rule: str, remedy: str, line: int | None) -> None:
    """Remember a slip of the page that is being read."""
    found = Slips.of(env).setdefault(env.docname, [])
    found.append(Slip(place(env, env.docname, line), value, rule, remedy))


def _report(app: Sphinx, env: BuildEnvironment) -> None:
    for docname in sorted(Slips.of(env)):
        warn(Slips.of(env)[docname])


def setup_slips(app: Sphinx) -> None:
    """Keep the slips of pages and report them at every build."""
    app.add_env_collector(Slips)
    app.connect("env-updated", _report, priority=900)
