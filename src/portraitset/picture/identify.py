"""Which picture a file's bytes hold: decoded once, for its pixels and for what tells it apart."""

from portraitset.handoffs import Decoded
from portraitset.picture.decode import Picture, decode_picture, digest_of
from portraitset.picture.perceptual_hash import look_of_image


def identify(data: bytes, max_pixels: int) -> tuple[Picture, Decoded]:
    """Decode a file's bytes at full size; the picture, and the digest and hash of its pixels.

    Raises:
        NotAnImage, TooLarge, Truncated, BadPicture: as for `decode_picture`.
    """
    decoding = decode_picture(data, max_pixels)
    look = look_of_image(decoding.image)
    picture = decoding.as_picture()
    size = picture.width, picture.height
    return picture, Decoded(*size, picture.format, digest_of(picture.pixels), look)
