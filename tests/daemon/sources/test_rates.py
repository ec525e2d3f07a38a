"""Rate limits in a body are found in the shapes that relays use, and money is never taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.spending.readings import RateLimit
from monitor.daemon.sources.shapes.rates import body_rate_limits


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"rpm": {"limit": 60, "used": 12}}, (RateLimit("rpm", 60, 48),)),
        ({"data": {"limits": {"tokens": {"limit": "1000", "remaining": "10"}}}}, (RateLimit("tokens", 1000, 10),)),
        ({"requests_per_minute_limit": 60, "requests_per_minute_used": 61}, (RateLimit("requests_per_minute", 60, 0),)),
        ({"limits": [{"type": "requests", "limit": 60, "remaining": 6}]}, (RateLimit("requests", 60, 6),)),
        ({"limits": {"tokens": 0, "requests": 0}}, ()),
        ({"rpm": {"limit": 0, "used": 0}}, ()),
        ({"rpm": {"limit": 60}, "requests_per_minute": 60}, ()),
        ({"quota_limit": 200, "quota_used": 50, "monthly_limit": 100, "monthly_used": 3}, ()),
        ({"rate_limits": [{"window": "5h", "limit": 20, "used": 1.5}]}, ()),
        ([], ()),
        (None, ()),
    ],
)
def test_a_rate_limit_is_told_by_its_name_its_size_and_its_use(body: object, expected: tuple[RateLimit, ...]) -> None:
    assert body_rate_limits(body) == expected


keys = st.sampled_from(["rpm", "tokens", "limit", "used", "remaining", "rpm_limit", "rpm_used", "type", "data"])
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | keys,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
)


@given(bodies)
def test_any_body_is_read_and_what_is_left_lies_within_the_limit(body: object) -> None:
    assert [limit for limit in body_rate_limits(body) if not 0 <= limit.remaining <= limit.limit] == []
