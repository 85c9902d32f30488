"""What the page may send, read with suspicion: bounded, typed, or refused."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from portraitset.landmarks import POINT_NAMES, Landmarks, landmarks_from_points
from portraitset.workspace.decisions import Decision

LARGEST_BODY = 1 << 20
"""In bytes."""

MOST_DECISIONS = 1000
"""In one body."""


class BadRequest(Exception):
    """What was sent makes no sense; `status` is the answer's."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


async def read_body(request: Request) -> Mapping[str, Any]:
    """The JSON object that was sent.

    Raises:
        Refusal: it is too large, of another type, or no JSON object.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise BadRequest("send application/json", 415)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise BadRequest(f"more than {LARGEST_BODY:,} bytes", 413)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadRequest("no JSON") from error
    if not isinstance(content, dict):
        raise BadRequest("no JSON object")
    return content


def decisions_in(body: Mapping[str, Any], who: str) -> list[Decision]:
    """The decisions of a body, as this person's.

    A page says whose they are: one that an earlier reviewer left open has the cookie of whoever
    reviews now, as it is the browser's.

    Raises:
        Refusal: one makes no sense, or they are another's.
    """
    rows = body.get("decisions")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_DECISIONS:
        raise BadRequest(f"decisions must be a list of 1 to {MOST_DECISIONS:,}")
    decisions = [_decision(row, who) for row in rows]
    if body.get("reviewer") != who:
        raise BadRequest("these decisions are another reviewer's", 403)
    return decisions


def landmarks_in(body: Mapping[str, Any]) -> Landmarks:
    """The landmarks of a body.

    Raises:
        Refusal: they make no sense.
    """
    try:
        return _landmarks(body.get("landmarks"))
    except ValueError as error:
        raise BadRequest(str(error)) from error


def number_in(texts: Mapping[str, str], name: str, most: int) -> int:
    """A whole number from 0 to `most` of a query or a path.

    Raises:
        Refusal: it is none.
    """
    text = texts.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
        raise BadRequest(f"{name} must be a number up to {most}")
    return int(text)


def _decision(row: object, who: str) -> Decision:
    if not isinstance(row, dict):
        raise BadRequest("a decision must be an object")
    points = row.get("landmarks")
    try:
        return Decision(
            id=row.get("id", ""),
            face=row.get("face", ""),
            choice=row.get("choice", ""),
            who=who,
            at=row.get("at", -1),
            why=row.get("why", ""),
            landmarks=None if points is None else _landmarks(points),
            undoes=row.get("undoes"),
            photo=row.get("photo"),
        )
    except ValueError as error:
        raise BadRequest(str(error)) from error


def _landmarks(points: object) -> Landmarks:
    if not isinstance(points, dict) or set(points) != set(POINT_NAMES):
        raise ValueError(f"landmarks must have the points {', '.join(POINT_NAMES)}")
    return landmarks_from_points(points)
