"""The reference's pixels, bit for bit, from compiled kernels and in bounded memory."""

from portraitset.align.canvas import canvas_of, filled_canvas
from portraitset.align.pad import pad_exact
from portraitset.align.quad import CropPlan
from portraitset.align.shrink import shrink
from portraitset.align.warp import warp
from portraitset.picture.decode import Pixels


def align_exact(pixels: Pixels, plan: CropPlan, size: int, transform_size: int) -> Pixels:
    """Cut the crop that `plan` describes, as `align_reference` does.

    Args:
        pixels: uint8 (height, width, 3), RGB.
        plan: where to cut; made for this picture's size and this output size.
        size: the side of the result.
        transform_size: the side of the supersampled square in between; at least `size`.

    Returns uint8 (size, size, 3), RGB.
    """
    left, top, right, bottom = box = plan.box
    if plan.shrink > 1:
        pixels = shrink(pixels, plan.shrunk, box)
        left, top, right, bottom = box = (0, 0, right - left, bottom - top)
    if plan.pads is None:
        canvas = canvas_of(pixels, box)
    elif plan.fill.kind == "blur":
        canvas = pad_exact(pixels[top:bottom, left:right], plan.pads, plan.quad_size)
    else:
        canvas = filled_canvas(pixels[top:bottom, left:right], plan.pads, plan.fill)
    return warp(canvas, plan.quad + 0.5, size, transform_size)
