"""Builds aligned artistic-face datasets from a manifest of image addresses and landmarks.

import portraitset as ps
dataset = ps.read_manifest("AAHQ-dataset.json")
ps.build("AAHQ-dataset.json", workspace="aahq", workers=8)
"""

from portraitset.align.face import CropSettings, align_face
from portraitset.align.quad import crop_quad
from portraitset.aligned_faces import AlignedFaces
from portraitset.download.settings import DownloadSettings
from portraitset.errors import InputError, ItemError, PortraitsetError, State, WorkspaceError
from portraitset.handoffs import Face, Photo
from portraitset.identity import VERSION
from portraitset.landmarks import Landmarks
from portraitset.manifest import InvalidEntry, Manifest, read_manifest, write_manifest
from portraitset.pipeline import Report, build
from portraitset.recipe import Recipe
from portraitset.survey import Standing

__version__ = VERSION

__all__ = [
    "AlignedFaces",
    "CropSettings",
    "DownloadSettings",
    "Face",
    "InputError",
    "InvalidEntry",
    "ItemError",
    "Landmarks",
    "Manifest",
    "Photo",
    "PortraitsetError",
    "Recipe",
    "Report",
    "Standing",
    "State",
    "WorkspaceError",
    "__version__",
    "align_face",
    "build",
    "crop_quad",
    "read_manifest",
    "write_manifest",
]
