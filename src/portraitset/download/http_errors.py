"""What the HTTP library raises, as this project's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from portraitset.errors import BlockedAddress, ServerError, TimedOut, Truncated, Unreachable


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate the HTTP library's exceptions into ours."""
    try:
        yield
    except aiohttp.ClientPayloadError as error:
        raise Truncated("the connection ended before the whole body came") from error
    except (aiohttp.InvalidURL, UnicodeError) as error:
        raise BlockedAddress(f"not an address that can be asked: {error}") from error
    except aiohttp.ClientResponseError as error:
        what = (error.message.splitlines() or ["?"])[0].rstrip(":")
        raise ServerError(f"the answer is not proper HTTP ({what:.200})") from error
    except aiohttp.ServerTimeoutError as error:
        raise TimedOut(str(error) or "the server went silent") from error
    except aiohttp.ClientError as error:
        raise _unreachable(error) from error


async def ask_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep the HTTP library from asking again by itself, outside of budget and tries."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # nothing was sent, and the library does not repeat it
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _unreachable(error) from error


def _unreachable(error: aiohttp.ClientError) -> Unreachable:
    return Unreachable(f"{type(error).__name__}: {error}"[:300])
