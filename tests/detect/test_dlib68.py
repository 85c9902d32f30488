"""FFHQ's geometry: 68 points by dlib, four of them; with a model that is trained here.

The published model may not be used commercially, and is not needed to prove what is ours: where its
points go. The one that is trained here puts all 68 in fixed places of the face's box.
"""

from pathlib import Path

import dlib
import numpy as np
import pytest
from PIL import Image

from datasets import draw
from old_masters import OldMasters
from portraitset.detect.detection import Detection
from portraitset.detect.detectors import choose
from portraitset.detect.dlib68 import four_of_68, score_of
from portraitset.detect.pyramid import find_faces
from portraitset.detect.run import detect
from portraitset.errors import InputError
from portraitset.manifest import read_manifest

PLACES = np.random.default_rng(68).permuted(
    np.stack(np.meshgrid(np.linspace(0.1, 0.9, 17), np.linspace(0.2, 0.8, 4)), -1).reshape(68, 2)
)
"""Where in the box, 0 to 1, the model puts each point: all in other places, in no order."""


def train(path: Path, count: int) -> Path:
    """A shape predictor for so many points, trained by dlib itself."""
    pictures, faces = [], []
    for seed in range(3):
        pictures.append(np.asarray(draw(seed, 120, 120).convert("RGB")))
        box = dlib.rectangle(10, 10, 109, 109)
        parts = [dlib.point(*np.rint(10 + 100 * place).astype(int)) for place in PLACES[:count]]
        faces.append([dlib.full_object_detection(box, dlib.points(parts))])
    options = dlib.shape_predictor_training_options()
    options.cascade_depth, options.tree_depth, options.num_trees_per_cascade_level = 1, 1, 1
    options.num_threads = 1
    dlib.train_shape_predictor(pictures, faces, options).save(str(path))
    return path


@pytest.fixture(scope="session")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("dlib") / "68.dat", 68)


@pytest.fixture
def mona_lisa(old_masters: OldMasters, shared: Path) -> Path:
    return next((shared / "old-masters" / "origin").rglob("mona_lisa.jpg*"))


def test_four_points_are_those_that_ffhq_takes() -> None:
    points = np.arange(136, dtype=np.float64).reshape(68, 2)
    four = four_of_68(points)
    assert four[0] == pytest.approx(points[[36, 37, 38, 39, 40, 41]].mean(axis=0))
    assert four[1] == pytest.approx(points[[42, 43, 44, 45, 46, 47]].mean(axis=0))
    assert (four[2:] == points[[48, 54]]).all()


def test_score_is_half_after_fusion_for_what_dlib_takes_in_one_of_two_views() -> None:
    assert score_of(0) * (1 + 1 / 2) / 2 == pytest.approx(0.5)
    scores = [score_of(value) for value in (-1, 0, 1, 4)]
    assert scores == sorted(scores)
    assert 0 < scores[0] < scores[-1] < 1


def test_mirrored_and_scaled_68_points_stay_true_to_the_four() -> None:
    points = np.random.default_rng(1).uniform(0, 100, (68, 2))
    face = Detection((10, 10, 50, 50), four_of_68(points), 0.9, points)
    for moved in (face.mirrored(120), face.scaled(2, 3)):
        assert moved.points68 is not None
        assert four_of_68(moved.points68) == pytest.approx(moved.points)
    again = face.mirrored(120).mirrored(120)
    assert again.points68 == pytest.approx(points)
    middle = [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]  # what lies in the middle of a face
    mirrored = face.mirrored(120).points68
    assert mirrored is not None
    assert mirrored[middle, 0] == pytest.approx(119 - points[middle, 0])


def test_painted_face_is_found_with_its_68_points_in_its_box(
    predictor: Path, mona_lisa: Path
) -> None:
    detector = choose("dlib", predictor)
    with Image.open(mona_lisa) as image:
        pixels = np.asarray(image.convert("RGB"))
    (face,) = find_faces(pixels, detector.make(), detector.sides, 0.5)
    left, top, width, height = face.box
    assert 300 < left < 500
    assert 250 < width < 350
    assert face.points68 is not None
    assert four_of_68(face.points68) == pytest.approx(face.points)
    middle = (PLACES + PLACES[_mirror_of()] * [-1, 1] + [1, 0]) / 2  # of the picture and its mirror
    wanted = np.array([left, top]) + middle * [width, height]
    assert np.abs(face.points68 - wanted).max() < 0.02 * width


def _mirror_of() -> list[int]:
    numbered = np.stack([np.arange(68.0), np.zeros(68)], 1)
    found = Detection((0, 0, 1, 1), numbered[:4], 1, numbered).mirrored(1).points68
    assert found is not None
    return [round(-x) for x in found[:, 0]]


def test_manifest_keeps_the_68_points_and_has_no_calibration(
    predictor: Path, mona_lisa: Path, tmp_path: Path
) -> None:
    with Image.open(mona_lisa) as image:
        exif = Image.Exif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
        image.save(tmp_path / "straight.png")
    output = tmp_path / "mine.jsonl"
    for _ in range(2):  # the second time from the journal
        done = detect([str(tmp_path / "*.png")], output, detector="dlib", model=predictor)
        assert done.faces == 2
        faces = {face.photo.raw_name.split("-")[0]: face for face in read_manifest(output)}
        facts = faces["straight"].extra["detector"]
        assert isinstance(facts, dict)
        assert facts.keys() == {"name", "library", "model"}
        assert facts["library"] == f"dlib {dlib.__version__}"
        straight, turned = (
            np.array(faces[each].extra["points68"]) for each in ("straight", "turned")
        )
        assert straight.shape == (68, 2)
        for face in faces.values():
            points = np.array(face.extra["points68"])
            assert four_of_68(points) == pytest.approx(np.array(face.landmarks.points()), abs=0.011)
        with Image.open(tmp_path / "straight.png") as image:
            width = image.width
        assert turned == pytest.approx(np.stack([straight[:, 1], width - 1 - straight[:, 0]], 1))


def test_model_of_other_points_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="places 5 points on a face, not 68"):
        choose("dlib", train(tmp_path / "5.dat", 5)).make()


@pytest.mark.parametrize("kept", [0, 100, 0.5])
def test_damaged_model_is_refused(kept: float, predictor: Path, tmp_path: Path) -> None:
    data = predictor.read_bytes()
    (tmp_path / "cut.dat").write_bytes(data[: int(kept * len(data)) if kept < 1 else int(kept)])
    with pytest.raises(InputError, match="is no shape predictor that dlib can read"):
        choose("dlib", tmp_path / "cut.dat").make()
