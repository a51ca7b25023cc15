# SPDX-License-Identifier: AGPL-3.0-only
"""An Atom feed (RFC 4287) of a mutual's claims and rounds, in Chinese, in English, or in both."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, Literal
from xml.sax.saxutils import escape

from tongxin import __version__
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.news import News

__all__ = ["ATOM_TYPE", "Language", "write_feed"]

Language = Literal["zh", "en"]

ATOM_TYPE: Final = "application/atom+xml; charset=utf-8"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INCOMPLETE: Final = 8
_LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
_TONGXIN: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:tongxin")


class _Amounts:
    """Amounts of a mutual's token for people."""

    def __init__(self, mutual: Known) -> None:
        self._decimals = mutual.decimals
        self._symbol = _NOT_IN_XML.sub("", mutual.symbol)

    def __call__(self, units: int) -> str:
        amount = f"{Decimal(units).scaleb(-self._decimals):,f}"
        whole, _, part = amount.partition(".")
        part = part.rstrip("0")
        return (f"{whole}.{part}" if part else whole) + f" {self._symbol}"


_Text = Callable[[News, _Amounts], tuple[str, str]]


def _filed(item: News, _amounts: _Amounts) -> tuple[str, str]:
    return f"互助申请 {item.number} 已提交", f"Claim {item.number} was filed"


def _verdict(item: News, _amounts: _Amounts) -> tuple[str, str]:
    level = item.fields["level"]
    if not level:
        return f"互助申请 {item.number}：评审团未予支持", f"Claim {item.number}: the panel grants nothing"
    return f"互助申请 {item.number}：评审团裁定等级 {level}", f"Claim {item.number}: the panel grants level {level}"


def _challenged(item: News, _amounts: _Amounts) -> tuple[str, str]:
    return f"互助申请 {item.number} 的裁定受到异议", f"Claim {item.number}: the verdict was challenged"


def _closed(item: News, amounts: _Amounts) -> tuple[str, str]:
    if not item.fields["level"]:
        return f"互助申请 {item.number} 终局：不予支付", f"Claim {item.number} is final: denied"
    due = amounts(item.fields["due"])
    return f"互助申请 {item.number} 终局：应付 {due}", f"Claim {item.number} is final: {due} is due"


def _settled(item: News, amounts: _Amounts) -> tuple[str, str]:
    paid = amounts(item.fields["paid"])
    return f"互助申请 {item.number} 已支付 {paid}", f"Claim {item.number}: {paid} was paid"


def _paid(item: News, amounts: _Amounts) -> tuple[str, str]:
    paid = amounts(item.fields["amount"])
    return f"互助申请 {item.number} 已支付 {paid}", f"Claim {item.number}: {paid} was paid"


def _round(item: News, amounts: _Amounts) -> tuple[str, str]:
    due, paid = amounts(item.fields["due"]), amounts(item.fields["paid"])
    return (
        f"第 {item.number} 轮分摊已结算：应付 {due}，支付 {paid}",
        f"Round {item.number} was settled: {due} was due, {paid} is paid",
    )


_TEXTS: Final[dict[str, _Text]] = {
    "Filed": _filed,
    "Verdict": _verdict,
    "Challenged": _challenged,
    "Closed": _closed,
    "Settled": _settled,
    "Paid": _paid,
    "RoundSettled": _round,
}


def write_feed(chain_id: int, mutual: Known, news: Sequence[News], head_time: int, language: Language | None) -> bytes:
    """The feed, the newest first; without a language both stand in every title.

    Entries keep their ids for good, as long as their transaction stands on the chain.
    """
    fund = "0x" + mutual.fund.hex()
    own = f"/v1/mutuals/{fund}"
    query = "" if language is None else f"?lang={language}"
    title = _both(f"互助计划 {fund} 的申请与分摊", f"Claims and rounds of the mutual {fund}", language)
    amounts = _Amounts(mutual)
    parts = [
        "<?xml version='1.0' encoding='utf-8'?>\n",
        f'<feed xmlns="{_ATOM}" xml:lang="{language or "zh"}">',
        f"<id>{uuid.uuid5(_TONGXIN, f'{chain_id} {fund}').urn}</id><title>{title}</title>",
        f"<updated>{_instant(news[0].time if news else head_time)}</updated>",
        f'<link rel="self" href="{own}/feed.atom{query}" type="application/atom+xml" />',
        f'<link rel="alternate" href="{own}" type="application/json" />',
        f"<author><name>{_both('同心索引', 'Tongxin index', language)}</name></author>",
        f'<generator version="{__version__}">tongxin</generator>',
    ]
    for item in news:
        title = escape(_both(*_TEXTS[item.event](item, amounts), language))
        parts.append(_entry(item, chain_id=chain_id, own=own, title=title, language=language))
    parts.append("</feed>")
    return "".join(parts).encode()


def _entry(item: News, *, chain_id: int, own: str, title: str, language: Language | None) -> str:
    """One entry; but for its title nothing in it can hold what XML would read as its own."""
    transaction = f"0x{item.transaction.hex()}"
    kind = "round" if item.event == "RoundSettled" else "claim"
    unique = uuid.uuid5(_TONGXIN, f"{chain_id} {transaction} {item.event} {item.number}").urn
    time = _instant(item.time)
    where = f"区块 {item.block}，交易 {transaction}", f"Block {item.block}, transaction {transaction}"
    return (
        f"<entry><id>{unique}</id><title>{title}</title><updated>{time}</updated><published>{time}</published>"
        f'<link rel="alternate" href="{own}/{kind}s/{item.number}" type="application/json" />'
        f'<category term="{kind}" /><summary>{_both(*where, language)}</summary></entry>'
    )


def _both(chinese: str, english: str, language: Language | None) -> str:
    return f"{chinese} / {english}" if language is None else (chinese if language == "zh" else english)


def _instant(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
