"""Tables, dates, glued values and the figure style: all that a lab imports."""

from . import grids, style
from .book import glue
from .choices import choose, choose_day, choose_some, explain_slips, number
from .coding import neighbours, pairwise, shuffled, typed_codes, weighted_kappa, within_and_between
from .dates import parse
from .listing import by_year, how_known, listing
from .tables import load, tables

__all__ = [
    "by_year",
    "choose",
    "choose_day",
    "choose_some",
    "explain_slips",
    "glue",
    "grids",
    "how_known",
    "listing",
    "load",
    "neighbours",
    "number",
    "pairwise",
    "parse",
    "shuffled",
    "style",
    "tables",
    "typed_codes",
    "weighted_kappa",
    "within_and_between",
]
