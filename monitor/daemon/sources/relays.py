"""The endpoints of relay programs that tell usage where /usage does not."""

from collections.abc import Awaitable, Callable, Mapping

from monitor.daemon.answers import Answer
from monitor.daemon.http import Http
from monitor.daemon.sources.shapes.errors import Reached, reached, refusal
from monitor.daemon.sources.shapes.figures import Figure, Usage
from monitor.daemon.sources.shapes.relays import billing, model_stats, token_usage, user_quota, user_stats

Found = tuple[Answer, Usage | Reached] | None
Relay = Callable[[], Awaitable[Found]]


class Relays:
    """Each method returns what its program tells, or None where the program is another one."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def others(self) -> tuple[Relay, ...]:
        """Return those that are safe to try on a stranger: they take the key in the usual header only."""
        return (self.billing, self.token_usage)

    async def billing(self) -> Found:
        """Ask one-api's pair of billing endpoints; both ignore dates, so none are sent."""
        subscription = await self._http.get_json("dashboard/billing/subscription")
        if (stop := _stop(subscription)) or not subscription.ok:
            return (subscription, stop) if stop else None
        usage = await self._http.get_json("dashboard/billing/usage")
        if (stop := _stop(usage)) or not usage.ok:
            return (usage, stop) if stop else None
        told = billing(subscription.body, usage.body)
        return None if told is None else (usage, told)

    async def token_usage(self) -> Found:
        """Ask new-api of the key; its path ends in a slash, as the one without redirects."""
        return await self._in_units("/api/usage/token/", token_usage)

    async def user(self) -> Found:
        """Ask new-api of the user whose access token the key is."""
        return await self._in_units("/api/user/self", user_quota)

    async def user_stats(self) -> Found:
        """Ask claude-relay-service's statistics: they are free, while its /usage counts as a request."""
        key = self._http.key
        if key is None:
            return None
        answer = await self._http.post_json("/apiStats/api/user-stats", {"apiKey": key})
        if (stop := _stop(answer)) or not answer.ok:
            return (answer, stop) if stop else None
        told = user_stats(answer.body)
        return None if told is None else (answer, told)

    async def model_stats(self, period: str) -> Mapping[str, Figure] | None:
        """Ask claude-relay-service for the models of this `daily` or `monthly` period; None where it does not tell."""
        answer = await self._http.post_json(
            "/apiStats/api/user-model-stats", {"apiKey": self._http.key or "", "period": period}
        )
        return model_stats(answer.body) if answer.ok else None

    async def _in_units(self, path: str, read: Callable[[object, object], Usage | None]) -> Found:
        answer = await self._http.get_json(path)
        if (stop := _stop(answer)) or not answer.ok:
            return (answer, stop) if stop else None
        status = await self._http.get_json("/api/status")
        told = read(answer.body, status.body if status.ok else None)
        return None if told is None else (answer, told)


def _stop(answer: Answer) -> Reached | None:
    """Return the limit that an answer says is reached; raise where a 200 is another error."""
    if answer.limit_reached:
        return reached(answer.body)
    said = refusal(answer.body) if answer.ok else None
    if said is None or isinstance(said, Reached):
        return said
    raise said
