"""Texts in the cells of a table: names of models, of projects, of an application's users, who may be anybody."""

import re
from collections.abc import Mapping

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-][0-9]+(\.[0-9]+)?")


def cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula; a number stays one.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) and not _NUMBER.fullmatch(text) else text


def cells(row: Mapping[str, object]) -> dict[str, object]:
    """Return the row with each of its texts so written."""
    return {name: cell(value) if isinstance(value, str) else value for name, value in row.items()}
