"""Whatever fails, and however often the process starts anew: all is said in the end, and nothing twice."""

import asyncio
from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.daemon.senders.failures import SendFailed
from tests.daemon.delivering import World

FAULTS = st.sampled_from(["", "down", "gone", "busy"])
SAY = st.tuples(st.just("say"), st.sampled_from("abc"))
CUT = st.tuples(st.sampled_from(["chat", "mail"]), FAULTS)
WAIT = st.tuples(st.just("wait"), st.sampled_from(["1", "7", "60", "700", "4000"]))
RESTART = st.just(("restart", ""))
STEPS = st.lists(SAY | CUT | WAIT | RESTART, max_size=25)
END = [("chat", ""), ("mail", ""), ("wait", "10000")]
ERRORS = {
    "": None,
    "down": SendFailed("it is down"),
    "gone": SendFailed("it is gone", permanent=True),
    "busy": SendFailed("it is busy", timedelta(minutes=15)),
}


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from([0, 5, 90]))
def test_all_is_said_in_the_end_and_nothing_twice(steps: list[tuple[str, str]], group_wait: int) -> None:
    world = asyncio.run(play(steps, timedelta(seconds=group_wait)))

    assert world.logged["chat"] == world.says
    heard = Counter(word for peer in world.peers.values() for title in peer.titles for word in title.split())
    assert [word for word, times in heard.items() if times > 1] == []
    assert set(world.says.values()) <= set(heard)


async def play(steps: list[tuple[str, str]], group_wait: timedelta) -> World:
    world = World(group_wait)
    world.add("mail", hears=False)
    world.add("chat", "mail")
    world.loops.pop("mail")
    loop = asyncio.create_task(world.loops["chat"].run())
    for number, (kind, which) in enumerate([*steps, *END]):
        match kind:
            case "say":
                await world.say(f"{which}{number}", which)
            case "chat" | "mail":
                world.peers[kind].error = ERRORS[which]
            case "wait":
                await world.time.pass_by(timedelta(seconds=int(which)))
            case "restart":
                await world.loops["chat"].stop(timedelta(seconds=1))
                loop.cancel()
                world.add("chat", "mail", state=world.state("chat"))
                loop = asyncio.create_task(world.loops["chat"].run())
                world.loops["chat"].wake()
    loop.cancel()
    return world
