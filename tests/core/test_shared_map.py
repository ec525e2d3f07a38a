"""A shared map is a dict that is replaced whole, whatever is put into it."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.shared_map import CHUNK, SharedMap

keys = st.integers(0, 3 * CHUNK).map(str)


@given(st.dictionaries(keys, st.integers(), max_size=3 * CHUNK), st.lists(st.tuples(keys, st.integers()), max_size=20))
def test_it_is_what_a_dict_would_be(values: dict[str, int], changes: list[tuple[str, int]]) -> None:
    shared, expected = SharedMap(values), dict(values)
    for key, value in changes:
        before, former = shared, dict(expected)

        shared = shared.having(key, value)
        expected[key] = value

        assert list(shared.items()) == list(expected.items())
        assert len(shared) == len(expected)
        assert before == former


def test_a_changed_one_shares_all_other_chunks() -> None:
    shared = SharedMap({str(number): object() for number in range(3 * CHUNK)})

    changed = shared.having(str(CHUNK), object())

    assert [one is other for one, other in zip(shared._chunks, changed._chunks, strict=True)] == [True, False, True]
