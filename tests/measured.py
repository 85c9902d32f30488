"""Measures to write tests with."""

from typing import Any

from portraitset.curate.measure import Measures, Swatch


def measured(**changes: Any) -> Measures:
    """A good face's measures, with some of them changed."""
    values: dict[str, Any] = {
        "native_size": 500.0,
        "upsampling": 2.0,
        "padded_fraction": 0.0,
        "roll": 0.0,
        "yaw_proxy": 0.0,
        "sharpness": 0.1,
        "brightness": 0.5,
        "contrast": 0.2,
        "colourfulness": 40.0,
        "palette": (Swatch("#804020", 1.0),),
        "compression_quality": 90,
        "width": 1000,
        "height": 1200,
        "byte_count": 300_000,
        "format": "JPEG",
        "artist": "ann-ink",
        "upload_year": 2019,
        "look": "0" * 64,
        "look_mirrored": "0" * 64,
        "crop_look": "0" * 64,
    }
    return Measures(**(values | changes))
