"""The report of a model folder as one page, and the page of a single table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from html import escape
from typing import Any, Final

from saddlepoint.model.model import Model
from saddlepoint.model.price_units import objective_unit, objective_units
from saddlepoint.printing.grid import number
from saddlepoint.printing.html import html_cells
from saddlepoint.report.mathematics import mathematics_body
from saddlepoint.report.page.content import (
    MOST_OUTCOMES,
    PageNumbers,
    outcome_contents,
    scalar_figures,
    table_contents,
)
from saddlepoint.report.page.document import PARTS, document
from saddlepoint.report.page.living import living_contents
from saddlepoint.report.page.reasons import TITLE as REASONS
from saddlepoint.report.page.reasons import reasons_body, reasons_elsewhere
from saddlepoint.solve.solution import Status
from saddlepoint.store import RunRecord, Store, history
from saddlepoint.study.diagnosis.diagnose import Diagnosis
from saddlepoint.study.running.plan import Plan
from saddlepoint.study.running.staged import needed_policy

RESIDUALS: Final = (
    ("rel_prim", "Does the plan satisfy all constraints?", "the largest violation, relative to the largest term of that constraint"),
    ("rel_dual", "Do the prices explain the plan?", "the largest violation of stationarity and of the signs of prices"),
    ("gap", "Could another plan be better?", "value of the plan less value of the prices, relative"),
    ("unc", "How far may the objective be off?", "the residuals, paid for at the prices found"),
)  # fmt: skip
LOST: Final = tuple(s.word for s in (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED))
_SECTIONS: Final = (
    ("summary", "Summary"), ("reasons", REASONS), ("scenarios", "Scenarios"), ("plans", "Plans and figures"), ("prices", "Prices"), ("binding", "What binds"),
    ("compare", "Compare"), ("living", "Try it"), ("mathematics", "Mathematics"), ("certificate", "Certificate"), ("provenance", "Provenance"),
)  # fmt: skip


MOST_KEPT: Final = 12
"""Kept runs that a page compares with."""
MOST_COMPARED: Final = 10_000
"""Answers that these runs have together; the runs beyond are left to `saddle compare`."""


def report_page(
    store: Store,
    model: Model,
    plan: Plan | None,
    notes: Sequence[str] = (),
    kept: Sequence[int] = (),
    reopen: Callable[[int], AbstractContextManager[Store]] | None = None,
    diagnosis: Diagnosis | None = None,
) -> str:
    """The report as one HTML page that needs nothing else. StoreError.

    plan: what a run would do, for the page to solve again, None where that is not wanted; notes: sentences for the top;
    kept: numbers of kept runs to compare with; reopen: the store as it was at such a run; diagnosis: why scenarios have no plan.
    """
    with store.snapshot():
        numbers = PageNumbers()
        sets, tables, left_out = table_contents(store, numbers, outcomes=model.outcome_sets)
        outcomes, runs = outcome_contents(store), history(store, 1)
    others = _others(reopen, kept) if reopen is not None else []
    living = "" if plan is None else living_contents(plan, numbers)
    alive = not isinstance(living, str)
    data = {
        "sets": sets, "tables": tables, "outcomes": outcomes, "living": living if alive else None,
        "variables": _variables(model), "kept": others, "objective_unit": objective_unit(objective_units(model)),
        "objective_units": objective_units(model),
        "unsolved": _unsolved(model), "counted": model.counted,
    }  # fmt: skip
    if reopen is not None and len(others) < len(kept):
        notes = (
            *notes,
            f"Of {len(kept)} kept runs {len(others)} are compared with here; `saddle compare` reads all.",
        )
    if summed := [t["name"] for t in tables if t["summed"]]:
        notes = (
            *notes,
            f"In sums, as all of it is too large for this page: {'; '.join(summed)}. `saddle explore` shows every row.",
        )
    if left_out:
        notes = (*notes, f"Too large for this page: {', '.join(left_out)}. `saddle explore` shows them.")
    if outcomes["of"] > outcomes["size"]:
        notes = (
            *notes,
            f"The first {outcomes['size']:,} of {outcomes['of']:,} {model.counted}s are here; `saddle explore` shows all.",
        )
    run = runs[0] if runs else None
    dead = living if isinstance(living, str) else None
    body = "\n".join(_body(model, run, notes, dead, outcomes, _reasons(outcomes, diagnosis)))
    blobs = {"numbers": numbers.bytes()}
    if alive:
        from saddlepoint.files.shipped import shipped_bytes

        blobs["highs.wasm"] = shipped_bytes(f"{PARTS}/highs.wasm.gz")
    return document(model.name, body, data, blobs, living=alive)


def table_page(store: Store, name: str, tables: Collection[str], outcomes: Collection[str]) -> str:
    """A page of some tables only, each with its picture; outcomes: the sets whose items are outcomes. StoreError."""
    with store.snapshot():
        numbers = PageNumbers()
        sets, found, _ = table_contents(store, numbers, tables, outcomes)
    data = {"sets": sets, "tables": found, "outcomes": None, "living": None, "variables": {}, "kept": []}
    body = f'<main><h1>{escape(name)}</h1><section id="plans"></section></main>'
    return document(name, body, data, {"numbers": numbers.bytes()})


def _others(
    reopen: Callable[[int], AbstractContextManager[Store]], kept: Sequence[int]
) -> list[dict[str, Any]]:
    """What is compared of kept runs, as many of them as a page has room for."""
    found: list[dict[str, Any]] = []
    room = MOST_COMPARED
    for run in kept[:MOST_KEPT]:
        one = _kept(reopen, run)
        if one is None or one["outcomes"]["size"] > room:
            continue
        room -= one["outcomes"]["size"]
        found.append(one)
    return found


def _kept(reopen: Callable[[int], AbstractContextManager[Store]], run: int) -> dict[str, Any] | None:
    """What is compared of a kept run: objectives and figures of one number, by scenario."""
    with reopen(run) as store, store.snapshot():
        record = next((r for r in history(store, None) if r.id == run), None)
        outcomes, figures = outcome_contents(store), scalar_figures(store)
    if record is None or outcomes["size"] > MOST_OUTCOMES:
        return None
    return {
        "name": record.name or f"run {run}",
        "note": record.note,
        "outcomes": outcomes,
        "figures": figures,
    }


def _unsolved(model: Model) -> str:
    """What is said of a page without answers."""
    if needed_policy(model) is None:
        return "Nothing has been solved yet: saddle run does."
    return "This model has a policy and no one plan: saddle policy tells its cost, the proven bound and what it decides stage by stage."


def _reasons(outcomes: Mapping[str, Any], diagnosis: Diagnosis | None) -> str:
    """Why scenarios have no plan; "" where all have one."""
    lost = sum(status in LOST for status in outcomes["columns"].get("status", ()))
    if not lost:
        return ""
    return (reasons_body(diagnosis) if diagnosis is not None else "") or reasons_elsewhere(lost)


def _variables(model: Model) -> Mapping[str, list[str]]:
    """Table → names of its variables in the formulas."""
    found: dict[str, list[str]] = {}
    for name, variable in model.variables.items():
        found.setdefault(variable.table, []).append(name)
    return found


def _body(
    model: Model,
    run: RunRecord | None,
    notes: Sequence[str],
    dead: str | None,
    outcomes: Mapping[str, Any],
    reasons: str,
) -> Iterator[str]:
    left_out = {key for key, gone in (("living", dead == ""), ("reasons", not reasons)) if gone}
    unlinked = left_out | ({"living"} if dead else set())
    links = "".join(
        f'<li><a href="#{key}">{title}</a></li>' for key, title in _SECTIONS if key not in unlinked
    )
    yield '<a class="skip" href="#summary">To the content</a>'
    yield f'<header class="top"><h1>{escape(model.name)}</h1>'
    yield "".join(f'<p class="warning" role="note">{escape(note)}</p>' for note in notes) + "</header>"
    yield f'<div class="bar"><nav aria-label="Sections"><ul>{links}</ul></nav>'
    yield '<div id="choice" role="region" aria-label="Choice"><span class="quiet" id="choice-said" aria-live="polite"></span></div></div>'
    yield "<main>"
    inner = {
        "summary": '<p class="bad" id="summary-warning"></p><div class="cards" id="summary-cards"></div>'
        + _policies(outcomes, model),
        "scenarios": '<div id="scenario-picture"></div><div id="scenario-table" class="cells"></div>',
        "prices": _weighted(model),
        "binding": '<p class="about">Constraints that hold as equalities, the dearest first; a click chooses the scenarios in which one does.</p>'
        '<div id="binding-table" class="cells"></div>',
        "living": f'<p class="quiet">{escape(dead)}</p>' if dead else '<p class="about">Move an input: the plan is solved again and certified in '
        "this page, by HiGHS and the rules of the certificate. Nothing is sent anywhere.</p>",
        "reasons": reasons,
        "mathematics": mathematics_body(model, "html"),
        "certificate": _certificate(outcomes),
        "provenance": _provenance(run),
    }  # fmt: skip
    for key, title in _SECTIONS:
        if key in left_out:
            continue
        yield f'<section id="{key}" aria-labelledby="{key}-title"><h2 id="{key}-title">{title}</h2>{inner.get(key, "")}</section>'
    yield "</main>"


def _weighted(model: Model) -> str:
    """What has to be said of the prices of outcomes; "" where there are none."""
    names = " and ".join(sorted(model.outcome_sets))
    if not names:
        return ""
    return (
        f'<p class="about">A price at an outcome ({escape(names)}) says what one unit more in that outcome alone changes in the objective: '
        "it is small where the outcome is unlikely. Added up, the prices are that of one unit more in every outcome.</p>"
    )


def _policies(outcomes: Mapping[str, Any], model: Model) -> str:
    """What is known of the policies of a run, a sentence each; "" where it has plans."""
    columns, units = outcomes["columns"], objective_units(model)
    found: list[str] = []
    for row, half in enumerate(columns.get("half_width", ())):
        if half is None:
            continue
        amount, bound, of = (columns[name][row] for name in ("objective", "bound", "histories"))
        where = ", ".join(t for t in (columns[n][row] for n in (*outcomes["sets"], "problem")) if t)
        unit = units.get(columns["problem"][row], "")
        shown = f"{number(amount)}{f' {unit}' if unit else ''}"
        how = (
            f"{shown} is expected over all {of:,.0f} histories"
            if not half
            else f"{shown} ± {number(half)} (95 %) is the mean of {columns['followed'][row]:,.0f} sampled histories of {of:.3g}"
        )
        found.append(
            f"{f'{where}: ' if where else ''}{how}; no policy is better than {number(bound)}, which is proven."
        )
    if not found:
        return ""
    about = "This is a policy: what to decide in each stage once its outcome is known. Plans are means over the histories, by stage and outcome; where a stage is certain, or decided before all, they are the decision itself. Prices are weighed by how likely the outcome is."
    return f"<p>{about}</p>" + "".join(f"<p>{escape(one)}</p>" for one in found)


def _certificate(outcomes: Mapping[str, Any]) -> str:
    columns = outcomes["columns"]
    rows: list[tuple[str, ...]] = []
    for name, question, answer in RESIDUALS:
        known = [abs(v) for v in columns.get(name, ()) if isinstance(v, int | float)]
        worst = f"{max(known):.1e}" if known else "–"
        rows.append((f"<code>{name}</code>", question, answer, worst))
    table = html_cells(("number", "question", "it is", "largest"), rows, "plain")
    return (
        "<p>No solver's word is passed on: every answer is recomputed by Saddlepoint's own arithmetic, and is called optimal only if "
        f"these are at most 1e-6.</p>{table}"
    )


def _provenance(run: RunRecord | None) -> str:
    if run is None:
        return "<p>Nothing has been solved yet.</p>"
    facts = {
        "run": str(run.id),
        "started": run.started,
        "command": run.command,
        "seconds": "" if run.seconds is None else f"{run.seconds:.2f}",
        "options": ", ".join(f"{k} = {v}" for k, v in run.options.items()) or "none",
        **{f"version of {name}": version for name, version in run.versions.items()},
        "settings": run.settings_hash,
        "inputs": run.inputs_hash,
    }
    return html_cells(
        (), [(escape(k), f"<code>{escape(str(v))}</code>") for k, v in facts.items() if v], "plain"
    )
