"""Who gets in, and who does not; over real sockets, against the command itself."""

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import pytest

from portraitset.cli import run
from portraitset.curate.measure import OF_THE_FACE
from portraitset.workspace.decisions import decide
from review.reviewing import Review, copy_of


@pytest.fixture(scope="module")
def review(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    with Review(copy_of(made, tmp_path_factory.mktemp("guarded"))) as running:
        yield running


def ask(
    review: Review,
    path: str,
    headers: Mapping[str, str | None] | None = None,
    method: str = "GET",
    body: bytes | None = None,
) -> tuple[int, Mapping[str, str], bytes]:
    """One request with the key; a header of None is left out."""
    own: dict[str, str | None] = {
        "Host": f"127.0.0.1:{review.port}",
        "Cookie": f"portraitset-{review.port}={review.token}",
    }
    if body is not None:
        own["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", review.port, timeout=20)
    sent = {name: value for name, value in (own | dict(headers or {})).items() if value}
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, data


def gallery(review: Review) -> dict[str, object]:
    content = json.loads(ask(review, "/gallery")[2])
    assert isinstance(content, dict)
    return content


def posted(review: Review, content: object, **headers: str | None) -> int:
    """The status of the answer to what Ada's page sends."""
    named = {"reviewer": "Ada"} | content if isinstance(content, dict) else content
    body = json.dumps(named).encode()
    renamed = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(review, "/decisions", renamed, "POST", body)[0]


def row(**changes: object) -> dict[str, object]:
    made = decide("00000.png", "keep", "nobody")
    return {"id": made.id, "face": made.face, "choice": "keep", "at": made.at} | changes


def test_address_is_exchanged_for_a_cookie_that_no_script_reads(review: Review) -> None:
    status, headers, _ = ask(review, f"/?token={review.token}&q=a+b", {"Cookie": None})
    assert status == 303
    assert headers["location"] == "/?q=a+b"
    cookie = headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("path", ["/", "/gallery", "/web/app.js", "/faces/0/crop", "/?token=guess"])
def test_nobody_without_the_key_sees_anything(review: Review, path: str) -> None:
    for cookie in (None, f"portraitset-{review.port}=guess", "portraitset-1=;;=\x7f"):
        status, headers, data = ask(review, path, {"Cookie": cookie})
        assert status == 403
        assert "set-cookie" not in headers
        assert b"portrait-" not in data


@pytest.mark.parametrize("other", ['theme={"dark":true}', "a[0]=1", "words=a b", "=", ";;\x7f"])
def test_cookies_of_other_programs_on_this_machine_lock_nobody_out(
    review: Review, other: str
) -> None:
    own = f"portraitset-{review.port}={review.token}"
    for cookie in (f"{other}; {own}", f"{own}; {other}"):
        assert ask(review, "/web/app.js", {"Cookie": cookie})[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1"])
def test_other_names_for_this_machine_lead_nowhere(review: Review, host: str) -> None:
    assert ask(review, "/gallery", {"Host": host})[0] == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_no_other_page_may_ask_even_with_the_cookie(
    review: Review, headers: dict[str, str | None]
) -> None:
    assert ask(review, "/gallery", headers)[0] == 403
    assert ask(review, "/decisions", headers, "POST", b"{}")[0] == 403


def test_every_answer_is_dressed(review: Review) -> None:
    for path in ("/", "/gallery", "/web/app.js", "/faces/0/crop", "/nowhere"):
        headers = ask(review, path)[1]
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_page_holds_no_script_or_style_of_its_own(review: Review) -> None:
    page = ask(review, "/")[2].decode()
    assert page.count("<script") == page.count('<script type="module" src=') == 1
    assert "<style" not in page
    assert " style=" not in page
    assert "://" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/web/../server.py",
        "/web/%2e%2e%2fserver.py",
        "/web/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/web/",
        "/raw/",
        "/.portraitset/ledger.sqlite",
    ],
)
def test_files_have_no_paths_here(review: Review, path: str) -> None:
    assert ask(review, path)[0] == 404


def test_faces_are_named_by_index_and_edition(review: Review) -> None:
    edition = gallery(review)["edition"]
    assert ask(review, f"/faces/0/crop?edition={edition}")[0] == 200
    assert ask(review, f"/faces/12/crop?edition={edition}")[0] == 404  # it is gone
    assert ask(review, "/faces/0/crop?edition=another")[0] == 410
    for index in ("-1", "99", "1e1", "0x1", "00000.png", "%30%00", "9" * 40):
        assert ask(review, f"/faces/{index}/crop?edition={edition}")[0] in (400, 404)


def test_pictures_come_as_what_they_are(review: Review) -> None:
    edition = gallery(review)["edition"]
    for kind, begin, kind_of in (
        ("crop", b"\x89PNG", "image/png"),
        ("thumbnail", b"\xff\xd8", "image/jpeg"),
        ("original", b"\xff\xd8", "image/jpeg"),
    ):
        status, headers, data = ask(review, f"/faces/0/{kind}?edition={edition}")
        assert (status, headers["content-type"]) == (200, kind_of)
        assert data.startswith(begin)


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"decisions": "all"},
        {"decisions": []},
        {"decisions": [1]},
        {"decisions": [row(choice="burn")]},
        {"decisions": [row(id="../../x")]},
        {"decisions": [row(at="now")]},
        {"decisions": [row(at=-5)]},
        {"decisions": [row(why="x" * 5000)]},
        {"decisions": [row(face=["00000.png"])]},
        {"decisions": [row(choice="landmarks")]},
        {"decisions": [row(choice="landmarks", landmarks={"eye_left": [1, 2]})]},
        {"decisions": [row()] * 1001},
    ],
)
def test_body_that_makes_no_sense_is_refused_and_nothing_is_recorded(
    review: Review, content: object
) -> None:
    before = review.decisions
    assert posted(review, content) == 400
    assert review.decisions == before


def test_body_of_another_type_or_size_is_refused(review: Review) -> None:
    assert posted(review, {"decisions": [row()]}, Content_Type="text/plain") == 415
    assert ask(review, "/decisions", None, "POST", b"x" * (2 << 20))[0] == 413
    assert ask(review, "/decisions", None, "POST", b"[" * 100_000)[0] == 400
    assert ask(review, "/decisions", None, "GET")[0] == 405


def test_decision_that_is_sent_twice_counts_once(review: Review) -> None:
    twice = row(face="00003.png")
    assert posted(review, {"decisions": [twice]}) == 200
    assert posted(review, {"decisions": [twice, twice]}) == 200
    lines = (review.workspace / ".portraitset/decisions.jsonl").read_text().splitlines()
    assert sum(str(twice["id"]) in line for line in lines) == 1


def test_who_decides_is_not_the_pages_to_say(review: Review) -> None:
    assert posted(review, {"decisions": [row(face="00004.png", who="Mallory")]}) == 200
    assert {item.who for item in review.decisions.items if item.face == "00004.png"} == {"Ada"}


def test_page_of_an_earlier_reviewer_decides_nothing(review: Review) -> None:
    """A browser gives a review's cookie to every page of it, also to one that was left open."""
    before = review.decisions
    assert posted(review, {"reviewer": "Ben", "decisions": [row(face="00004.png")]}) == 403
    assert review.decisions == before


def test_decision_about_no_face_of_the_dataset_is_handed_back(review: Review) -> None:
    stranger = row(face="../etc/passwd")
    body = json.dumps({"reviewer": "Ada", "decisions": [stranger]}).encode()
    status, _, data = ask(review, "/decisions", None, "POST", body)
    assert (status, json.loads(data)) == (200, {"refused": [stranger["id"]]})
    assert "passwd" not in (review.workspace / ".portraitset/decisions.jsonl").read_text()


def test_time_from_a_clock_ahead_is_not_believed(review: Review) -> None:
    assert posted(review, {"decisions": [row(face="00005.png", at=4_000_000_000)]}) == 200
    (item,) = [item for item in review.decisions.items if item.face == "00005.png"]
    assert item.at < 3_900_000_000


def test_port_that_is_taken_is_said_so(review: Review, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["review", "-w", str(review.workspace), "--port", str(review.port)]) == 2
    assert "--port 0" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "A\udcff", "Ada\x1b[31m"])
def test_reviewer_whose_decisions_could_not_be_recorded_is_told_before(
    made: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["review", "-w", str(made), "--port", "0", "--reviewer", name]) == 2
    assert "--reviewer" in capsys.readouterr().err


def test_folder_that_is_no_workspace_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["review", "-w", str(tmp_path), "--port", "0"]) == 2
    assert "no workspace" in capsys.readouterr().err


def test_ctrl_c_ends_it_cleanly(workspace: Path) -> None:
    with Review(workspace) as running:
        assert ask(running, "/gallery")[0] == 200
        assert running.interrupt() == 0


def test_page_sorts_by_every_measure_of_a_face_and_by_no_other() -> None:
    library = (files("portraitset.review") / "web/library.js").read_text()
    table = library.partition("export const MEASURES = {")[2].partition("\n};")[0]
    assert tuple(re.findall(r"^  (\w+): ", table, re.MULTILINE)) == OF_THE_FACE


def test_workspace_that_cannot_be_written_is_no_bug(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = copy_of(made, tmp_path)
    log = workspace / ".portraitset" / "workers.log"
    log.unlink()
    log.mkdir()  # as good as no permission, which this account may not know
    assert run(["review", "-w", str(workspace), "--port", "0"]) == 3
    assert "a folder stands where a file should be" in capsys.readouterr().err
