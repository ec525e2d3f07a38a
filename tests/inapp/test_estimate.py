import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.inapp.asked import Asked
from monitor.inapp.endpoints import Endpoint
from monitor.inapp.estimate import tokens_in, tokens_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


# Counted with the tokenizer cl100k_base.
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("Monitoring the spending of applications is important, because one script may burn hundreds of dollars.", 17),
        ("def spend(window: Window) -> Money:\n    return total(window)\n", 14),
        ("人工智能的费用", 8),
        ("1234567890", 4),
    ],
)
def test_an_estimate_is_within_a_third(text: str, tokens: int) -> None:
    assert 0.66 * tokens <= tokens_in(text) <= 1.5 * tokens


@given(JSON)
def test_any_value_has_an_estimate(value: Any) -> None:
    assert tokens_of(value) >= 0


@given(st.text(), st.text())
def test_more_text_is_not_fewer_tokens(text: str, more: str) -> None:
    assert tokens_in(f"{text}\n{more}") >= tokens_in(text) - 1


def test_a_picture_is_not_counted_by_its_bytes() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 1_000_000}}

    assert tokens_of([{"role": "user", "content": [picture]}]) < 2_000


def test_tokens_that_are_given_as_such_are_counted() -> None:
    assert tokens_of([[15496, 995], [11]]) == 3


def test_the_bound_of_an_ordinary_prompt_is_above_its_estimate() -> None:
    text = "A question in ordinary words, with some code: spend(window, scope)[0]. " * 20
    content = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}).encode()
    asked = Asked(Endpoint.CHAT, "openai", content)

    assert asked.input_tokens <= asked.most_input_tokens <= 3 * asked.input_tokens
