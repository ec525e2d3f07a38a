"""The body of a streamed answer, read through a watch; one for each way in which an HTTP client reads."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from monitor.inapp.watch import Watch


class SyncBody:
    """Takes the place of the response's own stream."""

    def __init__(self, stream: Any, watch: Watch) -> None:
        self._stream = stream
        self._watch = watch

    def __iter__(self) -> Iterator[bytes]:
        try:
            for data in self._stream:
                if shown := self._watch.passing(data):
                    yield shown
        except BaseException as error:
            self._watch.fail(error)
            raise
        if rest := self._watch.end():
            yield rest

    def close(self) -> None:
        self._stream.close()
        self._watch.fail(GeneratorExit())


class AsyncBody:
    """As `SyncBody`, for an asynchronous client."""

    def __init__(self, stream: Any, watch: Watch) -> None:
        self._stream = stream
        self._watch = watch

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for data in self._stream:
                if shown := self._watch.passing(data):
                    yield shown
        except BaseException as error:
            self._watch.fail(error)
            raise
        if rest := self._watch.end():
            yield rest

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._watch.fail(GeneratorExit())
