"""The geometry of held faces as rows, the table that takes them, and that table without some."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from portraitset.align.geometry import CropGeometry, crop_geometry
from portraitset.align.settings import CropSettings
from portraitset.curate.holdings import HeldFace
from portraitset.landmarks import POINT_NAMES

GEOMETRY = "geometry.parquet"
"""The table's file, in a folder of sidecars and in exports."""

Row = Mapping[str, object]

_POINT = pa.list_(pa.float64(), 2)
_MATRIX = pa.list_(pa.list_(pa.float64(), 3), 2)
_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("source_sha256", pa.string()),
        ("photo_width", pa.int32()),
        ("photo_height", pa.int32()),
        ("size", pa.int32()),
        ("quad", pa.list_(_POINT, 4)),
        ("forward", _MATRIX),
        ("inverse", _MATRIX),
        ("landmarks", pa.struct([(name, _POINT) for name in POINT_NAMES])),
        ("scale", pa.float64()),
        ("padded", pa.float64()),
    ],
    metadata={
        "frame": "x right, y down, (0, 0) the centre of the upper left pixel, of photo and crop",
        "forward": "photo pixels to crop pixels, rows of a 2 x 3 matrix; inverse: the way back",
        "quad": "the crop's outer corners in photo pixels: top left, bottom left, bottom right,"
        " top right",
        "landmarks": "in crop pixels",
        "scale": "photo pixels to a crop pixel, along a side",
        "padded": "share of the crop's area outside the photo",
    },
)


def geometry_of(held: HeldFace, settings: CropSettings) -> CropGeometry:
    """Where a held face's crop lies in the original that is held.

    Raises:
        DegenerateFace: the ledger is not of these landmarks.
    """
    photo = held.photo
    landmarks = held.face.landmarks.shrunk(1 / (photo.rescue_scale or 1.0))
    size = (photo.width or 0, photo.height or 0)
    return crop_geometry(landmarks, size, settings, photo.format or "", held.name, held.face.draw)


def row_of(held: HeldFace, geometry: CropGeometry) -> Row:
    """What a sidecar says of one crop; the keys are the table's columns."""
    width, height = geometry.photo
    points = zip(POINT_NAMES, geometry.landmarks.points(), strict=True)
    return {
        "name": held.name,
        "source_sha256": held.photo.sha256,
        "photo_width": width,
        "photo_height": height,
        "size": geometry.size,
        "quad": geometry.quad.tolist(),
        "forward": geometry.forward.tolist(),
        "inverse": geometry.inverse.tolist(),
        "landmarks": {name: list(point) for name, point in points},
        "scale": geometry.scale,
        "padded": geometry.padded,
    }


def rows_of(
    faces: Iterable[HeldFace], settings: CropSettings, sizes: Sequence[int]
) -> Iterator[Row]:
    """The rows of these faces, one for each size that their crops are handed on in."""
    for held in faces:
        geometry = geometry_of(held, settings)
        for size in sizes:
            yield row_of(held, geometry.resized(size))


def table_of(rows: Iterable[Row]) -> bytes:
    """A Parquet file of rows."""
    return _written(pa.Table.from_pylist(list(rows), schema=_SCHEMA))


def table_without(data: bytes, gone: frozenset[str]) -> bytes:
    """A Parquet file without the rows of some faces."""
    table = pq.read_table(io.BytesIO(data))
    mask = pc.is_in(table["name"], value_set=pa.array(sorted(gone), pa.string()))
    return _written(table.filter(pc.invert(mask)))


def _written(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
