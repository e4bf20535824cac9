from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest


@pytest.fixture
def page(published: Path) -> str:
    return (published / "published" / "report.html").read_text(encoding="utf-8")


def test_what_the_report_must_tell_is_there(page: str) -> None:
    for told in (
        "Kate Bell", "Katie", "same_email", "Ann Lee", "default rule: always", "people.csv", "mend it", "bad_email",
        "price gte 500000", "no attribute fits",
    ):  # fmt: skip
        assert told in page, told


def test_the_evidence_of_a_pair_is_drawn(page: str) -> None:
    drawn = page.split("Evidence by example</h2>")[1].split("<h2")[0]
    assert "email exact" in drawn
    assert '<rect class="for"' in drawn


def test_everything_from_the_data_is_escaped(page: str) -> None:
    assert "<script" not in page
    assert "no rule &lt;matches&gt;" in page
    assert "Shoe &amp; size" in page
    assert "no &lt;e-mail&gt;" in page


def test_the_report_needs_nothing_from_outside(page: str) -> None:
    for outside in ("http://", "https://", "src=", "@import", "url("):
        assert outside not in page, outside


def test_the_report_is_whole_and_its_links_lead_somewhere(page: str, published: Path) -> None:
    parser = _Links()
    parser.feed(page)
    assert parser.open_tags == []
    for link in parser.links:
        if link.startswith("#"):
            assert link[1:] in parser.anchors, link
        else:
            assert (published / "published" / link).exists(), link


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.open_tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [given["href"]] if given.get("href") else []  # type: ignore[list-item]  # checked beside
        self.anchors += [given["id"]] if given.get("id") else []  # type: ignore[list-item]  # checked beside
        if tag not in ("meta", "br"):
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag
