"""Which decoders make the pixels here: recorded beside digests, as other ones may make others."""

from collections.abc import Mapping

import simplejpeg
from PIL import __version__ as pillow_version
from PIL import features

_LIBRARIES = {
    "libjpeg_turbo": "libjpeg-turbo",
    "zlib": "zlib",
    "libtiff": "libtiff",
    "webp": "libwebp",
    "avif": "libavif",
    "jpg_2000": "OpenJPEG",
    "littlecms2": "LittleCMS",
}
"""Pillow's names of what it is linked to, and the names that the libraries go by."""


def decoder_versions() -> Mapping[str, str]:
    """The versions of Pillow, of simplejpeg and of the libraries behind Pillow, by name."""
    found = {"Pillow": pillow_version, "simplejpeg": simplejpeg.__version__}
    for key, name in _LIBRARIES.items():
        version = features.version(key) if features.check(key) else None
        if version is not None:
            found[name] = version
    return found
