"""What providers call usage, in their several shapes, as the package's own `Usage`."""

from collections.abc import Mapping
from typing import Any

from monitor.core.spending.sense import MOST_TOKENS
from monitor.core.spending.usage import Usage

_NONE: Mapping[str, Any] = {}
# The several names for tokens that were read from the cache or written to it.
_READ = ("prompt_cache_hit_tokens", "cache_read_tokens", "cache_read_input_tokens")
_WRITTEN_INSIDE = ("cache_write_tokens", "cache_creation_tokens")
_WRITTEN = ("cache_write_tokens", "cache_creation_input_tokens")


def usage_of(told: object) -> Usage | None:
    """Return the usage that a provider's object tells, known by its keys; None where it is none or makes no sense.

    Sources: https://platform.openai.com/docs/api-reference/chat/object
    https://platform.openai.com/docs/api-reference/responses/object
    https://platform.claude.com/docs/en/api/messages
    https://api-docs.deepseek.com/api/create-chat-completion
    """
    if not isinstance(told, dict):
        return None
    try:
        if "prompt_tokens" in told:
            return _prompt_and_completion(told)
        if "input_tokens_details" in told:
            return _responses(told)
        if "input_tokens" in told or "output_tokens" in told:
            return _messages(told)
    except ValueError:
        return None
    return None


def _prompt_and_completion(told: Mapping[str, Any]) -> Usage:
    """Read OpenAI's chat, completions and embeddings, and what imitates them. The prompt contains what was cached.

    Some relays count the cached part beside the prompt, and some providers count the reasoning beside the completion:
    that shows in the parts being more than the whole, or in the total.
    """
    prompt, completion = _count(told, "prompt_tokens"), _count(told, "completion_tokens")
    inside, outside = _part(told, "prompt_tokens_details"), _part(told, "completion_tokens_details")
    read = _count(inside, "cached_tokens") or _first(told, _READ)
    written = _first(inside, _WRITTEN_INSIDE) or _first(told, _WRITTEN)
    reasoning = _count(outside, "reasoning_tokens")
    surplus = _count(told, "total_tokens") - prompt - completion
    if read + written > prompt or 0 < surplus == read + written != reasoning:
        prompt += read + written
    if reasoning > completion or 0 < surplus == reasoning:
        completion += reasoning
    return Usage.with_total_input(
        prompt, completion, cache_read_tokens=read, cache_write_5m_tokens=written, reasoning_tokens=reasoning
    )


def _responses(told: Mapping[str, Any]) -> Usage:
    """Read OpenAI's Responses: both totals contain their details."""
    inside = _part(told, "input_tokens_details")
    return Usage.with_total_input(
        _count(told, "input_tokens"),
        _count(told, "output_tokens"),
        cache_read_tokens=_count(inside, "cached_tokens"),
        cache_write_5m_tokens=_count(inside, "cache_write_tokens"),
        reasoning_tokens=_count(_part(told, "output_tokens_details"), "reasoning_tokens"),
    )


def _messages(told: Mapping[str, Any]) -> Usage:
    """Read Anthropic's Messages: the input is what was neither read from the cache nor written to it."""
    written = _count(told, "cache_creation_input_tokens")
    long = _count(_part(told, "cache_creation"), "ephemeral_1h_input_tokens")
    short = _count(_part(told, "cache_creation"), "ephemeral_5m_input_tokens")
    return Usage(
        uncached_input_tokens=_count(told, "input_tokens"),
        cache_read_tokens=_count(told, "cache_read_input_tokens"),
        cache_write_5m_tokens=max(short, written - long),
        cache_write_1h_tokens=long,
        output_tokens=_count(told, "output_tokens"),
        reasoning_tokens=_count(_part(told, "output_tokens_details"), "thinking_tokens"),
    )


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else _NONE


def _count(told: Mapping[str, Any], name: str) -> int:
    """Return a count of tokens; where it is not told, there are none.

    Raises:
        ValueError: what is told is no count.
    """
    count = told.get(name) or 0
    if type(count) is not int or not 0 <= count <= MOST_TOKENS:
        raise ValueError(f"{name} is no count")
    return count


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """Return the count under the first of the names that tells any; raises as `_count`."""
    for name in names:
        if told.get(name):
            return _count(told, name)
    return 0
