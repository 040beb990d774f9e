# pyright: basic
"""Compiled parametric simplex from one optimal basis along many lines of sides and of costs: the slope of the optimum, and how far it holds.

Along a line of sides rows leave as they meet a bound and the least dual ratio enters; along one of costs columns enter as their reduced
cost meets zero and the least primal ratio leaves (Gass & Saaty 1955; Dantzig 1963, ch. 11). Steps of length zero settle a degenerate vertex on the
side that is asked; from many of them on the least index is taken, which ends (Bland 1977). Before, steepest edges decide (Goldfarb & Reid 1977).
"""

from saddlepoint.solve.kernels.answer import FIXED, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import INF, inner, kernel
from saddlepoint.solve.kernels.jit_sparse_vector import size
from saddlepoint.solve.kernels.jit_walks_pivots import (
    blank_room,
    gain,
    has_place,
    opens,
    pivot,
    read_column,
    read_row,
    restore,
    total,
    touch,
)
from saddlepoint.solve.kernels.walks import GAVE_UP, SETTLED

AT = 1e-9
"""Beside what it is measured by: a smaller room or reduced cost is none."""
LEAST_ENTRY = 1e-9
"""Beside the largest of its row or column: a smaller entry is no pivot, and limits nothing."""
PATIENT = 60
"""Pivots of a walk from which on the least index is taken."""
MOST_PIVOTS, MOST_ENTRIES_KEPT = 600, 1_000_000
"""Pivots of a walk, and entries of their rows and columns, at most."""


@inner
def largest(vector):
    found = 0.0
    for k in range(size(vector)):
        found = max(found, abs(vector.value[vector.index[k]]))
    return found


@inner
def first_blocked(start, room, patient):
    """The row that meets a side first along room.row_rate, how far that is (INF: none does), and at which side."""
    rates, best, chosen, side, weight = room.row_rate, INF, -1, LOWER, 0.0
    for k in range(size(rates)):
        i = rates.index[k]
        v, rate = room.row_variable[i], rates.value[i]
        for where in (LOWER, UPPER):
            away = total(rate, -room.low_rate[v]) if where == LOWER else total(room.high_rate[v], -rate)
            gap = room.below[i] if where == LOWER else room.above[i]
            if away >= 0.0 or gap == INF:
                continue
            ratio = gap / -away
            merit = away * away * room.row_weight[i]
            closer = ratio < best or (
                ratio == best and better(patient, merit, weight, v, chosen, room.row_variable)
            )
            if closer:
                best, chosen, side, weight = ratio, i, where, merit
    return best, chosen, side


@inner
def better(patient, mine, weight, v, chosen, variables):
    """Whether a tie goes to variable v: to the larger merit, later to the least index."""
    return mine > weight if patient else v < variables[chosen]


@inner
def advance(start, room, step):
    """All rows that move, by a step along their rates."""
    rates = room.row_rate
    for k in range(size(rates)):
        i = rates.index[k]
        v, rate = room.row_variable[i], rates.value[i]
        below, above = total(rate, -room.low_rate[v]), total(room.high_rate[v], -rate)
        if below == 0.0 and above == 0.0:
            continue
        touch(room.touched_rows, i)
        room.below[i] = shrunk(room.below[i] + step * below, start.size[v])
        room.above[i] = shrunk(room.above[i] + step * above, start.size[v])


@inner
def shrunk(room, scale):
    return 0.0 if room <= AT * scale else room


@inner
def entering_slot(start, room, rise, patient):
    """The slot that lets the row at hand move up (rise) or down at the least loss, −1 without, and the loss by unit of the row."""
    row, best, chosen, weight = room.row, INF, -1, 0.0
    floor = LEAST_ENTRY * largest(row)
    for k in range(size(row)):
        j = row.index[k]
        entry, code = row.value[j], room.code[j]
        if code == FIXED or abs(entry) <= floor:
            continue
        grows = (entry > 0.0) == rise
        if (grows and code == UPPER) or (not grows and code == LOWER):
            continue
        loss = abs(room.reduced[j] / entry)
        tie = loss == best and better(
            patient, abs(entry), weight, room.slot_variable[j], chosen, room.slot_variable
        )
        if loss < best or tie:
            best, chosen, weight = loss, j, abs(entry)
    return chosen, best


@inner
def side_rate(room, j):
    """How fast the side moves at which a slot stands."""
    v, code = room.slot_variable[j], room.code[j]
    if code == ZERO:
        return 0.0
    return room.high_rate[v] if code == UPPER else room.low_rate[v]


@inner
def begin_sides(start, room, lines, at):
    """Rates of the line `at`, and the slope as it shows at the start; the step at which sides of one slot meet.

    A fixed slot whose sides part stands from then on at the one that its reduced cost asks for."""
    slope, meet = 0.0, INF
    for e in range(lines.start[at], lines.start[at + 1]):
        v = lines.variable[e]
        room.low_rate[v], room.high_rate[v] = lines.lower[e], lines.upper[e]
    for e in range(lines.start[at], lines.start[at + 1]):
        v = lines.variable[e]
        j = start.place[v]
        if j >= 0 and room.code[j] == FIXED and opens(room, v):
            touch(room.touched_slots, j)
            room.code[j] = UPPER if room.reduced[j] < 0.0 else LOWER
        closing = lines.lower[e] - lines.upper[e]
        if closing > 0.0:
            meet = min(meet, start.width[v] / closing)
        if j < 0:
            touch(room.row_rate, -1 - j)
            continue
        rate = side_rate(room, j)
        if rate != 0.0:
            slope += rate * room.reduced[j]
            for c in range(start.column_start[j], start.column_start[j + 1]):
                gain(room.row_rate, start.column_row[c], rate * start.column_value[c])
    return slope, meet


@inner
def enter(start, room, i, j, side, gone):
    """Slot j enters for row i, which leaves at a side; gone: the way of the parameter so far, that the distance of its sides is known."""
    v, code = room.slot_variable[j], room.code[j]
    width = start.width[v] + gone * (room.high_rate[v] - room.low_rate[v])
    pivot(start, room, i, j, side)
    room.below[i] = INF if code == ZERO else (0.0 if code == LOWER else width)
    room.above[i] = INF if code == ZERO else (0.0 if code == UPPER else width)


@inner
def change_reduced(start, room, i, j):
    """Reduced costs after slot j has entered for the row at hand."""
    row = room.row
    step = room.reduced[j] / row.value[j]
    for k in range(size(row)):
        l = row.index[k]
        if row.value[l] == 0.0:
            continue
        touch(room.touched_slots, l)
        changed = step if l == j else total(room.reduced[l], -step * row.value[l])
        room.reduced[l] = 0.0 if abs(changed) <= AT * start.worth[room.slot_variable[l]] else changed


@inner
def walk_sides(start, room, lines, at):
    """Outcome, end and slope of a line of sides."""
    slope, meet = begin_sides(start, room, lines, at)
    gone, known = 0.0, False
    for steps in range(MOST_PIVOTS):
        patient = steps < PATIENT
        step, i, side = first_blocked(start, room, patient)
        if meet <= gone + step and meet < INF:
            return SETTLED, meet, slope if known or meet > 0.0 else INF
        if step == INF:
            return SETTLED, INF, slope
        if step > 0.0:
            advance(start, room, step)
            gone, known = gone + step, True
        v = room.row_variable[i]
        lack = total(room.high_rate[v] if side == UPPER else room.low_rate[v], -room.row_rate.value[i])
        read_row(start, room, i)
        j, loss = entering_slot(start, room, lack > 0.0, patient)
        if j < 0 or (known and loss > 0.0):
            return SETTLED, gone, slope if known else INF
        read_column(start, room, j)
        if not has_place(room):
            return GAVE_UP, 0.0, 0.0
        change = lack / room.row.value[j]
        slope += room.reduced[j] * change
        entered = total(side_rate(room, j), change)
        change_rates(room, i, change, entered)
        enter(start, room, i, j, side, gone)
        change_reduced(start, room, i, j)
    return GAVE_UP, 0.0, 0.0


@inner
def change_rates(room, i, change, entered):
    """Rates of rows as the slot of the column at hand moves by `change` faster and takes row i."""
    column, rates = room.column, room.row_rate
    for k in range(size(column)):
        r = column.index[k]
        if column.value[r] != 0.0:
            gain(rates, r, change * column.value[r])
    touch(rates, i)
    rates.value[i] = entered


@inner
def begin_costs(start, room, lines, at):
    """Rates of reduced costs along line `at`."""
    for e in range(lines.start[at], lines.start[at + 1]):
        rate, j = lines.lower[e], start.place[lines.variable[e]]
        if j >= 0:
            gain(room.slot_rate, j, rate)
            continue
        for c in range(start.row_start[-1 - j], start.row_start[-j]):
            gain(room.slot_rate, start.row_slot[c], rate * start.row_value[c])


@inner
def first_wrong(room, patient):
    """The slot whose reduced cost first gets the wrong sign along room.slot_rate, −1 without, and at which step."""
    rates, best, chosen, weight = room.slot_rate, INF, -1, 0.0
    for k in range(size(rates)):
        j = rates.index[k]
        rate, code = rates.value[j], room.code[j]
        if rate == 0.0 or code == FIXED:
            continue
        if (code == LOWER and rate > 0.0) or (code == UPPER and rate < 0.0):
            continue
        ratio = abs(room.reduced[j] / rate)
        merit = rate * rate * room.slot_weight[j]
        tie = ratio == best and better(
            patient, merit, weight, room.slot_variable[j], chosen, room.slot_variable
        )
        if ratio < best or tie:
            best, chosen, weight = ratio, j, merit
    return chosen, best


@inner
def charge(start, room, step):
    """Reduced costs after a step along their rates."""
    rates = room.slot_rate
    for k in range(size(rates)):
        j = rates.index[k]
        if rates.value[j] != 0.0:
            touch(room.touched_slots, j)
            changed = total(room.reduced[j], step * rates.value[j])
            room.reduced[j] = 0.0 if abs(changed) <= AT * start.worth[room.slot_variable[j]] else changed


@inner
def leaving_row(room, sign, patient):
    """The row that stops the column at hand first, moved up or down (sign); how far that is, and at which side."""
    column, best, chosen, side, weight = room.column, INF, -1, LOWER, 0.0
    floor = LEAST_ENTRY * largest(column)
    for k in range(size(column)):
        i = column.index[k]
        entry = sign * column.value[i]
        if abs(entry) <= floor:
            continue
        ratio = (room.above[i] if entry > 0.0 else room.below[i]) / abs(entry)
        tie = ratio == best and best < INF
        if tie:
            tie = better(patient, abs(entry), weight, room.row_variable[i], chosen, room.row_variable)
        if ratio < best or tie:
            best, chosen, side, weight = ratio, i, UPPER if entry > 0.0 else LOWER, abs(entry)
    return chosen, best, side


@inner
def move(start, room, way):
    """Rows after the slot of the column at hand has moved."""
    column = room.column
    for k in range(size(column)):
        i = column.index[k]
        if column.value[i] != 0.0:
            touch(room.touched_rows, i)
            scale = start.size[room.row_variable[i]]
            room.below[i] = shrunk(room.below[i] + way * column.value[i], scale)
            room.above[i] = shrunk(room.above[i] - way * column.value[i], scale)


@inner
def turn_rates(room, j):
    """Rates of reduced costs after slot j has entered for the row at hand."""
    row, rates = room.row, room.slot_rate
    step = rates.value[j] / row.value[j]
    for k in range(size(row)):
        l = row.index[k]
        if row.value[l] != 0.0 and l != j:
            gain(rates, l, -step * row.value[l])
    rates.value[j] = step


@inner
def walk_costs(start, room, lines, at):
    """Outcome, end and slope of a line of costs."""
    begin_costs(start, room, lines, at)
    gone, slope, known = 0.0, 0.0, False
    for steps in range(MOST_PIVOTS):
        patient = steps < PATIENT
        j, step = first_wrong(room, patient)
        if j < 0:
            return SETTLED, INF, slope
        if step > 0.0:
            charge(start, room, step)
            gone, known = gone + step, True
        rate = room.slot_rate.value[j]
        sign = -1.0 if rate > 0.0 else 1.0
        read_column(start, room, j)
        i, way, side = leaving_row(room, sign, patient)
        width = INF if room.code[j] == ZERO else start.width[room.slot_variable[j]]
        far = min(way, width)
        if known and far > 0.0:
            return SETTLED, gone, slope
        if far == INF:
            return SETTLED, 0.0, -INF
        if far > 0.0:
            move(start, room, sign * far)
            slope += rate * sign * far
        touch(room.touched_slots, j)
        room.reduced[j] = 0.0
        if width <= way:
            room.code[j] = UPPER if room.code[j] == LOWER else LOWER
            continue
        read_row(start, room, i)
        if not has_place(room):
            return GAVE_UP, 0.0, 0.0
        turn_rates(room, j)
        enter_moved(start, room, i, j, side, sign, far)
    return GAVE_UP, 0.0, 0.0


@inner
def enter_moved(start, room, i, j, side, sign, far):
    """Slot j, moved by so much, enters for row i, which leaves at a side."""
    v, code = room.slot_variable[j], room.code[j]
    width = start.width[v]
    pivot(start, room, i, j, side)
    if code == ZERO:
        room.below[i] = room.above[i] = INF
    else:
        room.below[i] = far if code == LOWER else width - far
        room.above[i] = width - far if code == LOWER else far


@inner
def forget_rates(room, lines, at):
    for e in range(lines.start[at], lines.start[at + 1]):
        room.low_rate[lines.variable[e]] = room.high_rate[lines.variable[e]] = 0.0


@kernel
def walks(start, sides, costs, of_sides, of_costs):
    """Walk all lines of sides and of costs (`walks.MovingNumbers`) from one `walks.WalkStart`, answers written into `walks.Slopes`;
    the pivots that were made."""
    room = blank_room(start, MOST_PIVOTS, MOST_ENTRIES_KEPT)
    made = 0
    for at in range(len(of_sides.end)):
        found = walk_sides(start, room, sides, at)
        of_sides.outcome[at], of_sides.end[at], of_sides.slope[at] = found
        made += room.pivots.count[0]
        forget_rates(room, sides, at)
        restore(start, room)
    for at in range(len(of_costs.end)):
        found = walk_costs(start, room, costs, at)
        of_costs.outcome[at], of_costs.end[at], of_costs.slope[at] = found
        made += room.pivots.count[0]
        restore(start, room)
    return made
