"""One request on its way, from just before it is sent until its one record is written."""

import time
from datetime import timedelta
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.spending.prices import Service
from monitor.core.spending.sense import can_cost
from monitor.core.spending.usage import NOTHING, Usage
from monitor.inapp.asked import Question
from monitor.inapp.failures import status_of, was_sent, word_of
from monitor.inapp.guard import say_once
from monitor.inapp.heard import Heard
from monitor.inapp.held import Held
from monitor.inapp.labels import Labels
from monitor.inapp.nesting import count_request
from monitor.inapp.tracker import Tracker
from monitor.ledger.record import OK, RequestRecord

# The provider works such an answer out for itself, and says so more truly than any table.
_TELLS_COST = "openrouter"
_FREE = Money(Decimal(0), "USD")


class Call:
    """Ends once, whoever ends it: with the answer, its last piece, an error, or nobody who wants the rest."""

    def __init__(self, tracker: Tracker, asked: Question, labels: Labels, held: Held | None) -> None:
        count_request()
        self.heard = Heard()
        self.identity = ""
        # Who tells its cost in another unit than dollars, or means another thing by it, would be believed in silence.
        self.tells_cost = asked.provider == _TELLS_COST
        self._tracker = tracker
        self._asked = asked
        self._labels = labels
        self._held = held
        self._at = tracker.clock()
        self._began = time.perf_counter()
        self._ended = False

    def succeed(self) -> None:
        """Record what was heard; an answer that is not whole is partial."""
        heard = self.heard
        if heard.error is not None:
            self._end(heard.error, whole=False)
        elif heard.ended or heard.finished:
            self._end(OK, whole=True)
        else:
            self._end("incomplete", whole=False)

    def refuse(self, status: int) -> None:
        """Record an answer that is an error: nothing was used."""
        self._finish(str(status), NOTHING, _FREE)

    def fail(self, error: BaseException) -> None:
        """Record a request without an answer, or with a broken one; what was never sent is free."""
        word = word_of(error)
        if self.heard.error is not None:
            self._end(self.heard.error, whole=False)
        elif self.heard.ended:
            self._end(OK, whole=True)
        elif status_of(error) is not None or not was_sent(error):
            self._finish(word, NOTHING, _FREE)
        else:
            self._end(word, whole=False)

    def leave(self) -> None:
        """Record nothing: others have."""
        self._ended = True
        if self._held is not None:
            self._held.release()

    def _end(self, status: str, *, whole: bool) -> None:
        if self._ended:
            return
        told = self.heard.usage
        usage, estimated = (told, False) if told is not None and whole else self._guess(told)
        if self.heard.error is not None and told is None and not usage.output_tokens:
            self._finish(status, NOTHING, _FREE)  # An error that came with a 200.
            return
        self._finish(status, usage, self._cost(usage), estimated=estimated, partial=not whole)

    def _guess(self, told: Usage | None) -> tuple[Usage, bool]:
        """Return the usage as far as it is known, the rest estimated, and whether anything was."""
        written = self.heard.output_tokens
        if told is None:
            return Usage(self._asked.input_tokens, output_tokens=written), True
        if told.output_tokens >= written:
            return told, False
        return told + Usage(output_tokens=written - told.output_tokens), True

    def _cost(self, usage: Usage) -> Money | None:
        heard, asked = self.heard, self._asked
        told = Money(heard.cost, "USD") if heard.cost is not None and self.tells_cost else None
        if told is not None and not can_cost(told):
            told = None
        if told is not None and asked.provider == _TELLS_COST:
            return told
        service = heard.service
        if service is None:
            return told
        cost = self._price(heard.model, usage, service) if heard.model else None
        if cost is None:
            # Deployments and aliases may answer with a name that nobody prices. Only now, as it takes reading the
            # whole request.
            cost = self._price(asked.model, usage, service)
        return told if cost is None else cost

    def _price(self, model: str, usage: Usage, service: Service) -> Money | None:
        return self._tracker.cost(model, usage, self._at, self._asked.provider, service)

    def _finish(
        self, status: str, usage: Usage, cost: Money | None, *, estimated: bool = False, partial: bool = False
    ) -> None:
        if self._ended:
            return
        self._ended = True
        labels, asked, tracker = self._labels, self._asked, self._tracker
        record = RequestRecord(
            request_id=tracker.unique(self.identity or self.heard.identity),
            at=self._at,
            provider=asked.provider,
            model=self.heard.model or asked.model,
            usage=usage,
            cost=cost,
            status=status,
            latency=timedelta(0, time.perf_counter() - self._began),
            project=labels.project,
            user=labels.user,
            tags=labels.tags,
            estimated=estimated,
            partial=partial,
            prompt_hash=None if tracker.hash_key is None else asked.prompt_hash(tracker.hash_key),
        )
        tracker.ledger.record(record)
        if self._held is not None:
            self._held.settle(cost)

    def __del__(self) -> None:
        """Record that nobody wants the rest of the answer."""
        try:
            if not self._ended:
                self._end(OK if self.heard.ended else "cancelled", whole=self.heard.ended)
        except Exception as error:  # noqa: BLE001 - the last resort for a stream that was let go.
            say_once("a request that was let go could not be recorded", error)
