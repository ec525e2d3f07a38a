"""The way to a figure, as a user writes it: a JMESPath expression, or a JSON pointer where it begins with a slash.

Amounts are Decimal, which JMESPath's own functions do not know: those that make numbers of numbers are replaced here.
Sources: https://jmespath.org/specification.html and https://www.rfc-editor.org/rfc/rfc6901
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import jmespath
from jmespath.exceptions import ArityError, JMESPathError, JMESPathTypeError, UnknownFunctionError
from jmespath.functions import Functions, signature

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.shapes.numbers import number

Find = Callable[[object], object]


def compile_expression(text: str) -> Find:
    """Return a function that finds what stands at `text` in an answer; None where nothing does.

    The function raises SourceDrifted where the expression does not fit the answer.

    Raises:
        ValueError: it is neither an expression nor a pointer.
    """
    return _pointer(text) if text.startswith("/") else _expression(text)


def _pointer(text: str) -> Find:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in text[1:].split("/")]

    def find(body: object) -> object:
        for step in steps:
            if isinstance(body, dict):
                body = body.get(step)
            elif isinstance(body, list) and step.isascii() and step.isdecimal() and len(step) < 7:
                body = body[int(step)] if int(step) < len(body) else None
            else:
                return None
        return body

    return find


def _expression(text: str) -> Find:
    options = jmespath.Options(custom_functions=_Exact())
    try:
        compiled = jmespath.compile(text)
        compiled.search(None, options)
    except (JMESPathTypeError, SourceDrifted):
        pass  # A function did not like the empty answer; that there is such a function is all that was asked.
    except (UnknownFunctionError, ArityError) as error:
        raise ValueError(f"is not a JMESPath expression: {error}") from None
    except (JMESPathError, ValueError, TypeError):
        raise ValueError(
            "is not a JMESPath expression: write it as data.total.cost, data[0].cost or sum(data[].cost), "
            'with quotes around other names: data."total-cost"; or as a JSON pointer: /data/total/cost'
        ) from None

    def find(body: object) -> object:
        try:
            return compiled.search(body, options)
        except (JMESPathError, ValueError, TypeError, ArithmeticError, AttributeError, RecursionError) as error:
            raise SourceDrifted(f"{text} does not fit the answer ({type(error).__name__})") from error

    return find


class _Exact(Functions):
    """Sums in Decimal. The sum of nothing is unknown, not 0: a name that was changed leaves nothing to add as well."""

    @signature({"types": ["array"]})
    def _func_sum(self, values: Sequence[object]) -> Decimal | None:
        return sum(_numbers(values), Decimal(0)) if values else None

    @signature({"types": ["array"]})
    def _func_max(self, values: Sequence[object]) -> Decimal | None:
        return max(_numbers(values), default=None)

    @signature({"types": ["array"]})
    def _func_min(self, values: Sequence[object]) -> Decimal | None:
        return min(_numbers(values), default=None)

    @signature({"types": []})
    def _func_abs(self, value: Any) -> Decimal:
        return abs(number(value, "abs"))

    @signature({"types": []})
    def _func_to_number(self, value: Any) -> Decimal | None:
        try:
            return number(value, "to_number")
        except SourceDrifted:
            return None


def _numbers(values: Sequence[object]) -> list[Decimal]:
    return [number(value, f"[{index}]") for index, value in enumerate(values)]
