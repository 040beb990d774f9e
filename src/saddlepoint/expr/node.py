"""The typed expression tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, field, replace
from enum import StrEnum
from typing import Any, Literal

from saddlepoint.algebra.graph import Graph, RelationSymbol
from saddlepoint.algebra.terms import Terms
from saddlepoint.arrays import Array, Index
from saddlepoint.errors import NOWHERE, Mark
from saddlepoint.expr.facts import Curvature, Facts, Repeat, Sign, unknown_sign
from saddlepoint.expr.shapes import join_repeats, same
from saddlepoint.labels.positions import Positions
from saddlepoint.records import dataclass

OperatorOption = float | int | str | None
OperatorOptions = tuple[OperatorOption, ...]
Arrays = tuple[Array, ...]
Values = tuple[Terms, ...]
Latex = Callable[[tuple[str, ...], OperatorOptions], str]
GraphForm = Callable[[Values, OperatorOptions, int, bool], Graph]
CvxpyForm = Callable[[Any, tuple[Any, ...], OperatorOptions], Any]


class Nature(StrEnum):
    """How a word of the language composes (Grant, Boyd & Ye 2006): what is known of its curvature from its record."""

    LINEAR = "linear"
    """In all arguments together, nondecreasing in each unless `monotone` says otherwise."""
    BILINEAR = "bilinear"
    """In each argument; at most one of them is decided."""
    DATA = "data"
    """Of data only."""
    CONVEX = "convex"
    CONCAVE = "concave"
    EXACT = "exact"
    """Not convex, and equal to an affine expression of new columns of which some are whole: of affine arguments only."""
    FOREIGN = "foreign"
    """A user's, whose curvature only CVXPY finds."""
    CONSTRAINT = "constraint"
    OBJECTIVE = "objective"

    @property
    def is_affine(self) -> bool:
        """Whether it keeps what is affine in one argument affine."""
        return self in (Nature.LINEAR, Nature.BILINEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of the language, written with its arguments in parentheses (or as an infix symbol).

    arity: least and greatest number of arguments (None = any number); options: names of trailing literal
    arguments with their defaults, usable by position or keyword; group: the part of the manual, from its nature where not said.
    """

    name: str
    doc: str
    nature: Nature
    arity: tuple[int, int | None] = (1, 1)
    options: Mapping[str, OperatorOption] = field(default_factory=dict)
    symbol: str | None = None
    group: str = ""
    example: str = ""

    def __post_init__(self) -> None:
        if not self.group:
            own = self.nature in (Nature.CONVEX, Nature.CONCAVE, Nature.DATA)
            object.__setattr__(self, "group", self.nature.value if own else "algebra")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator(Word):
    """One operator of the language; adding one is adding one record.

    shape: facts of the arguments, options → Facts (raises ShapeMismatch).
    value: arrays of shape (S | 1, *repeats, rows, cols), options → array of the same form (numpy, data only).
    monotone: signs of the arguments → per argument +1 (nondecreasing), −1 (nonincreasing) or 0; none: of what is convex or
    concave, in no argument.
    sign: signs of the arguments → sign of the result; latex: texts of the arguments, options → text, None: its name before them.
    graph: arguments as Terms, options, first free column, whether a quadratic result is welcome → Graph; None:
    only through CVXPY. cvxpy: the module, arguments, options → expression.
    hidden: extra data arguments the graph form needs (shown nowhere), made from the visible ones.
    sparse: numbers of the arguments of one scenario, options → the value as Terms, for values with few non-zeros.
    degree: to which power the result has the unit that all arguments must have (a sum: 1, a square: 2; a power: by its option);
    for each argument one, if the result has the product of their units; None: its unit does not follow from theirs.
    thin: whether arguments of these facts make an array that is mostly zeros whatever they hold (a diagonal matrix).
    data: places of arguments that must be data, with what each is called.
    variant: the record for particular options, where curvature or graph form depend on them (power).
    make: the node itself, where the arguments decide which record stands for the word; None = this one does.
    uncertain: the first argument may hold uncertain variables.
    reduces: it takes away one of the repeats of its arguments; its first option is that repeat's place among them.
    collapses: it makes one number of a whole matrix, of every item of a repeated set for itself: a total (of totals of items it
    is the total), the most or the least (so of items), or other.
    states: where its CVXPY form has constraints: the module, arguments, options → expression, constraints, and the variables
    that are whole.
    whole: it rearranges the cells of its only argument, repeats and all; its CVXPY form: the module, the grid of the
    argument's expressions → that of the result. joins: the sign between its arguments in a condition. moves: which cells it
    takes where, of a whole rearrangement.
    """

    shape: Callable[[tuple[Facts, ...], OperatorOptions], Facts] = same
    value: Callable[[Arrays, OperatorOptions], Array]
    sign: Callable[[tuple[Sign, ...]], Sign] = unknown_sign
    latex: Latex | None = None
    graph: GraphForm | None = None
    cvxpy: CvxpyForm | None = None
    monotone: Callable[[tuple[Sign, ...]], tuple[int, ...]] | None = None
    hidden: Callable[[tuple[Node, ...]], tuple[Node, ...]] | None = None
    sparse: Callable[[Arrays, OperatorOptions], Terms] | None = None
    degree: float | tuple[float, ...] | Literal["option"] | None = None
    thin: Callable[[tuple[Facts, ...]], bool] | None = None
    data: Mapping[int, str] = field(default_factory=dict)
    variant: Callable[[OperatorOptions], Operator] | None = None
    make: Callable[[tuple[Node, ...], OperatorOptions], Node | None] | None = None
    uncertain: bool = False
    reduces: bool = False
    collapses: Literal["total", "most", "least", "other"] | None = None
    states: Callable[[Any, tuple[Any, ...], OperatorOptions], tuple[Any, list[Any], list[Any]]] | None = None
    whole: Callable[[Any, Any], Any] | None = None
    joins: str | None = None
    moves: Moves | None = None

    def written(self, args: tuple[str, ...], options: OperatorOptions) -> str:
        """Its LaTeX with these texts as arguments."""
        return (self.latex or named(self.name))(args, options)


def named(name: str) -> Latex:
    """LaTeX of a function written with its name."""
    shown = name.replace("_", "\\_")
    return lambda args, options: f"\\operatorname{{{shown}}}({', '.join(args)})"


@dataclass(frozen=True, slots=True)
class Moves:
    """A rearrangement of cells: cell rows[k] of the result has cell cells[k] of the argument among its summands.

    source, target: the facts that it was made for; links: rows and cells, when they are asked for.
    """

    source: Facts
    target: Facts
    links: Callable[[], tuple[Index, Index]]


@dataclass(frozen=True, slots=True)
class UncertaintySet:
    """A set of values against which a relation holds: `box`, `budget` or `ellipsoid`, with its size (data)."""

    kind: Literal["box", "budget", "ellipsoid"]
    size: Node


@dataclass(frozen=True, slots=True)
class Information:
    """The uncertain elements to which decisions of a problem may react. repeat: the elements as a set; tables: uncertain
    table → the view of it whole, and the place of its first element."""

    repeat: Repeat
    tables: Mapping[str, tuple[Variable, int]]


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """How an adapting decision reacts: slopes, one decision for each element that may be seen and each of its own cells."""

    slopes: Variable
    seen: Information


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """What is told of an uncertain variable beside its own table: the set of draws and their weights, the covariance
    matrix of its entries, the radius of a ball around the draws, the set of values against which relations hold; of an
    adapting decision its rule; None where nothing is told."""

    draws: Repeat | None = None
    weights: Variable | None = None
    covariance: Variable | None = None
    radius: Variable | None = None
    against: UncertaintySet | None = None
    rule: DecisionRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A view of a table as a matrix, repeated over intra-problem sets.

    cells: flat positions in the table at the first scenario, in the shape facts.shape; strides: split set → what one step
    along it adds to the position; place: flat positions within the table without its split sets, shape
    facts.shape. role: how this problem sees the table. values: the numbers of a
    constant, or sparse: its non-zeros where these are few. may_lack: its table may have no row for a
    cell. uncertainty: of an uncertain variable, whose facts repeat over
    the draws if it has any; empty where nothing is told.
    """

    name: str
    table: str
    facts: Facts
    role: Literal["data", "decision", "constant"]
    cells: Positions
    place: Positions
    strides: tuple[tuple[str, int], ...] = ()
    nonneg: bool = False
    integer: bool = False
    boolean: bool = False
    values: Array | None = None
    sparse: Terms | None = None
    blank_fill: float | None = None
    uncertain: bool = False
    exchanged: bool = False
    may_lack: bool = False
    unit: str = ""
    uncertainty: Uncertainty = Uncertainty()


@dataclass(frozen=True, slots=True)
class Call:
    """How a node was written where it is made of several: its text; its LaTeX, made from that of its main argument; defined: the
    text is a name that the problem gives it."""

    text: str
    argument: Node | None
    latex: Callable[[str], str]
    defined: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An expression: a number, a variable, or an operator with arguments.

    present: a condition under which the node has a value, for relations that have no row elsewhere; call: how it was
    written, where it is not what its operator says.
    """

    facts: Facts
    operator: Operator | None = None
    args: tuple[Node, ...] = ()
    _: KW_ONLY
    options: OperatorOptions = ()
    variable: Variable | None = None
    number: float | None = None
    mark: Mark = NOWHERE
    shown: int | None = None
    present: Node | None = None
    call: Call | None = None

    @property
    def the_variable(self) -> Variable:
        """The variable, of a node that is one."""
        assert self.variable is not None
        return self.variable

    @property
    def the_operator(self) -> Operator:
        """The operator, of a node that has one."""
        assert self.operator is not None
        return self.operator

    @property
    def frame(self) -> Facts:
        """The facts that the arguments are aligned with: the node's own, or with the repeat that its operator takes away."""
        if self.operator is not None and self.operator.whole is not None:
            return self.args[0].facts
        if self.operator is None or not self.operator.reduces:
            return self.facts
        return replace(self.facts, repeats=join_repeats([a.facts for a in self.args]))

    @property
    def visible(self) -> tuple[Node, ...]:
        """The arguments the user wrote (without those an operator added for its graph form)."""
        return self.args if self.shown is None else self.args[: self.shown]

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.args))

    @property
    def variables(self) -> Iterator[Variable]:
        """The variables that stand in this node, once for each place."""
        return (node.variable for node in self.walk() if node.variable is not None)

    def reads(self, table: str) -> bool:
        """Whether a variable of the table stands in this node."""
        return any(variable.table == table for variable in self.variables)


def is_product(node: Node) -> bool:
    """Whether the node multiplies two decisions of which neither is 0 or 1."""
    record = node.operator
    return (
        record is not None
        and record.nature is Nature.BILINEAR
        and sum(a.facts.decision for a in node.visible) > 1
    )


def is_affine(node: Node) -> bool:
    """Whether decisions stand in the node linearly, by the natures of its operators."""
    linear = (Nature.LINEAR, Nature.BILINEAR, Nature.EXACT)
    return all(n.operator is None or not n.facts.decision or n.operator.nature in linear for n in node.walk())


def marked(node: Node, mark: Mark) -> Node:
    """The node with this mark at every part that was not written but made: findings about it have a place."""
    if node.mark is not NOWHERE:
        return node
    present = None if node.present is None else marked(node.present, mark)
    return replace(node, mark=mark, args=tuple(marked(a, mark) for a in node.args), present=present)


@dataclass(frozen=True, slots=True)
class Relation:
    """left (==, <=, >=) right, as the user wrote it; where: a condition of the relation's own shape, outside of which there
    is no row."""

    left: Node
    symbol: RelationSymbol
    right: Node
    _: KW_ONLY
    facts: Facts
    mark: Mark = NOWHERE
    where: Node | None = None

    @property
    def sides(self) -> tuple[Node, Node]:
        return self.left, self.right


@dataclass(frozen=True, slots=True)
class JointWay:
    """How rows hold together: a word of `uncertain.together.WAYS`; cost: what a unit of each level costs, data; seen: values of
    all entries that were observed together, data (times × entries), None without."""

    way: str
    cost: Node
    seen: Node | None = None


@dataclass(frozen=True, slots=True)
class Chance:
    """The relations hold together with probability at least `level`; joint: how the rows of one relation share it, None =
    each row has it for itself."""

    relations: tuple[Relation, ...]
    level: Node
    facts: Facts
    joint: JointWay | None = None


@dataclass(frozen=True, slots=True)
class Robust(Chance):
    """The relations hold for every value in a set; against: the set, None = that of each table. level: 1."""

    against: UncertaintySet | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """Minimise (+1) or maximise (−1) the sum of the entries of `node`."""

    node: Node
    sense: Literal[1, -1]
    mark: Mark = NOWHERE


@dataclass(frozen=True, slots=True)
class Judged:
    """Sign and curvature of a node once its data are known."""

    sign: Sign
    curvature: Curvature
