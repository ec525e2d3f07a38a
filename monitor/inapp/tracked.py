"""`@tracked`: a function whose calls are recorded, whatever it does inside."""

import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from monitor.core.errors import BudgetExceeded
from monitor.inapp.asked import hash_of
from monitor.inapp.call import Call
from monitor.inapp.estimate import tokens_of
from monitor.inapp.guard import say_once
from monitor.inapp.heard import Heard
from monitor.inapp.held import hold, ledger_of
from monitor.inapp.labels import Labels, current, given
from monitor.inapp.nesting import Nest
from monitor.inapp.reserving import Reserves
from monitor.inapp.tracker import Tracker, shared
from monitor.prices.providers import maker_of

_F = TypeVar("_F", bound=Callable[..., Any])


def tracked(
    *,
    model: str,
    provider: str | None = None,
    project: str | None = None,
    user: str | None = None,
    tags: Sequence[str] = (),
    tracker: Tracker | None = None,
    breaker: Reserves | None = None,
) -> Callable[[_F], _F]:
    """Record each call of a function: a plain or an async one, a generator or an async generator.

    What it returns, yields or raises reaches the caller untouched. Its usage is read from what it returns or yields,
    where that is an answer of an API (an object of an SDK, or a mapping); else it is estimated from the texts that go
    in and come out. `model` and `provider` stand where the answer tells none; the provider is guessed from the model.
    Calls in which a tracked client sent requests are not recorded: the requests are. With a `breaker`, a call that a
    budget has no room for raises `BudgetExceeded`, and the function does not run.
    """
    words = given(project, user, tags)
    whose = maker_of(model) if provider is None else provider

    def span(arguments: object) -> "_Span":
        return _Span(_Arguments(model, whose, arguments), words, tracker, breaker)

    def decorate(function: _F) -> _F:
        for is_kind, wrap in (
            (inspect.isasyncgenfunction, _async_generator),
            (inspect.iscoroutinefunction, _coroutine),
            (inspect.isgeneratorfunction, _generator),
        ):
            if is_kind(function):
                return cast("_F", wrap(function, span))
        return cast("_F", _plain(function, span))

    return decorate


@dataclass(frozen=True, slots=True)
class _Arguments:
    """What a function is asked: whatever texts it is given."""

    model: str
    provider: str
    values: object

    @property
    def input_tokens(self) -> int:
        return tokens_of(self.values)

    def prompt_hash(self, key: bytes) -> bytes:
        return hash_of(_texts(self.values), key)


class _Span:
    """One call of a function. To begin one may raise BudgetExceeded; nothing else here raises."""

    def __init__(self, arguments: _Arguments, words: Labels, tracker: Tracker | None, breaker: Reserves | None) -> None:
        self.nest = Nest()
        self._call: Call | None = None
        try:
            tracker = tracker or shared(getattr(breaker, "ledger", None))
            words = current().within(words).within(tracker.labels)
            held = None if breaker is None else hold(breaker, tracker, arguments, words)
            if held is not None and breaker is not None and (ledger := ledger_of(breaker)) is not None:
                self.nest.guard(ledger.path, held.release)
            self._call = Call(tracker, arguments, words, held)
        except BudgetExceeded:
            raise
        except Exception as error:  # noqa: BLE001 - the function runs, unseen.
            say_once("a function could not be tracked", error)

    def hear(self, value: object) -> None:
        """Take in what it yields."""
        self._do("what a function yields could not be read", lambda call: _hear(call.heard, value, whole=False))

    def end(self, value: object = None) -> None:
        """Take note that it returned."""

        def end(call: Call) -> None:
            _hear(call.heard, value, whole=True)
            call.heard.ended = True
            call.succeed()

        self._do("a function could not be recorded", end)

    def fail(self, error: BaseException) -> None:
        """Take note that it raised, or that nobody wants more of it."""
        self._do("a function that failed could not be recorded", lambda call: call.fail(error))

    def _do(self, what: str, act: Callable[[Call], None]) -> None:
        if self._call is None:
            return
        try:
            if self.nest.requests:
                self._call.leave()
            act(self._call)
        except Exception as error:  # noqa: BLE001 - the caller gets what the function gives.
            say_once(what, error)


def _hear(heard: Heard, value: object, *, whole: bool) -> None:
    if isinstance(value, str):
        heard.hear_text(value)
        return
    if not isinstance(value, Mapping):
        dump = getattr(value, "model_dump", None)
        value = dump() if callable(dump) else None
    if isinstance(value, Mapping):
        if whole:
            heard.hear_whole(dict(value))
        else:
            heard.hear(dict(value))


def _texts(value: object) -> object:
    """Return a value with nothing in it but texts and what holds them."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(name): _texts(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(part) for part in value]
    return type(value).__name__


def _plain(function: Callable[..., Any], begin: Callable[[object], _Span]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        span = begin((args, kwargs))
        try:
            with span.nest.entered():
                value = function(*args, **kwargs)
        except BaseException as error:
            span.fail(error)
            raise
        span.end(value)
        return value

    return call


def _coroutine(function: Callable[..., Any], begin: Callable[[object], _Span]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        span = begin((args, kwargs))
        try:
            with span.nest.entered():
                value = await function(*args, **kwargs)
        except BaseException as error:
            span.fail(error)
            raise
        span.end(value)
        return value

    return call


def _generator(function: Callable[..., Any], begin: Callable[[object], _Span]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        span, generator = begin((args, kwargs)), function(*args, **kwargs)
        step, given = generator.send, None
        try:
            while True:
                try:
                    with span.nest.entered():
                        value = step(given)
                except StopIteration as stop:
                    span.end(stop.value)
                    return stop.value
                span.hear(value)
                try:
                    step, given = generator.send, (yield value)
                except GeneratorExit:
                    generator.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - it is the function's to answer.
                    step, given = generator.throw, error
        except BaseException as error:
            span.fail(error)
            raise

    return call


def _async_generator(function: Callable[..., Any], begin: Callable[[object], _Span]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        span, generator = begin((args, kwargs)), function(*args, **kwargs)
        step, given = generator.asend, None
        try:
            while True:
                try:
                    with span.nest.entered():
                        value = await step(given)
                except StopAsyncIteration:
                    span.end()
                    return
                span.hear(value)
                try:
                    step, given = generator.asend, (yield value)
                except GeneratorExit:
                    await generator.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - it is the function's to answer.
                    step, given = generator.athrow, error
        except BaseException as error:
            span.fail(error)
            raise

    return call
