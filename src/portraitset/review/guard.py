"""Who may talk to the review: the browser that was given the address, and no other page in it.

A web page from anywhere can make a browser send requests to 127.0.0.1, and a name that it controls
can be made to lead there (DNS rebinding). So a request must name this very host and port, come from
this very origin, and carry the token that only the printed address holds.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""With every answer. Nothing is stored, so that no picture outlives its removal in a cache."""

_TOKEN_HEADER = "x-portraitset-token"  # noqa: S105 a header's name
_STRANGER = "Open the address that `portraitset review` printed; it holds the key to this page.\n"


@dataclass(frozen=True, slots=True)
class Key:
    """The secret, and the names of hosts, that a request must show.

    Attributes:
        token: the secret of this run.
        port: the one that is listened on.
    """

    token: str
    port: int

    @property
    def hosts(self) -> tuple[str, str]:
        """What the Host header may say."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @property
    def cookie(self) -> str:
        """Cookies do not tell ports apart; their names must."""
        return f"portraitset-{self.port}"

    def fits(self, given: str | None) -> bool:
        """Whether this is the token; takes as long for any other."""
        return given is not None and hmac.compare_digest(given.encode(), self.token.encode())


class Guard:
    """Lets in who holds the key, turns away all others, and dresses every answer."""

    def __init__(self, app: ASGIApp, key: Key) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        await (self._app if refusal is None else refusal)(scope, receive, dressed)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._key.hosts:
            return PlainTextResponse("This is not the host that was asked for.\n", 421)
        if not self._is_own(headers):
            return PlainTextResponse("No other page may ask here.\n", 403)
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        offered = dict(query).get("token")
        if scope["path"] == "/" and scope["method"] == "GET" and self._key.fits(offered):
            return self._welcome([pair for pair in query if pair[0] != "token"])
        if not (self._key.fits(self._cookie(scope)) or self._has_header(headers)):
            return PlainTextResponse(_STRANGER, 403)
        return None

    def _cookie(self, scope: Scope) -> str | None:
        """Ours, among whatever other programs on this machine left in the same jar."""
        return HTTPConnection(scope).cookies.get(self._key.cookie)

    def _is_own(self, headers: Headers) -> bool:
        """Whether this page asks, or a person who typed or followed the address."""
        origin = headers.get("origin")
        if origin is not None and origin not in [f"http://{host}" for host in self._key.hosts]:
            return False
        if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
            return True
        return headers.get("sec-fetch-mode") == "navigate"  # a link; the cookie decides

    def _has_header(self, headers: Headers) -> bool:
        return self._key.fits(headers.get(_TOKEN_HEADER))

    def _welcome(self, query: list[tuple[str, str]]) -> Response:
        """Put the token where no script and no history shows it."""
        answer = RedirectResponse("/" + (f"?{urlencode(query)}" if query else ""), 303)
        answer.set_cookie(self._key.cookie, self._key.token, httponly=True, samesite="strict")
        return answer
