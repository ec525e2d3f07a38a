"""The page in a real browser, over the real daemon."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from monitor.core.alerting.alerts import Stage
from tests.web.browser import NEEDED
from tests.web.daemon import daemon
from tests.web.program import runs

pytestmark = [NEEDED, pytest.mark.asyncio(loop_scope="module")]


async def opened(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """Return the page, and what the browser complains of: errors of scripts, and what the policy refused."""
    page, complaints = await context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(address)
    return page, complaints


async def test_what_is_spent_is_seen_without_a_reload(context: BrowserContext, tmp_path: Path) -> None:
    async with daemon(tmp_path) as here:
        page, complaints = await opened(context, here.address)
        await expect(page.locator("#live")).to_have_text("live")

        here.spend("41.20")

        await expect(page.locator("h1")).to_contain_text("$41.20 of $100 this month")
        await expect(page.locator("#budgets")).to_contain_text("41.2%")
        await expect(page).to_have_title(re.compile(r"\$41\.20"))
        assert complaints == []


async def test_a_page_comes_back_after_a_restart_of_the_daemon(context: BrowserContext, tmp_path: Path) -> None:
    async with daemon(tmp_path) as here:
        page, _ = await opened(context, here.address)
        await expect(page.locator("#live")).to_have_text("live")
        await here.stop()
        await expect(page.locator("#live")).to_contain_text("no connection")
        here.spend("12.34")

        await here.start()

        await expect(page.locator("#live")).to_have_text("live")
        await expect(page.locator("h1")).to_contain_text("$12.34")


async def test_an_alert_is_acknowledged_from_the_page(context: BrowserContext, tmp_path: Path) -> None:
    async with daemon(tmp_path) as here:
        page, complaints = await opened(context, here.address)
        here.spend("96")
        alert = page.locator("#firing .alert", has_text="of the monthly budget")
        await expect(alert).to_contain_text("EMERGENCY")
        await expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/static/icon-emergency.svg")

        await alert.get_by_role("button", name=re.compile("^Acknowledge")).first.click()

        await expect(page.locator("#alerts")).to_contain_text("known to web")
        await expect(page.locator("#said")).to_contain_text("acknowledged")
        stages = {known.stage for known in here.app.watch.state.alerts.values() if known.rule.value == "threshold"}
        assert stages == {Stage.ACKNOWLEDGED}
        assert complaints == []


async def test_a_half_written_silence_survives_what_changes_around_it(context: BrowserContext, tmp_path: Path) -> None:
    async with daemon(tmp_path) as here:
        page, _ = await opened(context, here.address)
        await page.get_by_text("Add a silence").click()
        await page.get_by_label("Subject").fill("holysheep")

        here.spend("75")

        await expect(page.locator("#firing")).to_contain_text("75%")
        await expect(page.get_by_label("Subject")).to_have_value("holysheep")
        await expect(page.get_by_label("Subject")).to_be_focused()
        await page.locator("#new-silence").get_by_role("button", name="Silence").click()
        await expect(page.locator(".silences")).to_contain_text("subject=holysheep")


async def test_a_refused_order_says_why(context: BrowserContext, tmp_path: Path) -> None:
    async with daemon(tmp_path) as here:
        page, _ = await opened(context, here.address)
        await page.get_by_text("Add a silence").click()

        await page.locator("#new-silence").get_by_role("button", name="Silence").click()

        await expect(page.locator("#said")).to_contain_text("say what is to be silent")


async def test_everything_is_stopped_from_the_page_in_two_steps_and_goes_on_in_two(
    context: BrowserContext, tmp_path: Path
) -> None:
    runs(tmp_path, datetime.now(UTC))
    async with daemon(tmp_path) as here:
        page, complaints = await opened(context, here.address)
        other, _ = await opened(context, here.address)
        await expect(page.get_by_role("button", name="Refuse all requests now")).to_be_hidden()

        await page.get_by_text("Stop all requests").click()
        await page.get_by_label("Reason").first.fill("it loops")
        await page.get_by_role("button", name="Refuse all requests now").click()

        await expect(page.locator("#state")).to_contain_text("The breaker refuses requests")
        await expect(other.locator("#breaker")).to_contain_text("open for all programs by hand since")
        await expect(page.get_by_role("button", name="Refuse all requests now")).to_be_hidden()
        await page.get_by_text("Let requests pass again").click()
        await page.get_by_role("button", name="Close the breaker").click()
        await expect(page.locator("#breaker")).to_contain_text("requests pass")
        await expect(page.locator("#state")).not_to_contain_text("The breaker refuses requests")
        assert complaints == []


async def test_a_channel_is_tried_and_what_was_delivered_is_listed(context: BrowserContext, tmp_path: Path) -> None:
    async with daemon(tmp_path) as here:
        page, _ = await opened(context, here.address)

        await page.get_by_role("button", name="Send a test to team").click()

        await expect(page.locator("#said")).to_contain_text("team: delivered")
        assert len(here.heard) == 1
        here.spend("75")
        await expect(page.locator("#channels")).to_contain_text("ok")
        await expect(page.locator("#history")).to_contain_text("delivered to team")


async def test_names_of_the_provider_are_text_and_nothing_else(context: BrowserContext, tmp_path: Path) -> None:
    hostile = (
        "<img src=x onerror=alert(1)>",
        "</title><script>window.owned=1</script>",
        '"><b id=owned>',
        "\u202egnp\x07",
    )
    async with daemon(tmp_path) as here:
        page, complaints = await opened(context, here.address)
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))

        for name in hostile:
            here.spend("3", name)

        await expect(page.locator("#spenders")).to_contain_text(hostile[0])
        await page.reload()
        await expect(page.locator("#spenders")).to_contain_text(hostile[1])
        assert await page.evaluate("window.owned === undefined && !document.querySelector('main img, main b#owned')")
        assert (dialogs, complaints) == ([], [])


async def test_times_are_the_readers_and_utc_is_there_on_hover(context: BrowserContext, tmp_path: Path) -> None:
    async with daemon(tmp_path) as here:
        here.spend("75")
        page, _ = await opened(context, here.address)
        since = page.locator("#firing .facts time").first
        utc, local = await since.get_attribute("title"), await since.text_content()

        assert utc is not None
        assert utc.endswith("UTC")
        assert local == await since.evaluate("time => new Date(time.dateTime).toTimeString().slice(0, 5)")


async def test_without_a_script_all_is_there_and_orders_work(context: BrowserContext, tmp_path: Path) -> None:
    assert context.browser is not None
    plain = await context.browser.new_context(java_script_enabled=False)
    async with daemon(tmp_path) as here:
        here.spend("96")
        page = await plain.new_page()
        await _reloaded_until(page, here.address, "#firing .alert")

        await page.get_by_role("button", name=re.compile("^Acknowledge")).first.click()

        await expect(page.locator("#alerts")).to_contain_text("known to web")
        assert page.url.rstrip("/") == here.address
    await plain.close()


async def _reloaded_until(page: Page, address: str, there: str) -> None:
    for _ in range(50):
        await page.goto(address)
        if await page.locator(there).count():
            return
        await page.wait_for_timeout(100)
    raise AssertionError(f"{there} is not there")
