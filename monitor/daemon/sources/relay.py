"""What the sources of relay programs share: the usage that a program tells becomes an observation."""

from datetime import datetime

from monitor.core.errors import SourceDrifted
from monitor.core.spending.readings import Observation
from monitor.daemon.answers import Answer
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.assembly import Assembly
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.polled import LimitReached, Polled, observation
from monitor.daemon.sources.relays import Found, Relays
from monitor.daemon.sources.shapes.errors import Reached
from monitor.daemon.sources.shapes.figures import Usage


class RelaySource(Polled):
    """A key of a relay whose program is known. `program` names it in messages."""

    program = "relay"

    def __init__(self, account: Account, http: Http) -> None:
        super().__init__(account, http)
        self._relays, self._assembly = Relays(http), Assembly(account)

    async def ask(self, calendar: Calendar) -> Found:
        """Return the answer and what it tells; None where it is another program's."""
        raise NotImplementedError

    async def observe(self, now: datetime) -> Observation:
        calendar = self.calendar(now)
        answer, told = self.told(await self.ask(calendar))
        return self.seen(answer, told, calendar)

    def told(self, found: Found) -> tuple[Answer, Usage]:
        if found is None:
            raise SourceDrifted(f"this is not how {self.program} answers: check {self._account.variable('base_url')}")
        answer, told = found
        if isinstance(told, Reached):
            raise LimitReached(answer, told)
        return answer, told

    def seen(self, answer: Answer, told: Usage, calendar: Calendar) -> Observation:
        self._assembly.check_currency(told.currency)
        return observation(
            answer,
            self._assembly.readings(told, calendar),
            quota=self._assembly.quota(None, told, told.month),
            balance=None if told.balance is None else self._assembly.money(told.balance),
        )
