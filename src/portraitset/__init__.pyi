from .align.face import align_face
from .align.quad import crop_quad
from .align.settings import CropSettings
from .download.settings import DownloadSettings
from .errors import InputError, ItemError, PortraitsetError, State, WorkspaceError
from .export.aligned_faces import AlignedFaces
from .handoffs import Face, Photo
from .identity import __version__
from .landmarks import Landmarks
from .manifest import InvalidEntry, Manifest, read_manifest, write_manifest
from .pipeline.recipe import Recipe
from .pipeline.run import Report, build
from .pipeline.standing import Standing

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
