"""What is counted of a request, in every table that counts: columns of whole numbers, and the spans of the roll-ups."""

HOUR, DAY = 3_600_000_000, 86_400_000_000
# In the order of the fields of `Usage`, the first four of which make up the prompt.
TOKENS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
)
COUNTED = (
    "requests",
    "unpriced",
    "estimated",
    "partial",
    *TOKENS,
    "cost",
    "latency",
    "timed",
)


def counted(row: str = "", sign: str = "") -> dict[str, str]:
    """Return what a request counts for, as SQL by the name of the column; `row` is NEW or OLD in a trigger."""
    of = f"{row}." if row else ""
    values = {
        "requests": "1",
        "unpriced": f"({of}cost IS NULL)",
        "estimated": f"({of}flags & 1)",
        "partial": f"(({of}flags >> 1) & 1)",
        "cost": f"ifnull({of}cost, 0)",
        "latency": f"ifnull({of}latency, 0)",
        "timed": f"({of}latency IS NOT NULL)",
    }
    return {column: f"{sign}{values.get(column, f'{of}{column}')}" for column in COUNTED}


# A sum of money may be more than SQLite's whole numbers hold: it is told in two halves.
HALVES = ("high", "low")
_BITS = 32
# What two sums of both halves are ordered by.
ROUGHLY = f"sum(high) * {float(2**_BITS)} + sum(low)"


def halves(amounts: str) -> str:
    """Return the columns of a sum in its halves; `whole` puts them together."""
    return f"ifnull(sum({amounts} >> {_BITS}), 0) AS high, ifnull(sum({amounts} & {2**_BITS - 1}), 0) AS low"


def whole(high: int, low: int) -> int:
    """Return the sum of which the halves were told."""
    return (high << _BITS) + low
