"""Events cut out of bytes: however those arrive, the caller gets the same, and the same is heard."""

import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.inapp.asked import Asked
from monitor.inapp.call import Call
from monitor.inapp.endpoints import Endpoint
from monitor.inapp.frames import Frames, data_of
from monitor.inapp.labels import NONE
from monitor.inapp.tracker import Tracker
from monitor.inapp.watch import Events
from monitor.ledger.ledger import Ledger
from tests.inapp.provider import chat_chunks
from tests.inapp.written import written

LINES = st.sampled_from([b"data: a", b"data:b", b"data", b": ping", b"event: x", b"id: 1", b""])
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.tuples(LINES, ENDS), max_size=20), st.lists(st.integers(0, 200), max_size=8))
def test_events_are_the_bytes_that_came(lines: list[tuple[bytes, bytes]], places: list[int]) -> None:
    data = b"".join(line + end for line, end in lines)
    frames = Frames()

    got = [frame for piece in cut(data, places) for frame in frames.feed(piece)]

    assert b"".join(got) + frames.rest() == data


@given(st.lists(LINES, min_size=1, max_size=6), ENDS, st.lists(st.integers(0, 200), max_size=8))
def test_events_do_not_depend_on_how_the_bytes_arrive(lines: list[bytes], end: bytes, places: list[int]) -> None:
    data = b"".join(line + end + end for line in lines) * 2
    whole, pieces = Frames(), Frames()

    at_once = [data_of(frame) for frame in (*whole.feed(data), whole.rest())]
    one_by_one = [data_of(frame) for piece in cut(data, places) for frame in pieces.feed(piece)]

    assert [*filter(None, [*one_by_one, data_of(pieces.rest())])] == [*filter(None, at_once)]


@pytest.mark.parametrize(
    ("frame", "data"),
    [
        (b"data: {}\n\n", b"{}"),
        (b"data:{}\r\n\r\n", b"{}"),
        (b"event: x\ndata: a\ndata: b\n\n", b"a\nb"),
        (b"data: a\ndata: b\n\n", b"a\nb"),
        (b": ping\n\n", b""),
    ],
)
def test_the_data_of_an_event(frame: bytes, data: bytes) -> None:
    assert data_of(frame) == data


@settings(max_examples=30)
@given(places=st.lists(st.integers(0, 2_000), max_size=30), end=st.sampled_from(["\n\n", "\r\n\r\n"]))
def test_the_event_that_was_not_asked_for_is_hidden_however_it_arrives(
    tmp_path_factory: pytest.TempPathFactory, places: list[int], end: str
) -> None:
    chunks = [chunk if isinstance(chunk, str) else json.dumps(chunk) for chunk in chat_chunks(USAGE)]
    sent = [f"data: {chunk}{end}".encode() for chunk in chunks]

    with Tracker(Ledger(tmp_path_factory.getbasetemp() / "streams.sqlite3"), environ={}) as tracker:
        watch = Events(Call(tracker, _asked(), NONE, None), hide=True)
        shown = b"".join(map(watch.passing, cut(b"".join(sent), places))) + watch.end()

    assert shown == b"".join([*sent[:-2], sent[-1]])


def test_a_stream_that_makes_no_sense_passes_unchanged(tracker: Tracker) -> None:
    watch = Events(Call(tracker, _asked(), NONE, None), hide=True)
    data = b"data: {not json\n\ndata: [1]\n\ndata: {}\n\n\xff\xfe\n\nrest"

    assert watch.passing(data) + watch.end() == data
    assert [record.status for record in written(tracker)] == ["incomplete"]


def _asked() -> Asked:
    return Asked(Endpoint.CHAT, "openai", b'{"model": "gpt-4.1", "stream": true}')
