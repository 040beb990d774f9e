"use strict";
// The sections of the report: each builds itself once and follows the choice.

const Sections = (() => {
  const $ = (id) => document.getElementById(id);
  const GOOD = new Set(["optimal", "fixed_point"]);
  const unlink = (id) => document.querySelector(`nav a[href="#${id}"]`)?.closest("li").remove();
  const words = (status) => status.replaceAll("_", " ");
  const PLANNED = new Set([...GOOD, "feasible"]);
  const planned = () => !Data.outcomes?.size || Data.outcomes.columns.status.some((s) => PLANNED.has(s));
  const unitsDiffer = () => !Data.told.objective_unit && Object.values(Data.told.objective_units ?? {}).some(Boolean);
  const aim = () => (Data.told.objective_unit ? `objective [${Data.told.objective_unit}]` : "objective");

  function choiceBar() {
    const bar = $("choice"), list = make("ul", { class: "chips" });
    const draw = () => {
      list.replaceChildren();
      for (const [set, labels] of Choice.labels)
        for (const label of labels)
          list.append(make("li", {}, make("button", { type: "button", class: "chip", title: "Take this out of the choice", onclick: () => toggle(set, label) },
            `${set}: ${label} `, make("span", { "aria-hidden": "true" }, "×"))));
      if (Choice.binding) {
        const { table, place } = Choice.binding;
        const at = Object.entries(place).map(([k, code]) => table.axes[k].items[code]).join(", ");
        list.append(make("li", {}, make("button", { type: "button", class: "chip", onclick: () => { Choice.binding = null; changed(); } },
          `binds: ${table.name.replace(/^price_/, "")}${at ? ` at ${at}` : ""} `, make("span", { "aria-hidden": "true" }, "×"))));
      }
      const some = list.childElementCount > 0, found = outcomesChosen().length, { counted } = Data.told;
      if (!some) list.append(make("li", { class: "quiet" }, "All. Click a scenario, an item, a bar or a binding constraint: everything follows."));
      else list.append(make("li", {}, make("button", { type: "button", onclick: clearChoice }, "Choose all")));
      const all = Data.outcomes.size;
      $("choice-said").textContent = !all ? "" : all === 1 ? count(all, counted) : found === all ? `all ${count(all, counted)}` : `${many(found)} of ${count(all, counted)}`;
    };
    const adder = make("form", { class: "adder", onsubmit: (event) => event.preventDefault() });
    const sets = [...Data.sets.values()].filter((s) => s.items.length > 1);
    const set = make("select", { "aria-label": "Set" }, ...sets.map((s) => make("option", { value: s.name }, s.name)));
    const label = make("input", { list: "labels", "aria-label": "Label to choose", placeholder: "label", autocomplete: "off" });
    const options = make("datalist", { id: "labels" });
    const fill = () => options.replaceChildren(...(Data.sets.get(set.value)?.items ?? []).slice(0, 2000).map((i) => make("option", { value: i })));
    set.addEventListener("change", () => { label.value = ""; fill(); });
    label.addEventListener("change", () => {
      if (Data.sets.get(set.value)?.index.has(label.value)) { toggle(set.value, label.value); label.value = ""; }
    });
    fill();
    if (sets.length) adder.append(set, label, options);
    bar.append(list, adder);
    Choice.watchers.push(draw);
    draw();
  }

  // Report lines that are one number per scenario: name → function of an answer's labels.
  function figures() {
    const found = [];
    for (const table of Data.tables) {
      if (table.kind !== "report" || table.axes.some((a) => a.kind !== "scenario")) continue;
      const at = new Map();
      for (let row = 0; row < table.rows; row++) at.set(table.axes.map((_, k) => labelOf(table, k, row)).join("\u0000"), table.columns.values[row]);
      if (![...at.values()].some(Number.isFinite)) continue;
      found.push({ name: titled(table), description: table.description, of: (o) => at.get(table.axes.map((a) => o[a.name]).join("\u0000")) });
    }
    return found;
  }

  function outcome(row) {
    const record = { row };
    for (const [name, column] of Object.entries(Data.outcomes.columns)) record[name] = column[row];
    return record;
  }

  function summary() {
    const host = $("summary-cards"), draw = () => {
      const rows = outcomesChosen().map(outcome), counts = new Map();
      for (const r of rows) counts.set(r.status, (counts.get(r.status) ?? 0) + 1);
      const status = make("ul", { class: "counts" }, ...[...counts].map(([s, n]) => make("li", { class: GOOD.has(s) ? "good" : "bad" }, `${many(n)} ${words(s)}`)));
      const objectives = rows.map((r) => r.objective).filter((v) => typeof v === "number");
      const residuals = rows.map(worst).filter(Number.isFinite);
      const low = d3.min(objectives), high = d3.max(objectives);
      host.replaceChildren(
        card("Answers", status),
        card(aim().replace("o", "O"), objectives.length ? (low === high ? shown(low) : `${shown(low)} … ${shown(high)}`) : "–"),
        card("Largest residual", residuals.length ? d3.max(residuals).toExponential(1) : "–"),
      );
      const gaps = rows.filter(open).map((r) => Math.abs(r.gap));
      if (gaps.length) host.append(card("Largest gap", percent(d3.max(gaps)), "how much better another plan may be"));
      const lines = figures();
      for (const line of lines.slice(0, 8)) {
        const values = rows.map((r) => line.of(r)).filter(Number.isFinite);
        if (values.length) host.append(card(line.name, d3.min(values) === d3.max(values) ? shown(values[0]) : `${shown(d3.min(values))} … ${shown(d3.max(values))}`, line.description));
      }
      const bad = rows.filter((r) => !GOOD.has(r.status) && typeof r.half_width !== "number");
      host.hidden = !Data.outcomes.size;
      $("summary-warning").textContent = !Data.outcomes.size ? Data.told.unsolved
        : bad.length ? `${rows.length === 1 ? `This ${Data.told.counted}` : `${many(bad.length)} of these ${Data.told.counted}s`} ${bad.length === 1 ? "has" : "have"} no certified optimal plan.` : "";
    };
    Choice.watchers.push(draw);
    draw();
  }

  const RESIDUALS = ["rel_prim", "rel_dual", "gap", "unc"];
  // Of a plan that is not proven the best its gap is no residual: it says how much better another may be.
  const open = (r) => r.status === "feasible" && typeof r.gap === "number";
  const worst = (r) => (open(r) ? Math.abs(r.rel_prim ?? NaN) : d3.max(RESIDUALS.map((k) => r[k]).filter((v) => typeof v === "number").map(Math.abs)) ?? NaN);
  const percent = (value) => (Number.isFinite(value) ? `${shown(100 * Math.abs(value), 3)} %` : "–");
  const power = (value) => (Number.isFinite(value) ? Math.abs(value).toExponential(1) : "–");

  const card = (name, value, about) => make("div", { class: "card" }, make("h3", {}, name), make("div", { class: "value" }, value), about && about.length < 90 ? make("p", { class: "quiet" }, about) : null);

  const MOST_ON_PAPER = 60;
  // What is known of some answers only, under the titles of its columns.
  const KNOWN_OF_OUTCOMES = {
    half_width: "± (95 %)", bound: "bound", joint: "joint", joint_best: "joint best", joint_bound: "joint bound", joint_gap: "joint gap",
    cost_least: "least over histories", cost_5: "5 % of histories", cost_50: "half of histories", cost_95: "95 % of histories", cost_greatest: "greatest over histories",
  };

  function scenarios() {
    if (!Data.outcomes.size) { $("scenarios").hidden = true; unlink("scenarios"); return; }
    const host = $("scenario-table"), sets = Data.outcomes.sets, lines = figures();
    const pick = (record) => chooseScenario(Object.fromEntries(sets.filter((s) => record[s]).map((s) => [s, record[s]])));
    const several = new Set(Data.outcomes.columns.problem ?? []).size > 1, unproven = d3.range(Data.outcomes.size).map(outcome).some(open);
    const state = (cell) => Grids.text(words(cell.getValue() ?? ""), GOOD.has(cell.getValue()) ? "good" : "bad");
    const columns = [
      ...(sets.length ? [Grids.column("", "choose", { formatter: (cell) => make("button", { type: "button", onclick: () => pick(cell.getRow().getData()) }, "choose") })] : []),
      ...sets.map((s) => Grids.labels(s, s)), ...(several ? [Grids.column("problem", "problem")] : []),
      Grids.column("status", "status", { formatter: state }), Grids.column(aim(), "objective", { number: true }),
      ...(unitsDiffer() ? [Grids.column("unit", "unit")] : []),
      ...Object.entries(KNOWN_OF_OUTCOMES).filter(([n]) => Data.outcomes.columns[n]?.some((v) => v !== null))
        .map(([n, title]) => Grids.column(title, n, { number: true })),
      ...lines.map((line, k) => Grids.column(line.name, `f${k}`, { number: true })),
      ...(unproven ? [Grids.column("gap", "apart", { number: true, formatter: (cell) => Grids.text(percent(cell.getValue())) })] : []),
      Grids.column("residual", "worst", { number: true, formatter: (cell) => Grids.text(power(cell.getValue())) }),
    ];
    const draw = () => {
      const data = outcomesChosen().map((row) => { const o = outcome(row); o.worst = worst(o); o.apart = open(o) ? o.gap : NaN; o.unit = Data.told.objective_units[o.problem] ?? ""; lines.forEach((line, k) => { o[`f${k}`] = line.of(o); }); return o; });
      Grids.grid(host, columns, data, { printed: 2 * MOST_ON_PAPER });
      drawObjectives(data);
    };
    Choice.watchers.push(draw);
    draw();
  }

  function drawObjectives(data) {
    const host = $("scenario-picture"), known = data.filter((r) => typeof r.objective === "number");
    host.replaceChildren();
    if (known.length < 2) return;
    const name = (r) => Data.outcomes.sets.map((s) => r[s]).filter(Boolean).join(" · ") || r.problem;
    if (known.length > 40) {
      host.append(Plot.plot({ width: 760, height: 220, marginLeft: 64, marginBottom: 44, x: { label: aim(), tickFormat: (v) => shown(v, 5) }, y: { label: "scenarios", grid: true },
        marks: [Plot.rectY(known, Plot.binX({ y: "count" }, { x: "objective", fill: Pictures.COLOURS[0], thresholds: 40, tip: true })), Plot.ruleY([0])] }));
      return;
    }
    const bars = known.map((r) => ({ name: name(r), v: r.objective, r }));
    const long = Math.min(260, 20 + 7 * Math.max(...bars.map((b) => b.name.length)));
    const drawn = Plot.plot({ width: 760, height: 60 + 22 * bars.length, marginLeft: long, marginRight: 70, marginBottom: 44, x: { label: aim(), grid: true, tickFormat: (v) => shown(v, 5), domain: Pictures.lengths(bars) }, y: { label: null, domain: bars.map((b) => b.name) },
      marks: [Plot.barX(bars, { x: "v", y: "name", fill: Pictures.COLOURS[0] }), Plot.text(bars, { x: "v", y: "name", text: (d) => shown(d.v), dx: 4, textAnchor: "start", fill: "#444" }), Plot.tip(bars, Plot.pointerY({ x: "v", y: "name", title: (d) => `${d.name}\n${shown(d.v)}` })), Plot.ruleX([0])] });
    drawn.addEventListener("click", () => { const d = drawn.value; if (d) chooseScenario(Object.fromEntries(Data.outcomes.sets.filter((s) => d.r[s]).map((s) => [s, d.r[s]]))); });
    host.append(drawn);
  }

  // Solver and residuals of every answer, below the questions that they answer.
  function certificate() {
    const host = make("div", { class: "cells" }), sets = Data.outcomes.sets;
    if (!Data.outcomes.size) return;
    $("certificate").append(host);
    const columns = [...sets.map((s) => Grids.column(s, s)), Grids.column("status", "status"), Grids.column("solver", "solver"),
      ...RESIDUALS.map((n) => Grids.column(n, n, { number: true, formatter: (cell) => Grids.text(power(cell.getValue() ?? NaN)) }))];
    const draw = () => Grids.grid(host, columns, outcomesChosen().map(outcome).map((o) => ({ ...o, status: words(o.status) })), { height: 300, printed: MOST_ON_PAPER });
    Choice.watchers.push(draw);
    draw();
  }

  // A section that shows one table at a time: a list to take it from, its picture, its cells.
  function browser(id, asked) {
    const kinds = planned() ? asked : asked.filter((kind) => kind === "input");
    const tables = Data.tables.filter((t) => kinds.includes(t.kind)), section = $(id);
    if (id === "plans" && !planned()) for (const e of [$("plans-title"), document.querySelector('nav a[href="#plans"]')]) if (e) e.textContent = "Inputs";
    if (!tables.length) { section.hidden = true; unlink(id); return; }
    const select = make("select", { id: `${id}-which` }, ...kinds.filter((kind) => tables.some((t) => t.kind === kind)).map((kind) =>
      make("optgroup", { label: { plan: "plan", report: "report lines", price: "prices", "reduced cost": "reduced costs", input: "inputs" }[kind] },
        ...tables.filter((t) => t.kind === kind).map((t) => make("option", { value: t.name }, titled(t))))));
    const column = make("select", { id: `${id}-column` }), about = make("p", { class: "about" });
    const picture = make("div", { class: "drawn" }), cells = make("div", { class: "cells" });
    const fill = () => {
      const table = tableNamed(select.value), names = Object.keys(table.columns);
      column.replaceChildren(...names.map((n) => make("option", { value: n }, columnTitle(table, n))));
      column.value = table.value;
      column.parentElement.hidden = names.length < 2;
    };
    const draw = () => {
      const table = tableNamed(select.value), rows = rowsOf(table);
      about.replaceChildren(table.description || "", ...mathLink(table));
      const width = Math.max(320, Math.min(1100, section.clientWidth || 900));
      picture.replaceChildren(Pictures.picture(table, rows, column.value, width));
      const { columns, data, across } = Grids.wide(table, rows, column.value);
      Grids.grid(cells, columns, data, { height: 360 });
      if (across) cells.append(make("p", { class: "quiet" }, `One column for each item of ${across}.`));
    };
    section.append(make("div", { class: "controls" }, make("label", {}, "Table ", select), make("label", {}, "Numbers ", column)), about, picture, cells);
    select.addEventListener("change", () => { fill(); draw(); });
    column.addEventListener("change", draw);
    Choice.watchers.push(draw);
    browsers.push({ id, select, tables, show: (name) => { select.value = name; fill(); draw(); section.scrollIntoView(); } });
    // first the largest plan, the dearest constraint
    const mean = (t) => d3.mean(t.columns[t.value], Math.abs) || 0, worth = (t) => (t.kind === "price" ? mean(t) : t.rows <= 5000 ? t.rows : 0);
    const first = tables.filter((t) => t.kind === kinds[0]);
    if (first.length) select.value = first.reduce((a, b) => (worth(b) > worth(a) ? b : a)).name;
    fill();
    draw();
  }
  const browsers = [];

  function showTable(name) {
    const found = browsers.find((b) => b.tables.some((t) => t.name === name));
    if (found) found.show(name);
    return Boolean(found);
  }

  // The place of a table in the mathematics: its variables, or the relation it is the price of.
  function mathLink(table) {
    const relation = document.getElementById(`relation-${table.name.replace(/^price_/, "")}`);
    const anchors = relation ? [[table.name.replace(/^price_/, ""), relation.id]] : (Data.told.variables[table.name] ?? []).map((v) => [v, `name-${v}`]);
    return anchors.filter(([, id]) => document.getElementById(id)).flatMap(([name, id]) => [" ", make("a", { href: `#${id}` }, `${name} in the mathematics`)]);
  }

  function mathematics() {
    const section = $("mathematics");
    if (!section) return;
    for (const [table, variables] of Object.entries(Data.told.variables))
      for (const variable of variables) numbersLink(`name-${variable}`, table);
    for (const table of Data.tables) if (table.name.startsWith("price_")) numbersLink(`relation-${table.name.slice(6)}`, table.name);
  }

  function numbersLink(id, table) {
    const anchor = document.getElementById(id);
    if (!anchor || !tableNamed(table)) return;
    const button = make("button", { type: "button", class: "link numbers", onclick: () => showTable(table) }, "numbers");
    const cell = anchor.closest("td");
    const said = anchor.nextElementSibling?.nextElementSibling;
    if (cell) cell.append(" ", button); else if (said?.classList.contains("where")) said.append(" ", button); else anchor.after(button);
  }

  function binding() {
    const host = $("binding-table"), prices = Data.tables.filter((t) => t.kind === "price" && t.columns.binding);
    if (!prices.length || !planned()) { $("binding").hidden = true; unlink("binding"); return; }
    const MOST = 5000;
    const draw = () => {
      const data = [];
      for (const table of prices) {
        const plain = table.axes.map((_, k) => k).filter((k) => table.axes[k].kind !== "scenario"), found = new Map();
        for (const row of rowsOf(table)) {
          const key = plain.map((k) => table.codes[k][row]).join(",");
          if (!found.has(key)) found.set(key, { table, place: Object.fromEntries(plain.map((k) => [k, table.codes[k][row]])), name: table.name.slice(6), unit: table.unit, at: plain.map((k) => labelOf(table, k, row)).join(", "), binds: 0, of: 0, low: Infinity, high: -Infinity });
          const one = found.get(key), price = table.columns.price?.[row];
          one.of += 1;
          one.binds += table.columns.binding[row] ? 1 : 0;
          if (Number.isFinite(price)) { one.low = Math.min(one.low, price); one.high = Math.max(one.high, price); }
        }
        for (const one of found.values()) if (one.binds) data.push({ ...one, share: one.binds / one.of, size: Math.max(Math.abs(one.low), Math.abs(one.high)) });
      }
      data.sort((a, b) => b.size - a.size || b.share - a.share);
      const pick = (cell) => {
        const d = cell.getRow().getData();
        return make("button", { type: "button", class: "link", title: "Choose the scenarios in which it binds", onclick: () => { Choice.binding = { table: d.table, place: d.place }; changed(); } }, d.name);
      };
      Grids.grid(host, [
        Grids.column("constraint", "name", { formatter: pick }), Grids.column("at", "at"),
        Grids.column("binds in", "binds", { formatter: (cell) => { const d = cell.getRow().getData(); return Grids.text(d.of === 1 ? "yes" : `${d.binds} of ${d.of}`); } }),
        Grids.column("lowest price", "low", { number: true }), Grids.column("highest price", "high", { number: true }),
        ...(prices.some((table) => table.unit) ? [Grids.column("unit", "unit")] : []),
      ], data.slice(0, MOST), { printed: MOST_ON_PAPER });
      if (data.length > MOST) host.append(make("p", { class: "quiet" }, `The ${MOST} dearest of ${data.length}.`));
      if (!data.length) host.replaceChildren(make("p", { class: "quiet" }, "No constraint binds within the choice."));
    };
    Choice.watchers.push(draw);
    draw();
  }

  function compare() {
    const section = $("compare"), sets = Data.outcomes.sets, lines = figures();
    const keys = new Map();
    for (let row = 0; row < Data.outcomes.size; row++) {
      const o = outcome(row), name = sets.map((s) => o[s]).join(" · ") || "this run";
      if (sets.every((s) => o[s]) && PLANNED.has(o.status)) keys.set(name, o);
    }
    // kept runs: their objectives and figures, scenario by scenario
    for (const run of Data.told.kept) {
      const { columns, size, sets: own } = run.outcomes;
      for (let row = 0; row < size; row++) {
        const o = { kept: run, status: columns.status[row], objective: columns.objective[row] ?? NaN };
        for (const set of own) o[set] = columns[set][row];
        if (own.every((s) => o[s]) && PLANNED.has(o.status)) keys.set([`run ${run.name}`, ...own.map((s) => o[s])].join(" · "), o);
      }
    }
    const figureOf = (line, o) => {
      if (!o.kept) return line.of(o);
      const found = (o.kept.figures[line.name] ?? []).find(([labels]) => Object.entries(labels).every(([s, l]) => o[s] === l));
      return found ? found[1] ?? NaN : NaN;
    };
    const names = [...keys.keys()];
    if (names.length < 2) { section.hidden = true; unlink("compare"); return; }
    const one = make("select", { id: "compare-one" }, ...names.slice(0, 5000).map((n) => make("option", {}, n)));
    const other = make("select", { id: "compare-other" }, ...names.slice(0, 5000).map((n) => make("option", {}, n)));
    [one.value, other.value] = firstPair(keys, (a, b) => Number.isFinite(a.objective) !== Number.isFinite(b.objective) || Math.abs(a.objective - b.objective) > 1e-9 * Math.max(1, Math.abs(a.objective))
      || lines.some((line) => Math.abs(figureOf(line, a) - figureOf(line, b)) > 1e-9 * Math.max(1, Math.abs(figureOf(line, a)))));
    const host = make("div", { class: "cells", id: "compare-cells" }), beside = make("div", { class: "cells", id: "compare-runs" });
    const draw = () => {
      const a = keys.get(one.value), b = keys.get(other.value), data = [];
      const put = (what, at, x, y, important, scale = 1) => {
        const d = typeof x === "number" && typeof y === "number" ? y - x : NaN;
        if (important || (Number.isFinite(d) && Math.abs(d) > 1e-9 * Math.max(scale, Math.abs(x), Math.abs(y)))) data.push({ what, at, x, y, d, p: Math.abs(x) > 1e-9 * Math.abs(y) ? (100 * d) / Math.abs(x) : NaN, important });
      };
      put(aim(), "", a.objective, b.objective, true);
      for (const line of lines) put(line.name, "", figureOf(line, a), figureOf(line, b), true);
      for (const table of a.kept || b.kept ? [] : Data.tables) {
        if (!["plan", "report", "price"].includes(table.kind) || !table.axes.some((x) => x.kind === "scenario")) continue;
        if (table.kind === "report" && table.axes.every((x) => x.kind === "scenario")) continue;
        const values = table.columns[table.value], found = [new Map(), new Map()];
        for (let row = 0; row < table.rows; row++)
          [a, b].forEach((o, k) => {
            if (table.axes.every((axis, i) => axis.kind !== "scenario" || labelOf(table, i, row) === o[axis.name]))
              found[k].set(table.axes.map((axis, i) => (axis.kind === "scenario" ? "" : labelOf(table, i, row))).filter(Boolean).join(", "), values[row]);
          });
        const scale = [...found[0].values(), ...found[1].values()].reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1);
        for (const [at, x] of found[0]) if (found[1].has(at)) put(titled(table), at, x, found[1].get(at), false, scale);
      }
      data.sort((p, q) => q.important - p.important || Math.abs(q.d) - Math.abs(p.d));
      Grids.grid(host, [
        Grids.column("what", "what"), Grids.column("at", "at"), Grids.column(one.value, "x", { number: true }), Grids.column(other.value, "y", { number: true }),
        Grids.column("difference", "d", { number: true }), Grids.column("per cent", "p", { number: true, formatter: (cell) => Grids.text(Number.isFinite(cell.getValue()) ? shown(cell.getValue(), 4) : "–") }),
      ], data.slice(0, 2000), { height: 460, printed: MOST_ON_PAPER });
      if (a !== b && data.every((d) => !(Math.abs(d.d) > 1e-9 * Math.max(1, Math.abs(d.x))))) host.append(make("p", { class: "quiet" }, "Nothing here differs between the two."));
    };
    section.append(beside, make("div", { class: "controls" }, make("label", {}, "From ", one), make("label", {}, "to ", other)), host);
    if (Data.told.kept.length) sideBySide(beside, keys, lines, figureOf);
    one.addEventListener("change", draw);
    other.addEventListener("change", draw);
    draw();
  }

  // Every scenario of this run and of the kept ones in a row of its own, the kept ones with what has changed since.
  function sideBySide(host, keys, lines, figureOf) {
    const sets = Data.outcomes.sets, own = [...keys.values()].filter((o) => !o.kept);
    const data = [...keys].map(([name, o]) => {
      const now = o.kept ? own.find((p) => sets.every((s) => p[s] === o[s])) : null, since = now ? now.objective - o.objective : NaN;
      const row = { name, objective: o.objective, since, share: Math.abs(o.objective) > 0 ? (100 * since) / Math.abs(o.objective) : NaN };
      lines.forEach((line, k) => { row[`f${k}`] = figureOf(line, o); });
      return row;
    });
    Grids.grid(host, [
      Grids.column("answer", "name"), Grids.column(aim(), "objective", { number: true }), Grids.column("change to this run", "since", { number: true }),
      Grids.column("per cent", "share", { number: true, formatter: (cell) => Grids.text(Number.isFinite(cell.getValue()) ? shown(cell.getValue(), 4) : "–") }),
      ...lines.map((line, k) => Grids.column(line.name, `f${k}`, { number: true })),
    ], data, { height: 300, printed: MOST_ON_PAPER });
  }

  // What to compare first: a kept run with the same scenario of this one if they differ, else two scenarios, else whatever there is.
  function firstPair(keys, differ) {
    const own = [...keys].filter(([, o]) => !o.kept), kept = [...keys].filter(([, o]) => o.kept), sets = Data.outcomes.sets;
    for (const [name, o] of kept)
      for (const [mine, p] of own) if (sets.every((s) => o[s] === p[s]) && differ(o, p)) return [name, mine];
    if (own.length > 1) return [own[0][0], own[1][0]];
    const names = [...keys.keys()];
    return own.length ? [kept[0][0], own[0][0]] : [names[0], names[1]];
  }

  return { certificate, choiceBar, summary, scenarios, browser, binding, compare, mathematics, showTable };
})();
