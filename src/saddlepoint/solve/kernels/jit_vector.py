# pyright: basic
"""Eight numbers side by side as one value of compiled code, one of each scenario: arithmetic, comparison and choice act on all at once.

A loop over arrays becomes vector instructions only where the compiler can prove that they do not overlap, and asks that anew at each of its loops; here
nothing is left to prove. A processor without vectors of eight works on parts of them.
"""

import operator
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, register_model

from saddlepoint.solve.kernels.jit_codes import inner

operation: Any = intrinsic
"""A function that compiled code calls: given the types it returns a signature and what builds the instructions."""
typed: Any = infer_global
LANES = 8
"""Numbers of a vector."""
NUMBERS = ir.VectorType(ir.DoubleType(), LANES)
TRUTHS = ir.VectorType(ir.IntType(1), LANES)
PLACES = ir.VectorType(ir.IntType(64), LANES)


class VectorType(types.Type):
    """LANES numbers."""

    def __init__(self):
        super().__init__(name="Vector")


class MaskType(types.Type):
    """LANES truth values."""

    def __init__(self):
        super().__init__(name="Mask")


vector, mask = VectorType(), MaskType()
register_model(VectorType)(lambda manager, kind: models.PrimitiveModel(manager, kind, NUMBERS))
register_model(MaskType)(lambda manager, kind: models.PrimitiveModel(manager, kind, TRUTHS))


def give(symbol, made, given, lower):
    """Let an operator of Python act on vectors or masks: `lower` builds it of its operands."""
    typing = type("Typing", (ConcreteTemplate,), {"cases": [signature(made, *given)]})
    typed(symbol)(typing)
    lower_builtin(symbol, *given)(lambda _context, builder, _sig, args: lower(builder, *args))


PAIR, FUSED = (vector, vector), {"flags": ["contract"]}
give(operator.add, vector, PAIR, lambda build, a, b: build.fadd(a, b, **FUSED))
give(operator.sub, vector, PAIR, lambda build, a, b: build.fsub(a, b, **FUSED))
give(operator.mul, vector, PAIR, lambda build, a, b: build.fmul(a, b, **FUSED))
give(operator.truediv, vector, PAIR, lambda build, a, b: build.fdiv(a, b))
give(operator.neg, vector, (vector,), lambda build, a: build.fneg(a))
give(operator.gt, mask, PAIR, lambda build, a, b: build.fcmp_ordered(">", a, b))
give(operator.ge, mask, PAIR, lambda build, a, b: build.fcmp_ordered(">=", a, b))
give(operator.lt, mask, PAIR, lambda build, a, b: build.fcmp_ordered("<", a, b))
give(operator.le, mask, PAIR, lambda build, a, b: build.fcmp_ordered("<=", a, b))
give(operator.eq, mask, PAIR, lambda build, a, b: build.fcmp_ordered("==", a, b))
give(operator.and_, mask, (mask, mask), lambda build, a, b: build.and_(a, b))
give(operator.invert, mask, (mask,), lambda build, a: build.not_(a))


def lane(k):
    """The place of a number in a vector."""
    return ir.Constant(ir.IntType(32), k)


def at_row(builder, row):
    """Where a row of an array (·, LANES) begins."""
    return builder.mul(row, ir.Constant(ir.IntType(64), LANES))


def data_of(context, builder, kind, array):
    """The numbers of an array."""
    return context.make_array(kind)(context, builder, array).data


def row_of(context, builder, sig, args):
    """Row args[1] of array args[0] as a vector in memory."""
    place = builder.gep(data_of(context, builder, sig.args[0], args[0]), [at_row(builder, args[1])])
    return builder.bitcast(place, NUMBERS.as_pointer())


def own_places(context, builder, sig, args):
    """Of each lane, where in array args[0] the number of its row is, which args[1] tells."""
    data, rows = data_of(context, builder, sig.args[0], args[0]), builder.fptosi(args[1], PLACES)
    for b in range(LANES):
        start = at_row(builder, builder.extract_element(rows, lane(b)))
        yield builder.gep(data, [builder.add(start, ir.Constant(ir.IntType(64), b))])


@operation
def splat(_typing, _number):
    """One number in all lanes."""

    def lower(_context, builder, _sig, args):
        none = ir.Constant(NUMBERS, ir.Undefined)
        first = builder.insert_element(none, args[0], lane(0))
        every = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(first, none, every)

    return vector(types.float64), lower


@operation
def read(_typing, array, _row):
    """A row of an array (·, LANES)."""

    def lower(context, builder, sig, args):
        return builder.load(row_of(context, builder, sig, args), align=8)

    return vector(array, types.intp), lower


@operation
def keep(_typing, array, _row, _numbers):
    """Write a row of an array (·, LANES)."""

    def lower(context, builder, sig, args):
        builder.store(args[2], row_of(context, builder, sig, args), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), lower


@operation
def gather(_typing, array, _rows):
    """Of each lane the number in a row of its own of an array (·, LANES)."""

    def lower(context, builder, sig, args):
        found = ir.Constant(NUMBERS, ir.Undefined)
        for b, place in enumerate(own_places(context, builder, sig, args)):
            found = builder.insert_element(found, builder.load(place), lane(b))
        return found

    return vector(array, vector), lower


@operation
def scatter(_typing, array, _rows, _numbers):
    """Write the number of each lane to a row of its own."""

    def lower(context, builder, sig, args):
        for b, place in enumerate(own_places(context, builder, sig, args)):
            builder.store(builder.extract_element(args[2], lane(b)), place)
        return context.get_dummy_value()

    return types.void(array, vector, vector), lower


@operation
def choose(_typing, _which, _yes, _no):
    """`yes` where `which` is true, else `no`."""

    def lower(_context, builder, _sig, args):
        return builder.select(*args)

    return vector(mask, vector, vector), lower


@operation
def is_any(_typing, _which):
    """Whether a mask is true in any lane."""

    def lower(_context, builder, _sig, args):
        bits = ir.IntType(LANES)
        return builder.icmp_unsigned("!=", builder.bitcast(args[0], bits), ir.Constant(bits, 0))

    return types.boolean(mask), lower


@inner
def size(v):
    """|v|."""
    return choose(v < splat(0.0), -v, v)


@inner
def larger(a, b):
    """The larger ones; b where either is no number."""
    return choose(a > b, a, b)


@inner
def smaller(a, b):
    """The smaller ones; b where either is no number."""
    return choose(a < b, a, b)
