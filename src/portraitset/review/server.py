"""The page's server: routes over a `ReviewSession`, on 127.0.0.1 and nowhere else."""

import asyncio
import json
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from portraitset.align.encode import format_of
from portraitset.backends.local import WorkerDied
from portraitset.errors import InputError, ItemError, WorkspaceError
from portraitset.pipeline.held_originals import Original
from portraitset.review.close_up import LONGEST_SIDE, Region, live_crop, size_of, view_of
from portraitset.review.gallery import Entry, Gallery
from portraitset.review.guard import Guard, Key
from portraitset.review.pictures import shown_original, trial_crop
from portraitset.review.requests import (
    BadRequest,
    decisions_in,
    landmarks_in,
    number_in,
    read_body,
)
from portraitset.review.session import MOST_PIXELS, ReviewSession
from portraitset.workspace.layout import Folders, translated
from portraitset.workspace.ledger import Ledger

_WEB = files("portraitset.review") / "web"
_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_MOST_PREVIEWS = 2048
_MOST = 1 << 31


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the page is: its address with the token in it."""

    url: str
    port: int
    reviewer: str


def serve(
    folders: Folders,
    port: int,
    reviewer: str,
    workers: int,
    announce: Callable[[Listening], None],
    first_view: str = "",
) -> None:
    """Serve the review until it is interrupted.

    Args:
        port: 0 picks a free one.
        first_view: which faces the page lists at first and how, as its address says it.
        announce: called once the page can be opened.

    Raises:
        InputError: the folder is no workspace, or the port is taken.
        WorkspaceError: the workspace cannot be used.
    """
    Ledger.open_to_look(folders.state).close()
    with _listener(port) as listener:
        key = Key(secrets.token_urlsafe(24), listener.getsockname()[1])
        view = f"{first_view}&" if first_view else ""
        url = f"http://127.0.0.1:{key.port}/?{view}token={key.token}"
        session = ReviewSession(folders, reviewer, workers)
        with translated(folders.state):
            asyncio.run(
                _serve(session, key, listener, lambda: announce(Listening(url, key.port, reviewer)))
            )


async def _serve(
    session: ReviewSession, key: Key, listener: socket.socket, announce: Callable[[], None]
) -> None:
    async with session:
        config = uvicorn.Config(
            Guard(application(session), key),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            limit_concurrency=256,
            proxy_headers=False,
        )
        server = _Server(config)
        announce()
        await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends at Ctrl-C or SIGTERM, which is how a review is meant to end, and raises nothing."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM end the server in good order."""
        loop = asyncio.get_running_loop()
        caught = []
        if threading.current_thread() is threading.main_thread():
            with suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.add_signal_handler(number, self.handle_exit, number, None)
                    caught.append(number)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise InputError(
            f"port {port} cannot be had ({error.strerror}); --port 0 picks a free one"
        ) from error
    return listener


def application(session: ReviewSession) -> Starlette:
    """The routes, without the guard before them."""
    service = _Service(session)
    routes = [
        Route("/", service.page),
        Route("/web/{name}", service.part),
        Route("/gallery", service.gallery),
        Route("/changes", service.changes),
        Route("/previews", service.previews),
        Route("/faces/{index}", service.details),
        Route("/faces/{index}/thumbnail", service.thumbnail),
        Route("/faces/{index}/crop", service.crop),
        Route("/faces/{index}/original", service.original),
        Route("/faces/{index}/size", service.size),
        Route("/faces/{index}/view", service.view),
        Route("/faces/{index}/cut", service.cut, methods=["POST"]),
        Route("/faces/{index}/trial", service.trial, methods=["POST"]),
        Route("/decisions", service.decide, methods=["POST"]),
    ]
    refused = (BadRequest, ItemError, WorkerDied, MemoryError, FileNotFoundError)
    kinds = (*refused, InputError, WorkspaceError)
    return Starlette(routes=routes, exception_handlers=dict.fromkeys(kinds, _told))


async def _told(_: Request, error: Exception) -> Response:
    """An error in words, for the page to show."""
    gone = isinstance(error, FileNotFoundError)
    text = "the file is no longer there" if gone else str(error) or "out of memory"
    return JSONResponse({"error": text}, _status_of(error))


def _status_of(error: Exception) -> int:
    match error:
        case BadRequest():
            return error.status
        case ItemError() | WorkerDied() | MemoryError():
            return 422
        case FileNotFoundError():
            return 404
        case _:
            return 503


class _Service:
    """The answers; each face is named by its index, which holds for one edition."""

    def __init__(self, session: ReviewSession) -> None:
        self._session = session
        self._columns: tuple[int, bytes] = (0, b"")

    async def page(self, _: Request) -> Response:
        """The page itself."""
        return _part("index.html")

    async def part(self, request: Request) -> Response:
        """One of the page's own files."""
        return _part(request.path_params["name"])

    async def gallery(self, _: Request) -> Response:
        """All that the grid needs."""
        await self._session.look()
        revision, gallery = self._session.revision, self._session.gallery
        if self._columns[0] == revision:
            return Response(self._columns[1], media_type="application/json")
        data = await asyncio.to_thread(self._all, revision, gallery)
        if revision == self._session.revision:
            self._columns = revision, data
        return Response(data, media_type="application/json")

    async def changes(self, request: Request) -> Response:
        """What has changed since the page last asked."""
        await self._session.look()
        since = number_in(request.query_params, "marks", _MOST)
        session = self._session
        return JSONResponse(
            {
                "edition": session.gallery.edition,
                "revision": session.revision,
                "thumbnails": session.made,
                **session.marks_since(since),
            }
        )

    async def details(self, request: Request) -> Response:
        """One entry, in full."""
        self._entry(request)
        index = int(request.path_params["index"])
        return JSONResponse(self._session.gallery.details(index))

    async def size(self, request: Request) -> Response:
        """Width and height of an original that nobody has verified yet."""
        original = self._original(request)
        width, height = await self._session.editor.run(size_of, original.path, MOST_PIXELS)
        return JSONResponse({"width": width, "height": height})

    async def previews(self, request: Request) -> Response:
        """Blurred stand-ins for a row of entries."""
        self._check_edition(request)
        first = number_in(request.query_params, "from", _MOST)
        count = number_in(request.query_params, "count", _MOST_PREVIEWS)
        data = await self._session.previews(self._session.gallery.entries[first : first + count])
        return Response(data, media_type="application/octet-stream")

    async def thumbnail(self, request: Request) -> Response:
        """A small picture of a crop."""
        data = await self._session.thumbnail(self._entry(request))
        if data is None:
            raise BadRequest("this face has no crop", 404)
        return Response(data, media_type="image/jpeg")

    async def crop(self, request: Request) -> Response:
        """A crop's file."""
        held = self._entry(request).held
        if held is None:
            raise BadRequest("this face has no crop", 404)
        data = await asyncio.to_thread(held.crop.read_bytes)
        return Response(data, media_type=f"image/{format_of(held.crop.name)}")

    async def original(self, request: Request) -> Response:
        """An original, as a JPEG of a size to look at."""
        original = self._original(request)
        data = await self._session.pool.run(shown_original, original.path, MOST_PIXELS)
        return Response(data, media_type="image/jpeg")

    async def view(self, request: Request) -> Response:
        """A part of an original, as a JPEG of a size that was asked for."""
        original = self._original(request)
        given = request.query_params
        parts = [number_in(given, name, _MOST) for name in ("left", "top", "width", "height")]
        side = max(number_in(given, "side", LONGEST_SIDE), 1)
        data = await self._session.editor.run(
            view_of, original.path, MOST_PIXELS, Region(*parts), side
        )
        return Response(data, media_type="image/jpeg")

    async def cut(self, request: Request) -> Response:
        """The crop that other landmarks would make, every pixel of it."""
        original = self._original(request)
        settings = self._session.gallery.holdings.settings
        side = number_in(request.query_params, "side", settings.size) or settings.size
        landmarks = landmarks_in(await read_body(request)).shrunk(1 / original.scale)
        data = await self._session.editor.run(
            live_crop, original.path, MOST_PIXELS, landmarks, settings, side
        )
        return Response(data, media_type="image/png")

    async def trial(self, request: Request) -> Response:
        """The crop that other landmarks would make, as a small JPEG."""
        original = self._original(request)
        landmarks = landmarks_in(await read_body(request))
        data = await self._session.pool.run(
            trial_crop,
            original.path,
            MOST_PIXELS,
            landmarks.shrunk(1 / original.scale),
            self._session.gallery.holdings.settings,
        )
        return Response(data, media_type="image/jpeg")

    async def decide(self, request: Request) -> Response:
        """Record decisions; answered only when they are on the disk."""
        decisions = decisions_in(await read_body(request), self._session.reviewer)
        refused = await self._session.decide(decisions)
        return JSONResponse({"refused": refused})

    def _original(self, request: Request) -> Original:
        """The original that a request is about.

        Raises:
            BadRequest: there is none, or the request belongs to another edition.
        """
        original = self._entry(request).original
        if original is None:
            raise BadRequest("this face has no original to show", 404)
        return original

    def _all(self, revision: int, gallery: Gallery) -> bytes:
        """One moment's gallery, whatever the session sees while it is put together."""
        content = {
            "edition": gallery.edition,
            "revision": revision,
            "reviewer": self._session.reviewer,
            "workspace": self._session.workspace,
            "dataset": gallery.holdings.terms.name,
            "columns": gallery.columns(),
            "side": gallery.holdings.settings.size,
            "measured": len(gallery.findings.measures),
        }
        return json.dumps(content, separators=(",", ":")).encode()

    def _check_edition(self, request: Request) -> None:
        if request.query_params.get("edition") != self._session.gallery.edition:
            raise BadRequest("the dataset has changed", 410)

    def _entry(self, request: Request) -> Entry:
        """The entry that a request is about.

        Raises:
            Refusal: there is none, or it belongs to another edition.
        """
        self._check_edition(request)
        entries = self._session.gallery.entries
        return entries[number_in(request.path_params, "index", len(entries) - 1)]


def _part(name: str) -> Response:
    """A file of the package; nothing that is not in its folder has a name there."""
    known = {part.name for part in _WEB.iterdir()}
    if name not in known:
        raise BadRequest("there is no such page", 404)
    data = (_WEB / name).read_bytes()
    return Response(data, media_type=_TYPES[name.rpartition(".")[2]])
