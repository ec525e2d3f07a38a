"""What a request asks for, read from its body, and only as far as that is needed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Protocol

from monitor.inapp.endpoints import Endpoint
from monitor.inapp.estimate import tokens_of

_PROMPT = ("system", "instructions", "messages", "input", "prompt", "tools")
_LIMITS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
# No tokenizer in use makes more tokens of ordinary text than this many bytes of its JSON each.
_BYTES_PER_TOKEN = 2.5


class Question(Protocol):
    """What is asked, by a request or by a function's arguments; the rest is worked out only where it is needed."""

    @property
    def model(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def input_tokens(self) -> int: ...
    def prompt_hash(self, key: bytes) -> bytes: ...


@dataclass
class Asked:
    """One request. `provider` is whose it is; `content` is the body as it is sent; `named` is the model beside it."""

    endpoint: Endpoint
    provider: str
    content: bytes
    named: str = ""

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The body as an object; empty where it is none."""
        try:
            body = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def model(self) -> str:
        model = self.body.get("model")
        return model if isinstance(model, str) else self.named

    @property
    def is_streamed(self) -> bool:
        return b'"stream"' in self.content and self.body.get("stream") is True

    @property
    def input_tokens(self) -> int:
        """About how many tokens the prompt has."""
        return sum(tokens_of(self.body[part]) for part in _PROMPT if part in self.body)

    @property
    def most_input_tokens(self) -> int:
        """A bound that the prompt hardly reaches, without reading all of it; embedded files need a closer look."""
        if b"base64" in self.content:
            return 2 * self.input_tokens
        return int(len(self.content) / _BYTES_PER_TOKEN)

    @property
    def most_output_tokens(self) -> int | None:
        """How long the answers may become; None: the caller sets no limit."""
        if self.endpoint is Endpoint.EMBEDDINGS:
            return 0
        limit = next((self.body[name] for name in _LIMITS if type(self.body.get(name)) is int), None)
        answers = self.body.get("n")
        return None if limit is None else max(limit, 0) * (answers if type(answers) is int and answers > 1 else 1)

    def prompt_hash(self, key: bytes) -> bytes:
        """Return what tells the same prompt from others, and gives nothing away without the key."""
        if key not in self._hashes:
            self._hashes[key] = hash_of([self.body.get(part) for part in _PROMPT], key)
        return self._hashes[key]

    @cached_property
    def _hashes(self) -> dict[bytes, bytes]:
        """By their key: the breaker asks for one before the request is sent, and its record for the same after."""
        return {}

    def with_usage(self) -> bytes | None:
        """Return the body that also asks for the usage of a streamed answer; None: it needs no such word."""
        if self.endpoint not in (Endpoint.CHAT, Endpoint.COMPLETIONS) or not self.is_streamed:
            return None
        options = self.body.get("stream_options")
        if options is not None and not isinstance(options, dict):
            return None
        if options and options.get("include_usage"):
            return None
        body = {**self.body, "stream_options": {**(options or {}), "include_usage": True}}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def hash_of(prompt: object, key: bytes) -> bytes:
    """Return the keyed hash of a prompt, a text or a JSON value."""
    return blake2b(json.dumps(prompt).encode(), key=key[:64], digest_size=16).digest()
