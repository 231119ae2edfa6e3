"""Static fonts from the pinned variable ones: one whole file a style, for print and figures.

Print gets whole files and never subsets: with two files to one style WeasyPrint draws
Cyrillic letters with the other file's glyphs, and no text test can see it.
"""

import hashlib
import os
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import uharfbuzz as hb
from fontTools.ttLib import TTFont

Face = tuple[str, int, str]
"""Family, weight (CSS number), style ("normal" or "italic")."""


class _Cut(NamedTuple):
    package: str
    upright: str
    italic: str
    axes: dict[str, float]


_SERIF = ("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf", "SourceSerif4-Italic[opsz,wght].ttf")
_SANS = ("fontpkg_source_sans_3", "SourceSans3[wght].ttf", "SourceSans3-Italic[wght].ttf")

# The optical size is part of the design: sturdy in notes, fine in titles.
CUTS: dict[str, _Cut] = {
    "Source Serif 4": _Cut(*_SERIF, {"opsz": 11}),
    "Source Serif 4 Caption": _Cut(*_SERIF, {"opsz": 8}),
    "Source Serif 4 Display": _Cut(*_SERIF, {"opsz": 40}),
    "Source Sans 3": _Cut(*_SANS, {}),
}

FACES: tuple[Face, ...] = (
    ("Source Serif 4", 400, "normal"),
    ("Source Serif 4", 400, "italic"),
    ("Source Serif 4", 600, "normal"),
    ("Source Serif 4", 600, "italic"),
    ("Source Serif 4 Caption", 400, "normal"),
    ("Source Serif 4 Caption", 400, "italic"),
    ("Source Serif 4 Caption", 600, "normal"),
    ("Source Serif 4 Display", 400, "normal"),
    ("Source Serif 4 Display", 400, "italic"),
    ("Source Sans 3", 400, "normal"),
    ("Source Sans 3", 400, "italic"),
    ("Source Sans 3", 600, "normal"),
)

_WEIGHT_NAMES = {400: "Regular", 600: "Semibold", 700: "Bold"}


@cache
def _source(package: str, name: str) -> bytes:
    return files(package).joinpath("files", name).read_bytes()


def _instance(face: Face) -> bytes:
    """Bytes of one whole static TrueType font, named after its own face."""
    family, weight, style = face
    cut = CUTS[family]
    variable = hb.Face(hb.Blob(_source(cut.package, cut.italic if style == "italic" else cut.upright)))
    order = hb.SubsetInput()
    order.keep_everything()
    for axis, value in {**cut.axes, "wght": weight}.items():
        order.pin_axis_location(variable, axis, value)
    font = TTFont(BytesIO(hb.subset(variable, order).blob.data), lazy=True, recalcTimestamp=False)
    for table in ("STAT", "DSIG"):
        if table in font:
            del font[table]
    _rename(font, family, weight, style)
    out = BytesIO()
    font.save(out, reorderTables=False)
    return out.getvalue()


def _rename(font: TTFont, family: str, weight: int, style: str) -> None:
    """Fontconfig and browsers tell faces apart by these records; all cuts arrive with the same ones."""
    italic = style == "italic"
    plain = weight == 400
    style_name = "Italic" if italic and plain else _WEIGHT_NAMES[weight] + " Italic" * italic
    postscript = f"{family}-{style_name}".replace(" ", "")
    names = font["name"]
    keep = {0, 5, 7, 8, 9, 11, 13, 14}  # copyright, version, makers, licence
    names.names = [record for record in names.names if record.nameID in keep]
    for number, text in {
        1: family if plain else f"{family} {_WEIGHT_NAMES[weight]}",
        2: "Italic" if italic else "Regular",
        3: postscript,
        4: f"{family} {style_name}",
        6: postscript,
        16: family,
        17: style_name,
    }.items():
        names.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x61) | (0x01 if italic else 0) | (
        0x40 if plain and not italic else 0)
    font["head"].macStyle = 0x02 if italic else 0


def static_fonts(outdir: Path) -> dict[Face, Path]:
    """One whole static TTF for each of :data:`FACES`, written to ``outdir`` once.

    A file's name carries a hash of all that decides its content, so an existing file is
    right and is left alone; every run gives the same bytes.
    """
    outdir.mkdir(parents=True, exist_ok=True)
    fonts: dict[Face, Path] = {}
    for face in FACES:
        family, weight, style = face
        cut = CUTS[family]
        recipe = hashlib.sha256(_source(cut.package, cut.italic if style == "italic" else cut.upright))
        recipe.update(f"{face} {cut.axes} {hb.__version__}".encode())
        path = outdir / f"{family.replace(' ', '')}-{weight}-{style}-{recipe.hexdigest()[:8]}.ttf"
        if not path.exists():
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(_instance(face))
            part.replace(path)
        fonts[face] = path
    return fonts
