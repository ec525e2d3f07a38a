"""Who is told when a channel fails: its fallback, once, and not again when the channel is back."""

from datetime import timedelta

import pytest

from monitor.core.channels import FALLBACK_AFTER, ChannelState
from monitor.daemon.senders.failures import SendFailed
from tests.core.story import START
from tests.daemon.delivering import World

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DOWN = SendFailed("it is down")
GONE = SendFailed("the webhook was deleted", permanent=True)


async def test_what_is_due_is_said_on_the_fallback_once_the_channel_has_failed_for_ten_minutes() -> None:
    world = World()
    mail = world.add("mail", hears=False)
    chat = world.add("chat", "mail")
    chat.error = DOWN
    async with world.running():
        await world.say("75%", after=FALLBACK_AFTER - SECOND)
        assert mail.heard == []
        await world.time.pass_by(SECOND)

    [message] = mail.heard
    assert message.title == "75%"
    assert message.body == "Said here in place of chat, which fails: it is down.\nthe body"
    assert world.logged["chat"] == {"a": "75%"}


async def test_a_channel_that_fails_for_good_is_replaced_at_once() -> None:
    world = World()
    mail = world.add("mail", hears=False)
    world.add("chat", "mail").error = GONE
    async with world.running():
        await world.say("75%")

    assert mail.titles == ["75%"]


async def test_what_the_fallback_was_told_is_not_said_again_when_the_channel_is_back() -> None:
    world = World()
    world.add("mail", hears=False)
    chat = world.add("chat", "mail")
    chat.error = GONE
    async with world.running():
        await world.say("75%", after=HOUR)
        chat.error = None
        await world.say("75%", after=HOUR)
        await world.say("92%", after=MINUTE)

    assert chat.titles == ["92%"]
    assert world.state("chat").state == "ok"


async def test_while_the_channel_is_given_up_news_goes_to_the_fallback_without_waiting_for_its_next_try() -> None:
    world = World()
    mail = world.add("mail", hears=False)
    chat = world.add("chat", "mail")
    chat.error = GONE
    async with world.running():
        for what in ("75%", "92%", "96%"):
            await world.say(what, after=MINUTE)

    assert mail.titles == ["75%", "92%", "96%"]
    assert chat.attempts == [0]


async def test_a_fallback_that_fails_is_tried_again_and_so_is_the_channel() -> None:
    world = World()
    mail = world.add("mail", hears=False)
    chat = world.add("chat", "mail")
    chat.error, mail.error = GONE, SendFailed("busy", 5 * MINUTE)
    async with world.running():
        await world.say("75%", after=4 * MINUTE)
        mail.error = None
        await world.time.pass_by(MINUTE)

    assert (mail.attempts, mail.titles, chat.attempts) == ([0, 300], ["75%"], [0])


async def test_where_the_fallback_fails_too_its_own_fallback_is_told() -> None:
    world = World()
    desk = world.add("desk", hears=False)
    world.add("mail", "desk", hears=False).error = DOWN
    world.add("chat", "mail", "desk").error = GONE
    async with world.running():
        await world.say("75%")

    assert desk.titles == ["75%"]


async def test_a_restart_does_not_begin_the_ten_minutes_anew() -> None:
    world = World()
    mail = world.add("mail", hears=False)
    world.add("chat", "mail", state=ChannelState("chat").failed("it is down", START - FALLBACK_AFTER)).error = DOWN
    async with world.running():
        await world.say("75%")

    assert mail.titles == ["75%"]


@pytest.mark.parametrize("step", [-24 * HOUR, 24 * HOUR])
async def test_a_clock_that_is_set_does_not_put_the_fallback_off(step: timedelta) -> None:
    world = World()
    mail = world.add("mail", hears=False)
    world.add("chat", "mail", state=ChannelState("chat").failed("it is down", START + step)).error = DOWN
    async with world.running():
        await world.say("75%", after=FALLBACK_AFTER)

    assert mail.titles == ["75%"]


async def test_without_a_fallback_a_channel_only_goes_on_trying() -> None:
    world = World()
    chat = world.add("chat")
    chat.error = GONE
    async with world.running():
        await world.say("75%", after=HOUR)

    assert (chat.attempts, world.logged["chat"]) == ([0, 3600], {})


async def test_a_fallback_that_hears_it_by_itself_is_not_told_twice() -> None:
    world = World()
    mail = world.add("mail")
    chat = world.add("chat", "mail")
    chat.error = GONE
    async with world.running():
        await world.say("75%", after=MINUTE)
        await world.say("92%", after=MINUTE)
        chat.error = None
        await world.say("92%", after=2 * HOUR)

    assert [message.body for message in mail.heard] == ["the body", "the body"]
    assert (mail.titles, chat.titles) == (["75%", "92%"], [])
    assert world.logged["chat"] == {"a": "92%"}


async def test_what_the_fallback_is_yet_to_hear_by_itself_is_still_due_on_the_channel() -> None:
    world = World()
    mail = world.add("mail")
    chat = world.add("chat", "mail")
    chat.error, mail.error = GONE, DOWN
    async with world.running():
        await world.say("75%", after=MINUTE)
        assert world.logged["chat"] == {}
        chat.error = None
        await world.time.pass_by(HOUR)

    assert chat.titles == ["75%"]
