"""What a fallback is told in the place of a channel that fails: not what it hears of by itself."""

from collections.abc import Sequence

from monitor.core.alerting.notifications import Notification, Reason, hears_of
from monitor.core.channels import Channel


def in_place(due: Sequence[Notification], fallback: Channel) -> tuple[Notification, ...]:
    """Return what is to be said on the fallback of what is due on the channel that fails."""
    return tuple(note for note in due if not _hears_itself(fallback, note))


def known_there(
    due: Sequence[Notification], fallback: Channel, still_due: Sequence[Notification]
) -> tuple[Notification, ...]:
    """Return what the fallback has heard by itself; what is `still_due` on it is yet to come."""
    to_come = {note.alert.key for note in still_due}
    return tuple(note for note in due if _hears_itself(fallback, note) and note.alert.key not in to_come)


def _hears_itself(channel: Channel, note: Notification) -> bool:
    if note.reason is Reason.DIGEST:
        return channel.digest
    if note.reason is Reason.RESOLVED and not channel.resolved:
        return False
    return hears_of(channel, note.alert) and max(note.alert.peak, note.alert.severity) >= channel.min_severity
