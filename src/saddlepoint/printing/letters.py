"""Text for places that cannot show every letter: terminals that obey some, encodings that lack others."""

from __future__ import annotations

import unicodedata
from typing import Final

_SPELT: Final = str.maketrans(
    {
        "…": "...",
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "·": "*",
        "×": "x",
        "∞": "inf",
        "√": "sqrt",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "≈": "~",
        "→": "->",
        "←": "<-",
        "⊤": "T",
        "‖": "||",
        "∈": "in",
        "σ": "sigma",
        "μ": "mu",
        "µ": "mu",
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "ρ": "rho",
        "ε": "eps",
        "Σ": "sum",
        "Φ": "Phi",
        "τ": "tau",
        "λ": "lambda",
        "Γ": "Gamma",
        "²": "^2",
        "³": "^3",
        "€": "EUR",
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "│": "|",
        "┃": "|",
        "─": "-",
        "━": "-",
        "╇": "+",
        "┼": "+",
        "┏": "+",
        "┓": "+",
        "└": "+",
        "┘": "+",
        "├": "+",
        "┤": "+",
        "┡": "+",
        "┩": "+",
        "┳": "+",
        "┴": "+",
    }
)


def visible(text: str) -> str:
    """A text without characters that a terminal would obey; ends of lines go too."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def visible_lines(text: str) -> str:
    """The same for a text of several lines, whose ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def spelt(letter: str) -> str:
    """A letter in ASCII (≥ as >=), at worst a question mark."""
    known = letter.translate(_SPELT)
    return unicodedata.normalize("NFKD", known).encode("ascii", "ignore").decode() or "?"
