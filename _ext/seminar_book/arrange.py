"""Makes the pages of a website into a book, on the parsed HTML, before type is set.

Notes go to their calls and answers to the end, links get pages and addresses, reference
entries become paragraphs, tables and drawings get their width.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

_MANY_COLUMNS = 6
_FEW_ROWS = 7  # with the head: a table that is not broken over pages
_FEW_LETTERS = 10  # a cell that is not broken over lines: "Four weeks", "an extract"
_UNANSWERED = "not yet"  # what a lab says where its reader has given no answer: room for a pencil


def classes_of(element: ET.Element) -> set[str]:
    """The classes of an element."""
    return set(element.get("class", "").split())


def _add_class(element: ET.Element, name: str) -> None:
    element.set("class", f"{element.get('class', '')} {name}".strip())


def _words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def by_class(root: ET.Element, name: str) -> list[ET.Element]:
    """All elements of a class, in the order of the text."""
    return [element for element in root.iter() if name in classes_of(element)]


def arrange(root: ET.Element, title: str) -> dict[str, str]:
    """Rearrange the document under ``root``; return in words where each link leads.

    ``title`` is the book's, for running heads.
    """
    _unwrap_cells(root)
    _run_in_records(root)
    for section in by_class(root, "chapter"):
        _head(section)
    _gather_answers(root)
    _drop_empty(root)
    for h1 in root.iter("h1"):
        h1.set("data-book", title)
    for h2 in root.iter("h2"):
        calls = {call: call.text for call in by_class(h2, "note-call")}
        for call in calls:
            call.text = ""  # no part of a bookmark
        h2.set("data-label", _words(h2))
        for call, number in calls.items():
            call.text = number
    for paragraph in root.iter("p"):
        if re.search(r":\s*\d*$", _words(paragraph)):  # a call may follow the colon
            paragraph.set("data-lead", "")  # stays with what it announces
    _place_notes(root)
    _print_links(root)
    _shape_tables_and_drawings(root)
    return _labels(root)


def _parents(root: ET.Element) -> dict[ET.Element, ET.Element]:
    return {child: parent for parent in root.iter() for child in parent}


def _unwrap_cells(root: ET.Element) -> None:
    """What a cell shows stands among the paragraphs, not in boxes of its own."""
    for parent in list(root.iter()):
        children: list[ET.Element] = []
        todo = list(parent)
        while todo:
            child = todo.pop(0)
            classes = classes_of(child)
            wrapper = classes & {"cell", "cell_output", "output"} and "check" not in classes
            if child.tag == "div" and wrapper:
                todo[:0] = list(child)
            else:
                children.append(child)
        if children != list(parent):
            parent[:] = children


def _run_in_records(root: ET.Element) -> None:
    """Set the entries of the reference pages like a dictionary's: one paragraph each."""
    for records in root.iter("dl"):
        if "records" not in classes_of(records):
            continue
        records.tag = "ul"
        entries: list[ET.Element] = []
        for part in list(records):
            if part.tag == "dt":
                entry = ET.Element("li", {"id": part.get("id", "")})
                part.tag, part.tail = "strong", " "
                part.attrib.clear()
                entry.append(part)
                entries.append(entry)
            elif entries:
                for block in part:
                    if block.tag == "p":
                        block.tag, block.tail = "span", " "
                    entries[-1].append(block)
        records[:] = entries
    for parent in list(root.iter("section")):
        _set_in_columns(parent)


def _set_in_columns(section: ET.Element) -> None:
    """Gather the entries of a section, with the headings between them, in one block of two columns."""
    children: list[ET.Element] = []
    for child in section:
        if classes_of(child) & {"records", "records-part"}:
            if not children or "record-columns" not in classes_of(children[-1]):
                children.append(ET.Element("div", {"class": "record-columns wide"}))
            children[-1].append(child)
        else:
            children.append(child)
    section[:] = children


def _head(section: ET.Element) -> None:
    """Give a chapter its opening: part, number, title, in a header of its own."""
    title = next(section.iter("h1"), None)
    parents = _parents(section)
    header = ET.Element("header", {"class": "opening"})
    if section.get("data-part"):
        ET.SubElement(header, "p", {"class": "opening-part"}).text = section.get("data-part")
    h1 = ET.SubElement(header, "h1", {
        "data-label": section.get("data-label", ""), "data-running": section.get("data-running", "")})
    if section.get("data-number"):
        number = ET.SubElement(h1, "span", {"class": "opening-number"})
        number.text, number.tail = section.get("data-number"), " "
    words = ET.SubElement(h1, "span", {"class": "opening-title"})
    words.text = section.get("data-label")
    if title is not None:
        parents[title].remove(title)
        if "preface" not in classes_of(section):
            words.text = title.text
            words.extend(list(title))
    section.insert(0, header)


def _gather_answers(root: ET.Element) -> None:
    """Move the answers behind the last chapter, each pointing to its question and back."""
    answers, = (e for e in root.iter("section") if e.get("id") == "answers")
    words = answers[0][0][0]  # the title in the opening
    words.text = "Answers"
    answers[0][0].set("data-label", "Answers")
    answers[0][0].set("data-running", "Answers")
    for section in by_class(root, "chapter"):
        checks = [] if section is answers else by_class(section, "check")
        if checks:
            ET.SubElement(answers, "h2").text = section.get("data-label")
        for check in checks:
            question, answer = check[0], check[1]
            check.remove(answer)
            target = f"{check.get('id')}--answer"
            link = ET.SubElement(ET.SubElement(check, "p", {"class": "answer-page"}), "a", {
                "href": "#" + target, "class": "to-answer"})
            link.text = "Answer"
            answer.set("id", target)
            again = ET.Element("p", {"class": "question-again"})
            again.text = _words(question)
            ET.SubElement(again, "a", {"href": f"#{check.get('id')}", "class": "to-question"})
            answer.insert(0, again)
            answers.append(answer)


def _drop_empty(root: ET.Element) -> None:
    """Leave out what has nothing in it but its opening, and its line in the contents."""
    body = next(root.iter("body"))
    contents, = by_class(root, "contents")
    for section in by_class(root, "chapter"):
        if not any(_words(e) for e in section if e.tag != "header"):
            body.remove(section)
    anchors = {e.get("id") for e in root.iter() if e.get("id")}
    for row in list(contents):
        link = next(row.iter("a"), None)
        if link is not None and link.get("href", "#")[1:] not in anchors:
            contents.remove(row)


def _place_notes(root: ET.Element) -> None:
    """Put each note behind its first call, where float: footnote sends it to the page's foot."""
    parents = _parents(root)
    bodies = {e.get("id"): e for e in by_class(root, "note-body")}
    for body in bodies.values():
        parents[body].remove(body)
    placed: set[str] = set()
    for call in by_class(root, "note-call"):
        target = next(c[4:] for c in classes_of(call) if c.startswith("to--"))
        anchor = call.get("id") or f"{target}--call"
        number = call.text or ""
        link = ET.Element("a", {"class": "call", "id": anchor, "href": "#" + target})
        link.text = number
        note = ET.Element("div", {"class": "note"})
        if target in placed:  # called before: say where it stands
            line = ET.SubElement(note, "p")
            ET.SubElement(line, "a", {"class": "see-note", "href": "#" + target}).text = "As above"
        else:
            placed.add(target)
            note.set("id", target)
            note.extend(list(bodies[target]))
        for block in note:
            block.tail = None  # white space here would be set as an empty line
        first = note[0] if note[0].tag == "p" else note
        back = ET.Element("a", {"class": "note-number", "href": "#" + anchor})
        back.text = number
        back.tail = " " + (first.text or "")
        first.text = None
        first.insert(0, back)
        _tie(parents[call], call, link, note)


def _tie(parent: ET.Element, call: ET.Element, *marks: ET.Element) -> None:
    """Put ``marks`` in the place of ``call``, on one line with the word before it."""
    tied = ET.Element("span", {"class": "tied"})
    tied.tail = call.tail
    place = list(parent).index(call)
    parent[place] = tied
    before = parent[place - 1] if place else None
    text = (before.tail if before is not None else parent.text) or ""
    head, space, word = text.rpartition(" ")
    if before is not None and not text and len(_words(before)) < 20:
        parent.remove(before)
        tied.append(before)
    else:
        tied.text = word
        if before is not None:
            before.tail = head + space
        else:
            parent.text = head + space
    tied.extend(marks)


def _print_links(root: ET.Element) -> None:
    """Say on paper where a link leads: a page inside the book, an address outside."""
    anchors = {e.get("id"): e for e in root.iter() if e.get("id")}
    parents = _parents(root)
    own = {"call", "note-number", "to-answer", "to-question", "see-note"}

    def around(element: ET.Element) -> Iterator[ET.Element]:
        yield element
        while element in parents:
            element = parents[element]
            yield element

    for link in root.iter("a"):
        href = link.get("href", "")
        if href.startswith("#"):
            target = anchors.get(href[1:])
            if target is None:
                continue  # reported by WeasyPrint
            inside = list(around(link))
            if classes_of(link) & own or any(
                    classes_of(e) & {"contents", "records"} for e in inside):
                continue
            noted = any("note" in classes_of(e) for e in inside)
            kind = {"bibliography"} if noted else {"bibliography", "records"}
            if any(classes_of(e) & kind for e in around(target)):
                continue  # found by its name; only a note, which sends its reader there, gives a page
            mark = next(iter(by_class(target, "mark")), None) if noted else None
            if mark is not None and _words(mark) != _words(link):
                link.set("data-mark", _words(mark) + ", ")
            if next(e for e in inside if e.tag == "section") not in around(target):
                _add_class(link, "to-page-too" if _in_parentheses(link, inside) else "to-page")
        elif href.startswith(("http://", "https://")):
            shown = _words(link).removeprefix("doi:").strip()
            plain = href.split("://", 1)[1].removeprefix("www.").rstrip("/")
            if plain in shown or (shown.startswith("10.") and shown in plain):
                _add_class(link, "address")
                for part in link.iter():
                    part.text = _breakable(part.text or "")
                    part.tail = part.tail if part is link else _breakable(part.tail or "")
            else:
                ET.SubElement(link, "span", {"class": "address-after"}).text = f" ({_breakable(plain)})"


def _breakable(address: str) -> str:
    """Let an address run over to the next line at its own marks."""
    return re.sub(r"(?<=[/.-])(?=[^/.-])|(?=%)|(?<=[=_?&])", "\u200b", address)


def _in_parentheses(link: ET.Element, around: list[ET.Element]) -> bool:
    """True if the text of its block opens a parenthesis before the link and does not close it."""
    block = next(e for e in around if e.tag not in {"a", "span", "em", "strong", "cite"})
    link.set("data-here", "")
    before = ET.tostring(block, encoding="unicode").partition(' data-here=""')[0]
    del link.attrib["data-here"]
    return before.count("(") > before.count(")")


def _shape_tables_and_drawings(root: ET.Element) -> None:
    """Give drawings and tables of many columns the margin too; set heads over their figures."""
    for preface in by_class(root, "preface"):  # one page
        for table in preface.iter("table"):
            _add_class(table, "wide")
    for shown in (*root.iter("figure"), *by_class(root, "bibliography")):
        _add_class(shown, "wide")
    for cell in (*root.iter("td"), *root.iter("th")):
        if len(_words(cell)) <= _FEW_LETTERS:
            _add_class(cell, "unbroken")
    for table in root.iter("table"):
        rows = [list(row) for row in table.iter("tr")]
        _leave_blanks(rows)
        if max(map(len, rows), default=0) >= _MANY_COLUMNS or classes_of(table) & {"locators", "codebook"}:
            _add_class(table, "wide")
        if len(rows) <= _FEW_ROWS:
            _add_class(table, "short")
        heads = [row for row in rows if all(cell.tag == "th" for cell in row)]
        body = [row for row in rows if row not in heads]
        for head in heads:
            if not body or any(len(row) != len(head) for row in body):
                continue
            for place, cell in enumerate(head):
                if all("text-align: right" in row[place].get("style", "") for row in body):
                    _add_class(cell, "number")


def _leave_blanks(rows: list[list[ET.Element]]) -> None:
    """Make room for answers in pencil where a table of a lab waits for its reader's."""
    for row in rows:
        if any(_words(cell) == _UNANSWERED for cell in row):
            for cell in row:
                if _words(cell) in ("", _UNANSWERED):
                    cell[:], cell.text = [], None
                    _add_class(cell, "blank")


def _labels(root: ET.Element) -> dict[str, str]:
    """For each target of a link, the words of the link, or what it leads to."""
    labels: dict[str, str] = {}
    for link in root.iter("a"):
        words = _words(link) or link.get("title", "")
        classes = classes_of(link)
        if "call" in classes:
            words = f"Note {words}"
        elif "note-number" in classes:
            words = f"Back to the call of note {words}"
        elif "to-question" in classes:
            words = "Back to the question"
        if words:
            labels.setdefault(link.get("href", ""), words)
    return labels
