"""Static fonts from the pinned variable ones, for print and figures and for the web.

Print gets whole files and never subsets: with two files to one style WeasyPrint draws
Cyrillic letters with the other file's glyphs, and no text test can see it. A web page gets
small files, each script apart, so that a page without Russian loads no Cyrillic.
"""

import hashlib
import os
from functools import cache
from importlib.metadata import version
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


_SERIF = (
    "fontpkg_source_serif_4",
    "SourceSerif4[opsz,wght].ttf",
    "SourceSerif4-Italic[opsz,wght].ttf",
)
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

WEB_FACES: tuple[Face, ...] = (
    ("Source Serif 4", 400, "normal"),
    ("Source Serif 4", 400, "italic"),
    ("Source Serif 4", 600, "normal"),
    ("Source Serif 4", 600, "italic"),
    ("Source Serif 4 Display", 600, "normal"),
    ("Source Sans 3", 400, "normal"),
    ("Source Sans 3", 400, "italic"),
    ("Source Sans 3", 600, "normal"),
)

SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "latin": (
        *((0x20, 0x7E), (0xA0, 0xFF), (0x152, 0x153), (0x2B9, 0x2BC), (0x2009, 0x200A)),
        *((0x2010, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026), (0x202F, 0x2030), (0x2032, 0x2033)),
        *((0x2039, 0x203A), (0x20AC, 0x20AC), (0x2116, 0x2116), (0x2190, 0x2193), (0x2212, 0x2212)),
        *((0x2248, 0x2248), (0x2260, 0x2260), (0x2264, 0x2265)),
        (0x101, 0x101),  # a Latvian name among the people: no second file for one letter
    ),
    # Names from Central Europe, and the marks of Library of Congress transliteration.
    "latin-ext": (
        *((0x100, 0x100), (0x102, 0x151), (0x154, 0x17F), (0x218, 0x21B)),
        *((0x300, 0x30C), (0x327, 0x328), (0x361, 0x361)),
    ),
    "cyrillic": ((0x400, 0x45F), (0x462, 0x463), (0x472, 0x475), (0x490, 0x491), (0x20BD, 0x20BD)),
}
_WEB_FEATURES = ("kern", "liga", "onum", "lnum", "tnum", "pnum")
# The serif has no ĭ of its own: it is set as i and a breve, which must come from one file.
_WEB_ACCENTED = {"latin-ext": ("Ii", ("ccmp", "mark"))}

_WEIGHT_NAMES = {400: "Regular", 600: "Semibold", 700: "Bold"}


@cache
def _source(package: str, name: str) -> bytes:
    return files(package).joinpath("files", name).read_bytes()


def _instance(face: Face, script: str | None = None) -> bytes:
    """Bytes of one static font named after its own face: whole TrueType, or woff2 of one script."""
    family, weight, style = face
    cut = CUTS[family]
    variable = hb.Face(hb.Blob(_source(cut.package, cut.italic if style == "italic" else cut.upright)))
    order = hb.SubsetInput()
    if script is None:
        order.keep_everything()
    else:
        order.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
        for first, last in SCRIPTS[script]:
            order.unicode_set.add_range(first, last)
        letters, features = _WEB_ACCENTED.get(script, ("", ()))
        order.unicode_set.update(map(ord, letters))
        order.layout_feature_tag_set.clear()
        tags = (*_WEB_FEATURES, *features)
        order.layout_feature_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in tags)
    for axis, value in {**cut.axes, "wght": weight}.items():
        order.pin_axis_location(variable, axis, value)
    font = TTFont(BytesIO(hb.subset(variable, order).blob.data), lazy=True, recalcTimestamp=False)
    for table in ("STAT", "DSIG"):
        if table in font:
            del font[table]
    _rename(font, family, weight, style)
    font.flavor = "woff2" if script else None
    out = BytesIO()
    font.save(out, reorderTables=None if script else False)
    return out.getvalue()


def _rename(font: TTFont, family: str, weight: int, style: str) -> None:
    """Fontconfig and browsers tell faces apart by these records; all cuts arrive with the same."""
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
    font["OS/2"].fsSelection = (
        (font["OS/2"].fsSelection & ~0x61) | (0x01 if italic else 0) | (0x40 if plain and not italic else 0)
    )
    font["head"].macStyle = 0x02 if italic else 0


def _write(outdir: Path, face: Face, script: str | None = None) -> Path:
    """The file for ``face`` in ``outdir``, made if it is not there.

    Its name carries a hash of all that decides its content, so an existing file is right.
    """
    family, _, style = face
    cut = CUTS[family]
    recipe = hashlib.sha256(_source(cut.package, cut.italic if style == "italic" else cut.upright))
    recipe.update(f"{face} {cut.axes} {hb.__version__}".encode())
    if script:
        tools = version("fonttools"), version("brotli")
        recipe.update(f"{SCRIPTS[script]} {_WEB_FEATURES} {_WEB_ACCENTED.get(script)} {tools}".encode())
    name = "-".join([family.replace(" ", ""), *map(str, face[1:]), *filter(None, [script])])
    path = outdir / f"{name}-{recipe.hexdigest()[:8]}.{'woff2' if script else 'ttf'}"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(_instance(face, script))
        part.replace(path)  # whole or not at all, even with two builds at once
    return path


def static_fonts(outdir: Path) -> dict[Face, Path]:
    """One whole static TTF for each of :data:`FACES`, written to ``outdir`` once.

    Every run gives the same bytes.
    """
    outdir.mkdir(parents=True, exist_ok=True)
    return {face: _write(outdir, face) for face in FACES}


def web_fonts(outdir: Path) -> dict[tuple[Face, str], Path]:
    """One woff2 for each of :data:`WEB_FACES` and :data:`SCRIPTS`, written to ``outdir`` once."""
    outdir.mkdir(parents=True, exist_ok=True)
    return {(face, script): _write(outdir, face, script) for face in WEB_FACES for script in SCRIPTS}


def font_faces(fonts: dict[tuple[Face, str], Path], folder: str) -> str:
    """The ``@font-face`` rules for what :func:`web_fonts` gave, as addresses below ``folder``."""
    rules = []
    for ((family, weight, style), script), path in fonts.items():
        ranges = ", ".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in SCRIPTS[script])
        rules.append(
            f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; '
            f'font-display: swap; src: url("{folder}/{path.name}") format("woff2"); '
            f"unicode-range: {ranges}; }}\n"
        )
    return "".join(rules)
