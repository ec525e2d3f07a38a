"""The page as the server writes it: no browser is needed to read it."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon.web.page import Page
from monitor.daemon.web.page_html import Html, named, tag
from tests.web.company import AFTERNOON, Account, Company, shown, view_of
from tests.web.first_look import first_look, long_watched

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LARGEST = 300_000


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    company = Company(tmp_path, AFTERNOON - 2 * HOUR)
    await company.live(AFTERNOON, HOUR)
    yield company


async def read(company: Company, path: str = "/") -> str:
    async with shown(company) as web, httpx.AsyncClient(base_url=web.address) as client:
        return (await client.get(path)).raise_for_status().text


def heading(html: str) -> str:
    return html.split("<title>")[1].split("</title>")[0]


async def test_the_sentence_tells_how_much_of_what_and_where_it_leads(company: Company) -> None:
    html = await read(company)

    assert heading(html).startswith("All quiet: $")
    assert "of $500 this month, on pace for $" in heading(html)


async def test_a_source_that_fails_is_told_first_and_its_pace_is_unknown_not_zero(company: Company) -> None:
    company.accounts["anthropic"].fails = True
    await company.live(company.now + 3 * HOUR, HOUR)

    html = await read(company)

    assert heading(html).startswith("Critical") or heading(html).startswith("Not sure: anthropic")
    assert "cannot be reached" in html.split('id="budgets"')[0]
    row = html.split('id="source-1"')[1].split("</article>")[0]
    assert "<dt>now</dt><dd>unknown</dd>" in row
    assert "at least $" in row
    assert "$0.00" not in row


async def test_how_late_the_figures_of_a_source_may_be_is_said(company: Company) -> None:
    openai, anthropic, deepseek = (await read(company)).split('<p class="health">')[1:4]

    assert "how late its figures are is not published" in openai.split("</p>")[0]
    assert "figures up to 5 min late" in anthropic.split("</p>")[0]
    assert "late" not in deepseek.split("</p>")[0]


async def test_hours_that_nobody_watched_are_a_gap(company: Company) -> None:
    await company.live(company.now + 5 * HOUR, timedelta(minutes=10))
    company.accounts["openai"].fails = True
    await company.live(company.now + 5 * HOUR, timedelta(minutes=10))
    company.accounts["openai"].fails = False
    await company.live(company.now + 3 * HOUR, timedelta(minutes=10))

    html = await read(company)

    costs = html.split('id="source-0"')[1].split('data-costs="')[1].split('"')[0].split()
    assert costs[-8:-4] == ["-"] * 4
    assert "-" not in costs[-3:]
    assert 'class="gap"' in html.split('id="source-0"')[1].split("</figure>")[0]


async def test_of_many_sources_those_that_fail_and_the_dearest_are_shown_and_the_rest_is_folded(tmp_path: Path) -> None:
    accounts = {f"team-{n:02}": Account(1 + n, (("gpt-4.1", None, None, Decimal(1)),)) for n in range(12)}
    company = Company(tmp_path, AFTERNOON - HOUR, accounts)
    await company.live(AFTERNOON, HOUR)
    accounts["team-03"].fails = True
    await company.live(AFTERNOON + HOUR, HOUR)

    html = await read(company)

    listed = [row.split("<bdi>")[1].split("</bdi>")[0] for row in html.split('id="sources"')[1].split("<article")[1:13]]
    shown = html.split('id="more-sources"')[0].split('id="sources"')[1]
    assert listed == ["team-03", *(f"team-{n:02}" for n in range(11, -1, -1) if n != 3)]
    assert shown.count("<article") == 8
    assert "4 more, which spend less" in html


async def test_shares_are_of_all_money_that_has_a_common_worth(tmp_path: Path) -> None:
    whole = (("one-model", None, None, Decimal(1)),)
    company = Company(tmp_path, AFTERNOON - HOUR, {"dollars": Account(1, whole), "yuan": Account(1, whole, "CNY")})
    await company.live(AFTERNOON, HOUR)

    html = await read(company)

    table = html.split("By model")[1].split("</table>")[0]
    assert [row.split("%")[0].rsplit(">", 1)[1] for row in table.split("<tr>")[2:]] == [
        "88",
        "12",
    ]  # One yuan is $0.139.


async def test_how_fast_a_budget_is_spent_is_not_known_while_a_source_fails_and_nothing_grows(company: Company) -> None:
    before = await read(company)
    for account in company.accounts.values():
        account.fails = True
    await company.live(company.now + 3 * HOUR, HOUR)

    html = await read(company)

    assert re.search(r"Now \$[\d.]+ an hour, [\d.]+x the even pace", before)
    assert "How fast it is spent now is not known" in html
    assert "$0.00 an hour" not in html


async def test_only_what_changed_is_another_part(company: Company) -> None:
    page = Page(view_of(company))
    before = await page.parts()
    company.now += timedelta(minutes=1)

    await company.watch.poll("openai")

    after = await page.parts()
    changed = {name for name, html in after.items() if before[name] != html}
    assert "source-0" in changed
    assert not {"source-1", "source-2"} & changed


async def test_no_secret_is_on_the_page_or_in_its_parts(tmp_path: Path) -> None:
    secret = 'swordfish&<"1">'
    accounts = {f"account {secret}": Account(5, ((f"model {secret}", None, None, Decimal(1)),))}
    company = Company(tmp_path, AFTERNOON - HOUR, accounts, secrets=(secret,))
    await company.live(AFTERNOON, HOUR)
    company.accounts[f"account {secret}"].fails = True
    await company.live(AFTERNOON + 6 * HOUR, HOUR)

    html = await read(company)
    parts = await Page(view_of(company)).parts()

    assert not [written for written in (html, *parts.values()) if "swordfish" in written]
    assert "account ***" in parts["source-0"]
    assert "model ***" in parts["spenders"]


async def test_a_page_of_fifty_sources_and_ninety_days_is_small(tmp_path: Path) -> None:
    page, sent = await first_look(long_watched(tmp_path, 50))

    assert len(sent) == 4
    assert page.count('class="chart"') == 100
    assert sum(sent.values()) <= LARGEST


async def test_a_file_is_kept_for_as_long_as_its_content_is_the_same(company: Company) -> None:
    async with shown(company) as web, httpx.AsyncClient(base_url=web.address) as client:
        name = (await client.get("/")).text.split('href="/static/page.css')[1].split('"')[0]
        named_so = await client.get(f"/static/page.css{name}")
        plain = await client.get("/static/page.css")
        unknown = await client.get("/static/page.py")

    assert "immutable" in named_so.headers["Cache-Control"]
    assert plain.headers["Cache-Control"] == "no-cache"
    assert unknown.status_code == 404


@given(st.text(), st.text())
def test_no_text_is_ever_markup(text: str, value: str) -> None:
    html = tag("p", text, named(text), title=value)

    assert html.count("<") == 4
    assert html.count(">") == 4
    assert html.split(">")[0].count('"') == 2


def test_markup_is_left_as_it_is() -> None:
    assert tag("p", tag("b", "a & b"), hidden=True, id=None) == "<p hidden><b>a &amp; b</b></p>"
    assert isinstance(tag("br"), Html)
