"""A small book with the awkward cases of print, built by tests/test_pdf.py."""

import os
import sys
from pathlib import Path

here = Path(__file__).parent
sys.path[:0] = [os.environ["SEMINAR_EXT"], str(here)]

project = html_title = "The Little Reader"
author = "Nobody in Particular"
language = "en"
extensions = ["myst_nb", "sphinx_design", "sphinx_external_toc", "sphinxcontrib.bibtex", "only_reader"]
external_toc_path = "_toc.yml"
bibtex_bibfiles = ["works.bib"]
myst_enable_extensions = ["colon_fence"]
nb_execution_mode = "cache"
nb_execution_cache_path = os.environ.get("READER_BOOK_CACHE", "")
exclude_patterns = ["_build"]
numfig = True
reader_licence = "Nobody owns this book."
