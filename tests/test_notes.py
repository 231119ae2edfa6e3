"""Notes, bibliography and quotations: one test for each thing the apparatus promises.

Most build a tiny site of their own in a second; the last ones read the book itself.
"""

import io
import re
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from pybtex.database import parse_file, parse_string
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "_ext"), str(ROOT)]

from seminar_book import bibfile, chicago  # noqa: E402
from seminar_book.citations import setup_citations  # noqa: E402
from seminar_book.dating import spoken  # noqa: E402
from seminar_book.labs import inputs  # noqa: E402
from seminar_book.notes import setup_notes  # noqa: E402
from seminar_book.quotations import setup_quotations  # noqa: E402
from seminar_book.slips import setup_slips  # noqa: E402

BIB = """\
@book{carr,
  author = {Carr, E. H.},
  title = {The {Bolshevik} Revolution, 1917--1923},
  volume = {2},
  publisher = {Macmillan},
  address = {London},
  year = {1952},
  keywords = {scholarship}
}

@incollection{theses,
  author = {Lenin, V. I.},
  title = {Theses on the Question of Peace},
  shorttitle = {Theses},
  origdate = {1918-01-07},
  booktitle = {Collected Works},
  volume = {26},
  pages = {442--450},
  keywords = {primary}
}

@article{income,
  author = {Markevich, Andrei and Harrison, Mark},
  title = {Great War, Civil War, and Recovery: {Russia's} National Income, 1913 to 1928},
  journal = {The Journal of Economic History},
  volume = {71},
  number = {3},
  pages = {672--703},
  year = {2011},
  doi = {10.1017/S0022050711001884},
  keywords = {data}
}
"""
SETTINGS = {
    "extensions": ["myst_parser", "sphinx_design", "sphinxcontrib.bibtex", "apparatus"],
    "bibtex_bibfiles": ["references.bib"],
    "bibtex_reference_style": "chicago_notes",
    "bibtex_default_style": "chicago_list",
    "bibtex_tooltips": False,
    "bibtex_cite_id": "work-{bibliography_count}-{key}",
    "bibtex_bibliography_id": "works-{bibliography_count}",
    "exclude_patterns": ["_out", "_trees"],
    "myst_enable_extensions": ["colon_fence"],
    "html_theme": "basic",
    "nitpicky": True,
}
LOCATORS = "key,locator,known,where,note\n"
QUOTATIONS = "id,text,speaker,date,addressee,edition,locator,language,translator,known\n"
LIST = """\
# Bibliography

## Primary sources

```{bibliography}
:filter: keywords == "primary"
```

## Scholarship

```{bibliography}
:filter: keywords == "scholarship"
```

## Data

```{bibliography}
:filter: keywords == "data"
```

## How each page reference is known

```{locators}
```
"""
USES_ALL = """\
# Uses

One thing.[^a] Another thing.[^b] A third thing.[^c]

[^a]: {cite}`carr{54}`.
[^b]: {cite}`theses{448}`.
[^c]: {cite}`income{673}`.
"""
ROWS = "carr,54,copy,,\ntheses,448,copy,,\nincome,673,copy,,\n"


@dataclass
class Outcome:
    """What a build said. ``code`` is that of SystemExit, None if the build ran to its end."""

    warnings: list[str]
    code: Any
    read: list[str]
    written: list[str]

    def about(self, words: str) -> list[str]:
        """The messages that contain ``words``."""
        return [line for line in self.warnings if words in line]


@dataclass
class Site:
    """A tiny book: a bibliography, two registers and a few pages."""

    root: Path

    def write(self, name: str, text: str | bytes) -> None:
        """Write a file of the site."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def chapter(self, text: str) -> None:
        """Make ``text`` the body of chapter 1."""
        self.write("chapters/01-one.md", f"# One\n\n{text}\n")

    def build(self, builder: str = "html") -> Outcome:
        """Build what is out of date, as one run of Sphinx."""
        pages = sorted(str(p.relative_to(self.root))[:-3] for p in self.root.rglob("*.md") if p.name != "index.md")
        contents = "# Book\n\n```{toctree}\n" + "\n".join(pages) + "\n```\n"
        index = self.root / "index.md"
        if not index.exists() or index.read_text() != contents:
            index.write_text(contents)
        status, warning = io.StringIO(), io.StringIO()
        read: list[str] = []
        code = None

        def setup(app: Sphinx) -> dict[str, bool]:
            for component in (setup_slips, setup_citations, setup_notes, setup_quotations):
                component(app)
            app.connect("env-before-read-docs", lambda app, env, names: read.extend(names))
            return {"parallel_read_safe": True}

        apparatus = types.ModuleType("apparatus")
        apparatus.setup = setup  # type: ignore[attr-defined]
        sys.modules["apparatus"] = apparatus
        trees = self.root / "_trees"
        with patch_docutils(), docutils_namespace():
            try:
                app = Sphinx(self.root, None, self.root / "_out", trees, builder, SETTINGS, status, warning)
                app.build()
            except SystemExit as error:
                code = error.code
        said = re.sub(r"\x1b\[[0-9;]*m", "", warning.getvalue()).splitlines()
        written = re.findall(r"writing output\.\.\. \[ *\d+%\] (\S+)", re.sub(r"\x1b\[[0-9;]*m", "", status.getvalue()))
        return Outcome(said, code, read, written)

    def check(self) -> Outcome:
        """Read the pages and look at them, but write none."""
        return self.build("dummy")

    def page(self, name: str) -> BeautifulSoup:
        """A built page."""
        return BeautifulSoup((self.root / f"_out/{name}.html").read_text(), "html.parser")

    def notes(self, name: str) -> list[str]:
        """The notes of a built page as text, without their numbers."""
        return [words(note.find("p")) for note in self.page(name).select("aside.footnote")]


def words(tag: Any) -> str:
    """The text of an element."""
    assert isinstance(tag, Tag)
    return " ".join(tag.get_text().split())


def pick(page: Tag, selector: str) -> Tag:
    """The first element that matches."""
    found = page.select_one(selector)
    assert found is not None, selector
    return found


def fill(made: Site) -> Site:
    """Give a site three works, all of them cited and known."""
    made.write("references.bib", BIB)
    made.write("data/locators.csv", LOCATORS + ROWS)
    made.write("data/quotations.csv", QUOTATIONS)
    made.write("bibliography.md", LIST)
    made.write("uses.md", USES_ALL)
    return made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with nothing wrong."""
    return fill(Site(tmp_path))


def test_clean_site_has_nothing_to_say(site: Site) -> None:
    outcome = site.build()
    assert (outcome.code, outcome.warnings) == (None, [])


# ---------------------------------------------------------------- the three forms of an entry

FORMS = {
    "a book": (
        "@book{k, author={Trotsky, Leon}, title={The Revolution Betrayed: Where Is It Going?},"
        " publisher={Pathfinder Press}, address={New York}, year={1972}}",
        "Leon Trotsky, <em>The Revolution Betrayed: Where Is It Going?</em> (Pathfinder Press, 1972), 54–55",
        "Trotsky, <em>Revolution Betrayed</em>, 54–55",
        "Trotsky, Leon. <em>The Revolution Betrayed: Where Is It Going?</em> Pathfinder Press, 1972.",
    ),
    "an old edition in a new printing": (
        "@book{k, author={Trotsky, Leon}, title={My Life}, publisher={Pathfinder}, origdate={1930}, year={1970}}",
        "Leon Trotsky, <em>My Life</em> (1930; Pathfinder, 1970), 54–55",
        "Trotsky, <em>My Life</em>, 54–55",
        "Trotsky, Leon. <em>My Life</em>. Pathfinder, 1970. First published 1930.",
    ),
    "an edited book with a volume": (
        "@book{k, editor={Daniels, Robert V.}, title={A Documentary History of Communism}, volume={1},"
        " edition={rev. ed.}, publisher={University Press of New England}, year={1984}}",
        "Robert V. Daniels, ed., <em>A Documentary History of Communism</em>, rev. ed., vol. 1"
        " (University Press of New England, 1984), 54–55",
        "Daniels, <em>Documentary History of Communism</em>, 1:54–55",
        "Daniels, Robert V., ed. <em>A Documentary History of Communism</em>. Rev. ed. Vol. 1."
        " University Press of New England, 1984.",
    ),
    "a volume with a title of its own, edited and translated": (
        "@book{k, author={Trotsky, Leon}, editor={Allen, Naomi and Saunders, George}, translator={Wright, John G.},"
        " title={Writings, 1929}, maintitle={Collected Writings}, volume={3}, edition={2}, publisher={P}, year={1975}}",
        "Leon Trotsky, <em>Writings, 1929</em>, vol. 3 of <em>Collected Writings</em>,"
        " ed. Naomi Allen and George Saunders, trans. John G. Wright, 2nd ed. (P, 1975), 54–55",
        "Trotsky, <em>Writings, 1929</em>, 54–55",
        "Trotsky, Leon. <em>Writings, 1929</em>. Edited by Naomi Allen and George Saunders."
        " Translated by John G. Wright. 2nd ed. Vol. 3 of <em>Collected Writings</em>. P, 1975.",
    ),
    "a document in collected works": (
        "@incollection{k, author={Lenin, V. I.}, title={Theses on the ``Question'' of Peace}, shorttitle={Theses},"
        " origdate={1918-01-07}, booktitle={Collected Works}, volume={26}, publisher={Progress}, year={1964},"
        " pages={442--450}}",
        "V. I. Lenin, “Theses on the ‘Question’ of Peace,” 7 January 1918, in <em>Collected Works</em>, vol. 26"
        " (Progress, 1964), 54–55",
        "Lenin, “Theses,” 54–55",
        "Lenin, V. I. “Theses on the ‘Question’ of Peace.” 7 January 1918. In <em>Collected Works</em>, vol. 26,"
        " 442–450. Progress, 1964.",
    ),
    "a chapter": (
        "@incollection{k, author={Harris, James}, editor={Davies, Sarah and Harris, James},"
        " title={Stalin as Secretary},"
        " booktitle={Stalin: A New History}, publisher={Cambridge University Press}, year={2005}}",
        "James Harris, “Stalin as Secretary,” in <em>Stalin: A New History</em>, ed. Sarah Davies and James Harris"
        " (Cambridge University Press, 2005), 54–55",
        "Harris, “Stalin as Secretary,” 54–55",
        "Harris, James. “Stalin as Secretary.” In <em>Stalin: A New History</em>, edited by Sarah Davies and"
        " James Harris. Cambridge University Press, 2005.",
    ),
    "an article": (
        "@article{k, author={Smith, Jeremy}, title={The Georgian Affair of 1922: Policy Failure or Power Struggle?},"
        " journal={Europe-Asia Studies}, volume={50}, number={3}, year={1998}, pages={519--544}}",
        "Jeremy Smith, “The Georgian Affair of 1922: Policy Failure or Power Struggle?,” <em>Europe-Asia Studies</em>"
        " 50, no. 3 (1998): 54–55",
        "Smith, “Georgian Affair of 1922,” 54–55",
        "Smith, Jeremy. “The Georgian Affair of 1922: Policy Failure or Power Struggle?”"
        " <em>Europe-Asia Studies</em> 50, no. 3 (1998): 519–544.",
    ),
    "a newspaper": (
        "@article{k, title={Census of Russians}, journal={The Times}, entrysubtype={newspaper}, date={1927-01-07}}",
        "“Census of Russians,” <em>Times</em>, 7 January 1927, 54–55",
        "“Census of Russians,” 54–55",
        "“Census of Russians.” <em>Times</em>, 7 January 1927.",
    ),
    "an article in a magazine": (
        "@article{k, title={The Mission}, journal={The New York Review of Books}, date={2003-03-13}, pages={4-6}}",
        "“The Mission,” <em>New York Review of Books</em>, 13 March 2003, 54–55",
        "“Mission,” 54–55",
        "“The Mission.” <em>New York Review of Books</em>, 13 March 2003, 4–6.",
    ),
    "titles that end in quotation marks": (
        "@incollection{k, author={Sakharov, V.}, title={Articles From ``The Testament''},"
        " shorttitle={``The Testament''}, booktitle={The Fraud of ``It''}, publisher={P}, year={2003}}",
        "V. Sakharov, “Articles From ‘The Testament,’” in <em>The Fraud of “It”</em> (P, 2003), 54–55",
        "Sakharov, “‘The Testament,’” 54–55",
        "Sakharov, V. “Articles From ‘The Testament.’” In <em>The Fraud of “It”</em>. P, 2003.",
    ),
    "a book that ends in quotation marks": (
        "@book{k, author={Reiman, Michal}, title={On the Eve of the ``Second Revolution''}, publisher={P},"
        " year={1987}}",
        "Michal Reiman, <em>On the Eve of the “Second Revolution”</em> (P, 1987), 54–55",
        "Reiman, <em>On the Eve of the “Second Revolution,”</em> 54–55",
        "Reiman, Michal. <em>On the Eve of the “Second Revolution.”</em> P, 1987.",
    ),
    "a review, about 1968": (
        "@article{k, description={Review of {Lewin}, *{Lenin's} Last Struggle*}, journal={Kirkus Reviews},"
        " date={1968~}}",
        "Review of Lewin, <em>Lenin’s Last Struggle</em>, <em>Kirkus Reviews</em>, about 1968, 54–55",
        "Review of Lewin, <em>Lenin’s Last Struggle</em>, 54–55",
        "Review of Lewin, <em>Lenin’s Last Struggle</em>. <em>Kirkus Reviews</em>, about 1968.",
    ),
    "a thesis": (
        "@thesis{k, author={McAloon, David William}, title={Leon Trotsky}, type={honors thesis},"
        " school={University of Richmond}, year={2001}}",
        "David William McAloon, “Leon Trotsky” (honors thesis, University of Richmond, 2001), 54–55",
        "McAloon, “Leon Trotsky,” 54–55",
        "McAloon, David William. “Leon Trotsky.” Honors thesis, University of Richmond, 2001.",
    ),
    "a document in an archive": (
        "@unpublished{k, author={Trotsky, Leon}, description={Letter to the Politburo}, date={1923-10-08},"
        " collection={bMS Russ 13}, archive={Houghton Library}, address={Cambridge, MA}}",
        "Leon Trotsky, Letter to the Politburo, 8 October 1923, bMS Russ 13, Houghton Library, Cambridge, MA, 54–55",
        "Trotsky, Letter to the Politburo, 54–55",
        "Trotsky, Leon. Letter to the Politburo. 8 October 1923. bMS Russ 13, Houghton Library, Cambridge, MA.",
    ),
    "a data set": (
        "@dataset{k, author={Bolt, Jutta and van Zanden, Jan Luiten}, title={Maddison Database}, version={2023},"
        " publisher={GGDC}, year={2024}, doi={10.1111/joes.12618}}",
        "Jutta Bolt and Jan Luiten van Zanden, “Maddison Database,” version 2023 (GGDC, 2024), 54–55,"
        " https://doi.org/10.1111/joes.12618",
        "Bolt and van Zanden, “Maddison Database,” 54–55",
        "Bolt, Jutta, and Jan Luiten van Zanden. “Maddison Database.” Version 2023. GGDC, 2024."
        " https://doi.org/10.1111/joes.12618.",
    ),
    "a web page without a date": (
        "@online{k, author={{Society for History}}, title={Famine}, website={Seventeen Moments}, urldate={2024-01-02},"
        " url={https://example.org/famine}}",
        "Society for History, “Famine,” Seventeen Moments, accessed 2 January 2024, 54–55, https://example.org/famine",
        "Society for History, “Famine,” 54–55",
        "Society for History. “Famine.” Seventeen Moments. Accessed 2 January 2024. https://example.org/famine.",
    ),
    "a Russian book with a gloss, four authors": (
        "@book{k, author={Sakharov, V. A. and Naumov, V. P. and Kurin, L. and Vilkova, V.},"
        " title={Politicheskoe zaveshchanie Lenina}, gloss={Lenin's political testament},"
        " publisher={MGU}, year={2003}}",
        "V. A. Sakharov et al., <em>Politicheskoe zaveshchanie Lenina</em> [Lenin’s political testament]"
        " (MGU, 2003), 54–55",
        "Sakharov et al., <em>Politicheskoe zaveshchanie Lenina</em>, 54–55",
        "Sakharov, V. A., V. P. Naumov, L. Kurin, and V. Vilkova. <em>Politicheskoe zaveshchanie Lenina</em>"
        " [Lenin’s political testament]. MGU, 2003.",
    ),
    "a book of 1899, with its place": (
        "@book{k, author={Lenin, V. I.}, title={Razvitie kapitalizma}, publisher={Vodovozova},"
        " address={St. Petersburg}, year={1899}}",
        "V. I. Lenin, <em>Razvitie kapitalizma</em> (St. Petersburg: Vodovozova, 1899), 54–55",
        "Lenin, <em>Razvitie kapitalizma</em>, 54–55",
        "Lenin, V. I. <em>Razvitie kapitalizma</em>. St. Petersburg: Vodovozova, 1899.",
    ),
    "a book whose imprint nobody has read": (
        "@book{k, author={Nansen, Fridtjof}, title={Russia and Peace}, unread={publisher, year}}",
        "Fridtjof Nansen, <em>Russia and Peace</em>, 54–55",
        "Nansen, <em>Russia and Peace</em>, 54–55",
        "Nansen, Fridtjof. <em>Russia and Peace</em>. [Publisher and year not seen.]",
    ),
}


@pytest.mark.parametrize("kind", FORMS)
def test_each_kind_of_work_has_its_three_forms(kind: str) -> None:
    source, full, short, listed = FORMS[kind]
    entry = parse_string(source, "bibtex").entries["k"]

    def shown(text: Any) -> str:
        html: str = text.render_as("html")
        return re.sub(r"<a [^>]*>|</a>|</?span[^>]*>", "", html).replace("\u00a0", " ").replace("&nbsp;", " ")

    assert shown(chicago.full(entry, "pp. 54-55")) == full
    assert shown(chicago.short(entry, "pp. 54-55")) == short
    assert shown(chicago.listed(entry)) == listed


@pytest.mark.parametrize(
    ("edtf", "said"),
    [
        ("1918-01-07", "7 January 1918"),
        ("1923-03", "March 1923"),
        ("1921/1923", "1921–1923"),
        ("1922-12-23/1923-01-04", "23 December 1922 to 4 January 1923"),
        ("1923~", "about 1923"),
        ("1923-21", "spring 1923"),
    ],
)
def test_dates_are_said_day_month_year(edtf: str, said: str) -> None:
    assert spoken(edtf).replace("\u00a0", " ") == said


def test_lines_do_not_break_inside_volumes_initials_and_dates() -> None:
    entry = parse_string(FORMS["a document in collected works"][0], "bibtex").entries["k"]
    held = re.findall(r"\S+\xa0\S+?(?=[, ])", str(chicago.full(entry)))
    assert held == ["V.\u00a0I.", "7\u00a0January", "vol.\u00a026"]


# ------------------------------------------------------------------------- notes in a page


def test_first_note_is_full_and_later_ones_short_in_order_of_call(site: Site) -> None:
    """The order is that of the calls, not of the definitions; every page begins anew."""
    site.write(
        "uses.md",
        "# Uses\n\nOne.[^late] Two.[^early] Three.[^same] Again.[^late]\n\n"
        "[^early]: See {cite}`carr{55-56}`; {cite}`theses{448}`, thesis 7.\n"
        "[^same]: {cite}`carr{p. 57}`.\n"
        "[^late]: {cite}`carr{54}`; a remark.\n",
    )
    site.write("other.md", "# Other\n\nMore.[^x]\n\n[^x]: {cite}`income{673}`; {cite}`carr{54}`.\n")
    site.write(
        "data/locators.csv",
        LOCATORS + "carr,54,copy,,\ncarr,55--56,copy,,\ncarr,57,copy,,\ntheses,448,copy,,\nincome,673,copy,,\n",
    )
    assert site.build().warnings == []
    assert site.notes("uses") == [
        "E. H. Carr, The Bolshevik Revolution, 1917–1923, vol. 2 (Macmillan, 1952), 54; a remark.",
        "See Carr, Bolshevik Revolution, 2:55–56; V. I. Lenin, “Theses on the Question of Peace,”"
        " 7 January 1918, in Collected Works, vol. 26, 448, thesis 7.",
        "Carr, Bolshevik Revolution, 2:57.",
    ]
    assert "Great War" in site.notes("other")[0] and "Macmillan, 1952" in site.notes("other")[0]
    for page in ("uses", "other"):
        assert "ibid" not in site.page(page).get_text().lower()


def test_numbers_lead_to_notes_and_back(site: Site) -> None:
    site.write("uses.md", USES_ALL.replace("A third", "Again.[^a] A third"))
    site.build()
    page = site.page("uses")
    calls = page.select("a.footnote-reference")
    assert [words(call).strip("[]") for call in calls] == ["1", "2", "1", "3"]
    for call in calls:
        note = pick(page, str(call["href"]))
        assert call["role"] == "doc-noteref" and note.name == "aside"
        assert call["aria-describedby"] == call["data-note"] == note["id"]
        backs = [link["href"][1:] for link in note.select("[role=doc-backlink]")]
        assert call["id"] in backs
    first = pick(page, str(calls[0]["href"]))
    assert len(first.select("[role=doc-backlink]")) == 2


def test_stops_go_inside_the_marks_of_a_title(site: Site) -> None:
    site.write("uses.md", USES_ALL + "\nMore.[^d]\n\n[^d]: {cite}`theses`, read; {cite}`income`; {cite}`theses`.\n")
    site.write("data/locators.csv", LOCATORS + ROWS + "theses,,copy,,\nincome,,copy,,\n")
    assert site.build().warnings == []
    assert site.notes("uses")[3] == (
        "Lenin, “Theses,” read; Markevich and Harrison, “Great War, Civil War, and Recovery”; Lenin, “Theses.”"
    )


def test_titles_in_notes_lead_to_the_bibliography(site: Site) -> None:
    site.build()
    targets = {tag["id"]: words(tag) for tag in site.page("bibliography").select("ul.bibliography > li")}
    links = site.page("uses").select("aside.footnote a.reference.internal")
    assert [words(link) for link in links] == [
        "The Bolshevik Revolution, 1917–1923",
        "Theses on the Question of Peace",
        "Great War, Civil War, and Recovery: Russia’s National Income, 1913 to 1928",
    ]
    for link in links:
        page, anchor = str(link["href"]).split("#")
        assert page == "bibliography.html" and words(link) in targets[anchor]


def test_further_reading_gets_the_full_form_and_needs_no_locator(site: Site) -> None:
    site.write("uses.md", USES_ALL + "\n## Further reading\n\n- {cite}`carr`. Long and sober.\n")
    assert site.build().warnings == []
    assert "E. H. Carr, The Bolshevik Revolution, 1917–1923, vol. 2 (Macmillan, 1952). Long" in words(
        site.page("uses").select_one("li p")
    )


@pytest.mark.parametrize(
    ("note", "value", "remedy"),
    [
        ("{cite}`carr,theses`", "{cite}`carr,theses`: a cite has one key", "Write {cite}`key{54}`"),
        ("{cite}`carr{54}, theses{448}`", "{cite}`carr{54}, theses{448}`: a cite has one key", "one role for each"),
        ("{cite}`carr 54`", "{cite}`carr 54`: a cite has one key", "Write {cite}`key{54}`"),
        ("{cite}`car{54}`", "car: no such key in references.bib", "Did you mean carr"),
        ("{cite}`zzz`", "zzz: no such key in references.bib", "Add the entry"),
        ("{cite:t}`carr{54}`", "{cite:t}: the book has one cite role", "Write {cite}"),
    ],
)
def test_a_cite_that_cannot_be_read_is_one_warning_with_its_place(
    site: Site, note: str, value: str, remedy: str
) -> None:
    site.write("uses.md", USES_ALL + f"\nMore.[^d]\n\n[^d]: {note}.\n")
    outcome = site.build()
    assert len(outcome.warnings) == 1
    assert outcome.warnings[0].startswith("uses.md:11: WARNING: ") and value in outcome.warnings[0]
    assert remedy in outcome.warnings[0]


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("More.[^1]\n\n[^1]: {cite}`carr{54}`.", 11, "a note's name is not a number"),
        ("More.\n\n[^lost]: {cite}`carr{54}`.", 11, "nothing in the page calls this note"),
        ("More.[^gone]", 9, "no note of this name in the page"),
        (
            "More.[^d]\n\n[^d]: {cite}`carr{54}`.\n[^d]: {cite}`carr{54}`.",
            12,
            "this note is defined already in line 11",
        ),
    ],
)
def test_notes_and_their_calls_go_together(site: Site, text: str, line: int, rule: str) -> None:
    site.write("uses.md", f"{USES_ALL}\n{text}\n")
    found = site.check().about(rule)
    assert len(found) == 1 and f"uses.md:{line}: " in found[0]


def test_labs_cite_nothing_by_role(site: Site) -> None:
    site.write("chapters/01-one-lab.md", "# Lab\n\nThe source is {cite}`carr`.\n")
    assert site.check().warnings == [
        "chapters/01-one-lab.md:3: WARNING: {cite}`carr`: labs cite nothing by role."
        " Give the source in plain words; JupyterLab shows the role raw."
    ]


# ------------------------------------------------------- the register of page references


def test_a_note_without_a_row_and_a_row_without_a_note(site: Site) -> None:
    site.write("data/locators.csv", LOCATORS + ROWS.replace("carr,54", "carr,55"))
    outcome = site.check()
    assert outcome.warnings == [
        "uses.md:5: WARNING: carr{54}: data/locators.csv does not say how this page is known."
        " Add the row carr,54,copy|extract|thesis,where,note.",
        "data/locators.csv:2: WARNING: carr, 55: no note cites this key with this locator."
        " Take the row out, or mend the note.",
    ]


def test_a_note_on_a_whole_work_needs_a_row_too(site: Site) -> None:
    site.write("uses.md", USES_ALL.replace("`carr{54}`", "`carr`"))
    assert [line.split(":")[3].strip() for line in site.check().warnings] == ["carr", "carr, 54"]


@pytest.mark.parametrize(
    ("rows", "line", "rule"),
    [
        ("carr,54,seen,,\n", 2, "known is one of copy, extract, thesis"),
        ("carr,54,extract,,\n", 2, "an extract stands somewhere"),
        ("carr,54,thesis,note 14,\n", 2, "where holds the number of the thesis's note"),
        ("carr,54,copy,,see notes.md\n", 2, "the register names works, not working files"),
        ("cars,54,copy,,\n", 2, "no such key in references.bib"),
        ("carr,54,copy,,\ncarr,p. 54,copy,,\n", 3, "this key and locator stand already in line 2"),
        ("carr,54,copy\n", 2, "a row has 5 cells, this one 3"),
        ('carr,54,copy,,"two\nlines"\ncars,1,copy,,\n', 4, "no such key in references.bib"),
        ('carr,54,copy,,"open\n', 2, "the row cannot be read"),
    ],
)
def test_a_bad_row_stops_the_build_with_its_place(site: Site, rows: str, line: int, rule: str) -> None:
    site.write("data/locators.csv", LOCATORS + rows)
    outcome = site.check()
    found = outcome.about(rule)
    assert outcome.code == 2 and outcome.read == [] and not outcome.about("Traceback")
    assert len(found) == 1 and found[0].startswith(f"data/locators.csv:{line}: ERROR: ")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"key,page,known,where,note\n", "the head is key,locator,known,where,note"),
        ("key,locator,known,where,note\ncarr,54,copy,,é\n".encode("latin-1"), "the file is not UTF-8"),
    ],
)
def test_a_register_in_another_form_stops_the_build(site: Site, content: bytes, rule: str) -> None:
    for register in ("data/locators.csv", "data/quotations.csv"):
        site.write(register, content)
    outcome = site.check()
    assert outcome.code == 2 and outcome.read == [] and len(outcome.about("data/locators.csv")) == 1
    if "UTF-8" in rule:
        assert rule in outcome.warnings[0] and "locators.csv:2" in outcome.warnings[0]


def test_the_register_is_printed_as_a_table(site: Site) -> None:
    """Pages of a work that are known alike share a row, in the order of pages and of the bibliography."""
    site.write("uses.md", USES_ALL.replace("`carr{54}`", "`carr{100}`; {cite}`carr{54}`; {cite}`carr{ch. 2}`"))
    rows = ROWS.replace("theses,448,copy,,", "theses,448,thesis,15,Seen nowhere.").replace("income,673", "income,")
    site.write("data/locators.csv", LOCATORS + rows + "carr,100,copy,,\ncarr,ch. 2,extract,a review,\n")
    site.write("uses.md", (site.root / "uses.md").read_text().replace("income{673}", "income"))
    assert site.build().warnings == []
    shown = [[words(cell) for cell in row.select("td")] for row in site.page("bibliography").select("table tbody tr")]
    assert shown == [
        ["Carr, Bolshevik Revolution, vol. 2", "54; 100", "a copy", ""],
        ["Carr, Bolshevik Revolution, vol. 2", "ch. 2", "an extract", "A review"],
        ["Lenin, “Theses”", "448", "the thesis", "Note 15 of the thesis; Seen nowhere."],
        ["Markevich and Harrison, “Great War, Civil War, and Recovery”", "none given", "a copy", ""],
    ]


# ------------------------------------------------------------------- the form of the .bib


def good(title: str) -> str:
    """The fields of a book but for its year."""
    return f"author={{A, B}}, title={{{title}}}, publisher={{P}}, keywords={{primary}}"


GOOD = good("T")
BAD_ENTRIES = {
    "a missing field": (
        "@book{x, title={T}, author={A, B}, publisher={P}, keywords={primary}}",
        1,
        "x: no year or date",
    ),
    "a gap said": (f"@book{{x, {GOOD}, unread={{year}}}}", 0, ""),
    "no group": ("@book{x, author={A, B}, title={T}, publisher={P}, year={1999}}", 1, "x: no keywords"),
    "an unknown group": (f"@book{{x, {GOOD[:-8]}rare}}, year={{1999}}}}", 1, "keywords holds exactly one of primary"),
    "comment in note": (f"@book{{x, {GOOD}, year={{1999}},\n note={{Good}}}}", 2, "Move editorial comment to annote"),
    "a working field": (f"@book{{x, {GOOD}, year={{1999}},\n\n verified={{part}}}}", 3, "@book has no field verified"),
    "no type": ("@misc{x, title={T}}", 1, "entries here are of the types book,"),
    "a key in capitals": (f"@book{{Xx, {GOOD}, year={{1999}}}}", 1, "a key is small letters, figures and hyphens"),
    "a name without braces": (f"@book{{x, {good('On Lenin')}, year={{1999}}}}", 1, "Write {Lenin}"),
    "a year in words": (f"@book{{x, {GOOD},\n year={{about 1999}}}}", 2, "a year has four figures"),
    "a date not in EDTF": (f"@book{{x, {GOOD},\n date={{7 Jan 1918}}}}", 2, "a date is written in EDTF"),
    "year and date": (f"@book{{x, {GOOD}, year={{1918}}, date={{1918-01}}}}", 1, "one of them is enough"),
    "a wrong ISBN": (f"@book{{x, {GOOD}, year={{1999}},\n isbn={{978-0-674-80255-2}}}}", 2, "the check digit"),
    "a DOI with its address": (f"@book{{x, {GOOD}, year={{1999}}, doi={{https://doi.org/1}}}}", 1, "begins with 10."),
    "half an address": (f"@book{{x, {GOOD}, year={{1999}}, url={{www.example.org}}}}", 1, "begins with https://"),
    "one hyphen": ("@article{x, title={T}, journal={J}, year={1999}, keywords={data},\n pages={1-9}}", 2, "Write 1--9"),
    "a long title": (
        f"@book{{x, {good('One Two Three Four Five Six Seven')}, year={{1999}}}}",
        1,
        "needs a shorttitle",
    ),
    "a brace too many": (f"@book{{x, {good('A {fancy}} b')}, year={{1999}}}}", 1, "cannot be read"),
    "a LaTeX command": (f"@book{{x, {good('A' + chr(92) + 'zzz B')}, year={{1999}}}}", 1, "LaTeX command"),
    "half a pair": (
        "@article{x, description={Review of *T}, journal={J}, year={1999}, keywords={data}}",
        1,
        "asterisks stand in pairs",
    ),
    "a field twice": (f"@book{{x, {GOOD}, year={{1999}}, year={{2000}}}}", 1, "the field stands twice"),
    "no comma": (f"@book{{x, {GOOD}\n year={{1999}}}}", 2, "Look for a missing brace, comma or equals sign"),
    "no end": (f"@book{{x, {GOOD}, year={{1999}}\n\n", 1, "an entry that never closes"),
}


@pytest.mark.parametrize("fault", BAD_ENTRIES)
def test_a_bad_entry_is_named_with_its_line(tmp_path: Path, fault: str) -> None:
    text, line, message = BAD_ENTRIES[fault]
    path = tmp_path / "references.bib"
    path.write_text(text)
    said = [f"{slip.place}: {slip}" for slip in bibfile.check(path, "references.bib")[1]]
    if line:
        assert [words for words in said if message in words and words.startswith(f"references.bib:{line}: ")], said
    else:
        assert said == []


def test_bad_entries_stop_the_build_all_at_once(site: Site) -> None:
    site.write(
        "references.bib",
        BIB + "\n@book{carr,\n  title = {Other}\n}\n@misc{b, title={T}}\n@book{c, title={T}\n year={1}}\n@book{d,",
    )
    outcome = site.check()
    assert outcome.code == 2 and outcome.read == [] and not (site.root / "_out/uses.html").exists()
    places = [line.split(":")[1] for line in outcome.warnings if line.startswith("references.bib")]
    assert places == ["34", "37", "39", "40"]
    assert "carr: this key stands already in line 1" in outcome.warnings[0]
    assert "Traceback" not in "".join(outcome.warnings)


def test_a_missing_bib_file_stops_the_build(site: Site) -> None:
    (site.root / "references.bib").unlink()
    outcome = site.build()
    assert outcome.code == 2 and "Put the file in its place" in outcome.warnings[0]


def test_entries_nobody_uses_and_entries_that_read_alike(site: Site) -> None:
    twin = BIB[: BIB.index("\n\n")].replace("{carr,", "{carr2,").replace("1952", "1966")
    site.write("references.bib", f"{BIB}\n{twin}\n")
    outcome = site.check()
    assert [re.sub(r"[.,] .*", "", line) for line in outcome.warnings] == [
        "references.bib:34: WARNING: carr2: nothing in the book or its tables uses this entry",
        "references.bib:34: WARNING: carr2: in short notes it reads like carr: Carr",
    ]
    site.write("data/economy.csv", "series,source\nincome,income; carr2\n")
    assert len(site.check().warnings) == 1


# ----------------------------------------------------------------------- the bibliography


def test_the_bibliography_is_a_plain_list_in_groups(site: Site) -> None:
    more = (
        "@book{b, author={Carr, E. H.}, title={A Thing}, publisher={P}, year={1960}, keywords={scholarship}}\n"
        "@book{a, editor={van Aa, B.}, title={Thing}, publisher={P}, year={1960}, keywords={scholarship}}\n"
    )
    site.write("references.bib", BIB + more)
    site.write("data/economy.csv", "source\na\nb\n")
    assert site.build().warnings == []
    page = site.page("bibliography")
    lists = page.select("ul.bibliography")
    assert [words(box.find_previous("h2"))[:7] for box in lists] == ["Primary", "Scholar", "Data¶"]
    assert [[words(item)[:22] for item in box.select("li")] for box in lists] == [
        ["Lenin, V. I. “Theses o"],
        ["Carr, E. H. The Bolshe", "Carr, E. H. A Thing. P", "van Aa, B., ed. Thing."],
        ["Markevich, Andrei, and"],
    ]
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert "———" not in page.get_text() and not page.select("dl.citation, .label")


# ---------------------------------------------------------- paragraphs that carry a note

NOTE = "\n\n[^n]: {cite}`carr{54}`."
PROSE = {
    "a year": ("It fell in 1921.", True),
    "a figure": ("It fell by 37 per cent.", True),
    "a quotation": ("He called it “a retreat” at once.", True),
    "a year in emphasis": ("It fell *in 1921*.", True),
    "a year with its note": (f"It fell in 1921.[^n]{NOTE}", False),
    "neither": ("It fell far.", False),
    "a pointer": ("See chapter 5, figure 4.1 and lab 4.", False),
    "a link": ("See [the rows of 1921](https://example.org).", False),
    "code": ("Type `1921`.", False),
    "a list": ("- It fell in 1921.", False),
    "a box that argues": (":::{admonition} Thesis\n:class: thesis\nIt fell in 1921.\n:::", True),
    "a box of outcomes": (":::{admonition} Aims\n:class: outcomes\nDate the fall of 1921.\n:::", False),
    "a self-check": ("::::{dropdown} Why?\nIt fell in 1921.\n::::", False),
    "further reading": ("## Further reading\n\nA book of 1952.", False),
    "a heading": ("## 1921\n\nIt fell.", False),
    "the note itself": (f"It fell.[^n]{NOTE} In 1921.", False),
}


@pytest.fixture(scope="module")
def prose(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a site with one chapter for each kind of paragraph says."""
    many = fill(Site(tmp_path_factory.mktemp("prose")))
    for number, (text, _) in enumerate(PROSE.values()):
        many.write(f"chapters/{number:02}-one.md", f"# One\n\n{text}\n")
    return many.check().warnings


@pytest.mark.parametrize("kind", PROSE)
def test_paragraphs_with_facts_carry_a_note(prose: list[str], kind: str) -> None:
    text, wanted = PROSE[kind]
    chapter = f"chapters/{list(PROSE).index(kind):02}-one.md"
    found = [line for line in prose if line.startswith(chapter)]
    assert len(found) == wanted, found
    if wanted:
        assert found[0].startswith(f"{chapter}:{5 if ':::' in text else 3}: WARNING: ")
        assert "carries a note. Add [^name] and its note." in found[0]


def test_no_other_word_is_said_of_prose(prose: list[str]) -> None:
    assert len(prose) == sum(wanted for _, wanted in PROSE.values())


def test_pages_that_are_no_chapters_are_left_alone(site: Site) -> None:
    for name in ("chapters/01-one-lab.md", "chapters/reference/people.md", "about.md"):
        site.write(name, "# A page\n\nIt fell in 1921. He said “we have failed to convince the masses of it”.\n")
    assert site.check().warnings == []


# ---------------------------------------------------------------------------- quotations

SAID = "brest,Without it we are doomed.,V. I. Lenin,1918-03-07,the congress,theses,448,ru,the edition’s own,copy\n"


def test_a_block_quotation_says_who_when_to_whom_and_how_it_is_known(site: Site) -> None:
    site.write("data/quotations.csv", QUOTATIONS + SAID)
    site.chapter("```{quotation} brest\n```\n\nMore.")
    assert site.build().warnings == []
    block = pick(site.page("chapters/01-one"), "blockquote.quotation")
    assert words(pick(block, "p:not(.attribution)")) == "Without it we are doomed."
    assert words(pick(block, ".attribution")) == (
        "—V. I. Lenin to the congress, 7 March 1918. Lenin, “Theses,” 448."
        " Translated from the Russian by the edition’s own. Page read in a copy."
    )
    assert pick(block, ".attribution a")["href"] == "../bibliography.html#work-1-theses"


def test_words_run_in_take_the_stop_inside(site: Site) -> None:
    site.write("data/quotations.csv", QUOTATIONS + SAID + SAID.replace("brest", "kind").replace("doomed.", "a “kind”"))
    site.chapter(
        "He said {quote}`brest`.[^n] She said {quote}`kind`, he thought.\n\n"
        "[^n]: {cite}`theses{448}`; {cite}`carr{54}`."
    )
    assert site.build().warnings == []
    assert words(site.page("chapters/01-one").select_one("section > p")) == (
        "He said “Without it we are doomed.”[1] She said “Without it we are a ‘kind’,” he thought."
    )


def test_a_quotations_paragraph_cites_its_edition(site: Site) -> None:
    site.write("data/quotations.csv", QUOTATIONS + SAID)
    site.chapter("He said {quote}`brest`.[^n]" + NOTE)
    found = site.check().warnings
    assert len(found) == 1 and "has a note that cites its edition, theses" in found[0]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (SAID.replace("Without it we are", "we " * 40), "a quotation has at most 40"),
        (SAID.replace("theses", "thesis"), "no such key in references.bib"),
        (SAID.replace("1918-03-07", "7 March 1918"), "a date is written in EDTF"),
        (SAID.replace(",ru,", ",xx,"), "language is one of en, ru"),
        (SAID.replace("the edition’s own", ""), "somebody put these words into English"),
        (SAID.replace(",copy", ",heard"), "known is one of copy"),
        (SAID.replace(",copy", ",extract"), "data/locators.csv, line 3, says copy of the same page"),
        (SAID.replace("V. I. Lenin", ""), "every quotation has its speaker"),
        (SAID.replace("brest", "Brest 1"), "an id is small letters"),
        (SAID + SAID, "this id stands already in line 2"),
    ],
)
def test_a_bad_quotation_stops_the_build_with_its_place(site: Site, row: str, rule: str) -> None:
    site.write("data/quotations.csv", QUOTATIONS + row)
    site.chapter("```{quotation} brest\n```")
    outcome = site.check()
    found = outcome.about(rule)
    assert outcome.code == 2 and outcome.read == []
    assert len(found) == 1 and re.match(r"data/quotations.csv:[23]: ERROR: ", found[0])


@pytest.mark.parametrize("use", ["He said {quote}`brst`.[^n]" + NOTE, "```{quotation} brst\n```"])
def test_unknown_and_unused_quotations(site: Site, use: str) -> None:
    site.write("data/quotations.csv", QUOTATIONS + SAID)
    site.chapter(use)
    said = site.check().warnings
    assert any(line.startswith("chapters/01-one.md:3: WARNING: brst: no such id") for line in said)
    assert any(line.startswith("data/quotations.csv:2: WARNING: brest: no page uses") for line in said)
    assert len(said) == 2


def test_a_quotation_counts_as_a_use_of_its_page(site: Site) -> None:
    site.write("data/quotations.csv", QUOTATIONS + SAID.replace("448", "449"))
    site.chapter("```{quotation} brest\n```")
    found = site.check().warnings
    assert len(found) == 1 and "theses{449}: data/locators.csv does not say" in found[0]


TYPED = {
    "five words": ("He wrote “we have failed to convince” them.[^n]", True),
    "straight marks": ('He wrote "we have failed to convince" them.[^n]', True),
    "across emphasis": ("He wrote “we have *failed* to convince” them.[^n]", True),
    "in a note": ("He wrote.[^n] He “said it in so many words,” too.[^n]", True),
    "in a heading": ("## The “we have failed to convince” speech\n\nText.[^n]", True),
    "in a self-check": ("::::{dropdown} Who wrote “we have failed to convince them”?\nLenin.[^n]\n::::", True),
    "single marks": ("He wrote ‘we have failed to convince’ them.[^n]", True),
    "four words": ("He wrote “we have failed entirely” then.[^n]", False),
    "a title": ("He wrote “Theses on the Question of Peace” then.[^n]", False),
    "a title in italics": ("He wrote *The Long Title of Some Great Book* then.[^n]", False),
    "words of a registered one": ("```{quotation} brest\n```\n\nNote “it we are all doomed” there.[^n]", False),
    "code": ('Type `say("one two three four five")`.[^n]', False),
    "apostrophes": ("The workers’ councils and the peasants’ unions of ’21 won’t do.[^n]", False),
}


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a site with one chapter for each kind of quotation marks says."""
    many = fill(Site(tmp_path_factory.mktemp("typed")))
    many.write("data/quotations.csv", QUOTATIONS + SAID.replace("are doomed", "are all doomed"))
    for number, (text, _) in enumerate(TYPED.values()):
        many.write(f"chapters/{number:02}-one.md", f"# One\n\n{text}{NOTE}\n")
    return many.check().warnings


@pytest.mark.parametrize("kind", TYPED)
def test_typed_quotations_must_be_registered(typed: list[str], kind: str) -> None:
    chapter = f"chapters/{list(TYPED).index(kind):02}-one.md"
    found = [line for line in typed if line.startswith(chapter)]
    assert len(found) == TYPED[kind][1], found
    for line in found:
        assert re.match(rf"{chapter}:[35]: WARNING: “.+”: \d+ words in quotation marks that data/quotations.csv", line)


def test_no_other_word_is_said_of_quotations(typed: list[str]) -> None:
    assert len(typed) == sum(wanted for _, wanted in TYPED.values())


# --------------------------------------------------------------------------- never stale


@pytest.fixture
def wide(site: Site) -> Site:
    """A built site with one page for each work, and a quotation."""
    site.write("uses.md", "# Uses\n\nOne.[^a]\n\n[^a]: {cite}`carr{54}`.\n")
    site.write("second.md", "# Second\n\nOne.[^a]\n\n[^a]: {cite}`income{673}`; {cite}`theses{448}`.\n")
    site.write("data/quotations.csv", QUOTATIONS + SAID)
    site.write("said.md", "# Said\n\n```{quotation} brest\n```\n")
    assert site.build().warnings == []
    return site


def test_nothing_changed_writes_nothing(wide: Site) -> None:
    outcome = wide.build()
    assert (outcome.read, outcome.written, outcome.warnings) == ([], [], [])


@pytest.mark.parametrize(
    ("old", "new", "pages"),
    [
        ("{The {Bolshevik} Revolution", "{The Great {Bolshevik} Revolution", {"uses"}),
        ("shorttitle = {Theses}", "shorttitle = {Points}", {"second", "said"}),
        ("{672--703}", "{672--704}", set()),
        ("{data}", "{primary}", {"second"}),
    ],
)
def test_a_changed_entry_reaches_every_page_that_prints_it(wide: Site, old: str, new: str, pages: set[str]) -> None:
    wide.write("references.bib", BIB.replace(old, new))
    outcome = wide.build()
    assert outcome.warnings == []
    assert set(outcome.written) - {"bibliography", "index"} == pages
    assert "bibliography" in outcome.written
    if "Great" in new:
        assert "The Great Bolshevik Revolution" in wide.notes("uses")[0]
    if "primary" in new:
        assert pick(wide.page("second"), "aside a.internal")["href"] == "bibliography.html#work-1-income"
    if "Points" in new:
        assert "Lenin, “Points,” 448" in words(wide.page("said"))


def test_a_key_that_goes_is_missed_on_pages_that_are_not_read_again(wide: Site) -> None:
    wide.write("references.bib", BIB.replace("@book{carr,", "@book{carr1952,"))
    wide.write("data/locators.csv", LOCATORS + ROWS.replace("carr,", "carr1952,"))
    outcome = wide.build()
    assert "uses" not in outcome.read
    assert any(line.startswith("uses.md:5: WARNING: carr: no such key") for line in outcome.warnings)
    wide.write("references.bib", BIB)
    wide.write("data/locators.csv", LOCATORS + ROWS)
    assert wide.build().warnings == []
    assert "The Bolshevik Revolution" in wide.notes("uses")[0]


def test_a_changed_register_reaches_the_page_that_prints_it(wide: Site) -> None:
    wide.write("data/locators.csv", LOCATORS + ROWS.replace("673,copy,,", "673,extract,A summary,"))
    outcome = wide.build()
    assert "bibliography" in outcome.written and "A summary" in words(wide.page("bibliography"))
    assert "uses" not in outcome.written


def test_a_changed_quotation_reaches_the_page_that_prints_it(wide: Site) -> None:
    wide.write("data/quotations.csv", QUOTATIONS + SAID.replace("doomed", "lost"))
    outcome = wide.build()
    assert "said" in outcome.written and "we are lost" in words(wide.page("said"))
    assert "uses" not in outcome.written


def test_a_changed_register_runs_no_lab() -> None:
    names = {path.name for path in inputs(ROOT)}
    assert "economy-facts.csv" in names and not names & {"locators.csv", "quotations.csv"}


def test_a_slip_is_said_again_at_every_build(wide: Site) -> None:
    wide.chapter("It fell in 1921.")
    assert len(wide.build().warnings) == 1
    again = wide.build()
    assert again.read == [] and len(again.warnings) == 1


# ------------------------------------------------------------------------------- the book


def test_the_books_own_entries_read_well() -> None:
    """No doubled or stray mark, no brace, no trace of LaTeX in any form of any entry."""
    entries = parse_file(ROOT / "references.bib").entries.values()
    assert len(entries) > 30
    for entry in entries:
        for text in map(str, (chicago.full(entry, "54"), chicago.short(entry, "54"), chicago.listed(entry))):
            assert not re.search(r"[{}\\]|\.\.|,,|\.,(?! )|,\.|\s[,.;]|  |\(\)|\[\]|\*|”[.,]|None|--|''|``|\"", text), (
                text
            )
        assert str(chicago.listed(entry)).endswith((".", "?", "!", ".]", ".”"))


def test_the_book_lists_every_entry_once(book: Any) -> None:
    page = BeautifulSoup((book.html / "chapters/reference/bibliography.html").read_text(), "html.parser")
    listed = [str(item["id"]).split("-", 2)[2] for item in page.select("ul.bibliography > li")]
    assert sorted(listed) == sorted(parse_file(ROOT / "references.bib").entries)
