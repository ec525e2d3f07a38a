"""What an answer of /usage tells, whichever program gave it."""

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.shapes.errors import Reached, refusal
from monitor.daemon.sources.shapes.figures import Usage
from monitor.daemon.sources.shapes.numbers import keys_of
from monitor.daemon.sources.shapes.relays import relay_service, sub2api
from monitor.daemon.sources.shapes.tutorial import tutorial


class RelayService(SourceDrifted):
    """Here runs claude-relay-service, whose usage knows no money and whose other endpoint does."""


def read_usage(body: object) -> Usage | Reached:
    """Return what an answer of /usage tells.

    Raises:
        SourceError: it is an error that came as a 200, or no known shape.
    """
    said = refusal(body)
    if isinstance(said, Reached):
        return said
    if said is not None:
        raise said
    told = sub2api(body)
    if told is None and relay_service(body):
        raise RelayService("the usage tells tokens and no cost, as claude-relay-service does")
    told = told or tutorial(body)
    if told is None:
        raise SourceDrifted(f"nothing in the answer says what was spent: it is {keys_of(body)}")
    return told
