"""What an address asks for behind its question mark."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request


def parameter(request: Request, name: str, default: str = "") -> str:
    return request.query_params.get(name) or default


def only(request: Request, known: Sequence[str]) -> None:
    """Refuse a name that is not known: what was misspelt would else be left out in silence.

    Raises:
        HTTPException: 422.
    """
    for name in request.query_params:
        if name not in known:
            raise HTTPException(422, f"{name[:40]} is no parameter here: there are {', '.join(known)}")


def one_of(request: Request, name: str, allowed: Sequence[str]) -> str:
    """Return the parameter, or the first of `allowed` where it is not there.

    Raises:
        HTTPException: it is none of them (422).
    """
    text = parameter(request, name, allowed[0])
    if text not in allowed:
        raise HTTPException(422, f"{name} is one of {', '.join(allowed)}")
    return text


def whole(request: Request, name: str, default: int, most: int) -> int:
    """Return a whole number from 1 to `most`.

    Raises:
        HTTPException: it is none (422).
    """
    text = parameter(request, name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise HTTPException(422, f"{name} is a whole number from 1 to {most}")
    return int(text)
