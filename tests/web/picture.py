"""Takes the pictures of the page, and draws those of messages: `python -m tests.web.picture FOLDER`.

`loop_of-readme.png` and `loop_of-threshold.png` are the README's.
"""

import asyncio
import sys
import tempfile
import time
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from playwright.async_api import Browser, FloatRect, async_playwright

from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.telling.picture_of import picture_of
from monitor.daemon.senders.drawing import png
from tests.web.browser import CHROMIUM, OPTIONS
from tests.web.company import AFTERNOON, DAILY, MONTHLY, Account, Company, shown
from tests.web.program import runs

SIZES = {"desktop": (1180, 900), "phone": (390, 844)}
README: FloatRect = {"x": 0, "y": 0, "width": 1180, "height": 1440}


async def loop_of(folder: Path) -> Company:
    """Return an afternoon on which a script began to loop some minutes ago."""
    company = await quiet(folder, AFTERNOON - timedelta(minutes=50))
    company.accounts["openai"].loop_since = AFTERNOON - timedelta(minutes=38)
    company.accounts["openai"].loop_per_hour = Decimal(34)
    await company.live(AFTERNOON, timedelta(minutes=1))
    runs(folder, company.now)
    return company


async def blind(folder: Path) -> Company:
    """Return the same afternoon, on which one account fell silent as well."""
    company = await loop_of(folder)
    company.accounts["anthropic"].fails = True
    await company.live(AFTERNOON + timedelta(minutes=30), timedelta(minutes=1))
    runs(folder, company.now, stopped_for="the evaluation job loops (by ann)")
    return company


async def many(folder: Path) -> Company:
    """Return fifty accounts, some with names as long as people give them, of which two tell nothing."""
    names = [f"team-{number:02}" for number in range(47)]
    names += ["the-evaluation-and-benchmarking-platform-of-the-research-department-in-zurich", "x", "ärzte-北京-prod"]
    long = tuple((f"a-model-with-a-name-that-does-not-end-{n}", "p" * 60, None, Decimal("0.1")) for n in range(10))
    short = (("gpt-4.1", None, None, Decimal(1)),)
    accounts = {name: Account(0.4 + n % 7, long if n == 47 else short, seed=n) for n, name in enumerate(names)}
    company = Company(folder, AFTERNOON - timedelta(days=3), accounts, budgets=(MONTHLY, DAILY))
    await company.live(AFTERNOON - timedelta(hours=3), timedelta(hours=2))
    accounts["team-07"].fails = accounts[names[47]].fails = True
    await company.live(AFTERNOON, timedelta(minutes=30))
    return company


async def new(folder: Path) -> Company:
    """Return the first minute, in which nothing is known yet."""
    return Company(folder, AFTERNOON, budgets=())


async def quiet(folder: Path, until: datetime = AFTERNOON) -> Company:
    """Return an ordinary afternoon, two days after an account could not be reached for a while."""
    company = Company(folder, AFTERNOON - timedelta(days=33))
    await company.live(AFTERNOON - timedelta(days=2), timedelta(minutes=60))
    company.accounts["anthropic"].fails = True
    await company.live(AFTERNOON - timedelta(days=1, hours=18), timedelta(minutes=30))
    company.accounts["anthropic"].fails = False
    await company.live(until, timedelta(minutes=10))
    return company


async def main(folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        for scene in (quiet, loop_of, blind, many, new):
            with tempfile.TemporaryDirectory() as state:
                began = time.monotonic()
                company = await scene(Path(state))
                print(scene.__name__, "lived in", round(time.monotonic() - began, 1), "s")  # noqa: T201
                draw(company, scene.__name__, folder)
                async with shown(company) as web:
                    await take(browser, web.address, scene.__name__, folder)


def draw(company: Company, scene: str, folder: Path) -> None:
    """Draw what a message about each rule that fires would carry."""
    for alert in company.watch.state.alerts.values():
        due = [Notification("ops", alert, Reason.FIRST)]
        picture = picture_of(due, company.watch.state, company.plan, company.now) if alert.firing else None
        if picture is not None:
            (folder / f"{scene}-{alert.rule}.png").write_bytes(png(picture))


async def take(browser: Browser, address: str, scene: str, folder: Path) -> None:
    for name, (width, height) in SIZES.items():
        for colours in ("light", "dark"):
            page = await browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="light" if colours == "light" else "dark",
                locale="en-GB",
                device_scale_factor=1.5 if name == "phone" else 1,
            )
            page.on("console", lambda message: print("console:", message.text))  # noqa: T201
            await page.goto(address)
            await page.wait_for_timeout(1_500)  # The ledger is read beside the page.
            await page.screenshot(path=folder / f"{scene}-{name}-{colours}.png", full_page=True)
            if (name, colours) == ("desktop", "light"):
                await page.screenshot(path=folder / f"{scene}-readme.png", full_page=True, clip=README)
            await page.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
