"""What was taken out, or would be, printed."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from rich.table import Table

from portraitset.cli.console import err, out, plain, print_json
from portraitset.errors import InputError
from portraitset.manifest import load_manifest, parse_manifest
from portraitset.manifest.upstream import fetch_newest
from portraitset.removal.requests import (
    RemovalRequest,
    followed,
    request_by_artist,
    request_by_asset,
    request_by_digest,
    request_by_look,
    request_by_picture,
    request_by_url,
    request_of_vanished,
)
from portraitset.removal.take_out import Removal, follow, plan_following, plan_removal, remove
from portraitset.workspace.layout import Folders, folders_of
from portraitset.workspace.removal_log import removals_of

_WISHES: dict[str, Callable[[str], RemovalRequest]] = {
    "url": request_by_url,
    "asset": request_by_asset,
    "artist": request_by_artist,
    "digest": request_by_digest,
    "look": request_by_look,
    "picture": lambda path: request_by_picture(Path(path)),
}


def remove_command(
    workspace: Path,
    log_path: Path | None,
    upstream: str | None,
    since: str,
    most: float,
    dry_run: bool,
    reason: str,
    looks: bool,
    as_json: bool,
    **requests: str | None,
) -> int:
    """Do what `remove` is asked for; its exit code."""
    given = {way: text for way, text in requests.items() if text is not None}
    if len(given) + (log_path is not None) + (upstream is not None) != 1:
        raise InputError(
            "say one thing to take out: --url, --asset, --artist, --digest, --look, --picture,"
            " --import or --upstream"
        )
    folders = folders_of(workspace)
    with err.status("looking for copies" if dry_run else "taking out"):
        if log_path is not None:
            done = _follow(folders, log_path, dry_run)
        else:
            request = _vanished(upstream, since, most) if upstream else _only(given)
            request = replace(request, looks=looks, reason=reason or request.reason)
            if request.scope == "look" and not looks:
                raise InputError(
                    "--look asks for what --no-looks leaves alone; leave one of them out"
                )
            done = plan_removal(folders, request) if dry_run else remove(folders, request)
    if as_json:
        print_json(_removal_json(done))
    else:
        _print_removal(done)
    return 1 if done.troubles else 0


def _only(given: dict[str, str]) -> RemovalRequest:
    ((way, text),) = given.items()
    return _WISHES[way](text)


def _follow(folders: Folders, path: Path, dry_run: bool) -> Removal:
    theirs = followed(_read(path), str(path), removals_of(folders.state.parent))
    return plan_following(folders, theirs) if dry_run else follow(folders, theirs)


def _vanished(where: str, since: str, most: float) -> RemovalRequest:
    if where == "newest":
        data = fetch_newest()
    elif where.startswith(("http://", "https://")):
        data = fetch_newest(where)
    else:
        data = _read(Path(where))
    before = parse_manifest(load_manifest(since), since)
    return request_of_vanished(before, parse_manifest(data, where), most=most)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


def _removal_json(done: Removal) -> dict[str, object]:
    return {
        "dry_run": done.version is None,
        "entry": done.sequence,
        "dataset_version": done.version,
        "pictures": [
            {
                "raw_name": photo.raw_name,
                "url": photo.url,
                "by": photo.by,
                "faces": list(photo.faces),
                "files": [str(path) for path in (*photo.originals, *photo.crops)],
            }
            for photo in done.found.photos
        ],
        "other_files": [{"file": str(s.path), "by": s.by} for s in done.found.spares],
        "texts": [str(path) for path in done.texts],
        "outputs": [
            {
                "path": str(shown.output.path),
                "kind": shown.output.kind,
                "format": shown.output.format,
                "finished": shown.output.finished,
                "members": [
                    {"face": m.face, "place": m.place, "offset": m.offset} for m in shown.members
                ],
            }
            for shown in done.found.outputs
        ],
        "missing": [str(path) for path in done.missing],
        "troubles": [{"path": str(item.path), "why": item.why} for item in done.troubles],
    }


def _print_removal(done: Removal) -> None:
    dry = done.version is None
    for by, title in (
        ("identity", "to take out" if dry else "taken out"),
        ("look", "by its look alone, to take out too" if dry else "by its look alone, taken out"),
    ):
        rows = [row for photo_by, row in _rows(done) if photo_by == by]
        if rows:
            out.print(_table(title, rows))
    if not done.found.photos and not done.found.spares:
        out.print(
            "Nothing here is known by that" + ("." if dry else "; it is kept out from now on.")
        )
    for item in done.troubles:
        err.print(plain(f"left as it is: {item.path}: {item.why}"), style="red", markup=False)
    for path in done.missing:
        err.print(
            plain(
                f"no longer there: {path}: if its disk is away, the next `remove` takes them out"
                " once it is back; in what was moved or copied, `portraitset verify-removed`"
                " finds them (in a report with `--by names`)"
            ),
            style="yellow",
            markup=False,
        )
    if done.found.photos:
        out.print(
            "A manifest of your own still names what is taken out; it is not touched, and a build"
            " on it leaves those entries `removed`.",
            style="dim",
        )
    if dry:
        out.print("Nothing was written.", style="dim")
    else:
        out.print(f"dataset version {done.version}")


def _rows(done: Removal) -> Iterable[tuple[str, tuple[str, str]]]:
    """Each copy: whether identity or look tells it, what it is, where it lies."""
    by_face = {name: photo.by for photo in done.found.photos for name in photo.faces}
    for photo in done.found.photos:
        yield photo.by, ("picture", photo.url)
        yield photo.by, ("ledger rows", photo.raw_name)
        for path in photo.originals:
            yield photo.by, ("original", str(path))
        for path in photo.crops:
            yield photo.by, ("crop", str(path))
    for spare in done.found.spares:
        yield spare.by, ("copy", str(spare.path))
    for path in done.texts:
        yield "identity", ("text", str(path))
    for shown in done.found.outputs:
        if shown.output.finished and not shown.output.path.exists():
            continue
        what = " ".join(filter(None, (shown.output.kind, shown.output.format)))
        if not shown.output.finished:
            yield "identity", (what, f"{shown.output.path}: unfinished, deleted as a whole")
        for member in shown.members:
            where = "" if member.place == "." else f"/{member.place}"
            offset = "" if member.offset is None else f" @ {member.offset:,}"
            yield (
                by_face.get(member.face, "identity"),
                (what, f"{shown.output.path}{where}{offset}"),
            )


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
    table.add_column(title)
    table.add_column("where", overflow="fold")
    for what, where in rows:
        table.add_row(what, plain(where))
    return table
