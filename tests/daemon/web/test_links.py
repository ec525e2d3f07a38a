"""A link in a message asks before it acts, holds for a day, is of use once, and needs no token."""

from datetime import timedelta
from pathlib import Path
from string import ascii_letters, digits
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Stage
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.telling.messages import render
from monitor.daemon.links import LinkRefused, Links
from tests.core.story import START
from tests.daemon.web.served import TOKEN, Served, served

PUBLIC = "https://monitor.example"
HOST = {"Host": "monitor.example"}


def stage(here: Served) -> Stage:
    (alert,) = here.household.watch.state.alerts.values()
    return alert.stage


def path(here: Served) -> str:
    (alert,) = here.household.watch.state.alerts.values()
    assert here.links is not None
    url = here.links.url(alert.id)
    assert url.startswith(f"{PUBLIC}/act/")
    return urlsplit(url).path


async def test_a_link_asks_and_acts_once(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN, public_url=PUBLIC) as here:
        await here.poll(75)
        link = path(here)
        asked = await here.client.get(link, headers=HOST)
        untouched = stage(here)
        done = await here.client.post(link, data={"choice": "hour"}, headers={**HOST, "Origin": PUBLIC})
        known = stage(here)
        again = [
            await here.client.get(link, headers=HOST),
            await here.client.post(link, data={"choice": "hour"}, headers=HOST),
        ]

    assert (asked.status_code, untouched) == (200, Stage.FIRING)
    assert "holysheep: 75% of the monthly budget" in asked.text
    assert (done.status_code, known) == (200, Stage.ACKNOWLEDGED)
    assert [answer.status_code for answer in again] == [410, 410]
    assert "used already" in again[0].text


async def test_a_link_that_was_used_stays_so_after_a_restart(tmp_path: Path) -> None:
    async with served(tmp_path, public_url=PUBLIC) as here:
        await here.poll(75)
        link = path(here)
        await here.client.post(link, data={"choice": "acknowledge"}, headers=HOST)
    async with served(tmp_path, public_url=PUBLIC) as here:
        assert (await here.client.get(link, headers=HOST)).status_code == 410
        assert (await here.client.get(path(here), headers=HOST)).status_code == 200


async def test_another_site_cannot_make_a_browser_follow_through(tmp_path: Path) -> None:
    async with served(tmp_path, public_url=PUBLIC) as here:
        await here.poll(75)
        crossed = {**HOST, "Origin": "https://evil.example"}
        answer = await here.client.post(path(here), data={"choice": "hour"}, headers=crossed)

        assert (answer.status_code, stage(here)) == (403, Stage.FIRING)


async def test_nothing_chosen_is_nothing_done_and_the_link_still_holds(tmp_path: Path) -> None:
    async with served(tmp_path, public_url=PUBLIC) as here:
        await here.poll(75)
        link = path(here)
        answer = await here.client.post(link, data={"choice": "explode"}, headers=HOST)

        assert (answer.status_code, stage(here)) == (422, Stage.FIRING)
        assert (await here.client.get(link, headers=HOST)).status_code == 200


async def test_of_what_is_over_a_link_says_so(tmp_path: Path) -> None:
    async with served(tmp_path, public_url=PUBLIC) as here:
        await here.poll(75)
        link = path(here)
        here.household.later(minutes=5)
        await here.poll(10)
        answer = await here.client.get(link, headers=HOST)

    assert (answer.status_code, "over" in answer.text) == (410, True)


async def test_without_a_public_address_there_are_no_links(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        assert (await here.client.get("/act/anything")).status_code == 404


def test_a_link_holds_for_a_day(tmp_path: Path) -> None:
    now = [START]
    links = Links(tmp_path, PUBLIC, lambda: now[0])
    token = links.url("3f9a1c").rpartition("/")[2]
    now[0] += timedelta(hours=23, minutes=59)
    read = links.read(token).alert
    now[0] += timedelta(minutes=1)

    assert read == "3f9a1c"
    with pytest.raises(LinkRefused, match="too old"):
        links.read(token)


@given(st.integers(0, 51), st.integers(1, 63))
def test_a_link_that_was_changed_is_none_of_ours(
    tmp_path_factory: pytest.TempPathFactory, where: int, step: int
) -> None:
    links = Links(tmp_path_factory.getbasetemp(), PUBLIC, lambda: START)
    token = links.url("3f9a1c").rpartition("/")[2]
    letters = f"{ascii_letters}{digits}-_"
    other = letters[(letters.index(token[where]) + step) % len(letters)]

    with pytest.raises(LinkRefused):
        links.read(token[:where] + other + token[where + 1 :])


@given(st.text(max_size=80))
def test_whatever_is_sent_for_a_link_is_refused_in_words(tmp_path_factory: pytest.TempPathFactory, token: str) -> None:
    with pytest.raises(LinkRefused):
        Links(tmp_path_factory.getbasetemp(), PUBLIC, lambda: START).read(token)


def test_links_of_before_are_void_when_it_is_not_known_which_were_used(tmp_path: Path) -> None:
    token = Links(tmp_path, PUBLIC, lambda: START).url("3f9a1c").rpartition("/")[2]
    (tmp_path / "links.used").write_text("nonsense\n")

    with pytest.raises(LinkRefused):
        Links(tmp_path, PUBLIC, lambda: START).read(token)


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    Links(tmp_path, PUBLIC, lambda: START)

    assert (tmp_path / "links.key").stat().st_mode & 0o777 == 0o600


async def test_a_message_ends_with_the_link(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await here.poll(75)
        (alert,) = here.household.watch.state.alerts.values()

    notes = [Notification("ops", alert, Reason.FIRST)]
    one = render(notes, START.tzinfo, START, lambda alert: f"{PUBLIC}/act/{alert}")  # type: ignore[arg-type]
    assert one.body.endswith(f"Alert {alert.id}. To acknowledge: {PUBLIC}/act/{alert.id}")
