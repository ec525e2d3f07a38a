import asyncio
from concurrent.futures import ThreadPoolExecutor

from monitor.inapp.labels import NONE, Labels, current, given, labels


def test_inner_words_go_before_outer_ones_and_tags_add_up() -> None:
    with labels(project="search", user="ann", tags=["a"]), labels(user="bob", tags="b"):
        inner = current()

    assert inner == Labels("search", "bob", ("a", "b"))
    assert current() == NONE


def test_words_end_with_their_block_even_if_it_raises() -> None:
    try:
        with labels(project="search"):
            raise KeyError
    except KeyError:
        pass

    assert current() == NONE


def test_a_tag_is_there_once() -> None:
    assert given(None, None, ["a"]).within(Labels("p", "", ("a", "b"))) == Labels("p", "", ("a", "b"))


async def test_tasks_do_not_see_each_others_words() -> None:
    async def one(user: str) -> Labels:
        with labels(user=user):
            await asyncio.sleep(0)
            return current()

    assert tuple(await asyncio.gather(one("ann"), one("bob"))) == (Labels(user="ann"), Labels(user="bob"))


def test_threads_do_not_see_each_others_words() -> None:
    with labels(user="ann"), ThreadPoolExecutor() as pool:
        assert pool.submit(current).result() == NONE
