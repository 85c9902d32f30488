# ruff: noqa: ARG001 - numba calls these functions with all it knows
"""Eight float32 or eight float64 at once, as a value inside kernels.

Numba leaves it to LLVM to find vectors in loops, and it finds none in a short sum over a few
neighbouring RGBX pixels, which is what sampling consists of, and none that keeps its sums in
registers while the blur goes through hundreds of rows. So these types spell them out: LLVM
vectors, which any processor runs, as two, four or eight registers where it has none of this width.

Each lane is rounded as plain arithmetic is. Only `add_product`, which may round once or twice, is
for `fast` alone.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

from portraitset.picture.decode import Pixels

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

LANES = 8


class Eight:
    """What a kernel's author sees of such a value: nothing but that it is one."""


class _Lanes(types.Type):
    def __init__(self, element: str, kind: Any, size: int) -> None:
        super().__init__(name=f"{element}x{LANES}")
        self.vector = ir.VectorType(kind, LANES)
        self.size = size


_eight = _Lanes("float32", ir.FloatType(), 4)
_eight_doubles = _Lanes("float64", ir.DoubleType(), 8)
_vector = _eight.vector


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, kind.vector)  # type: ignore[no-untyped-call]


def _lanes_of(number: Any) -> _Lanes:
    return _eight_doubles if number == types.float64 else _eight


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    view = cgutils.create_struct_proxy(array_type)  # type: ignore[no-untyped-call]
    return builder.gep(view(context, builder, value=array).data, [index])


def _function(module: Any, kind: Any, name: str) -> Any:
    return cgutils.get_or_insert_function(module, kind, name)  # type: ignore[no-untyped-call]


def _zero(typing_context: Any) -> Any:
    """Eight zeros."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(_vector, [0.0] * LANES)

    return _eight(), generate


def _load(typing_context: Any, array: Any, index: Any) -> Any:
    """Eight floats or doubles of a contiguous array from an index on."""
    lanes = _lanes_of(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _address(context, builder, signature.args[0], arguments[0], arguments[1])
        place = builder.bitcast(pointer, lanes.vector.as_pointer())
        return builder.load(place, align=lanes.size)

    return lanes(array, types.intp), generate


def _store(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Put eight floats into a contiguous array from an index on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _address(context, builder, signature.args[0], arguments[0], arguments[1])
        builder.store(arguments[2], builder.bitcast(pointer, _vector.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


def _store_as_floats(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Put eight doubles into a float32 array, each rounded to the nearest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _address(context, builder, signature.args[0], arguments[0], arguments[1])
        rounded = builder.fptrunc(arguments[2], _vector)
        builder.store(rounded, builder.bitcast(pointer, _vector.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


def _store_folded(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Add the upper four to the lower four and put those into an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lower, upper = (
            ir.Constant(ir.VectorType(ir.IntType(32), 4), list(lanes))
            for lanes in (range(4), range(4, 8))
        )
        folded = builder.fadd(
            builder.shuffle_vector(arguments[2], arguments[2], lower),
            builder.shuffle_vector(arguments[2], arguments[2], upper),
        )
        pointer = _address(context, builder, signature.args[0], arguments[0], arguments[1])
        builder.store(folded, builder.bitcast(pointer, folded.type.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


def _spread(typing_context: Any, value: Any) -> Any:
    """One float32 or float64, eight times."""
    number = types.float64 if value == types.float64 else types.float32
    lanes = _lanes_of(number)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        index, nothing = ir.IntType(32), ir.Constant(lanes.vector, ir.Undefined)
        first = builder.insert_element(nothing, arguments[0], ir.Constant(index, 0))
        mask = ir.Constant(ir.VectorType(index, LANES), [0] * LANES)
        return builder.shuffle_vector(first, nothing, mask)

    return lanes(number), generate


def _copy_four(typing_context: Any, source: Any, start: Any, target: Any, at: Any) -> Any:
    """Copy four floats from one array to another."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        four = ir.VectorType(ir.FloatType(), 4).as_pointer()
        kinds = signature.args
        read = _address(context, builder, kinds[0], arguments[0], arguments[1])
        write = _address(context, builder, kinds[2], arguments[2], arguments[3])
        value = builder.load(builder.bitcast(read, four), align=4)
        builder.store(value, builder.bitcast(write, four), align=4)
        return context.get_dummy_value()

    return types.void(source, types.intp, target, types.intp), generate


def _store_two_pixels(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Cut RGBX RGBX off to bytes and put RGB RGB into a byte array; two bytes more are spoilt."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lowest, highest = (ir.Constant(_vector, [bound] * LANES) for bound in (0.0, 255.0))
        kept = arguments[2]
        kept = builder.select(builder.fcmp_ordered(">", kept, lowest), kept, lowest)
        kept = builder.select(builder.fcmp_ordered("<", kept, highest), kept, highest)
        bytes_ = builder.trunc(
            builder.fptosi(kept, ir.VectorType(ir.IntType(32), LANES)),
            ir.VectorType(ir.IntType(8), LANES),
        )
        mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0, 1, 2, 4, 5, 6, 7, 7])
        packed = builder.shuffle_vector(bytes_, bytes_, mask)
        pointer = _address(context, builder, signature.args[0], arguments[0], arguments[1])
        builder.store(packed, builder.bitcast(pointer, packed.type.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


def _rounded(typing_context: Any, value: Any) -> Any:
    """The nearest whole number in each lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(_vector, [_vector])
        name = f"llvm.nearbyint.v{LANES}f32"
        return builder.call(_function(builder.module, kind, name), arguments)

    return _eight(_eight), generate


def _add(typing_context: Any, a: Any, b: Any) -> Any:
    """a + b in each lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fadd(*arguments)

    return a(a, a), generate


def _multiply(typing_context: Any, a: Any, b: Any) -> Any:
    """a * b in each lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fmul(*arguments)

    return a(a, a), generate


def _add_product(typing_context: Any, a: Any, b: Any, total: Any) -> Any:
    """a * b + total in each lane; with one rounding or with two."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        name = f"llvm.fmuladd.v{LANES}f32"
        kind = ir.FunctionType(_vector, [_vector] * 3)
        return builder.call(_function(builder.module, kind, name), arguments)

    return _eight(_eight, _eight, _eight), generate


zero = cast(Callable[[], Eight], intrinsic(_zero))
load = cast(Callable[[Floats | Doubles, int], Eight], intrinsic(_load))
store = cast(Callable[[Floats, int, Eight], None], intrinsic(_store))
store_as_floats = cast(Callable[[Floats, int, Eight], None], intrinsic(_store_as_floats))
store_folded = cast(Callable[[Floats, int, Eight], None], intrinsic(_store_folded))
spread = cast(Callable[[np.float32 | float], Eight], intrinsic(_spread))
copy_four = cast(Callable[[Floats, int, Floats, int], None], intrinsic(_copy_four))
store_two_pixels = cast(Callable[[Pixels, int, Eight], None], intrinsic(_store_two_pixels))
rounded = cast(Callable[[Eight], Eight], intrinsic(_rounded))
add = cast(Callable[[Eight, Eight], Eight], intrinsic(_add))
multiply = cast(Callable[[Eight, Eight], Eight], intrinsic(_multiply))
add_product = cast(Callable[[Eight, Eight, Eight], Eight], intrinsic(_add_product))
