"""All that is due on a channel at once as one message, which stays short however much it is."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from monitor.core.alerting.notifications import Notification
from monitor.core.budgets import Severity
from monitor.core.channels import Message, Tone
from monitor.core.telling.alert_lines import all_lines, is_over, label
from monitor.core.telling.phrases import MOST_CHARACTERS, cut, some_of

# A person reads the worst in full, and the next few by their title.
MOST_SHOWN, MOST_NAMED = 5, 5
_FULL, _LINE, _SHORT, _SUMMARY, _NAME = 1_800, 400, 250, 170, 60


def render(
    due: Sequence[Notification], zone: tzinfo, now: datetime, link: Callable[[str], str] | None = None
) -> Message:
    """Return one message for all that is due on a channel at once; the first is the worst and gives the title.

    `link` makes the address where the alert of an id is acknowledged, where there is one.

    Raises:
        ValueError: nothing is due.
    """
    if not due:
        raise ValueError("nothing is due")
    worst, *others = due
    elsewhere = sum(note.alert.subject != worst.alert.subject for note in others)
    more = f" (+{elsewhere:,} more)" if elsewhere else ""
    lines = [cut(line, _LINE) for line in all_lines(worst, zone, now)]
    if others:
        body = "\n\n".join(filter(None, (_several(due, lines, zone, now), _footer_of_several(due, link))))
    else:
        body = "\n".join((cut("\n".join(lines), MOST_CHARACTERS - 100), _footer(worst, link))).lstrip()
    return Message(f"{label(worst)} {cut(worst.alert.summary, _SUMMARY)}{more}", body, _tone(worst))


def _tone(note: Notification) -> Tone:
    if is_over(note):
        return Tone.SUCCESS
    return Tone.WARNING if note.alert.severity is Severity.WARNING else Tone.FAILURE


def _several(due: Sequence[Notification], lines: Sequence[str], zone: tzinfo, now: datetime) -> str:
    """Return the worst with all its lines, the next with one each, and how many more there are."""
    blocks = [cut("\n".join((_heading(due[0]), *lines)), _FULL)]
    for note in due[1:MOST_SHOWN]:
        first = next(all_lines(note, zone, now), "")
        blocks.append("\n".join(filter(None, (_heading(note), cut(first, _SHORT)))))
    room = MOST_CHARACTERS - 700  # What the rest and the footer take at most.
    while len(blocks) > 1 and sum(len(block) + 2 for block in blocks) > room:
        blocks.pop()
    rest = due[len(blocks) :]
    return "\n\n".join((*blocks, _rest(rest)) if rest else blocks)


def _heading(note: Notification) -> str:
    return f"{label(note)} {cut(note.alert.summary, _SHORT)} ({note.alert.id})"


def _rest(rest: Sequence[Notification]) -> str:
    """Return `And 995 more: 5 emergency, 990 warning. The worst of them: a, b, c, d, e and 990 more.`"""
    if len(rest) == 1:
        return f"And one more: {_heading(rest[0])}"
    counts = Counter(label(note)[1:-1] for note in rest)
    words = ", ".join(f"{count:,} {name.lower()}" for name, count in counts.items())
    subjects = list(dict.fromkeys(cut(note.alert.subject, _NAME) for note in rest))
    return f"And {len(rest):,} more: {words}. The worst of them: {some_of(subjects, MOST_NAMED)}."


def _footer(note: Notification, link: Callable[[str], str] | None) -> str:
    known = f"Alert {note.alert.id}."
    return known if is_over(note) else f"{known} To acknowledge: {_way(note.alert.id, link)}"


def _way(alert: str, link: Callable[[str], str] | None) -> str:
    return f"spend-monitor ack {alert}" if link is None else link(alert)


def _footer_of_several(due: Sequence[Notification], link: Callable[[str], str] | None) -> str:
    firing = next((note for note in due if not is_over(note)), None)
    if firing is None:
        return ""
    listed = " (all are listed by: spend-monitor alerts)" if len(due) > MOST_SHOWN else ""
    return f"To acknowledge {'one' if link is None else 'the worst'}: {_way(firing.alert.id, link)}{listed}"
