"""The addresses whose requests are billed, and what stands in them: known by their end, whatever stands before it."""

import re
from enum import Enum, auto
from functools import lru_cache
from urllib.parse import unquote


class Endpoint(Enum):
    """What is asked for."""

    CHAT = auto()
    COMPLETIONS = auto()
    RESPONSES = auto()
    EMBEDDINGS = auto()
    MESSAGES = auto()
    PICTURES = auto()
    SOUND = auto()

    @property
    def is_media(self) -> bool:
        """Whether it is paid by other things than tokens of text."""
        return self in _MEDIA


_MEDIA = (Endpoint.PICTURES, Endpoint.SOUND)
# Anthropic's Messages at Vertex and at Bedrock are asked for under the model's own address.
# Sources: https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
_ENDS = (
    (b"/chat/completions", Endpoint.CHAT),
    (b"/completions", Endpoint.COMPLETIONS),
    (b"/responses", Endpoint.RESPONSES),
    (b"/embeddings", Endpoint.EMBEDDINGS),
    (b"/messages", Endpoint.MESSAGES),
    (b":rawPredict", Endpoint.MESSAGES),
    (b":streamRawPredict", Endpoint.MESSAGES),
    (b"/invoke", Endpoint.MESSAGES),
    (b"/invoke-with-response-stream", Endpoint.MESSAGES),
    (b"/images/generations", Endpoint.PICTURES),
    (b"/images/edits", Endpoint.PICTURES),
    (b"/images/variations", Endpoint.PICTURES),
    (b"/audio/speech", Endpoint.SOUND),
    (b"/audio/transcriptions", Endpoint.SOUND),
    (b"/audio/translations", Endpoint.SOUND),
)
# Counting tokens is free, and so is moderation.
_FREE = (b"/count_tokens", b"/input_tokens", b"/count-tokens:rawPredict", b"/moderations")
# Where the model, or what Azure calls a deployment of it, stands in the address.
_MODEL = re.compile(rb"/(?:deployments|models?)/([^/:]+(?::[0-9]+)?)[/:]")


@lru_cache(maxsize=256)
def endpoint_of(path: bytes) -> Endpoint | None:
    """Return what is asked at a path; None: nothing that is counted."""
    path = _bare(path)
    # Messages of a thread are only kept, for a later run.
    if b"/threads/" in path or path.endswith(_FREE):
        return None
    return next((endpoint for end, endpoint in _ENDS if path.endswith(end)), None)


def is_free(path: bytes) -> bool:
    return _bare(path).endswith(_FREE)


@lru_cache(maxsize=256)
def model_in(path: bytes) -> str:
    """Return the model that a path names; empty where it names none."""
    found = _MODEL.search(unquote(_bare(path)).encode())
    return found[1].decode() if found else ""


def _bare(path: bytes) -> bytes:
    return path.partition(b"?")[0].rstrip(b"/")
