"""The files that the page needs; an address holds one content for ever, so a browser may keep it as long."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

FOLDER = Path(__file__).parent / "static"
TYPES = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Static:
    content: bytes
    kind: str

    @property
    def version(self) -> str:
        return sha256(self.content).hexdigest()[:12]


# The icon of the tab has the colour of the state: that is seen while another page is read.
COLOURS = {"ok": "8fb8a8", "warning": "e9b44c", "critical": "e0703a", "emergency": "f0405f", "unknown": "a58bd0"}
FILES = {name: Static((FOLDER / name).read_bytes(), kind) for name, kind in TYPES.items()}
FILES |= {
    f"icon-{level}.svg": Static(FILES["icon.svg"].content.replace(b"e0703a", colour.encode()), TYPES["icon.svg"])
    for level, colour in COLOURS.items()
}


def address(name: str) -> str:
    return f"/static/{name}?v={FILES[name].version}"


def routes() -> list[BaseRoute]:
    async def static(request: Request) -> Response:
        file = FILES.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        named = request.query_params.get("v") == file.version
        kept = f"public, max-age={YEAR}, immutable" if named else "no-cache"
        return Response(file.content, media_type=file.kind, headers={"Cache-Control": kept})

    return [Route("/static/{name}", static)]
