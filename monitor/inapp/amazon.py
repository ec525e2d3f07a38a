"""Amazon's framing of a stream: each event is a message in binary, with the provider's own event in base64 within.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
"""

import json
import struct
from base64 import b64decode
from collections.abc import Iterator

CONTENT_TYPE = b"application/vnd.amazon.eventstream"
# The length of all and of the headers, and a checksum of these; the message ends with another one.
_PRELUDE = struct.Struct(">III")
_CHECKSUM = 4


def events_of(stream: bytes) -> Iterator[bytes]:
    """Yield the events of a stream, up to where it breaks off.

    Raises:
        ValueError: it is no such stream.
    """
    start = 0
    while len(stream) - start > _PRELUDE.size:
        length, headers, _ = _PRELUDE.unpack_from(stream, start)
        if length < _PRELUDE.size + headers + _CHECKSUM:
            raise ValueError("the lengths of a message cannot be")
        end = start + length
        if end > len(stream):
            return
        message = json.loads(stream[start + _PRELUDE.size + headers : end - _CHECKSUM])
        if isinstance(message, dict) and isinstance(event := message.get("bytes"), str):
            yield b64decode(event)
        start = end
