"""What a source's answers tell in their headers, whatever kind it is: rate limits and the provider's clock."""

from dataclasses import replace
from datetime import datetime

from monitor.core.spending.readings import Observation
from monitor.daemon.headers import clock_skew, closed_for, rate_limits
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Source


class Envelope:
    """A source, and the headers of the last answer that its connection got."""

    def __init__(self, source: Source, http: Http) -> None:
        self._source, self._http = source, http

    async def fetch(self, now: datetime) -> Observation:
        """Return what the source tells, and what the headers did; raises as the source does."""
        self._http.last = None
        seen = await self._source.fetch(now)
        answer = self._http.last
        if answer is None:
            return seen
        return replace(
            seen,
            rate_limits=(*seen.rate_limits, *rate_limits(answer.headers)),
            clock_skew=clock_skew(answer.headers, answer.received_at, answer.latency),
            closed_for=closed_for(answer.headers, answer.received_at),
        )

    async def close(self) -> None:
        await self._source.close()
