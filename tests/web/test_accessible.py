"""axe-core over the page with everything on it: nothing serious, in light, dark and on a phone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from monitor.core.alerting.alerts import Rule
from monitor.core.alerting.orders import Acknowledge, AddSilence
from tests.web.browser import NEEDED
from tests.web.company import AFTERNOON, Company, shown
from tests.web.program import runs

pytestmark = [NEEDED, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """An afternoon with a loop, an account that fell silent, an alert that is known, a silence, and an open breaker."""
    company = Company(tmp_path_factory.mktemp("company"), AFTERNOON - timedelta(days=2))
    await company.live(AFTERNOON - timedelta(hours=2), timedelta(hours=2))
    company.accounts["openai"].loop_since = company.now
    company.accounts["openai"].loop_per_hour = Decimal(60)
    company.accounts["anthropic"].fails = True
    await company.live(AFTERNOON, timedelta(minutes=10))
    known = next(alert for alert in company.watch.state.alerts.values() if alert.rule is Rule.NO_DATA and alert.firing)
    await company.watch.obey(Acknowledge(known.id, "rota", company.now, company.now + timedelta(hours=4)))
    silence = AddSilence(company.now + timedelta(hours=4), "rota", "a test", company.now, "forecast", "*", "*")
    await company.watch.obey(silence)
    runs(company.folder, company.now, stopped_for="a loop (by ann)")
    async with shown(company) as web:
        yield web.address


@pytest.mark.parametrize(("width", "colours"), [(1200, "light"), (1200, "dark"), (390, "light")])
async def test_axe_finds_nothing_serious(browser: Browser, address: str, width: int, colours: str) -> None:
    page = await browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if colours == "dark" else "light"
    )
    await page.goto(address)
    await page.get_by_text("By user, this month").wait_for()
    await page.get_by_text("The breaker refuses requests").wait_for()
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert await page.locator("#firing .alert").count() > 0
    assert await page.locator(".trouble").count() > 0
    assert await page.locator(".silences li").count() > 0

    found = (await Axe().run(page)).response["violations"]

    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == []
    await page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
async def test_nothing_sticks_out_at_the_side(browser: Browser, address: str, width: int) -> None:
    page = await browser.new_page(viewport={"width": width, "height": 900})
    await page.goto(address)
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    needed = await page.evaluate("document.documentElement.scrollWidth")

    assert needed == width
    await page.close()


async def test_all_that_can_be_done_is_reached_by_keyboard(browser: Browser, address: str) -> None:
    page = await browser.new_page()
    await page.goto(address)
    wanted = await page.evaluate("document.querySelectorAll('main button, main select, main summary, main a').length")
    shut = await page.evaluate("document.querySelectorAll('details :is(button, select, input)').length")
    reached = set()

    for _ in range(wanted + 1):
        await page.keyboard.press("Tab")
        reached.add(await page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))

    assert len(reached) >= wanted - shut
    await page.close()
