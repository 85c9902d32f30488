"""What time did to a dataset's addresses: by host, by year of upload, by outcome.

A photo counts once, whatever number of faces it has. All but `link_rot` is pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portraitset.errors import State
from portraitset.handoffs import Photo, Revisit
from portraitset.manifest.addresses import host_of, upload_year
from portraitset.manifest.local import is_local
from portraitset.pipeline.last_run import last_manifest
from portraitset.workspace.layout import Folders
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import PhotoRecord

HELD, GONE, REFUSED, FAILED, UNASKED = "held", "gone", "refused", "failed", "not asked"
FATES = (HELD, GONE, REFUSED, FAILED, UNASKED)
"""What an address came to: `gone` is `unavailable` of the states, whatever the reason."""

_FATE_OF_STATE: Mapping[str, str] = {
    State.UNAVAILABLE: GONE,
    State.REFUSED: REFUSED,
    State.FAILED: FAILED,
}


@dataclass(frozen=True, slots=True)
class Address:
    """One photo's address and what came of it.

    Attributes:
        fate: one of `FATES`.
        outcome: the reason where there is one, else the fate itself.
        since: what the last `--revalidate` found of an original that is held; None if never asked.
    """

    url: str
    fate: str
    outcome: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class LinkRot:
    """The report; each count is of photos.

    Attributes:
        hosts: fates by host, the host with the most photos first.
        years: fates by year of upload, in order, `unknown` last.
        outcomes: photos by outcome.
        since: originals that are held, by what their address gave when it was asked again.
    """

    total: int
    hosts: Mapping[str, Mapping[str, int]]
    years: Mapping[str, Mapping[str, int]]
    outcomes: Mapping[str, int]
    since: Mapping[str, int]


def link_rot(folders: Folders) -> LinkRot:
    """Count what became of the last run's manifest.

    Raises:
        InputError: the folder is no workspace.
    """
    with Ledger.open_to_look(folders.state) as ledger:
        photos = last_manifest(folders).by_photo()
        return count_rot(
            address_of(photo, ledger.photo(photo.raw_name), ledger.revisit(photo))
            for photo in photos
            if not is_local(photo.url)
        )


def address_of(photo: Photo, record: PhotoRecord | None, revisit: Revisit | None) -> Address:
    """What came of a photo's address, by the ledger's word."""
    if record is None or record.url != photo.url:
        return Address(photo.url, UNASKED, UNASKED)
    since = revisit.outcome if revisit else None
    if record.state == State.FETCHED:
        return Address(photo.url, HELD, HELD, since)
    return Address(photo.url, _FATE_OF_STATE.get(record.state, FAILED), record.reason or FAILED)


def count_rot(addresses: Iterable[Address]) -> LinkRot:
    """Count the outcomes of addresses, by host, by year of upload and in all."""
    hosts: dict[str, Counter[str]] = {}
    years: dict[str, Counter[str]] = {}
    outcomes: Counter[str] = Counter()
    since: Counter[str] = Counter()
    for address in addresses:
        year = upload_year(address.url)
        hosts.setdefault(host_of(address.url) or "none", Counter())[address.fate] += 1
        years.setdefault(str(year) if year else "unknown", Counter())[address.fate] += 1
        outcomes[address.outcome] += 1
        if address.since is not None:
            since[address.since] += 1
    ranked = sorted(hosts.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return LinkRot(
        outcomes.total(),
        {host: dict(counts) for host, counts in ranked},
        {year: dict(counts) for year, counts in sorted(years.items())},
        _ranked(outcomes),
        _ranked(since),
    )


def _ranked(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
