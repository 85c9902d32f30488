"""Builds aligned artistic-face datasets from a manifest of image addresses and landmarks.

import portraitset as ps
dataset = ps.read_manifest("AAHQ-dataset.json")
ps.build("AAHQ-dataset.json", workspace="aahq", workers=8)

The public names stand in `__init__.pyi`. Each is imported when it is first used, as all of them
take half a second, in every worker too, and Ctrl-C would be answered with a traceback meanwhile.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
