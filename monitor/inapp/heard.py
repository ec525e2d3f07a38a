"""What an answer tells of itself, in one piece or in many, whichever provider gives it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from monitor.core.spending.prices import Service
from monitor.core.spending.usage import Usage
from monitor.inapp.estimate import tokens_in, tokens_of
from monitor.inapp.usages import usage_of

_DECODER = json.JSONDecoder(parse_float=Decimal)
_TIERS = MappingProxyType(
    {
        **{service.value: service for service in Service},
        **dict.fromkeys(("default", "auto", "on_demand", "scale", "standard_only"), Service.STANDARD),
    }
)
_LAST = {
    "message_stop",
    "response.completed",
    "response.incomplete",
    "response.failed",
    "image_generation.completed",
    "image_edit.completed",
    "transcript.text.done",
    "speech.audio.done",
}
# An answer that is worked out in the background tells its usage to who asks later.
_GOES_ON = ("queued", "in_progress")
# Where tokens of sound are told.
_DETAILS = ("prompt_tokens_details", "completion_tokens_details")
_OUTPUTS = ("choices", "output", "content")


def decoded(data: bytes) -> object:
    """Return the JSON value that the data begins with; None: there is none."""
    try:
        return _DECODER.raw_decode(data.decode().lstrip())[0]
    except (ValueError, RecursionError):
        return None


@dataclass(slots=True)
class Heard:
    """Fills up as the pieces of one answer arrive; an answer in one piece is one.

    `ended`: the provider said that this was all; `finished`: the text was, and its usage may follow. `error` is its own
    word for what went wrong amid a stream. `cost` is what it says that it took, in US dollars, which only a few do.
    `has_media`: pictures or sound are made or heard, whose tokens cost several times as much as those of text and are
    not told apart in a record.
    """

    model: str = ""
    identity: str = ""
    cost: Decimal | None = None
    ended: bool = False
    finished: bool = False
    has_media: bool = False
    error: str | None = None
    _tier: str = ""
    _told: dict[str, Any] = field(default_factory=dict)
    _text: list[str] = field(default_factory=list)
    _whole: Mapping[str, Any] | None = None

    def hear(self, piece: Mapping[str, Any]) -> None:
        """Take in one event of a stream."""
        self._take(piece)
        self._text += _texts(piece)
        kind, choices = piece.get("type"), piece.get("choices")
        if kind in _LAST:
            self.ended = True
        if isinstance(choices, list):
            self.finished |= any(isinstance(choice, dict) and choice.get("finish_reason") for choice in choices)
            self.ended |= bool(piece.get("usage")) and (self.finished or not choices)
        if kind == "error" and self.error is None:
            self.error = _word(piece)

    def hear_text(self, text: str) -> None:
        """Take in a piece of the answer's text."""
        self._text.append(text)

    def hear_whole(self, answer: Mapping[str, Any]) -> None:
        """Take in an answer that came in one piece."""
        self._take(answer)
        self._whole = answer
        self.ended = answer.get("status") not in _GOES_ON

    @property
    def usage(self) -> Usage | None:
        """What the provider counted, as far as it told; None where it told nothing."""
        return usage_of(self._told)

    @property
    def service(self) -> Service | None:
        """The terms of the request; None where no price is known: they have a strange name, or media are part of it."""
        if self.has_media:
            return None
        speed, tier = self._told.get("speed"), self._tier or self._told.get("service_tier")
        terms = speed if speed and speed != "standard" else tier
        return _TIERS.get(terms) if isinstance(terms, str) else Service.STANDARD

    @property
    def output_tokens(self) -> int:
        """About how many tokens the answer has as far as it came."""
        if self._whole is not None:
            return sum(tokens_of(self._whole[part]) for part in _OUTPUTS if part in self._whole)
        return tokens_in("".join(self._text))

    def _take(self, piece: Mapping[str, Any]) -> None:
        whole = piece.get("response") or piece.get("message")
        if not isinstance(whole, dict):
            whole = piece
        if error := piece.get("error") or whole.get("error"):
            self.error = _word(error) if isinstance(error, dict) else "error"
        if not self.model and isinstance(model := whole.get("model"), str):
            self.model = model
        if not self.identity and isinstance(identity := whole.get("id"), str):
            self.identity = identity
        if isinstance(told := whole.get("usage"), dict) and told:
            self._take_usage(told)
        if isinstance(tier := whole.get("service_tier"), str):
            self._tier = tier

    def _take_usage(self, told: Mapping[str, Any]) -> None:
        # Later words replace earlier ones and never add to them: counts within a stream are cumulative.
        for name, count in told.items():
            if count is not None:
                self._told[name] = count
        if "cost" in told and (cost := _amount(told["cost"])) is not None:
            self.cost = cost
        for part in _DETAILS:
            if isinstance(details := told.get(part), dict) and details.get("audio_tokens"):
                self.has_media = True


def _amount(told: object) -> Decimal | None:
    """Return an amount of money, as a provider tells it; None where it makes no sense."""
    if not isinstance(told, Decimal | int) or isinstance(told, bool):
        return None
    amount = Decimal(told)
    return amount if amount.is_finite() and amount >= 0 else None


def _texts(piece: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts that an event adds to the answer."""
    delta = piece.get("delta")
    if isinstance(delta, str):
        yield delta
    elif isinstance(delta, dict):
        yield from _strings(delta, ("text", "partial_json", "thinking"))
    choices = piece.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict):
            continue
        yield from _strings(choice, ("text",))
        delta = choice.get("delta")
        if isinstance(delta, dict):
            yield from _strings(delta, ("content", "reasoning_content", "reasoning", "refusal"))
            calls = delta.get("tool_calls")
            for call in calls if isinstance(calls, list) else ():
                if isinstance(call, dict) and isinstance(call.get("function"), dict):
                    yield from _strings(call["function"], ("name", "arguments"))


def _strings(part: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if isinstance(text := part.get(name), str):
            yield text


def _word(error: Mapping[str, Any]) -> str:
    """Return a short word for an error, and nothing of its message, which may quote the prompt."""
    word = error.get("type") or error.get("code")
    return word if isinstance(word, str) and 0 < len(word) <= 60 and word != "error" else "error"
