"""nginx on a free port of loopback, for as long as it is measured against."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from portraitset.errors import InputError

_CONF = """
daemon off; worker_processes 1; pid nginx.pid; error_log error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; keepalive_requests 1000000; default_type image/jpeg;
    client_body_temp_path .; proxy_temp_path .; fastcgi_temp_path .; uwsgi_temp_path .;
    scgi_temp_path .;
    server {{ listen 127.0.0.1:{port}; root served; }}
}}
"""
"""Its paths lie in the folder that nginx starts in: no folder's name has to be quoted."""


def check_nginx() -> None:
    """Make sure that there is a server to measure against.

    Raises:
        InputError: there is none.
    """
    if shutil.which("nginx", path=search_path()) is None:
        raise InputError(
            "bench download needs nginx, which is not installed here."
            " On Debian and Ubuntu: apt-get install nginx-light"
        )


@contextmanager
def serving(files: Path, folder: Path) -> Iterator[str]:
    """nginx on a free port of loopback, on these files and nothing else; its address."""
    nginx = shutil.which("nginx", path=search_path()) or "nginx"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf = folder / "nginx.conf"
    conf.write_text(_CONF.format(port=port))
    (folder / "served").symlink_to(files.absolute())
    with (folder / "nginx.log").open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 found on the user's own path
            [nginx, "-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log")],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(port, child, folder / "nginx.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait()


def _wait_for(port: int, child: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(100):
        if child.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nginx does not start: {log.read_text(errors='replace')[-1000:]}")


def search_path() -> str:
    """Debian puts nginx where only root looks."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
