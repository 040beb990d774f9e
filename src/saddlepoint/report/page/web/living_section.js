"use strict";
// "Try it": sliders on inputs; the plan is solved again in the page and certified there.

const LivingSection = (() => {
  const MOST_SHOWN = 12, MOST_ON_PAPER = 40;
  let program = null, highs = null, base = null;
  const by = [];

  async function begin() {
    const section = document.getElementById("living"), told = Data.told.living;
    if (!section) return;
    program = Living.programOf(told, Data.numbers);
    for (let k = 0; k < told.factors.length; k++) by.push(1);
    const wasm = unpacked("highs.wasm");
    highs = await Module({ instantiateWasm: (imports, receive) => { WebAssembly.instantiate(wasm, imports).then((r) => receive(r.instance, r.module)); return {}; } });
    build(section, told);
  }

  function build(section, told) {
    const scenario = make("select", { id: "living-scenario", "aria-label": "Scenario to solve" }, ...told.scenarios.labels.map((labels, k) =>
      make("option", { value: k }, labels.map((label, i) => `${told.scenarios.names[i]} ${label}`).join(" · ") || "the only one")));
    const sliders = make("div", { class: "sliders" }), verdict = make("p", { class: "verdict", "aria-live": "polite" }), detail = make("p", { class: "quiet" });
    const search = make("input", { type: "search", placeholder: "find an input", "aria-label": "Find an input" });
    const plan = make("div", { class: "cells" }), prices = make("div", { class: "cells" }), curve = make("div", {});
    const inputs = make("p", { class: "printed" });
    const run = () => {
      rows.forEach((row) => row.tell());
      const moved = rows.filter((_, k) => by[k] !== 1);
      section.dataset.moved = moved.length > 0;
      inputs.textContent = `Moved: ${moved.map((row) => row.said()).join("; ")}.`;
      draw(Number(scenario.value), { verdict, detail, plan, prices });
    };
    const rows = told.factors.map((factor, k) => slider(factor, k, () => {
      if (program.alone) by.forEach((_, j) => { if (j !== k && by[j] !== 1) { by[j] = 1; rows[j].set(1); } });
      run();
    }));
    rows.forEach((row) => sliders.append(row.element));
    search.addEventListener("input", () => rows.forEach((row, k) => { row.element.hidden = !told.factors[k].label.toLowerCase().includes(search.value.toLowerCase()); }));
    const reset = make("button", { type: "button", onclick: () => { rows.forEach((row, k) => { by[k] = 1; row.set(1); }); run(); } }, "All as given");
    const trace = make("button", { type: "button", onclick: () => drawCurve(Number(scenario.value), told, curve) }, "Objective over the slider moved last");
    section.append(
      make("div", { class: "controls" }, program.data.length > program.slots ? make("label", {}, "Scenario ", scenario) : null, rows.length > 9 ? search : null, reset, trace),
      sliders, inputs, verdict, detail, curve, make("h3", {}, "Plan"), plan, make("h3", {}, "Prices"), prices,
    );
    if (told.left_out.length) section.append(make("p", { class: "quiet" }, `Without a slider, because the problem is no polynomial of them: ${told.left_out.slice(0, 8).join(", ")}${told.left_out.length > 8 ? ", …" : ""}.`));
    if (program.alone) section.append(make("p", { class: "quiet" }, "One input at a time: several together are no polynomial of two factors."));
    scenario.addEventListener("change", () => { base = null; run(); });
    run();
  }

  let last = 0;
  function slider(factor, k, moved) {
    const id = `slider-${k}`, said = make("output", { for: id });
    const input = make("input", { type: "range", id, min: 50, max: 150, step: 1, value: 100 });
    const whole = Data.told.living.factors.findIndex((f) => f.table === factor.table && f.base === null);
    const tell = () => {
      const times = by[k] + (whole >= 0 && whole !== k ? by[whole] - 1 : 0);
      const amount = factor.base === null ? "" : ` = ${shown(factor.base * times)}${factor.unit ? ` ${factor.unit}` : ""}`;
      said.textContent = `${Math.round(100 * by[k])} %${amount}`;
    };
    input.addEventListener("input", () => { by[k] = Number(input.value) / 100; last = k; tell(); moved(); });
    tell();
    const element = make("div", { class: "slider" }, make("label", { for: id }, factor.label), said, input);
    return { element, tell, said: () => `${factor.label} ${said.textContent}`, set: (value) => { input.value = 100 * value; tell(); } };
  }

  function draw(scenario, hosts) {
    base ??= Living.solve(highs, program, scenario, by.map(() => 1));
    const found = Living.solve(highs, program, scenario, by), good = found.status === "optimal";
    const change = good && base.status === "optimal" ? found.objective - base.objective : NaN;
    hosts.verdict.className = `verdict ${good ? "good" : "bad"}`;
    hosts.verdict.textContent = good
      ? `Objective ${shown(found.objective, 9)}${Data.told.objective_unit ? ` ${Data.told.objective_unit}` : ""}${Math.abs(change) > 1e-9 * Math.abs(base.objective) ? ` (${change > 0 ? "+" : ""}${shown(change)})` : ""}: optimal, certified in this page.`
      : { infeasible: "The solver finds no plan for these inputs.", unbounded: "Without bound for these inputs." }[found.status] ?? "No certified answer for these inputs.";
    const c = found.certificate;
    hosts.detail.textContent = c && good ? `Solved in ${found.milliseconds.toFixed(1)} ms. Residuals: plan ${c.rel_prim.toExponential(1)}, prices ${c.rel_dual.toExponential(1)}, gap ${Math.abs(c.gap).toExponential(1)}, uncertainty ${c.unc.toExponential(1)}; all must be at most 1e-6.` : "";
    Object.assign(document.getElementById("living").dataset, { status: found.status, objective: good ? found.objective : "", milliseconds: found.milliseconds });
    if (!good) { hosts.plan.replaceChildren(); hosts.prices.replaceChildren(); return; }
    Grids.grid(hosts.plan, columnsOf("table"), cellsOf(program.columns, (b, k) => [base.x?.[b.start + k], found.x[b.start + k]], (b) => b.table + (b.unit ? ` [${b.unit}]` : "")), { height: 300, printed: MOST_ON_PAPER });
    Grids.grid(hosts.prices, columnsOf("constraint"), cellsOf(program.rows, (b, k) => [base.prices?.[b.start + k], found.prices[b.start + k]], (b) => b.name), { height: 300, printed: MOST_ON_PAPER });
  }

  const columnsOf = (name) => [Grids.column(name, "name"), Grids.column("at", "at"), Grids.column("as given", "before", { number: true }), Grids.column("now", "now", { number: true }), Grids.column("change", "change", { number: true })];

  function cellsOf(blocks, values, name) {
    const data = [];
    for (const block of blocks)
      block.cells.forEach((cell, k) => {
        const [before, now] = values(block, k);
        let place = cell;
        const labels = [];
        for (let a = block.axes.length - 1; a >= 0; a--) { labels.unshift(block.items[a][place % block.items[a].length]); place = Math.floor(place / block.items[a].length); }
        data.push({ name: name(block), at: labels.join(", "), before, now, change: now - before });
      });
    const moved = (d) => Math.abs(d.change) > 1e-9 * Math.max(1, Math.abs(d.before));
    return data.filter((d) => d.now !== 0 || d.before !== 0 || data.length <= MOST_SHOWN).sort((a, b) => moved(b) - moved(a));
  }

  function drawCurve(scenario, told, host) {
    const points = [];
    for (let percent = 50; percent <= 150; percent += 2.5) {
      const there = [...by];
      there[last] = percent / 100;
      const found = Living.solve(highs, program, scenario, there);
      if (found.status === "optimal") points.push({ x: percent, y: found.objective });
    }
    const drawn = Plot.plot({ width: 640, height: 240, marginLeft: 70, x: { label: `${told.factors[last].label} [%]` }, y: { label: "objective", grid: true, tickFormat: (v) => shown(v, 5) },
      marks: [Plot.lineY(points, { x: "x", y: "y", stroke: Pictures.COLOURS[0], strokeWidth: 1.8 }), Plot.ruleX([100 * by[last]], { strokeDasharray: "4 3" }), Plot.tip(points, Plot.pointerX({ x: "x", y: "y", title: (d) => `${d.x} %\n${shown(d.y)}` }))] });
    host.replaceChildren(drawn);
  }

  return { begin };
})();
