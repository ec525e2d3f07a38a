"""How many tokens a text has, where no provider told it: a guess, and always marked as one."""

import re
from collections.abc import Mapping, Sequence

# About one token each, for the tokenizers in use: a short word or a piece of a longer one, up to three digits, one
# ideograph or syllable, three letters of other alphabets, a line break with its indentation, one or two signs.
_PIECE = re.compile(
    r"[A-Za-z]{1,8}|[0-9]{1,3}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W\d_\x00-\x7f]{1,3}"
    r"|\s*\n\s*| {2,}|[^\w\s]{1,2}|_"
)
# What a chat format puts around each message.
_PER_MESSAGE = 4
# A picture or a file within a prompt: it is billed by its size, which its bytes do not show.
_PER_ATTACHMENT = 1_000
_ATTACHMENTS = {"data", "file_data", "image_url"}
_DEEPEST = 50


def tokens_in(text: str) -> int:
    """Return about how many tokens a text has: prose and code within a fifth, other scripts within a half."""
    return len(_PIECE.findall(text))


def tokens_of(value: object, depth: int = 0) -> int:
    """Return about how many tokens the texts in a JSON value have; embedded files count as a picture each."""
    if isinstance(value, str):
        return _PER_ATTACHMENT if value.startswith("data:") else tokens_in(value)
    if depth > _DEEPEST:
        return 0
    if isinstance(value, Mapping):
        overhead = _PER_MESSAGE if "role" in value else 0
        return overhead + sum(
            _PER_ATTACHMENT if name in _ATTACHMENTS else tokens_of(part, depth + 1)
            for name, part in value.items()
            if name not in ("role", "type", "id")
        )
    if isinstance(value, Sequence):
        if value and isinstance(value[0], int):
            return len(value)  # A prompt for embeddings may be tokens already.
        return sum(tokens_of(part, depth + 1) for part in value)
    return 0
