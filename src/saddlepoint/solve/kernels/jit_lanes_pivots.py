# pyright: basic
"""Compiled simplex on LANES dictionaries in step: every turn is a dual step for some of them, a primal one for others, for a third none.

All of a dictionary stands in rows of LANES numbers, one of each scenario. Numbers of rows and columns are numbers, too; −1 is none.
"""

from typing import Any, NamedTuple

from saddlepoint.solve.kernels.jit_codes import INF, folded, inner
from saddlepoint.solve.kernels.jit_dictionary import PIVOT
from saddlepoint.solve.kernels.jit_vector import (
    choose,
    gather,
    is_any,
    keep,
    larger,
    read,
    scatter,
    size,
    splat,
)
from saddlepoint.solve.kernels.jit_vertex import SHARP

WEAK_PIVOT = 1e-7
"""Smaller pivots are left to the simplex that chooses among more."""
TURNS = 30
"""Turns after which what is not optimal yet is left to the simplex."""
PHASE, BIG_P, BIG_D, PIVOTS = 0, 1, 2, 3
"""Rows of `LaneRoom.of`: where a scenario is (DUAL, PRIMAL, OPTIMAL or LEFT), sizes of sides and costs, pivots."""
DUAL, PRIMAL, OPTIMAL, LEFT = 2.0, 1.0, -1.0, 0.0


class LaneRoom(NamedTuple):
    """The work space of LANES scenarios, rows of LANES numbers.

    D (m · n): the matrix by rows. T ((m + 2) · n): the dictionary by rows; under it the reduced costs, and those that the dual simplex starts
    from, with the signs that it asks for. head (m), nonbasic (n): variables of rows and columns. lo, hi, cost (n + m): sides and costs. Of basic
    variables low_b, high_b, xb (m): sides and value; of the others low_n, high_n, xn (n), and way (n): 1 where it may rise, −1 where it may fall, 0 where it is held. row
    (n), column (m + 2): of the pivot. point, price, stand (n + m): the vertex, `stand` as `way`, 2 where basic. of (4): see PHASE.
    """

    D: Any
    T: Any
    head: Any
    nonbasic: Any
    lo: Any
    hi: Any
    cost: Any
    low_b: Any
    high_b: Any
    xb: Any
    low_n: Any
    high_n: Any
    xn: Any
    way: Any
    row: Any
    column: Any
    point: Any
    price: Any
    stand: Any
    of: Any


@inner
def turn(room, rows, n, r, k, p):
    """Exchange row r of each lane, which stands in `row`, with column k, which stands in `column`, and p in both; nothing where r is −1."""
    T, row, column = room.T, room.row, room.column
    zero = splat(0.0)
    live = r >= zero
    q = choose(live, splat(1.0) / p, zero)
    for j in range(n):
        s = choose(k == splat(float(j)), q, -q * read(row, j))
        keep(row, j, choose(live, s, zero))
    for i in range(rows):
        c, mine = choose(live, read(column, i), zero), r == splat(float(i))
        for j in range(n):
            s, e = read(row, j), i * n + j
            t = choose(k == splat(float(j)), zero, read(T, e)) + c * s
            keep(T, e, choose(mine, s, t))


@folded
def take_row(room, n, r):
    """Row r of each lane into `row`."""
    first = r * splat(float(n))
    for j in range(n):
        keep(room.row, j, gather(room.T, first + splat(float(j))))


@inner
def take_column(room, rows, n, k):
    """Column k of each lane into `column`."""
    for i in range(rows):
        keep(room.column, i, gather(room.T, k + splat(float(i * n))))


@folded
def leaving_row(room, m):
    """The most infeasible basic row."""
    worst, r = splat(SHARP) * read(room.of, BIG_P), splat(-1.0)
    for i in range(m):
        x = read(room.xb, i)
        excess = larger(read(room.low_b, i) - x, x - read(room.high_b, i))
        r = choose(excess > worst, splat(float(i)), r)
        worst = larger(excess, worst)
    return r


@folded
def entering(room, n, m):
    """The column with the most wrong reduced cost."""
    worst, k = splat(SHARP) * read(room.of, BIG_D), splat(-1.0)
    for j in range(n):
        wrong = -read(room.T, m * n + j) * read(room.way, j)
        k = choose(wrong > worst, splat(float(j)), k)
        worst = larger(wrong, worst)
    return k


@folded
def blocking(room, m, sign):
    """The row that first stops the column at hand, and after which step."""
    zero, step, r = splat(0.0), splat(INF), splat(-1.0)
    for i in range(m):
        x, a = read(room.xb, i), sign * read(room.column, i)
        gap = larger(choose(a > zero, read(room.high_b, i) - x, x - read(room.low_b, i)), zero)
        ratio = gap / size(a)
        first = (size(a) > splat(PIVOT)) & (ratio < step)
        r = choose(first, splat(float(i)), r)
        step = choose(first, ratio, step)
    return r, step


@folded
def entering_column(room, n, m, sign):
    """The column that lets the row at hand rise (sign 1) or fall, and whose reduced cost is first at zero."""
    zero, step, k = splat(0.0), splat(INF), splat(-1.0)
    for j in range(n):
        way = read(room.way, j)
        a = sign * read(room.row, j) * way
        ratio = larger(read(room.T, (m + 1) * n + j) * way, zero) / a
        first = (a > splat(PIVOT)) & (ratio < step)
        k = choose(first, splat(float(j)), k)
        step = choose(first, ratio, step)
    return k


@inner
def next_phase(phase, r, k):
    """What is primal feasible goes on to the primal simplex; what is dual feasible then is optimal."""
    phase = choose((phase == splat(DUAL)) & (r < splat(0.0)), splat(PRIMAL), phase)
    return choose((phase == splat(PRIMAL)) & (k < splat(0.0)), splat(OPTIMAL), phase)


@folded
def move(room, m, r, k, exchanged, moved, step, up):
    """Values after column k has moved by a step: it has taken the place of row r, which stands at its upper side (up) or its lower one, or has gone to its other side."""
    zero, one = splat(0.0), splat(1.0)
    for i in range(m):
        keep(room.xb, i, read(room.xb, i) + read(room.column, i) * step)
    low, high, x = gather(room.low_b, r), gather(room.high_b, r), gather(room.xb, r)
    low_k, high_k, way = gather(room.low_n, k), gather(room.high_n, k), gather(room.way, k)
    entered, at_side = gather(room.xn, k) + step, choose(up, high, low)
    left = choose(low == high, zero, choose(up, -one, one))
    scatter(room.xb, r, choose(exchanged, entered, x))
    scatter(room.xn, k, choose(exchanged, at_side, entered))
    scatter(room.way, k, choose(exchanged, left, choose(moved, -way, way)))
    scatter(room.low_b, r, choose(exchanged, low_k, low))
    scatter(room.high_b, r, choose(exchanged, high_k, high))
    scatter(room.low_n, k, choose(exchanged, low, low_k))
    scatter(room.high_n, k, choose(exchanged, high, high_k))
    h, v = gather(room.head, r), gather(room.nonbasic, k)
    scatter(room.head, r, choose(exchanged, v, h))
    scatter(room.nonbasic, k, choose(exchanged, h, v))


@folded
def step_of(room, n, m, phase, r, k):
    """One step of each lane, in its phase, from its leaving row r or entering column k; returns the phases, LEFT where there is none."""
    zero, one, none, left = splat(0.0), splat(1.0), splat(-1.0), splat(LEFT)
    dual, primal, k = phase == splat(DUAL), phase == splat(PRIMAL), larger(k, zero)
    take_column(room, m, n, k)
    way = gather(room.way, k)
    stops, step = blocking(room, m, way)
    width = gather(room.high_n, k) - gather(room.low_n, k)
    flips = primal & (width <= step) & (width < splat(INF))
    phase = choose(primal & (stops < zero) & ~flips, left, phase)
    r = larger(choose(dual, r, stops), zero)
    x, low, high = gather(room.xb, r), gather(room.low_b, r), gather(room.high_b, r)
    sign = choose(dual, choose(x < low, one, none), way)
    take_row(room, n, r)
    best = entering_column(room, n, m, sign)
    phase = choose(dual & (best < zero), left, phase)
    k = choose(dual, larger(best, zero), k)
    take_column(room, m + 2, n, k)
    p = gather(room.row, k)
    phase = choose((size(p) <= splat(WEAK_PIVOT)) & ~flips, left, phase)
    up = choose(dual, -sign, sign * p) > zero
    step = (choose(up, high, low) - x) / p
    # a basic variable past its side within the tolerance makes no step backwards
    step = choose(dual, step, larger(step * sign, zero) * sign)
    moved = phase > zero
    step = choose(moved, choose(flips, sign * width, step), zero)
    exchanged = moved & ~flips
    move(room, m, r, k, exchanged, moved, step, up)
    turn(room, m + 2, n, choose(exchanged, r, none), choose(exchanged, k, none), p)
    keep(room.of, PIVOTS, read(room.of, PIVOTS) + choose(moved, one, zero))
    return phase


@folded
def iterate(room, n, m):
    """Dual simplex from shifted costs, then primal simplex (Dantzig's rule, the first ratio), until no lane has a step to make."""
    phase = read(room.of, PHASE)
    for _ in range(TURNS):
        r, k = leaving_row(room, m), entering(room, n, m)
        phase = next_phase(phase, r, k)
        if not is_any(phase > splat(0.0)):
            break
        phase = step_of(room, n, m, phase, r, k)
    keep(room.of, PHASE, phase)
