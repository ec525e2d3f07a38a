"""`spend-monitor probe`: what a source's endpoints answer, keys and types only, and whether that is understood."""

import ssl
from collections.abc import Callable
from typing import TextIO

from monitor.core.errors import SourceError
from monitor.daemon.app import utc_now
from monitor.daemon.sources import Account, open_source


async def probe(account: Account, out: TextIO, *, redact: Callable[[str], str]) -> int:
    """Print what was recognised; return 0 if it was, else 1."""
    source = open_source(account, ssl_context=ssl.create_default_context(), redact=redact, clock=utc_now)
    try:
        seen = await source.fetch(utc_now())
    except SourceError as error:
        out.write(f"{account.name}: not recognised: {error}\n")
        return 1
    finally:
        await source.close()
    out.write(f"{account.name}: recognised, {len(seen.readings)} readings, quota: {'yes' if seen.quota else 'no'}\n")
    return 0
