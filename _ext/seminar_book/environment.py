"""Lets kernels import ``seminar`` from the source tree, so that nothing has to be installed."""

import os

from sphinx.application import Sphinx
from sphinx.config import Config


def _share_source_tree(app: Sphinx, config: Config) -> None:
    paths = [str(app.srcdir), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"  # one output a figure, whatever the machine's default
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))


def setup_environment(app: Sphinx) -> None:
    """Connect at ``config-inited``, before any kernel starts."""
    app.connect("config-inited", _share_source_tree)
