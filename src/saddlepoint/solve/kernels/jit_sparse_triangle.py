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


@folded
def solve_up(triangle, vector, first, last):
    """Solve in place, from word `first` up to `last`: every place changes later ones."""
    for w in range(first, last):
        left = vector.bits[w]
        while left != NONE:
            p = (w << SHIFT) | trailing_zeros(left)
            left = take_out(triangle, vector, p, w, left & (left - ONE))


@folded
def solve_down(triangle, vector, first, last):
    """Solve in place, from word `last` down to `first`: every place changes earlier ones."""
    for k in range(first, last):
        w = last - ONE - (k - first)
        left = vector.bits[w]
        while left != NONE:
            b = LAST - leading_zeros(left)
            left = take_out(triangle, vector, (w << SHIFT) | b, w, left ^ (ONE << b))
