"""Whatever a provider answers, it gives amounts that make sense, or an error of a known kind; never another error."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.errors import SourceError
from monitor.core.money import BEYOND_SENSE
from tests.daemon.sources import (
    test_claude_relay_service,
    test_deepseek,
    test_fireworks,
    test_litellm,
    test_moonshot,
    test_new_api,
    test_novita,
    test_one_api,
    test_openrouter,
    test_siliconflow,
    test_stepfun,
    test_sub2api,
    test_vercel,
    test_xai,
)
from tests.daemon.sources.canned import WRONG, amounts, spoiled, told

DOCUMENTED: Mapping[str, Mapping[str, object]] = {
    "claude-relay-service": test_claude_relay_service.DOCUMENTED,
    "deepseek": test_deepseek.DOCUMENTED,
    "fireworks": test_fireworks.DOCUMENTED,
    "litellm": test_litellm.DOCUMENTED,
    "moonshot": test_moonshot.DOCUMENTED,
    "new-api": test_new_api.DOCUMENTED,
    "new-api user": test_new_api.DOCUMENTED_USER,
    "novita": test_novita.DOCUMENTED,
    "one-api": test_one_api.DOCUMENTED,
    "openrouter": test_openrouter.DOCUMENTED,
    "openrouter account": test_openrouter.DOCUMENTED_ACCOUNT,
    "siliconflow": test_siliconflow.DOCUMENTED,
    "stepfun": test_stepfun.DOCUMENTED,
    "sub2api": test_sub2api.DOCUMENTED,
    "vercel": test_vercel.DOCUMENTED,
    "xai": test_xai.DOCUMENTED,
}


FIELDS = {"new-api user": {"user": "7"}}


def makes_sense(kind: str, bodies: Mapping[str, object]) -> None:
    try:
        seen = told(kind.partition(" ")[0], bodies, fields=FIELDS.get(kind, {}))
    except SourceError:
        return

    for amount in amounts(seen):
        assert amount.is_finite()
        assert 0 <= amount < BEYOND_SENSE
    assert seen.balance is None or abs(seen.balance.amount) < BEYOND_SENSE


@pytest.mark.parametrize("kind", DOCUMENTED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_documented_answer_with_something_wrong_makes_sense_or_is_an_error(kind: str, data: st.DataObject) -> None:
    makes_sense(kind, data.draw(spoiled(DOCUMENTED[kind])))


@pytest.mark.parametrize("kind", DOCUMENTED)
@settings(max_examples=25)
@given(data=st.data())
def test_any_json_makes_sense_or_is_an_error(kind: str, data: st.DataObject) -> None:
    makes_sense(kind, {path: data.draw(WRONG) for path in DOCUMENTED[kind]})
