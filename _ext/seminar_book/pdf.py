"""Mends the tags of the PDF that WeasyPrint writes, so that a screen reader can use it.

WeasyPrint 70 tags paragraphs, headings, lists, tables and drawings well. It leaves running
heads and page numbers among the text, notes as mere divisions, header cells without a
direction, links named after their anchors, and drawings with their place in the wrong
units. All of that is put right here; what is not claimed is conformance to PDF/UA, which
nobody has certified.
"""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pikepdf
from pikepdf import Array, Name, Object, String

_MARK = re.compile(rb"/\w+\s<</MCID (\d+)>>\sBDC")
_FURNITURE = b"/Artifact\n<</Type /Pagination>>\nBDC"
_PX = 0.75  # points to a CSS pixel


def mend(raw: bytes, labels: Mapping[str, str], moment: int) -> bytes:
    """The same pages with better tags; the same bytes for the same input.

    ``labels`` says in words where a link to an anchor leads; ``moment`` (seconds since
    1970) becomes the date of the file.
    """
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        tree = pdf.Root.StructTreeRoot
        pages = {page.objgen: number for number, page in enumerate(pdf.pages)}
        heights = [float(page.MediaBox[3]) for page in pdf.pages]
        reached: list[set[int]] = [set() for _ in pages]
        _mend_element(tree.K[0], None, reached, pages, heights)
        _name_links(pdf, labels)
        _number_notes(tree.K[0])
        _mark_furniture(pdf, reached)
        _date(pdf, moment)
        pdf.save(out, deterministic_id=True,
                 object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _kids(element: Object) -> list[Object]:
    kids = element.get("/K")
    if kids is None:
        return []
    return list(kids) if isinstance(kids, Array) else [kids]


def _mend_element(element: Object, inside: str | None, reached: list[set[int]],
                  pages: dict[Any, int], heights: list[float]) -> bool:
    """Mend ``element`` and all below it; False if nothing is in it and it should go."""
    kind = str(element.S)
    if kind == "/Link" and inside == "/Link":  # the generated "(p. 12)" of a link
        kind, element.S = "/Span", Name.Span
    elif kind == "/TH":
        element.A.Scope = Name.Column if inside == "/THead" else Name.Row
    elif kind == "/Figure" and "/A" in element:
        height = heights[pages[element.Pg.objgen]]
        left, top, right, bottom = (float(edge) * _PX for edge in element.A.BBox)
        element.A.BBox = Array([left, height - bottom, right, height - top])
    around = inside if kind in ("/TR", "/Span") else kind
    kept = []
    for kid in _kids(element):
        if isinstance(kid, int):
            reached[pages[element.Pg.objgen]].add(kid)
        elif "/S" in kid and not _mend_element(kid, around, reached, pages, heights):
            continue
        kept.append(kid)
    element.K = Array(kept)
    return bool(kept) or kind in ("/TD", "/TH")


def _annotations(pdf: pikepdf.Pdf) -> Iterator[Object]:
    for page in pdf.pages:
        for annotation in page.get("/Annots", ()):
            if annotation.Subtype == Name.Link:
                yield annotation


def _name_links(pdf: pikepdf.Pdf, labels: Mapping[str, str]) -> None:
    """Say in words where each link leads, and let viewers print it."""
    for link in _annotations(pdf):
        target = "#" + str(link.Dest) if "/Dest" in link else str(link.A.URI)
        link.Contents = String(labels.get(target, target))
        link.F = 4  # printed


def _number_notes(document: Object) -> None:
    """Tag what stands in a page's note area as notes, each with an identifier."""
    count = 0
    for area in _kids(document):
        # WeasyPrint puts the area behind the page's text, as an element without meaning.
        if isinstance(area, int) or area.get("/S") != Name.NonStruct:
            continue
        for note in _kids(area):
            if note.get("/S") == Name.Div:
                count += 1
                note.S = Name.Note
                note.ID = String(f"note-{count}")


def _mark_furniture(pdf: pikepdf.Pdf, reached: list[set[int]]) -> None:
    """Running heads and page numbers are no part of the text: mark them as artefacts."""
    numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
    parents = {int(numbers[i]): numbers[i + 1] for i in range(0, len(numbers), 2)}
    for number, page in enumerate(pdf.pages):
        def unless_text(mark: re.Match[bytes], read: set[int] = reached[number]) -> bytes:
            return mark[0] if int(mark[1]) in read else _FURNITURE

        stream = page.Contents
        stream.write(_MARK.sub(unless_text, stream.read_bytes()))
        owners = parents[int(page.StructParents)]
        for mark in range(len(owners)):
            if mark not in reached[number]:
                owners[mark] = None


def _date(pdf: pikepdf.Pdf, moment: int) -> None:
    when = datetime.fromtimestamp(moment, UTC)
    pdf.docinfo[Name.CreationDate] = pdf.docinfo[Name.ModDate] = f"D:{when:%Y%m%d%H%M%S}Z"
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["xmp:CreateDate"] = metadata["xmp:ModifyDate"] = when.isoformat()
        del metadata["pdfuaid:part"]  # tagged with care, certified by nobody
