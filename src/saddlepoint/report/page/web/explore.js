"use strict";
// The page over a database: every choice is a question to the server, which answers from SQL.

(async () => {
  const told = JSON.parse(document.getElementById("data").textContent), $ = (id) => document.getElementById(id);
  const words = (status) => status.replaceAll("_", " "), counted = told.counted;
  let known = null, turn = 0;

  // The server says how far it is with a table that it reads for the first time; then it is asked again.
  async function ask(path, parameters = {}, options = {}, of = null) {
    const query = new URLSearchParams(parameters);
    for (;;) {
      const response = await fetch(`/api/${path}?${query}`, { ...options, headers: { "X-Saddlepoint-Token": told.token } });
      const content = await response.json();
      if (!response.ok && response.status !== 409) throw new Error(content.error ?? response.statusText);
      if (content.reading === undefined) return content;
      of?.(content.reading);
    }
  }

  const reading = (id, what) => (done) => { $(id).textContent = `Reading ${what}: ${many(done)} so far …`; };

  const trouble = (error) => { $("trouble").hidden = !error; $("trouble").textContent = error ? String(error.message ?? error) : ""; };
  const where = () => JSON.stringify(Object.fromEntries([...Choice.labels].map(([set, labels]) => [set, [...labels]])));

  async function overview() {
    known = await ask("overview");
    Data.sets.clear();
    for (const set of known.sets) Data.sets.set(set.name, { ...set, numbers: set.numbers && Float64Array.from(set.numbers), index: new Map(set.items.map((item, k) => [item, k])) });
    const run = known.run;
    $("said").textContent = run ? `Run ${run.id} of ${run.started}` : "Nothing has been solved yet.";
    if (run) statuses().catch(trouble);
  }

  async function statuses() {
    const run = known.run, found = await ask("statuses", { run: run.id });
    if (run === known.run) $("said").textContent = `Run ${run.id} of ${run.started}: ${found.map((s) => `${many(s.count)} ${words(s.status)}`).join(", ")}.`;
  }

  function choiceBar() {
    const list = make("ul", { class: "chips" }), adder = make("form", { class: "adder" });
    const draw = () => {
      list.replaceChildren();
      for (const [set, labels] of Choice.labels)
        for (const label of labels) list.append(make("li", {}, make("button", { type: "button", class: "chip", onclick: () => toggle(set, label) }, `${set}: ${label} `, make("span", { "aria-hidden": "true" }, "×"))));
      list.append(make("li", {}, list.childElementCount ? make("button", { type: "button", onclick: clearChoice }, "Choose all") : make("span", { class: "quiet" }, "All. Click a label, or name one:")));
    };
    const set = make("select", { "aria-label": "Set" }, ...known.sets.filter((s) => s.size > 1).map((s) => make("option", {}, s.name)));
    const label = make("input", { list: "labels", "aria-label": "Label to choose", placeholder: "label", autocomplete: "off" }), options = make("datalist", { id: "labels" });
    const fill = () => options.replaceChildren(...(Data.sets.get(set.value)?.items ?? []).slice(0, 2000).map((item) => make("option", { value: item })));
    set.addEventListener("change", () => { label.value = ""; fill(); });
    label.addEventListener("input", () => label.setCustomValidity(""));
    adder.addEventListener("submit", (event) => {
      event.preventDefault();
      const { items, size, index } = Data.sets.get(set.value);
      label.setCustomValidity(items.length < size || index.has(label.value) ? "" : `${set.value} has no item ${label.value}.`);
      if (label.value && label.reportValidity()) { toggle(set.value, label.value); label.value = ""; }
    });
    fill();
    adder.append(set, label, options, make("button", {}, "Choose"));
    $("choice").replaceChildren(list, adder);
    Choice.watchers.push(draw);
    draw();
  }

  // Residuals have powers of ten, what is verified is said in a word.
  const RESIDUALS = new Set(["rel_prim", "rel_dual", "gap", "unc"]), OBJECTIVES = new Set(["objective", "bound"]);
  const titleOf = (name) => words(name) + (OBJECTIVES.has(name) && told.objective ? ` [${told.objective}]` : "");
  const power = (cell) => Grids.text(Number.isFinite(cell.getValue()) ? cell.getValue().toExponential(1) : "–");
  const spelt = (name, number) => (RESIDUALS.has(name) ? { number: true, formatter: power } : name === "verified" ? { formatter: (cell) => Grids.text(cell.getValue() ? "yes" : "no") } : { number });

  let offset = 0, total = 0, order = "";
  const PAGE = 200, FEW = 5;
  const there = (place) => place >= 0 && place < total;
  async function scenarios(mine) {
    const [answer, spread] = await Promise.all([ask("scenarios", { run: known.run.id, where: where(), order, offset, limit: PAGE }, {}, reading("scenario-count", `the ${counted}s`)), ask("distribution", { run: known.run.id, where: where() })]);
    if (mine !== turn) return;
    const sets = known.scenario_sets, names = answer.columns.map((n) => n.replace(/_Name$/, ""));
    const data = answer.rows.map((row) => Object.fromEntries(names.map((name, k) => [`c${k}`, row[k]])));
    const columns = names.map((name, k) => (sets.includes(name) ? Grids.labels(name, `c${k}`) : Grids.column(titleOf(name), `c${k}`, spelt(name, typeof answer.rows[0]?.[k] === "number"))));
    const said = (k) => sets.includes(names[k]) || answer.rows.some((row) => row[k] !== null && row[k] !== "");
    const front = names.map((n, k) => k).filter(said).sort((a, b) => sets.includes(names[b]) - sets.includes(names[a]));
    Grids.grid($("scenario-table"), front.map((k) => columns[k]), data);
    total = answer.total;
    for (const button of $("scenario-controls").querySelectorAll("button")) button.setAttribute("aria-disabled", !there(offset + Number(button.dataset.by)));
    $("scenario-count").textContent = `${count(answer.total, counted)}${data.length ? `; ${many(offset + 1)}–${many(offset + data.length)} shown` : ""}`;
    $("distribution").replaceChildren(answer.total >= FEW && spread.bins.length ? Plot.plot({
      width: 760, height: 200, marginLeft: 64, ariaLabel: `How many scenarios have which ${titleOf("objective")}`, x: { label: titleOf("objective"), tickFormat: (v) => shown(v, 5) }, y: { label: "scenarios", grid: true, tickFormat: many },
      marks: [Plot.rectY(spread.bins, { x1: (d) => d[0], x2: (d) => d[1], y: (d) => d[2], fill: Pictures.COLOURS[0], title: (d) => `${shown(d[0])} … ${shown(d[1])}\n${many(d[2])}`, tip: true }), Plot.ruleY([0])],
    }) : spread.low === null ? "" : make("p", { class: "quiet" }, `Objective ${shown(spread.low)}${spread.high > spread.low ? ` … ${shown(spread.high)}` : ""}${told.objective ? ` ${told.objective}` : ""}`));
  }

  function scenarioControls() {
    const sorted = make("select", { id: "order" }, ...[["", "as declared"], ["objective", "smallest objective first"], ["-objective", "largest objective first"]].map(([v, t]) => make("option", { value: v }, t)));
    sorted.addEventListener("change", () => { order = sorted.value; offset = 0; draw(); });
    const move = (by, words) => make("button", { type: "button", "data-by": by, onclick: () => { if (there(offset + by)) { offset += by; draw(); } } }, words);
    $("scenario-controls").replaceChildren(make("label", {}, "Order ", sorted), move(-PAGE, "Back"), move(PAGE, "Further"), make("span", { class: "quiet", id: "scenario-count", "aria-live": "polite" }));
  }

  function tableControls() {
    const which = make("select", { id: "table-which" }, ...["plan", "report", "price", "input", "reduced cost"].filter((kind) => known.tables.some((t) => t.kind === kind)).map((kind) =>
      make("optgroup", { label: kind }, ...known.tables.filter((t) => t.kind === kind).map((t) => make("option", { value: t.name }, t.title + (t.unit ? ` [${t.unit}]` : ""))))));
    which.addEventListener("change", draw);
    $("table-controls").replaceChildren(make("label", {}, "Table ", which));
  }

  // Rows as a table of the page, with the items that occur in the order of their sets.
  function tableFrom(entry, answer) {
    const at = answer.columns.map((name) => name), columns = {}, texts = {}, axes = [], codes = [];
    at.forEach((name, k) => {
      const values = answer.rows.map((row) => row[k]);
      if (name.endsWith("_Name")) {
        const set = Data.sets.get(name.slice(0, -5)), seen = new Set(values);
        const items = (set?.items ?? []).filter((item) => seen.has(item)), left = [...seen].filter((item) => !set?.index.has(item));
        const all = [...items, ...left], index = new Map(all.map((item, i) => [item, i]));
        const numbers = set?.numbers && !left.length ? Float64Array.from(items, (item) => set.numbers[set.index.get(item)]) : null;
        axes.push({ name: name.slice(0, -5), items: all, kind: set?.kind ?? "category", time: set?.time, dates: set?.dates, numbers, index });
        codes.push(Int32Array.from(values, (v) => index.get(v)));
      } else if (values.some((v) => typeof v === "string")) texts[name] = values.map((v) => v ?? "");
      else columns[name] = Float64Array.from(values, (v) => v ?? NaN);
    });
    const value = ["values", "price", "reduced_cost", ...Object.keys(columns)].find((name) => name in columns);
    return { ...entry, rows: answer.rows.length, axes, codes, columns, texts, value, price: value === "price" };
  }

  async function tables(mine) {
    const entry = known.tables.find((t) => t.name === $("table-which")?.value);
    if (!entry) return;
    const answer = await ask("table", { name: entry.name, where: where() }, {}, reading("table-about", entry.title));
    if (mine !== turn) return;
    const table = tableFrom(entry, answer), rows = Array.from({ length: table.rows }, (_, k) => k);
    const part = { all: "", even: `; ${many(table.rows)} of them, evenly spread, are shown` }[answer.part];
    $("table-about").textContent = `${entry.description ? `${entry.description}. ` : ""}${count(answer.total, "row")}${part}.`;
    $("table-picture").replaceChildren(Pictures.picture(table, rows, table.value, Math.min(1100, $("tables").clientWidth)));
    const { columns, data } = Grids.wide(table, rows, table.value, answer.part === "all");
    Grids.grid($("table-cells"), columns, data, { height: 360 });
  }

  async function draw() {
    const mine = ++turn, began = performance.now();
    document.body.dataset.busy = "yes";
    try {
      await Promise.all([known.run ? scenarios(mine) : null, tables(mine)]);
      trouble(null);
    } catch (error) { trouble(error); }
    if (mine === turn) { delete document.body.dataset.busy; document.body.dataset.milliseconds = Math.round(performance.now() - began); }
  }

  function runControls() {
    if (!told.can_run) return;
    const bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Scenarios solved" }), said = make("span", { class: "quiet", "aria-live": "polite" });
    const button = make("button", { type: "button", id: "start" }, "Run the model");
    const watch = async () => {
      const now = await ask("progress");
      bar.hidden = !now.going;
      button.disabled = now.going;
      if (now.total) bar.value = now.done / now.total;
      said.textContent = now.going ? `${many(now.done)} of ${now.total ? many(now.total) : "…"} scenarios` : now.exit === null ? "" : now.exit === 0 ? "Done: every scenario has a certified answer." : `Ended with exit code ${now.exit}. ${now.lines.join(" ")}`;
      if (now.going) setTimeout(watch, 300);
      else if (now.exit !== null) { await overview(); offset = 0; await draw(); }
    };
    button.addEventListener("click", async () => { try { await ask("run", {}, { method: "POST" }); await watch(); } catch (error) { trouble(error); } });
    $("run").append(button, " ", bar, " ", said);
    ask("progress").then((now) => { if (now.going) watch(); });
  }

  try {
    await overview();
    choiceBar();
    scenarioControls();
    tableControls();
    runControls();
    Choice.watchers.push(() => { offset = 0; return draw(); });
    await draw();
  } catch (error) { trouble(error); }
  document.body.dataset.ready = "yes";
})();
