"""How many files may be open: each request is one until it is answered, and a provider may hang for all accounts."""

import resource

import structlog

log = structlog.get_logger()

# A poll may ask for several things at once.
EACH_SOURCE = 4
# The web server's connections, the ledger, files that are written.
ALL_ELSE = 512


def make_room(sources: int) -> None:
    """Raise the soft limit as far as so many sources may need and the hard one allows; say where that is too low."""
    needed = ALL_ELSE + EACH_SOURCE * sources
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed or soft == resource.RLIM_INFINITY:
        return
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < needed:
        log.warning(
            "too few files may be open for so many sources: should providers hang, other polls fail as well; "
            "raise the unit's LimitNOFILE=, the container's --ulimit nofile=, or the shell's `ulimit -Hn`",
            allowed=allowed,
            needed=needed,
        )
