"""The table of `check` and `status`, for people."""

import io
from typing import Any

import pytest

from monitor.daemon.terminal import show


def a_document(
    quota: dict[str, Any] | None, balance: dict[str, Any] | None, known_from: str | None = None
) -> dict[str, Any]:
    source = {
        "name": "acme",
        "state": "ok",
        "as_of": "2026-05-20T12:00:00Z",
        "currency": "USD",
        "spend": {"today": None, "month": "7"},
        "known_from": {"today": None, "month": known_from},
        "quota": quota,
        "balance": balance,
        "error": None,
    }
    rest: dict[str, Any] = {"budgets": [], "channels": [], "caveats": [], "alerts": []}
    return {"severity": "OK", "as_of": "2026-05-20T12:00:00Z", "sources": [source], **rest}


def a_quota(used: str | None, limit: str | None, *, reached: bool = False) -> dict[str, Any]:
    return {"used": used, "limit": limit, "unit": "USD", "reached": reached}


def usd(amount: str) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


@pytest.mark.parametrize(
    ("quota", "balance", "ends"),
    [
        (None, None, "7.00 USD none"),
        (None, usd("5"), "7.00 USD none 5.00 USD"),
        (a_quota(None, None), usd("-0.5"), "7.00 USD none -0.50 USD"),
        (a_quota("5", "10"), None, "7.00 USD 5.00 USD of 10"),
        (a_quota("5", None), None, "7.00 USD 5.00 USD of no limit"),
        (a_quota(None, None, reached=True), usd("0"), "7.00 USD REACHED 0.00 USD"),
    ],
)
def test_limits_and_what_is_left_stand_at_the_end_of_a_source(quota: Any, balance: Any, ends: str) -> None:
    out = io.StringIO()

    show(a_document(quota, balance), out)

    row = next(line for line in out.getvalue().splitlines() if line.startswith("acme"))
    assert " ".join(row.split()) == f"acme ok 2026-05-20T12:00:00Z unknown {ends}"


def test_a_sum_of_a_part_of_the_window_says_so() -> None:
    out = io.StringIO()

    show(a_document(None, usd("5"), "2026-05-20T11:30:00Z"), out)

    assert "7.00 USD since 2026-05-20T11:30Z" in out.getvalue()


def test_a_budget_that_is_not_used_up_never_reads_as_if_it_were() -> None:
    window = {"start": "2026-05-01T00:00:00Z", "end": "2026-06-01T00:00:00Z"}
    budget = {"name": "monthly", "severity": "EMERGENCY", "spent": "99.97", "limit": "100", "currency": "USD"}
    out = io.StringIO()

    show({**a_document(None, None), "budgets": [{**budget, "ratio": "0.9997", "window": window}]}, out)

    row = next(line for line in out.getvalue().splitlines() if line.startswith("monthly"))
    assert " ".join(row.split()) == "monthly EMERGENCY 99.97 USD 100.00 USD 99.9% 2026-06-01T00:00"
