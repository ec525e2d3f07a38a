"""Nothing that is shown or written holds a secret."""

import json
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.daemon.redact import Redactor

SECRETS = st.lists(st.text(min_size=8, max_size=40), min_size=1, max_size=4)


@given(SECRETS, st.lists(st.text(max_size=20), max_size=5), st.randoms(use_true_random=False))
@example(["********"], ["*" * 40], None)
@example(["abcdefgh", "defghijk"], ["abcdefghijk"], None)
@example(["api_key=***"], ["api_key=something"], None)
@example(["sk-abcdefgh/rest"], ["sk-abcdefgh/rest"], None)
def test_no_secret_survives_in_any_text(secrets: list[str], around: list[str], random: object) -> None:
    parts = [*around, *secrets]
    if random is not None:
        random.shuffle(parts)  # type: ignore[attr-defined]

    redacted = Redactor(secrets)("".join(parts))

    assert not [secret for secret in secrets if secret in redacted]


@given(SECRETS)
def test_no_secret_survives_in_a_line_of_json_or_the_repr_of_a_value(secrets: list[str]) -> None:
    redact = Redactor(secrets)

    for secret in secrets:
        assert secret not in json.loads(redact(json.dumps({"event": f"<{secret}>"})))["event"]
        assert repr(secret)[1:-1] not in redact(repr([secret]))


@given(st.text(min_size=8, max_size=40))
@example("pass&word<1>\"'")
def test_no_secret_survives_in_html(secret: str) -> None:
    redact = Redactor([secret])

    for written in (secret, json.dumps(secret)[1:-1]):
        assert escape(written, quote=False) not in redact(f"<p>{escape(written, quote=False)}</p>")
        assert escape(written) not in redact(f'<p title="{escape(written)}">')


@given(st.text(min_size=8, max_size=40))
def test_a_secret_is_found_in_its_quoted_form(secret: str) -> None:
    quoted = quote(secret, safe="")

    assert quoted not in Redactor([secret])(f"GET https://host/{quoted}?x=1")


@pytest.mark.parametrize(
    ("url", "piece"),
    [
        ("mailto://someone:pass%20word1@mail.example", "pass word1"),
        ("discord://123456789012/TokenTokenToken", "TokenTokenToken"),
        ("tgram://123456789:ABCDEFGHIJ/4711", "123456789:ABCDEFGHIJ"),
        ("slack://T1JJ3T3L2A/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "T1JJ3T3L2A"),
        ("https://hc-ping.example/0f3a4c1e-aaaa-bbbb", "0f3a4c1e-aaaa-bbbb"),
        ("json://host.example/?+X-Key=verysecret1&q=a", "verysecret1"),
    ],
)
def test_the_telling_pieces_of_a_secret_address_are_found_alone(url: str, piece: str) -> None:
    assert Redactor([url])(f"An invalid token ({piece}) was given") == "An invalid token (***) was given"


def test_the_host_of_a_secret_address_stays_readable() -> None:
    redact = Redactor(["https://hooks.example.com/T123456789", "json://localhost:8080/T123456789"])

    assert (
        redact("no route to hooks.example.com or localhost:8080") == "no route to hooks.example.com or localhost:8080"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
        ("the key sk-proj-abcdefgh12345 is wrong", "the key *** is wrong"),
        ("the key sk-admin-**********cdef. is wrong", "the key ***. is wrong"),
        ("the key cr_0123456789abcdef is wrong", "the key *** is wrong"),
        ("GET /usage?api_key=abc&days=3", "GET /usage?api_key=***&days=3"),
        ("HOLYSHEEP_API_KEY=abc", "HOLYSHEEP_API_KEY=***"),
        ('{"api_key": "abc", "n": 1}', '{"api_key": "***", "n": 1}'),
        ("x-api-key: abcdef", "x-api-key: ***"),
    ],
)
def test_what_looks_like_a_secret_is_masked_without_being_known(text: str, expected: str) -> None:
    assert expected == Redactor([])(text)


@pytest.mark.parametrize(
    "text",
    ["HOLYSHEEP_API_KEY is not set", "input_tokens=1200 max_tokens=5", "risk-assessment-of-today", "token: expired"],
)
def test_ordinary_words_stay(text: str) -> None:
    assert text == Redactor(["", "abc"])(text)
