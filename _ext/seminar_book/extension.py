"""Wires the components together. Each component is a module of its own with one ``setup_*``."""

from sphinx.application import Sphinx

from .citations import setup_citations
from .codebook import setup_codebook
from .environment import setup_environment
from .evidence import setup_evidence
from .figures import setup_figures
from .freshness import setup_freshness
from .labs import setup_labs
from .notes import setup_notes
from .pages import setup_pages
from .quotations import setup_quotations
from .reader import setup_reader
from .records import setup_records
from .shown import setup_shown
from .slips import setup_slips


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx: connect every component."""
    setup_environment(app)
    setup_evidence(app)
    setup_labs(app)
    setup_figures(app)
    setup_shown(app)
    setup_slips(app)
    setup_citations(app)
    setup_notes(app)
    setup_quotations(app)
    setup_records(app)
    setup_codebook(app)
    setup_reader(app)
    setup_pages(app)
    setup_freshness(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
