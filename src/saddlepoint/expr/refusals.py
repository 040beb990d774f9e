"""What an operator says of arguments that it cannot take: one type per kind, which carries the code of the error."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """Arguments that do not go together; whoever builds the expression adds the place."""

    code: ClassVar[str] = "E201"

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message, fix)
        self.message, self.fix = message, fix


class ShapeMismatch(Refusal):
    """Shapes that do not fit."""


class LabelMismatch(ShapeMismatch):
    """Lengths that fit and items that do not."""

    code = "E202"


class AmbiguousProduct(ShapeMismatch):
    """`*` between two arrays that also have a matrix product."""

    code = "E203"


class AmbiguousDiagonal(ShapeMismatch):
    """The diagonal of a matrix, entry by entry with a matrix or a row."""

    code = "E390"


class ForeignMismatch(ShapeMismatch):
    """A user's operator that failed on its trial, or gave something unusable."""

    code = "E212"


class TwoDecisions(Refusal):
    """A product of decisions."""

    code = "E204"

    @classmethod
    def of(cls, one: str, other: str) -> TwoDecisions:
        """What is said of the product of two decisions, with all ways out."""
        return cls(
            f"the product of two decisions ({one} and {other}) is not convex",
            "Say `products: global` in the problem, which a run with `starts=8` solves with proof; or decide one of them in a sub-problem of its own "
            "(a hybrid table) and solve both coupled, which is faster and where 'saddle bound' proves how far from the best the result can be; or use square() / quad_form() for a square, piecewise(…, exact=True) for a curve, "
            "domain: boolean for a yes/no factor.",
        )


class NoRange(Refusal):
    """A product with a yes/no decision of something without bounds."""

    code = "E360"


class DecidedData(Refusal):
    """A decision where data must stand."""

    code = "E205"


class DecidedDivisor(Refusal):
    """A decision below the line."""

    code = "E206"


class NoConvexPower(Refusal):
    """A power of a decision without a convex form."""

    code = "E207"


class NothingUncertain(Refusal):
    """A statistic of something certain."""

    code = "E211"


class AxisMissing(Refusal):
    """A set over which an expression does not run."""

    code = "E122"


class NoFirst(Refusal):
    """A shift along a set of which nothing is said at the end."""

    code = "E124"


class NoMap(Refusal):
    """Sets of which none groups the other, or whose items differ."""

    code = "E125"


class PartialMap(Refusal):
    """A grouping in which some items have no group."""

    code = "E700"


class NotEverywhere(Refusal):
    """A value that is not there for every item, where every item is needed."""

    code = "E129"


class NoOutcomes(Refusal):
    """A word over outcomes, of a set that has none."""

    code = "E800"


class AlongStages(Refusal):
    """A word that weighs whole paths, over outcomes that lie along stages."""

    code = "E830"


class OneSided(Refusal):
    """An equality where a relation may be missed."""

    code = "E801"


class NoBound(Refusal):
    """A relation of which nothing says how far it can be missed."""

    code = "E802"


class NoLevel(Refusal):
    """A probability outside (0, 1)."""

    code = "E803"


class NotDrawn(Refusal):
    """Something uncertain that has no value in an outcome."""

    code = "E804"


class EmptyGroup(Refusal):
    """A reduction over no item."""

    code = "E126"
