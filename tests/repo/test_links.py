"""Every link, anchor and citation in docs, code and help leads somewhere."""

from __future__ import annotations

import ast
import re

import pytest

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CITATION = re.compile(r"docs/([a-z_]+\.md)#([a-z0-9-]+)")
_OUTSIDE = ("https://", "http://", "mailto:")
SHIPPED = ("core", "processing_provider", "ui")


def anchors(text):
    """The anchors that a page has, as GitHub makes them of its headings."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    headings = re.findall(r"^#{1,6} +(.+?) *$", text, flags=re.M)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def pages(repository):
    found = [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]
    assert len(found) > 8
    return found


def test_links_of_every_page_lead_to_a_file_and_a_heading(repository, pages):
    broken, followed = [], 0
    for page in pages:
        for link in _LINK.findall(page.read_text(encoding="utf-8")):
            if link.startswith(_OUTSIDE):
                continue
            followed += 1
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.exists():
                broken.append(f"{page.name}: {link}")
            elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
                broken.append(f"{page.name}: {link} (no such heading)")
    assert followed > 10 and not broken, "\n".join(broken)


def test_the_site_of_the_guide_leads_to_every_page(repository):
    navigation = (repository / "tools" / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"[a-z]+(?:/[A-Z]+)?\.md", navigation))
    assert listed == {page.name for page in (repository / "docs").glob("*.md")} | {"decisions/README.md"}


def test_citations_in_code_name_a_heading(repository):
    broken, followed = [], 0
    for folder in (*SHIPPED, "tests"):
        for file in (repository / folder).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            for name, anchor in _CITATION.findall(text):
                followed += 1
                page = repository / "docs" / name
                if not page.is_file() or anchor not in anchors(page.read_text(encoding="utf-8")):
                    broken.append(f"{file.relative_to(repository)}: docs/{name}#{anchor}")
            if folder in SHIPPED and re.search(r"METHOD (\d|section)|DESIGN (\d|section)", text):
                broken.append(f"{file.relative_to(repository)} cites a page that is not in the repository")
    assert followed > 20 and not broken, "\n".join(broken)


def test_the_walk_of_one_figure_leads_through_functions_that_are_there(repository):
    page = (repository / "docs" / "architecture.md").read_text(encoding="utf-8")
    calls = re.findall(r"^\| \d+ \| `([^`]+)` \| `([^`]+)` \|", page, flags=re.M)
    lost = []
    for file, function in calls:
        tree = ast.parse((repository / file).read_text(encoding="utf-8"))
        if function not in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}:
            lost.append(f"{file}: {function}")
    assert 20 < len(calls) <= 36 and not lost, "\n".join(lost)
