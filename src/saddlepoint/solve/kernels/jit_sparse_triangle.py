# pyright: basic
"""Compiled triangular solves in the order of the pivots, which cost what their answers hold.

What Gilbert & Peierls 1988 find by a search beforehand, the places that an answer fills in an order in which they can be solved, stands in
bits here, one of each place: the next one is that of the lowest bit, and what a place changes sets bits above it.
"""

from typing import Any, NamedTuple

import numpy as np
from numba.cpython.unsafe import numbers

from saddlepoint.solve.kernels.jit_codes import folded, fused, inner

trailing_zeros: Any = numbers.trailing_zeros
leading_zeros: Any = numbers.leading_zeros
NONE, ONE, TWO = np.uint64(0), np.uint64(1), np.uint64(2)
SHIFT, LAST = np.uint64(6), np.uint64(63)
"""A place is a bit of a word: its number >> SHIFT is that of the word, & LAST that of the bit."""
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
"""All places of a word."""
FEW_PLACES, CROWDED = np.uint64(32), np.uint64(4)
"""A place that changes 1 / CROWDED of those that are to come fills them: a pass over all costs less than their bits, FEW_PLACES at least."""


class Triangle(NamedTuple):
    """A triangular matrix: solving place p changes the places index[begin[p] : begin[p + 1]] by value × what it held before its division;
    inverse: the reciprocals of the diagonal, by which `value` is multiplied, too."""

    begin: Any
    index: Any
    value: Any
    inverse: Any


class PlaceVector(NamedTuple):
    """A vector by places, and the bits of those that may be filled."""

    value: Any
    bits: Any


@inner
def mark(bits, p):
    """Place p may be filled."""
    bits[np.uint64(p) >> SHIFT] |= ONE << (np.uint64(p) & LAST)


@fused
def take_out(triangle, vector, p, w, left):
    """Place p is divided, and taken out of the places it changes, which do not wait for the division. Returns the bits of word w that are
    left."""
    value, bits = vector
    x = value[p]
    if x != 0.0:
        value[p] = x * triangle.inverse[p]
        for e in range(triangle.begin[p], triangle.begin[p + ONE]):
            i = np.uint64(triangle.index[e])
            value[i] -= triangle.value[e] * x
            word, bit = i >> SHIFT, ONE << (i & LAST)
            bits[word] |= bit
            left |= bit if word == w else NONE
    return left


@inner
def fills(triangle, p, coming):
    """Whether place p changes so many of the places to come that a pass over all of them costs less than keeping their bits."""
    return CROWDED * np.uint64(triangle.begin[p + ONE] - triangle.begin[p]) > max(coming, FEW_PLACES)


@fused
def pass_place(triangle, value, p):
    """Place p as `take_out` does it, without bits."""
    x = value[p]
    if x != 0.0:
        value[p] = x * triangle.inverse[p]
        for e in range(triangle.begin[p], triangle.begin[p + ONE]):
            value[triangle.index[e]] -= triangle.value[e] * x


@inner
def pass_up(triangle, vector, p, last):
    """Solve in place from place p on, all of which may be filled afterwards."""
    for w in range(p >> SHIFT, last):
        vector.bits[w] = ALL
    for later in range(p, last << SHIFT):
        pass_place(triangle, vector.value, later)


@inner
def pass_down(triangle, vector, first, p):
    """Solve in place from place p down, all of which may be filled afterwards."""
    for w in range(first, (p >> SHIFT) + ONE):
        vector.bits[w] = ALL
    for k in range((first << SHIFT), p + ONE):
        pass_place(triangle, vector.value, p - (k - (first << SHIFT)))


@folded
def solve_up(triangle, vector, first, last):
    """Solve in place, from word `first` up to `last`: every place changes later ones."""
    for w in range(first, last):
        left = vector.bits[w]
        while left != NONE:
            p = (w << SHIFT) | trailing_zeros(left)
            if fills(triangle, p, (last << SHIFT) - p):
                pass_up(triangle, vector, p, last)
                return
            left = take_out(triangle, vector, p, w, left & (left - ONE))


@folded
def solve_down(triangle, vector, first, last):
    """Solve in place, from word `last` down to `first`: every place changes earlier ones."""
    for k in range(first, last):
        w = last - ONE - (k - first)
        left = vector.bits[w]
        while left != NONE:
            b = LAST - leading_zeros(left)
            p = (w << SHIFT) | b
            if fills(triangle, p, p - (first << SHIFT)):
                pass_down(triangle, vector, first, p)
                return
            left = take_out(triangle, vector, p, w, left ^ (ONE << b))
