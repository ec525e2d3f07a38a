"""What one request used, in tokens that are never counted twice."""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one request; each is billed once, as what its name says.

    The first four make up the prompt and do not overlap: not cached, read from the provider's cache, written to it for
    five minutes, written to it for an hour (or whatever the provider's longer time is). `output_tokens` is the whole
    answer; `reasoning_tokens` is the part of it that was thought and not shown, and is billed as output.

    Providers differ: OpenAI's `prompt_tokens` contains what was read from the cache (`with_total_input` takes it so),
    Anthropic's `input_tokens` does not (it is `uncached_input_tokens`).

    Sources: https://platform.openai.com/docs/guides/prompt-caching
    https://platform.claude.com/docs/en/build-with-claude/prompt-caching
    """

    uncached_input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0

    def __post_init__(self) -> None:
        if (
            self.uncached_input_tokens < 0
            or self.cache_read_tokens < 0
            or self.cache_write_5m_tokens < 0
            or self.cache_write_1h_tokens < 0
            or self.reasoning_tokens < 0
            or self.output_tokens < self.reasoning_tokens
        ):
            raise ValueError(f"these tokens cannot be: {self!r}")

    @classmethod
    def with_total_input(
        cls,
        input_tokens: int,
        output_tokens: int = 0,
        *,
        cache_read_tokens: int = 0,
        cache_write_5m_tokens: int = 0,
        cache_write_1h_tokens: int = 0,
        reasoning_tokens: int = 0,
    ) -> Self:
        """Return the usage of a provider whose `input_tokens` contains what was read from and written to the cache.

        Raises:
            ValueError: the parts are more than the whole.
        """
        return cls(
            input_tokens - cache_read_tokens - cache_write_5m_tokens - cache_write_1h_tokens,
            cache_read_tokens,
            cache_write_5m_tokens,
            cache_write_1h_tokens,
            output_tokens,
            reasoning_tokens,
        )

    @property
    def input_tokens(self) -> int:
        """The whole prompt, cached or not."""
        return (
            self.uncached_input_tokens
            + self.cache_read_tokens
            + self.cache_write_5m_tokens
            + self.cache_write_1h_tokens
        )

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


NOTHING = Usage()
