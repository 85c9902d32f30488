"""The values of an LMDB."""

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

from portraitset.removal.items import Found, Item, Opener, Problem

_MOST_DATABASES = 1000
_DATABASE_RECORD = 48
"""In bytes: what LMDB keeps under the name of a database within a database (`MDB_db`)."""


def read_lmdb(_: IO[bytes], where: str, opened: Opener) -> Iterator[Found]:
    """The values of an LMDB, read by a process of its own: a damaged one can crash its reader."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send_values, args=(where, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        while (told := ours.recv()) is not None:
            key, data = told
            if isinstance(data, str):
                yield Problem(where, data)
            else:
                name = key.decode(errors="backslashreplace")
                yield from opened(Item(f"{where}!{name}", None, name, data))
    except EOFError:
        yield Problem(where, "its reader crashed, so it is damaged")
    finally:
        ours.close()
        process.terminate()
        process.join()


def _send_values(path: str, pipe: Connection) -> None:
    """Send each key with its value; at the end None, or a sentence about what was wrong."""
    try:
        import lmdb
    except ImportError:
        pipe.send((b"", "LMDB needs a further package: pip install 'portraitset[lmdb]'"))
        pipe.send(None)
        return
    try:
        with (
            lmdb.open(
                path, subdir=False, readonly=True, lock=False, max_dbs=_MOST_DATABASES
            ) as environment,
            environment.begin() as transaction,
        ):
            pages = environment.info()["last_pgno"] + 1
            if pages * environment.stat()["psize"] > Path(path).stat().st_size:
                pipe.send((b"", "it ends before its last page does"))
            else:
                for key, value in transaction.cursor():
                    pipe.send((key, value))
                    if len(value) == _DATABASE_RECORD:
                        _send_within(environment, transaction, key, pipe)
    except lmdb.Error as error:
        pipe.send((b"", str(error)))
    pipe.send(None)


def _send_within(environment: Any, transaction: Any, key: bytes, pipe: Connection) -> None:
    """Send what a database within the database holds, if this key names one."""
    import lmdb

    try:
        within = environment.open_db(key, txn=transaction, create=False)
    except (lmdb.IncompatibleError, lmdb.NotFoundError):  # a value of that length
        return
    for inner, value in transaction.cursor(db=within):
        pipe.send((key + b"/" + inner, value))
