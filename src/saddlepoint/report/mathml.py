"""The LaTeX that formulas are shown in, as MathML: browsers show it without any library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Final

_TOKEN: Final = re.compile(r"\\[a-zA-Z]+|\\.|[{}^_&]|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_SIGNS: Final = {
    "\\le": "≤", "\\ge": "≥", "\\ne": "≠", "\\cdot": "·", "\\circ": "∘", "\\otimes": "⊗", "\\top": "⊤", "\\in": "∈",
    "\\forall": "∀", "\\wedge": "∧", "\\vee": "∨", "\\neg": "¬", "\\|": "‖", "\\lVert": "‖", "\\rVert": "‖",
    "\\lvert": "|", "\\rvert": "|", "\\Delta": "Δ", "\\sum": "∑", "\\prod": "∏", "\\infty": "∞", "\\colon": ":",
    "\\langle": "⟨", "\\rangle": "⟩", "\\lfloor": "⌊", "\\rfloor": "⌋", "\\to": "→", "\\sigma": "σ", "\\mu": "μ",
    "\\{": "{", "\\}": "}", "\\_": "_", "\\exists": "∃", "\\times": "×", "\\mid": "|", "\\ldots": "…",
}  # fmt: skip
_SPACES: Final = {
    "\\,": "0.17em",
    "\\;": "0.28em",
    "\\:": "0.22em",
    "\\quad": "1em",
    "\\ ": "0.3em",
    "\\!": "0",
}
_FONTS: Final = {
    "\\mathit": "mi",
    "\\mathrm": "mi",
    "\\operatorname": "mi",
    "\\text": "mtext",
    "\\mathbb": "mi",
}
_WORDS: Final = frozenset({"\\min", "\\max", "\\log", "\\exp", "\\det", "\\sup", "\\inf"})
_BREAKS: Final = re.compile(r"<mo>([=≤≥+−])</mo>")
_QUAD: Final = '<mspace width="1em"/>'
_SKIPPED: Final = frozenset({"&", "\\displaystyle", "\\big", "\\nolimits"})
LONGEST_BELOW: Final = 24
"""Letters below a sum; more stand beside it."""
_BIG: Final = frozenset({"\\sum", "\\prod", "\\min", "\\max"})


def mathml(latex: str) -> str:
    """A formula in MathML Core; commands that are not known stand as their names."""
    shown = _row(_Reader(_TOKEN.findall(latex)).until(""))
    return f"<math>{shown}</math>"


def displayed(latex: str) -> str:
    """A formula on lines of its own: in full size, in parts between which browsers may break it, before its signs."""
    parts: list[list[str]] = [[]]
    for element in _Reader(_TOKEN.findall(latex)).until(""):
        sign = _BREAKS.fullmatch(element)
        if sign or element == _QUAD:
            parts.append([])
        parts[-1].append(f'<mo lspace="0.28em" rspace="0.28em">{sign[1]}</mo>' if sign else element)
    return "<wbr/>".join(f'<math displaystyle="true">{_row(part)}</math>' for part in parts if part)


class _Reader:
    """The tokens of a formula, taken from left to right."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens, self._place = tokens, 0

    def until(self, end: str) -> list[str]:
        """The elements up to a token, which is taken too."""
        found: list[str] = []
        while (token := self._next()) and token != end:
            if token.isspace() or token in _SKIPPED:
                continue
            if token in ("^", "_"):
                self._script(found, token)
            else:
                found.append(self._element(token))
        return found

    def _script(self, found: list[str], token: str) -> None:
        base = found.pop() if found else "<mrow></mrow>"
        other = self._argument()
        big = any(base.startswith(f'<mo data-big="{word[1:]}"') for word in _BIG)
        big = big and len(re.sub(r"<[^>]*>", "", other)) <= LONGEST_BELOW
        tag = ("munder" if token == "_" else "mover") if big else ("msub" if token == "_" else "msup")
        found.append(f"<{tag}>{base}{other}</{tag}>")

    def _element(self, token: str) -> str:
        if token == "{":
            return _row(self.until("}"))
        if token == "\\left":
            return self._enclosed()
        if token == "\\frac":
            top = self._argument()
            return f"<mfrac>{top}{self._argument()}</mfrac>"
        if token == "\\sqrt":
            return f"<msqrt>{self._argument()}</msqrt>"
        if token in _FONTS:
            tag, said = _FONTS[token], escape(self._raw())
            return f"<{tag}{_normal(token, said)}>{said}</{tag}>"
        if token in _SPACES:
            return f'<mspace width="{_SPACES[token]}"/>'
        if token in _BIG:
            return f'<mo data-big="{token[1:]}">{_SIGNS.get(token, token[1:])}</mo>'
        if token in _WORDS:
            return f'<mi mathvariant="normal">{token[1:]}</mi>'
        if token in _SIGNS:
            return f"<mo>{escape(_SIGNS[token])}</mo>"
        return _plain(token)

    def _enclosed(self) -> str:
        """What stands between \\left and \\right, with its delimiters, which grow with it alone."""
        opening = self._next()
        inside = "".join(self.until("\\right"))
        return f"<mrow>{_delimiter(opening)}{inside}{_delimiter(self._next())}</mrow>"

    def _argument(self) -> str:
        """What follows: a group, or one element."""
        token = self._next()
        while token.isspace():
            token = self._next()
        return self._element(token) if token else "<mrow></mrow>"

    def _raw(self) -> str:
        """The text of a group."""
        depth, text = 0, ""
        while token := self._next():
            depth += (token == "{") - (token == "}")
            if token not in "{}":
                text += _SIGNS.get(token, " " if token in _SPACES else token)
            if depth == 0:
                break
        return text

    def _next(self) -> str:
        token = self._tokens[self._place] if self._place < len(self._tokens) else ""
        self._place += 1
        return token


def _normal(token: str, said: str) -> str:
    return ' mathvariant="normal"' if token in ("\\mathrm", "\\operatorname") and len(said) == 1 else ""


def _plain(token: str) -> str:
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    if token.isalpha():
        return f"<mi>{escape(token)}</mi>"
    if token in "()[]|":
        return f'<mo stretchy="false">{token}</mo>'
    return f"<mo>{'−' if token == '-' else escape(token.removeprefix(chr(92)))}</mo>"


def _delimiter(token: str) -> str:
    return f"<mo>{escape(_SIGNS.get(token, token))}</mo>" if token not in ("", ".") else ""


def _row(elements: Sequence[str]) -> str:
    return elements[0] if len(elements) == 1 else f"<mrow>{''.join(elements)}</mrow>"
