"""ONNX files as tests need them, written byte by byte: Protocol Buffers, after onnx.proto.

The model that is drawn here finds red cells: it sees 64 x 64 pixels as two rows of two cells, takes
the share of red in a cell as the score of a face, and places that face's points in the cell.
"""

from collections.abc import Sequence

import numpy as np

CELL_BOX = (2.0, 2.0, 30.0, 30.0)
"""Left, top, right and bottom of a cell's face, from the cell's corner."""

CELL_POINTS = ((10.0, 10.0), (22.0, 10.0), (12.0, 24.0), (20.0, 24.0))
"""Its eyes and corners of the mouth."""

_CORNERS = ((0, 0), (32, 0), (0, 32), (32, 32))


def red_cells(*, in_one_output: bool = False) -> bytes:
    """The model; its outputs are `boxes` (1, 4, 4), `scores` (1, 4, 1) and `points` (1, 4, 8),
    and `cells`, which nobody wants.

    With `in_one_output` they are one, `output0` (1, 13, 4): boxes, score and points in a column.
    """
    boxes = [[x + a if n % 2 == 0 else y + a for n, a in enumerate(CELL_BOX)] for x, y in _CORNERS]
    points = [[v for a, b in CELL_POINTS for v in (x + a, y + b)] for x, y in _CORNERS]
    initializers = [
        _tensor("red", np.array([1, 0, 0], np.float32).reshape(1, 3, 1, 1)),
        _tensor("nothing", np.zeros((1, 1, 1), np.float32)),
        _tensor("as_rows", np.array([1, 4, 1], np.int64)),
        _tensor("cell_boxes", np.array([boxes], np.float32)),
        _tensor("cell_points", np.array([points], np.float32)),
    ]
    nodes = [
        _node("Conv", ["images", "red"], ["redness"], kernel_shape=[1, 1]),
        _node("AveragePool", ["redness"], ["cells"], kernel_shape=[32, 32], strides=[32, 32]),
        _node("Reshape", ["cells", "as_rows"], ["scores"]),
        _node("Mul", ["scores", "nothing"], ["zeros"]),
        _node("Add", ["zeros", "cell_boxes"], ["boxes"]),
        _node("Add", ["zeros", "cell_points"], ["points"]),
    ]
    outputs = [("boxes", [1, 4, 4]), ("scores", [1, 4, 1]), ("points", [1, 4, 8])]
    if in_one_output:
        nodes.append(_node("Concat", ["boxes", "scores", "points"], ["rows"], axis=2))
        nodes.append(_node("Transpose", ["rows"], ["output0"], perm=[0, 2, 1]))
        outputs = [("output0", [1, 13, 4])]
    outputs.append(("cells", [1, 1, 2, 2]))
    graph = b"".join(_part(1, node) for node in nodes)
    graph += _part(2, b"red cells")
    graph += b"".join(_part(5, each) for each in initializers)
    graph += _part(11, _value("images", [1, 3, 64, 64]))
    graph += b"".join(_part(12, _value(name, shape)) for name, shape in outputs)
    return _whole(1, 8) + _part(7, graph) + _part(8, _part(1, b"") + _whole(2, 13))


def _node(kind: str, taken: Sequence[str], given: Sequence[str], **facts: int | list[int]) -> bytes:
    content = b"".join(_part(1, name.encode()) for name in taken)
    content += b"".join(_part(2, name.encode()) for name in given)
    content += _part(4, kind.encode())
    return content + b"".join(_part(5, _fact(key, value)) for key, value in facts.items())


def _fact(name: str, value: int | list[int]) -> bytes:
    if isinstance(value, int):
        return _part(1, name.encode()) + _whole(3, value) + _whole(20, 2)
    return _part(1, name.encode()) + b"".join(_whole(8, each) for each in value) + _whole(20, 7)


def _tensor(name: str, content: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> bytes:
    kind = {"float32": 1, "int64": 7}[str(content.dtype)]
    head = b"".join(_whole(1, side) for side in content.shape) + _whole(2, kind)
    return head + _part(8, name.encode()) + _part(9, content.tobytes())


def _value(name: str, shape: Sequence[int]) -> bytes:
    sides = b"".join(_part(1, _whole(1, side)) for side in shape)
    return _part(1, name.encode()) + _part(2, _part(1, _whole(1, 1) + _part(2, sides)))


def _whole(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])
