"""Limited palettes: material to three hex colours, in shadow, in half light and in light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Palette = Mapping[str, str]

CORAL: Final[Palette] = {
    "skin": "7a2f3f e2806a ffd2a6",
    "hair": "14213f 28407a 6f8fd0",
    "cloth": "0f4a55 1f8a8a 8fd8c0",
    "trim": "8a2438 e0503f ffae70",
    "lip": "7a1230 cf2f45 f58078",
    "iris": "0f4a4f 1f9a8a a8f0d0",
    "sky": "e8b878 f6dca4 fff0cc",
    "far": "e09a6a f2b888 f8d0a0",
    "near": "2a6a78 3f8a90 6fb0a8",
    "disc": "e05a3a f5764a ff9a66",
}
HARBOUR: Final[Palette] = {
    "skin": "5a3028 b8714a f2c48a",
    "hair": "14162e 2c3464 6a7cba",
    "cloth": "12304f 24588a 78a8d0",
    "trim": "7f1f1f cf3f2f f59060",
    "lip": "6a1f2a b84840 e89078",
    "iris": "2a3f5a 4f86b0 b0dcf0",
    "sky": "d8c8a0 ece0bc f8f0d8",
    "far": "6f9ab0 94b8c4 bcd4d4",
    "near": "1f3f5a 2f5f7a 5f8aa0",
    "disc": "d8912a f0b040 ffd27a",
}
OCHRE: Final[Palette] = {
    "skin": "4a2a22 a8683a ecc07c",
    "hair": "241a18 523a2a a88a5a",
    "cloth": "2a3026 566048 a8a878",
    "trim": "6f2a18 b8562a eaa35a",
    "lip": "5a2018 9f4a34 d88a68",
    "iris": "3a3a1a 7a8a3a d0d890",
    "sky": "cdb68a e4d3a8 f5ead0",
    "far": "a89468 c4b084 dccaa0",
    "near": "6a6a58 8a8a70 acaa8a",
    "disc": "b8742a d89440 f0bc70",
}
JADE: Final[Palette] = {
    "skin": "1f4a4a 4f9a84 c8e8b8",
    "hair": "5a1f2f b0443f f0a060",
    "cloth": "3a2a5a 6f58a0 c0a8e0",
    "trim": "8a5a14 e0a028 ffe080",
    "lip": "5a1a3f b03f6a f090a0",
    "iris": "5a3a0f c88a1f ffe08a",
    "sky": "a8d0c8 cbe6d8 ecf6e4",
    "far": "6fb0a0 8fc8b0 b8dcc4",
    "near": "2f6f6a 4a9080 7ab49a",
    "disc": "f0b848 f8d070 fce8a4",
}
TWILIGHT: Final[Palette] = {
    "skin": "3a2a5f a8688f ffcf9a",
    "hair": "141a3f 2f3a78 8088c8",
    "cloth": "1a2a4f 34508a 8fa8d8",
    "trim": "5f1f4f b84878 ffa090",
    "lip": "5a1a4a a83f6a f08a88",
    "iris": "1f3f5a 3f90a8 a8f0e8",
    "sky": "4a4a8a 7f70a8 e0a8a8",
    "far": "4f4a88 7060a0 9a80b0",
    "near": "24285a 383a74 5a5890",
    "disc": "f08a4a ffb060 ffdc90",
}
SALT: Final[Palette] = {
    "skin": "6a4a68 cf9a94 fbe4d0",
    "hair": "1f2f4a 46688a a8c4d4",
    "cloth": "243f5f 4f7a9f b4d0dc",
    "trim": "7a2f3a c8604f f4b490",
    "lip": "7a2a42 c0586a f0a8a0",
    "iris": "1f4a5a 4a94a4 bce8e4",
    "sky": "bcd0d4 dde6e2 f7f4ea",
    "far": "8fb0bc aac6cc c8dcdc",
    "near": "4a7486 6a92a0 94b4bc",
    "disc": "e08a6a f0ac88 f8ccac",
}
EMBER: Final[Palette] = {
    "skin": "3f1a24 a8482f ffb464",
    "hair": "1a1014 5f1f1a e0642a",
    "cloth": "1a2430 34505a 8aa8a0",
    "trim": "6a140f c8381f ff9440",
    "lip": "5a0f1a a82f2a f08058",
    "iris": "4a3a0f c09a2f fff0a0",
    "sky": "d8a458 f0cc80 fae8b8",
    "far": "b86f3a d08c50 e8b078",
    "near": "4f3030 6f463c 96684f",
    "disc": "d84a1f f06a2a ff9450",
}
INDIGO: Final[Palette] = {
    "skin": "1a2a5f 4f78b8 d0e8f4",
    "hair": "14102f 3a2470 9070d0",
    "cloth": "2f1450 6a2f90 c888e0",
    "trim": "6f3a0f d08a24 ffdf80",
    "lip": "5a1048 b0347a f898b8",
    "iris": "5a3a0a d8981f fff0a0",
    "sky": "10204a 20407a 4f7ab8",
    "far": "1a3468 2c5490 5a8ac0",
    "near": "0f1a3f 1c2e5f 3a5088",
    "disc": "d89a2f f4c458 ffe8a0",
}
FOREST: Final[Palette] = {
    "skin": "4a3a1f a88a3f f0dc90",
    "hair": "4f1a1a a0402a f09a50",
    "cloth": "14382a 2f7048 90c470",
    "trim": "5a1a4a a8407a f0a0b8",
    "lip": "6a1f1f b8483a f09070",
    "iris": "14402a 2f9a58 b0f090",
    "sky": "16304a 245a6a 58a090",
    "far": "1a4a50 2a6a60 549a78",
    "near": "0f2a30 1a4438 386a4a",
    "disc": "f0c850 fae088 fff4c0",
}
GILT: Final[Palette] = {
    "skin": "4a2418 b0683c ffd49a",
    "hair": "08080f 1a1a28 7a7f98",
    "cloth": "0f1f24 1f444a 68a09a",
    "trim": "5a1420 a82838 f08060",
    "lip": "5a1420 a83038 e88070",
    "iris": "0f3a3f 2f8a88 a0f0e0",
    "sky": "0c2428 164a4c 3f8a80",
    "far": "0a1a20 123840 2a6468",
    "near": "081418 0f2a30 1f4a50",
    "disc": "b8802a e8b850 ffe8a8",
}
LAPIS: Final[Palette] = {
    "skin": "5a3a2a c08a58 fce0b0",
    "hair": "3a1424 7a2838 d87858",
    "cloth": "3a1450 6f2f88 c080d0",
    "trim": "1a4a50 2f9088 a8e8c8",
    "lip": "6a1a2a b8443f f09070",
    "iris": "14402a 2f8a58 a8e8a0",
    "sky": "142458 1f3f8a 3f6fb8",
    "far": "14507a 2070a0 50a0c8",
    "near": "0f3050 18507a 3a80a8",
    "disc": "c08a20 f0c048 fff0a0",
}
MULBERRY: Final[Palette] = {
    "skin": "4a1f2f a0584a f4bc88", "hair": "1a1020 48243f 9a6080", "cloth": "4a1840 90386f e090b0",
    "trim": "1f3f4a 3f8088 a0d8c8", "lip": "6a1030 b82f50 f48890", "iris": "3a2a0f 8a6a2a e8d080",
    "sky": "6a5a58 94807a c4b0a0", "far": "5a4a58 7a6470 a08890", "near": "3a2a40 553f58 786078",
    "disc": "c88a50 e0ac70 f4d0a0",
}  # fmt: skip
