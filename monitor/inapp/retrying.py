"""`retrying`: a call that is tried again where waiting helps, and only there."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from monitor.core.errors import BudgetExceeded
from monitor.core.money import Money
from monitor.inapp.failures import is_out_of_money, is_timeout, seconds_to_wait, status_of
from monitor.inapp.held import Held, ledger_of
from monitor.inapp.nesting import Nest
from monitor.inapp.reserving import Reserves

if TYPE_CHECKING:
    from tenacity import RetryCallState

_F = TypeVar("_F", bound=Callable[..., Any])
_TOO_MANY, _SERVER = 429, 500


def retrying(
    *,
    attempts: int = 5,
    wait_initial: float = 0.5,
    wait_max: float = 60.0,
    breaker: Reserves | None = None,
    estimate: Money | Decimal | None = None,
    sleep: Callable[[float], Any] | None = None,
) -> Callable[[_F], _F]:
    """Try a function, plain or async, again after a 429, a 5xx or a timeout; any other error is raised at once.

    It waits a random time of at most `wait_initial` seconds, then of at most twice that, and so on up to `wait_max`;
    and never shorter than the server asks (`Retry-After`). A server that asks for more than `wait_max`, or an account
    without money, is not waited for. After `attempts` tries in all, the last error is raised as it is.

    With a `breaker`, each attempt reserves its `estimate`, which stands unless the server refused the request. Where
    the function uses what is tracked or guarded itself, that counts, and not the estimate. SDKs try again too: give
    them `max_retries=0`.
    """
    if attempts < 1 or wait_initial < 0 or wait_max < 0:
        raise ValueError("attempts must be at least 1, and no wait can be negative")
    # Loaded here: it brings asyncio along.
    from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential
    from tenacity.stop import stop_base

    jitter = wait_random_exponential(multiplier=wait_initial, max=wait_max)

    def wait(state: "RetryCallState") -> float:
        return max(jitter(state), _asked_to_wait(state) or 0.0)

    class AsksTooMuch(stop_base):
        def __call__(self, retry_state: "RetryCallState") -> bool:
            return (_asked_to_wait(retry_state) or 0.0) > wait_max

    options: dict[str, Any] = {} if sleep is None else {"sleep": sleep}
    again = retry(
        stop=stop_after_attempt(attempts) | AsksTooMuch(),
        wait=wait,
        retry=retry_if_exception(is_worth_another_try),
        reraise=True,
        **options,
    )

    def decorate(function: _F) -> _F:
        attempt = function if breaker is None else _reserved(function, breaker, estimate)
        return cast("_F", again(attempt))

    return decorate


def is_worth_another_try(error: BaseException) -> bool:
    """Tell whether the same request may succeed later."""
    status = status_of(error)
    if status is None:
        return is_timeout(error)
    return status >= _SERVER or (status == _TOO_MANY and not is_out_of_money(error))


def _asked_to_wait(state: "RetryCallState") -> float | None:
    error = state.outcome.exception() if state.outcome is not None else None
    return None if error is None else seconds_to_wait(error, datetime.now(UTC))


def _reserved(function: Callable[..., Any], breaker: Reserves, estimate: Money | Decimal | None) -> Callable[..., Any]:
    @wraps(function)
    def attempt(*args: Any, **kwargs: Any) -> Any:
        with _attempt(breaker, estimate):
            return function(*args, **kwargs)

    @wraps(function)
    async def attempt_async(*args: Any, **kwargs: Any) -> Any:
        with _attempt(breaker, estimate):
            return await function(*args, **kwargs)

    return attempt_async if inspect.iscoroutinefunction(function) else attempt


@contextmanager
def _attempt(breaker: Reserves, estimate: Money | Decimal | None) -> Iterator[None]:
    """Hold the estimate for as long as the block lasts; afterwards it stands, unless nothing was spent or all is told.

    What refuses the request has sent nothing. Requests that were recorded within are counted there.
    """
    nest, held = Nest(), Held(breaker.reserve(estimate), recorded=False)
    if (ledger := ledger_of(breaker)) is not None:
        nest.guard(ledger.path, held.release)
    try:
        with nest.entered():
            yield
    except BaseException as error:
        if status_of(error) is not None or isinstance(error, BudgetExceeded):
            held.release()
        raise
    finally:
        if nest.requests:
            held.release()
        else:
            held.settle(None)
