"""Every portrait of the demo: who sits, in which manner, in which colours."""

from __future__ import annotations

from collections.abc import Mapping

from portraitset.demo.portraits.palettes import (
    CORAL,
    EMBER,
    FOREST,
    GILT,
    HARBOUR,
    INDIGO,
    JADE,
    LAPIS,
    MULBERRY,
    OCHRE,
    SALT,
    TWILIGHT,
)
from portraitset.demo.portraits.scene import Commission
from portraitset.demo.portraits.sitter import Sitter

LEFT_LIGHT = (-0.55, -0.50, 0.67)
RIGHT_LIGHT = (0.58, -0.45, 0.68)

DUSTY = {**CORAL, "sky": "2c3a4a 4f6878 8a9aa0", "cloth": "7a2a48 c8587a f8b0b8"}
FLOATING = {
    **SALT,
    "hair": "12141f 1f2536 56688a",
    "strand": "56688a 56688a 56688a",
    "disc": "c83f2a e0583a f08a68",
}
LIME = {
    **OCHRE,
    "skin": "7a4a38 cc9068 fbe0b8",
    "cloth": "24507a 4f80a8 b0d0dc",
    "far": "9ab0a8 b4c8bc d0dccc",
}


def portrait(
    title: str,
    manner: str,
    size: tuple[int, int],
    palette: Mapping[str, str],
    setting: str,
    *sitters: Sitter,
    light: tuple[float, float, float] = LEFT_LIGHT,
) -> Commission:
    """Return one commission."""
    return Commission(title, manner, size, sitters, palette, setting, light)


COMMISSIONS = (
    portrait(
        "ink-lantern-keeper", "ink", (1000, 1250), OCHRE, "moon",
        Sitter(
            at=(0.46, 0.46), size=0.27, tilt=6, yaw=12, hair="crop", hat="turban", beard="full",
            collar="scarf", jaw=0.54, brow_weight=1.3, nose=0.43, lids=0.85, gaze=0.02,
        ),
    ),
    portrait(
        "ink-reader-of-maps", "ink", (900, 1150), SALT, "arch",
        Sitter(
            gaze=-0.025,
            at=(0.54, 0.48), size=0.31, tilt=-9, yaw=-15, hair="waves", glasses="round",
            collar="lapels", jaw=0.46, chin=0.2, eyes=1.08, part=0.15, smile=0.6,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "pointillism-noon-garden", "pointillism", (1000, 1240), JADE, "leaves",
        Sitter(
            at=(0.5, 0.46), size=0.27, tilt=-7, yaw=10, hair="braids", hat="brim", collar="crew",
            eyes=1.1, smile=1.0, jaw=0.54, chin=0.28, brow_rise=0.03, earrings="drops",
        ),
    ),
    portrait(
        "pointillism-ferry-at-dusk", "pointillism", (1240, 960), TWILIGHT, "sun",
        Sitter(
            at=(0.22, 0.50), size=0.29, tilt=11, yaw=-12, hair="quiff", beard="goatee",
            collar="turtleneck", jaw=0.57, chin=0.33, width=1.03, brow_weight=1.2, nose=0.42,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "poster-tall-collar", "poster", (900, 1200), CORAL, "sun",
        Sitter(
            at=(0.5, 0.44), size=0.27, tilt=-5, yaw=15, hair="bob", collar="turtleneck",
            jaw=0.45, chin=0.2, eyes=1.12, lips=1.2, lids=0.8, neck=0.9, brow_arch=0.06,
        ),
    ),
    portrait(
        "poster-two-cyclists", "poster", (1360, 1000), HARBOUR, "bands",
        Sitter(
            at=(0.29, 0.45), size=0.25, tilt=9, yaw=12, hair="cloud", collar="crew",
            earrings="hoops", lips=1.25, nose_width=1.2, smile=1.0, brow_rise=0.025, jaw=0.56,
            chin=0.30, width=1.04,
        ),
        Sitter(
            at=(0.71, 0.40), size=0.26, tilt=-7, yaw=-12, hair="swept", beard="moustache",
            collar="lapels", jaw=0.57, chin=0.33, brow_weight=1.3, nose=0.43, width=0.97,
        ),
    ),
    portrait(
        "cubist-baker", "cubist", (820, 1000), HARBOUR, "tiles",
        Sitter(
            at=(0.5, 0.46), size=0.29, tilt=8, yaw=-14, hair="crop", hat="beret",
            beard="moustache", collar="scarf", eyes=1.15, jaw=0.60, chin=0.34, width=1.07,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "watercolour-rain-listener", "watercolour", (950, 1200), SALT, "hills",
        Sitter(
            at=(0.48, 0.44), size=0.24, tilt=-14, yaw=12, hair="long", collar="crew", part=0.1,
            lids=0, jaw=0.46, chin=0.21, brow_rise=0.03,
        ),
    ),
    portrait(
        "watercolour-orchard-of-winds", "watercolour", (1100, 900), JADE, "sun",
        Sitter(
            at=(0.77, 0.5), size=0.29, tilt=10, yaw=-10, hair="curls", hat="blossoms",
            collar="scarf", eyes=1.15, smile=1.0, brow_rise=0.035, jaw=0.57, chin=0.30,
            width=1.06,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "oil-salt-miller", "oil", (1500, 1900), EMBER, "hills",
        Sitter(
            at=(0.48, 0.45), size=0.29, tilt=5, yaw=14, hair="swept", beard="full",
            collar="lapels", jaw=0.59, chin=0.34, width=1.04, brow_weight=1.4, nose=0.44,
            lids=0.8,
        ),
    ),
    portrait(
        "oil-blue-violinist", "oil", (1000, 1200), INDIGO, "moon",
        Sitter(
            gaze=0.028,
            at=(0.55, 0.47), size=0.33, tilt=-17, yaw=-12, hair="waves", collar="turtleneck",
            earrings="hoops", jaw=0.46, lids=0.8, lips=1.15, brow_rise=0.03,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "linocut-harbour-pilot", "linocut", (900, 1150), HARBOUR, "rays",
        Sitter(
            at=(0.5, 0.49), size=0.32, tilt=-4, yaw=10, hair="crop", hat="brim", beard="full",
            collar="scarf", jaw=0.55, brow_weight=1.4, nose_width=1.15,
        ),
    ),
    portrait(
        "linocut-night-market", "linocut", (850, 1050), EMBER, "city",
        Sitter(
            at=(0.5, 0.5), size=0.28, tilt=12, yaw=-10, hair="buns", collar="kimono",
            earrings="drops", eyes=1.15, lips=1.2,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "pastel-dancer-at-rest", "pastel", (950, 1200), DUSTY, "plain",
        Sitter(
            at=(0.47, 0.45), size=0.27, tilt=17, yaw=14, hair="bun", collar="crew",
            earrings="drops", jaw=0.45, neck=0.88, lids=0, lips=1.1, smile=0.6, brow_arch=0.05,
        ),
    ),
    portrait(
        "pixel-crowned-fox-friend", "pixel", (840, 1056), FOREST, "moon",
        Sitter(
            at=(0.5, 0.5), size=0.30, tilt=0, yaw=8, hair="long", hat="crown", collar="ruff",
            eyes=1.25, smile=0.8, brow_rise=0.02, jaw=0.54, chin=0.28,
        ),
    ),
    portrait(
        "pixel-engineer-of-clouds", "pixel", (832, 832), CORAL, "city",
        Sitter(
            at=(0.5, 0.5), size=0.29, tilt=-4, yaw=-8, hair="flame", glasses="round",
            collar="lapels", eyes=1.2, jaw=0.54, brow_weight=1.2,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "glass-winter-saint", "glass", (900, 1200), INDIGO, "rays",
        Sitter(
            at=(0.5, 0.42), size=0.28, tilt=8, yaw=-8, hair="long", hat="hood", collar="crew",
            eyes=1.15, lids=0.9, brow_rise=0.03,
        ),
    ),
    portrait(
        "glass-vine-grower", "glass", (900, 1100), FOREST, "arch",
        Sitter(
            gaze=0.02,
            at=(0.5, 0.48), size=0.29, tilt=-10, yaw=10, hair="curls", beard="full",
            hat="blossoms", collar="lapels", eyes=1.1, jaw=0.55, brow_weight=1.3,
        ),
    ),
    portrait(
        "mosaic-empress-of-tides", "mosaic", (900, 1080), LAPIS, "sun",
        Sitter(
            at=(0.5, 0.47), size=0.29, tilt=-5, yaw=8, hair="braids", hat="crown", collar="ruff",
            earrings="drops", eyes=1.3, brow_weight=1.3, lips=1.1, brow_arch=0.05, jaw=0.47,
        ),
    ),
    portrait(
        "deco-opera-night", "deco", (900, 1230), INDIGO, "rays",
        Sitter(
            at=(0.5, 0.44), size=0.27, tilt=-11, yaw=14, hair="bob", collar="crew",
            earrings="drops", jaw=0.43, chin=0.19, eyes=1.1, lids=0.62, slant=0.05, lips=1.25,
            neck=0.85, brow_weight=0.7, brow_arch=0.06,
        ),
    ),
    portrait(
        "deco-aviator", "deco", (900, 1150), GILT, "city",
        Sitter(
            at=(0.5, 0.46), size=0.28, tilt=6, yaw=-15, hair="quiff", collar="scarf",
            beard="moustache", jaw=0.55, lids=0.8, brow_weight=1.1,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "lowpoly-glacier-guide", "lowpoly", (1000, 1200), SALT, "hills",
        Sitter(
            at=(0.5, 0.48), size=0.28, tilt=-6, yaw=12, hair="long", hat="hood", collar="crew",
            eyes=1.15, jaw=0.5,
        ),
    ),
    portrait(
        "lowpoly-ember-smith", "lowpoly", (620, 760), EMBER, "plain",
        Sitter(
            at=(0.32, 0.36), size=0.34, tilt=9, yaw=-12, hair="flame", earrings="hoops",
            collar="lapels", eyes=1.1, jaw=0.56,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "halftone-rocket-mechanic", "halftone", (1000, 1200), CORAL, "rays",
        Sitter(
            at=(0.5, 0.47), size=0.29, tilt=-13, yaw=10, hair="swept", glasses="round",
            collar="lapels", eyes=1.15, brow_weight=1.4, smile=1.0, part=0.2, brow_rise=0.02,
        ),
    ),
    portrait(
        "halftone-midnight-singer", "halftone", (560, 680), MULBERRY, "city",
        Sitter(
            at=(0.34, 0.46), size=0.36, tilt=14, yaw=-10, hair="cloud", collar="turtleneck",
            earrings="hoops", lips=1.3, eyes=1.15, lids=0.8, nose_width=1.15,
        ),
        light=RIGHT_LIGHT,
    ),
    portrait(
        "line-sunday-beret", "line", (900, 1100), CORAL, "sun",
        Sitter(
            gaze=0.03,
            at=(0.5, 0.52), size=0.32, tilt=-8, yaw=12, hair="bob", hat="beret", collar="crew",
            lips=1.1, jaw=0.47,
        ),
    ),
    portrait(
        "woodblock-river-poet", "woodblock", (800, 1150), FLOATING, "sun",
        Sitter(
            at=(0.5, 0.44), size=0.26, tilt=10, yaw=-15, hair="bun", collar="kimono", eyes=0.98,
            lids=0.7, slant=0.06, jaw=0.46, nose=0.43, mouth=0.18, brow_weight=0.8,
        ),
    ),
    portrait(
        "fresco-garland-bearer", "fresco", (960, 1100), LIME, "arch",
        Sitter(
            gaze=-0.02,
            at=(0.5, 0.48), size=0.24, tilt=-24, brow_rise=0.03, smile=0.6, yaw=-14,
            hair="waves", hat="blossoms", collar="crew", eyes=1.05, lids=0.8,
        ),
        light=RIGHT_LIGHT,
    ),
)  # fmt: skip
