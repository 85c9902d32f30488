"""Which picture a file's bytes hold: decoded once, for its pixels and for what tells it apart."""

from portraitset.handoffs import Decoded
from portraitset.picture.decode import Picture, digest_of, read_picture
from portraitset.picture.perceptual_hash import look_of


def identify(data: bytes, max_pixels: int) -> tuple[Picture, Decoded]:
    """Decode a file's bytes at full size; the picture, and the digest and hash of its pixels.

    Raises:
        NotAnImage, TooLarge, Truncated, BadPicture: as for `read_picture`.
    """
    picture = read_picture(data, max_pixels)
    size, pixels = (picture.width, picture.height), picture.pixels
    return picture, Decoded(*size, picture.format, digest_of(pixels), look_of(pixels))
