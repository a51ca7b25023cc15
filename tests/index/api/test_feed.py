# SPDX-License-Identifier: AGPL-3.0-only
"""The feed is Atom as RFC 4287 wants it, and tells what happened in Chinese and English."""

from __future__ import annotations

import datetime as dt
import re
from xml.etree import ElementTree as ET

import pytest

from index.api.conftest import Indexed
from tongxin.index.api.feed import write_feed
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.news import News

pytestmark = pytest.mark.chain

ATOM = "{http://www.w3.org/2005/Atom}"
ALLOWED = {
    "feed": {"author", "category", "contributor", "generator", "icon", "id", "link", "logo", "rights", "subtitle",
             "title", "updated", "entry"},
    "entry": {"author", "category", "content", "contributor", "id", "link", "published", "rights", "source", "summary",
              "title", "updated"},
}  # fmt: skip
"""RFC 4287, 4.1.1 and 4.1.2."""


def check(raw: bytes) -> ET.Element:
    """What RFC 4287 demands of a feed."""
    feed = ET.fromstring(raw)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    assert len(feed.findall(f"{ATOM}author/{ATOM}name")) == 1
    ids = []
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        kind = part.tag.removeprefix(ATOM)
        assert {child.tag.removeprefix(ATOM) for child in part} <= ALLOWED[kind]
        for once in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{once}")) == 1, once
        ids.append(part.findtext(f"{ATOM}id"))
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", ids[-1] or "")
        for name in ("updated", "published"):
            for element in part.findall(f"{ATOM}{name}"):
                assert dt.datetime.fromisoformat(element.text or "").tzinfo is not None
        links = [(link.get("rel"), link.get("type")) for link in part.findall(f"{ATOM}link")]
        assert all(link.get("href") for link in part.findall(f"{ATOM}link"))
        assert len(set(links)) == len(links)
        assert ("alternate", "application/json") in links
    assert len(set(ids)) == len(ids)
    return feed


def titles(feed: ET.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in feed.findall(f"{ATOM}entry")]


def test_the_feed_is_valid_and_tells_claims_and_rounds_in_both_languages(api: Indexed) -> None:
    for mutual in (api.single, api.rounds):
        answer = api.client.get(f"{mutual}/feed.atom")
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        feed = check(answer.content)
        both = titles(feed)
        chinese = titles(check(api.client.get(f"{mutual}/feed.atom?lang=zh").content))
        english = titles(check(api.client.get(f"{mutual}/feed.atom?lang=en").content))
        assert both == [f"{zh} / {en}" for zh, en in zip(chinese, english, strict=True)]
        assert any("was filed" in title for title in english)
        assert any("the panel grants level" in title for title in english)
        assert any("was paid" in title for title in english)
        assert feed.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}entry/{ATOM}updated")
        links = [link.get("href") or "" for link in feed.findall(f"{ATOM}entry/{ATOM}link")]
        assert all(api.client.get(link).status_code == 200 for link in links)
    assert any(title.startswith("Round 1 was settled") for title in english)


def test_the_newest_comes_first(api: Indexed) -> None:
    feed = check(api.client.get(f"{api.rounds}/feed.atom").content)
    times = [entry.findtext(f"{ATOM}updated") or "" for entry in feed.findall(f"{ATOM}entry")]
    assert times == sorted(times, reverse=True)


def test_a_symbol_that_is_no_xml_does_no_harm() -> None:
    hostile = Known(1, bytes(20), "<x>\x00\x1b]&\ufffe", 6, 1, 0, 0)
    news = News(1, 0, 1_800_000_000, bytes(32), "Paid", 7, {"amount": 1_250_000})
    feed = check(write_feed(1, hostile, [news], 0, "en"))
    assert titles(feed) == ["Claim 7: 1.25 <x>]& was paid"]


def test_a_mutual_without_news_has_a_valid_feed() -> None:
    assert titles(check(write_feed(1, Known(1, bytes(20), "T", 6, 1, 0, 0), [], 1_800_000_000, None))) == []
