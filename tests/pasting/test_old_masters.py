"""Real paintings, as they came from a museum: pasted back into their own JPEG files."""

from pathlib import Path

import numpy as np
from PIL import Image

from datasets import quick
from old_masters import OldMasters
from portraitset import CropSettings, build
from portraitset.align.face import cut_crop
from portraitset.curate.holdings import holdings_of
from portraitset.demo.origin import Origin
from portraitset.pasting.run import paste_back
from portraitset.picture.decode import read_picture
from portraitset.workspace.layout import folders_of


def test_paintings_keep_their_bytes_or_take_the_edit(
    old_masters: OldMasters, tmp_path: Path
) -> None:
    settings = CropSettings(size=256)
    with Origin(old_masters.routes) as origin:
        recipe = quick(origin.url, crop=settings)
        assert build(old_masters.manifest, tmp_path / "w", recipe=recipe).succeeded
    folders = folders_of(tmp_path / "w")
    plain = paste_back(folders, [folders.aligned], tmp_path / "plain")
    assert len(plain.unedited) == len(plain.faces) == 10
    for path in folders.raw.iterdir():
        assert (tmp_path / "plain" / path.name).read_bytes() == path.read_bytes()

    held = {each.photo.raw_name: each for each in holdings_of(folders).faces}  # one of each photo
    (tmp_path / "edits").mkdir()
    glow = 18 * np.hanning(256)[:, np.newaxis, np.newaxis] * np.hanning(256)[:, np.newaxis]
    for each in held.values():
        with Image.open(each.crop) as crop:
            lit = np.clip(np.asarray(crop) + glow, 0, 255).astype(np.uint8)
        Image.fromarray(lit).save(tmp_path / "edits" / each.crop.name)
    done = paste_back(folders, [tmp_path / "edits"], tmp_path / "out")
    assert done.succeeded
    for each in held.values():
        result = tmp_path / "out" / each.original.name
        with Image.open(result) as after, Image.open(each.original) as before:
            assert after.format == before.format
            assert after.info.get("icc_profile") == before.info.get("icc_profile")
            assert dict(after.getexif()) == dict(before.getexif())
        photo = read_picture(result.read_bytes(), 10**9)
        again = cut_crop(photo.pixels, each.face.landmarks, settings).astype(int)
        wanted = read_picture((tmp_path / "edits" / each.crop.name).read_bytes(), 10**6).pixels
        inner = (slice(16, -16), slice(16, -16))
        error = (again - wanted)[inner]
        assert np.sqrt((error**2).mean()) < 1.2, each.name  # 0.3 to 0.93; the JPEG's own loss
