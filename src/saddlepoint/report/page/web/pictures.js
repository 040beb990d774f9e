"use strict";
// The picture that fits a table, by the rules of `saddle plot`, drawn by Observable Plot. A click on it chooses.

const Pictures = (() => {
  const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000"];
  const DASHES = ["", "6 3", "8 3 2 3", "2 3", "8 2 2 2 2 2", "12 3", "4 4"];
  const MOST_SERIES = 7, MOST_PANELS = 12, MOST_BARS = 40, LONG = 24, OTHER = "other";

  // The sets with more than one item in these rows, and which of them go across, into colours, into panels.
  function roles(table, rows) {
    const seen = table.axes.map((axis, k) => {
      const codes = new Set();
      for (const row of rows) codes.add(table.codes[k][row]);
      return [...codes].sort((a, b) => a - b);
    });
    const free = table.axes.map((_, k) => k).filter((k) => seen[k].length > 1);
    const size = (k) => seen[k].length;
    const most = (list, key = size) => list.reduce((a, b) => (a === null || key(b) > key(a) ? b : a), null);
    const plain = free.filter((k) => !apart(table.axes[k]));
    const scaled = (list) => list.filter((k) => table.axes[k].numbers);
    const time = plain.filter((k) => table.axes[k].time);
    const lists = [time, scaled(plain), scaled(free), plain, free];
    const x = most(lists.find((list) => list.length) ?? []);
    const rest = free.filter((k) => k !== x);
    const others = rest.filter((k) => !apart(table.axes[k]));
    const colour = x === null ? null : most(others.length ? others : rest, (k) => (size(k) <= MOST_SERIES ? 1e6 : 0) + size(k));
    return { x, colour, panels: rest.filter((k) => k !== colour), seen };
  }

  function kindOf(table, rows, column, { x, colour, panels, seen }) {
    if (x === null) return "bars";
    const axis = table.axes[x], scenarios = [x, colour, ...panels].filter((k) => k !== null && apart(table.axes[k]));
    if (scenarios.reduce((n, k) => n * seen[k].length, 1) > MOST_BARS) {
      const used = [x, colour, ...panels].filter((k) => k !== null).length;
      return !apart(axis) && axis.numbers && used - scenarios.length === 1 ? "band" : "distribution";
    }
    const values = table.columns[column];
    if (!axis.numbers) {
      if (colour === null) return "bars";
      return seen[colour].length * seen[x].length > MOST_BARS || seen[colour].length > 4 ? "heat" : "bars";
    }
    if (column === "price" && axis.time && seen[x].length >= LONG) return "duration";
    if (colour === null) return seen[x].length > 2 ? "lines" : "bars";
    const few = seen[colour].length <= MOST_SERIES;
    if (apart(table.axes[colour]) || column === "price" || column === "reduced_cost") return few ? "lines" : "heat";
    const known = rows.filter((row) => Number.isFinite(values[row]));
    const whole = known.length && known.every((row) => Math.abs(values[row] * (1 - values[row])) < 1e-9);
    if (whole || seen[colour].length > 3 * MOST_SERIES) return "heat";
    const additive = table.amounts && column === "values" && known.every((row) => values[row] >= -1e-9);
    return additive && axis.time ? "area" : few ? "lines" : "heat";
  }

  function picture(table, rows, column = table.value, width = 760) {
    const box = make("figure", { class: "picture" });
    if (!rows.length || !column) {
      box.append(make("p", { class: "quiet" }, "Nothing within the choice."));
      return box;
    }
    const role = roles(table, rows), kind = kindOf(table, rows, column, role), notes = weighted(table);
    const panels = panelsOf(table, rows, column, role, kind, notes);
    const series = seriesOf(table, role, panels, kind, notes);
    const limits = limitsOf(table, panels, kind, column, role);
    const columns = panels.length > 1 ? (width > 900 && panels.length > 2 ? 3 : 2) : 1;
    const grid = make("div", { class: "panels", style: `--columns:${columns}` });
    for (const panel of panels) {
      const drawn = DRAWN[kind](table, column, role, panel, series, { width: width / columns - 8, small: columns > 1, limits });
      const cell = make("div", { class: "panel" }, panel.title ? make("h5", {}, panel.title) : null, drawn);
      drawn.addEventListener("click", () => clicked(table, drawn));
      grid.append(cell);
    }
    box.append(legendOf(table, role, series, kind), grid);
    const said = kind === "lines" || kind === "bars" || kind === "heat" ? notes : [kindSaid(kind, table), ...notes];
    if (said.length) box.append(make("figcaption", { class: "quiet" }, said.join("; ")));
    box.setAttribute("aria-label", `${titled(table)}: ${kindSaid(kind, table)}`);
    return box;
  }

  // What has to be said of the prices of outcomes.
  function weighted(table) {
    const names = table.axes.filter((axis) => axis.kind === "outcome").map((axis) => axis.name);
    return table.price && names.length ? [`of one unit more in one of ${names.join(" and ")} alone, so small where it is unlikely`] : [];
  }

  // What many numbers are counted over.
  const countedOver = (table) => ["scenario", "outcome"].filter((kind) => table.axes.some((axis) => axis.kind === kind)).map((kind) => `${kind}s`).join(" and ");

  const kindSaid = (kind, table) => ({
    area: "amounts stacked, their sum on top", lines: "lines", bars: "bars", heat: "heat map", duration: "sorted, the largest first",
    distribution: `distribution over the ${countedOver(table)}`, band: `median, half and nine tenths of the ${countedOver(table)}`,
  })[kind];

  function clicked(table, drawn) {
    const datum = drawn.value ?? drawn.querySelector?.("svg")?.value;
    if (!datum || !datum.codes) return;
    for (const [k, code] of datum.codes) {
      const item = table.axes[k].items[code];
      if (item !== undefined) { toggle(table.axes[k].name, item, { only: true }); return; }
    }
  }

  function panelsOf(table, rows, column, role, kind, notes) {
    const values = table.columns[column];
    if (kind === "distribution" || kind === "band") {
      const plain = kind === "band" ? [] : [role.x, role.colour, ...role.panels].filter((k) => k !== null && !apart(table.axes[k]));
      return grouped(table, rows, plain, values, notes);
    }
    return grouped(table, rows, role.panels, values, notes);
  }

  function grouped(table, rows, by, values, notes) {
    const found = new Map();
    for (const row of rows) {
      if (!Number.isFinite(values[row])) continue;
      const key = by.map((k) => table.codes[k][row]).join(",");
      if (!found.has(key)) found.set(key, { title: by.map((k) => `${table.axes[k].name} ${labelOf(table, k, row)}`).join(", "), rows: [] });
      found.get(key).rows.push(row);
    }
    let panels = [...found.values()];
    const zero = panels.filter((p) => p.rows.every((row) => values[row] === 0));
    if (panels.length > 6 && zero.length && zero.length < panels.length) {
      panels = panels.filter((p) => !zero.includes(p));
      notes.push(`${zero.length} panels hold nothing but zeros`);
    }
    if (panels.length > MOST_PANELS) notes.push(`the first ${MOST_PANELS} of ${panels.length} panels; choose labels for others`);
    return panels.slice(0, MOST_PANELS);
  }

  // Which items have a colour of their own; the others are added up where amounts are stacked.
  function seriesOf(table, role, panels, kind, notes) {
    if (role.colour === null || kind === "distribution" || kind === "band") return [];
    const codes = role.seen[role.colour];
    if (kind === "heat" || codes.length <= MOST_SERIES) return codes;
    const values = table.columns[table.value], size = new Map(codes.map((c) => [c, 0]));
    for (const p of panels) for (const row of p.rows) {
      const code = table.codes[role.colour][row];
      size.set(code, size.get(code) + Math.abs(values[row] || 0));
    }
    const most = kind === "area" ? MOST_SERIES - 1 : MOST_SERIES, name = table.axes[role.colour].name;
    const kept = [...codes].sort((a, b) => size.get(b) - size.get(a)).slice(0, most).sort((a, b) => a - b);
    if (kind === "area") notes.push(`${OTHER}: the ${codes.length - most} smaller of ${codes.length} ${name}, added up`);
    else notes.push(`the ${most} largest of ${codes.length} ${name}`);
    return kind === "area" ? [...kept, -1] : kept;
  }

  // One scale for all panels: from zero where the numbers are of one sign and not far from it.
  function limitsOf(table, panels, kind, column, role) {
    if (panels.length < 2 || !["area", "lines", "bars", "duration"].includes(kind)) return null;
    const values = table.columns[column];
    const seen = panels.flatMap((p) => (kind !== "area" ? p.rows.map((row) => values[row])
      : [...d3.rollup(p.rows, (rows) => d3.sum(rows, (row) => values[row]), (row) => table.codes[role.x][row]).values()]));
    const [low, high] = d3.extent(seen);
    return [low > 0 && low < 0.5 * high ? 0 : Math.min(low, kind === "lines" || kind === "duration" ? low : 0), high > low ? high : low + 1];
  }

  function legendOf(table, role, series, kind) {
    if (!series.length || kind === "heat") return make("span");
    const axis = table.axes[role.colour], list = make("ul", { class: "legend", "aria-label": axis.name });
    list.append(make("li", { class: "quiet" }, axis.name));
    series.forEach((code, rank) => {
      const name = code < 0 ? OTHER : axis.items[code];
      const swatch = make("span", { class: "swatch", style: `background:${COLOURS[rank % COLOURS.length]}`, "aria-hidden": "true" });
      const label = code < 0 ? make("span", {}, name)
        : make("button", { type: "button", class: "link", onclick: () => toggle(axis.name, name, { only: true }) }, name);
      list.append(make("li", {}, swatch, label));
    });
    return list;
  }

  const place = (axis, code) => (axis.dates ? new Date(axis.numbers[code] * 1000) : axis.numbers ? axis.numbers[code] : axis.items[code]);
  const colourOf = (rank) => COLOURS[rank % COLOURS.length];

  function recordsOf(table, column, role, panel, series) {
    const values = table.columns[column], found = [], rest = new Map(), rank = new Map(series.map((code, k) => [code, k]));
    for (const row of panel.rows) {
      const code = role.colour === null ? null : table.codes[role.colour][row];
      const across = role.x === null ? null : table.codes[role.x][row];
      if (code !== null && !rank.has(code)) {
        if (rank.has(-1)) rest.set(across, (rest.get(across) ?? 0) + values[row]);
        continue;
      }
      const codes = [];
      if (code !== null) codes.push([role.colour, code]);
      if (across !== null) codes.push([role.x, across]);
      found.push({ across, rank: code === null ? 0 : rank.get(code), v: values[row], codes });
    }
    for (const [across, v] of rest) found.push({ across, rank: rank.get(-1), v, codes: [[role.x, across]] });
    found.sort((a, b) => a.rank - b.rank || a.across - b.across);
    return found.map((r) => ({
      ...r, x: r.across === null ? "" : place(table.axes[role.x], r.across), item: r.across === null ? "" : table.axes[role.x].items[r.across],
      series: role.colour === null ? "" : series[r.rank] < 0 ? OTHER : table.axes[role.colour].items[series[r.rank]],
    }));
  }

  const tipOf = (d) => [d.item, d.series, shown(d.v)].filter((s) => s !== "").join("\n");
  const common = (o) => ({ width: o.width, height: o.small ? 206 : 340, marginLeft: 64, marginTop: 28, marginBottom: 44, style: { fontSize: "12px", overflow: "visible" } });
  const numbers = (label, domain = null) => ({ label, tickFormat: (v) => shown(v, 5), grid: true, nice: true, ...(domain ? { domain } : {}) });

  // The domain of bars that are all nothing: without one they would be drawn as wide as the picture.
  const lengths = (data) => (data.every((d) => d.v === 0) ? [0, 1] : undefined);

  function horizontal(table, role, data) {
    const axis = table.axes[role.x];
    if (axis.dates) return { type: "utc", label: axis.name };
    if (axis.numbers && axis.items.every((item) => /^-?[\d.]+$/.test(item))) return { label: axis.name, tickFormat: (v) => String(v), ...(axis.items.length <= 14 ? { ticks: [...axis.numbers] } : {}) };
    const items = [...new Map(data.map((d) => [d.across, d])).values()].sort((a, b) => a.across - b.across);
    const step = Math.max(1, Math.ceil(items.length / 12));
    return { label: axis.name, ticks: items.filter((_, k) => k % step === 0).map((d) => d.x), tickFormat: (x) => items.find((d) => +d.x === +x)?.item ?? "" };
  }

  function area(table, column, role, panel, series, o) {
    const data = recordsOf(table, column, role, panel, series), count = new Set(data.map((d) => d.across)).size;
    const fill = (d) => colourOf(d.rank), y = numbers(columnTitle(table, column), o.limits);
    if (count <= MOST_BARS) {
      const items = [...new Map(data.map((d) => [d.across, d])).values()].sort((a, b) => a.across - b.across).map((d) => d.item);
      const step = Math.max(1, Math.ceil(items.length / (o.small ? 8 : 16)));
      return Plot.plot({
        ...common(o), y, x: { type: "band", domain: items, label: table.axes[role.x].name, ticks: items.filter((_, k) => k % step === 0), padding: 0.06 },
        marks: [
          Plot.barY(data, { x: "item", y: "v", z: "rank", fill, order: "rank" }),
          Plot.tip(data, Plot.pointerX(Plot.stackY({ x: "item", y: "v", z: "rank", order: "rank", title: tipOf }))),
          Plot.ruleY([0]),
        ],
      });
    }
    return Plot.plot({
      ...common(o), y, x: horizontal(table, role, data),
      marks: [
        Plot.areaY(data, { x: "x", y: "v", z: "rank", fill, order: "rank", curve: "step" }),
        Plot.tip(data, Plot.pointerX(Plot.stackY({ x: "x", y: "v", z: "rank", order: "rank", title: tipOf }))),
        Plot.ruleY([0]),
      ],
    });
  }

  function lines(table, column, role, panel, series, o) {
    const data = recordsOf(table, column, role, panel, series), few = data.length / Math.max(1, series.length) <= MOST_BARS;
    const ranks = [...new Set(data.map((d) => d.rank))];
    return Plot.plot({
      ...common(o), y: numbers(columnTitle(table, column), o.limits), x: horizontal(table, role, data),
      marks: [
        Plot.ruleY([0], { stroke: "#bbb" }),
        ...ranks.map((rank) => Plot.lineY(data.filter((d) => d.rank === rank), { x: "x", y: "v", stroke: colourOf(rank), strokeWidth: 1.8, strokeDasharray: DASHES[rank % 7] || null })),
        few ? Plot.dot(data, { x: "x", y: "v", fill: (d) => colourOf(d.rank), r: 2.5 }) : null,
        Plot.tip(data, Plot.pointer({ x: "x", y: "v", title: tipOf })),
      ],
    });
  }

  function bars(table, column, role, panel, series, o) {
    let data = recordsOf(table, column, role, panel, series);
    const items = [...new Map(data.map((d) => [d.across, d])).values()].sort((a, b) => a.across - b.across).map((d) => d.item);
    const wanted = new Set(items.slice(0, MOST_BARS));
    data = data.filter((d) => wanted.has(d.item));
    const many = Math.max(1, series.length), row = many === 1 ? 24 : Math.max(12, 30 / many);
    const long = Math.min(220, 20 + 7 * Math.max(4, ...items.map((item) => item.length)));
    return Plot.plot({
      ...common(o), marginLeft: 10, marginRight: 60, height: Math.max(86, wanted.size * many * row + 72), x: numbers(columnTitle(table, column), o.limits ?? lengths(data)),
      y: { axis: null, domain: series.length ? series.map((_, k) => k) : [0] }, fy: { label: null, domain: [...wanted], padding: 0.18, axis: "left" },
      marginLeft: long,
      marks: [
        Plot.barX(data, { x: "v", y: "rank", fy: "item", fill: (d) => colourOf(d.rank) }),
        many * wanted.size <= 40 ? Plot.text(data, { x: "v", y: "rank", fy: "item", text: (d) => shown(d.v, 4), textAnchor: "start", dx: 4, fill: "#444" }) : null,
        Plot.tip(data, Plot.pointerY({ x: "v", y: "rank", fy: "item", title: tipOf })),
        Plot.ruleX([0]),
      ],
    });
  }

  function heat(table, column, role, panel, series, o) {
    const data = recordsOf(table, column, role, panel, series);
    const low = Math.min(...data.map((d) => d.v)), high = Math.max(...data.map((d) => d.v));
    const items = [...new Map(data.map((d) => [d.across, d])).values()].sort((a, b) => a.across - b.across).map((d) => d.item);
    const names = series.map((code) => table.axes[role.colour].items[code]), step = Math.max(1, Math.ceil(items.length / 16));
    const signed = low < 0 && high > 0;
    return Plot.plot({
      ...common(o), marginLeft: Math.min(220, 20 + 7 * Math.max(4, ...names.map((n) => n.length))), height: Math.max(140, names.length * 22 + 80),
      x: { type: "band", domain: items, label: table.axes[role.x].name, ticks: items.filter((_, k) => k % step === 0), padding: 0 },
      y: { type: "band", domain: names, label: null, padding: 0 },
      color: signed ? { type: "diverging", scheme: "RdBu", reverse: true, legend: true, label: columnTitle(table, column) }
        : { scheme: "Blues", legend: true, label: columnTitle(table, column), domain: [Math.min(0, low), high > low ? high : low + 1] },
      marks: [
        Plot.cell(data, { x: "item", y: "series", fill: "v" }),
        Plot.tip(data, Plot.pointer({ x: "item", y: "series", title: tipOf })),
      ],
    });
  }

  function duration(table, column, role, panel, series, o) {
    const data = recordsOf(table, column, role, panel, series), sorted = [];
    for (const rank of new Set(data.map((d) => d.rank))) {
      const mine = data.filter((d) => d.rank === rank).sort((a, b) => b.v - a.v);
      mine.forEach((d, k) => sorted.push({ ...d, share: (100 * k) / mine.length }));
      if (mine.length) sorted.push({ ...mine[mine.length - 1], share: 100 });
    }
    return Plot.plot({
      ...common(o), y: numbers(columnTitle(table, column), o.limits), x: { label: `share of ${table.axes[role.x].name} [%]` },
      marks: [
        Plot.ruleY([0], { stroke: "#bbb" }),
        ...[...new Set(sorted.map((d) => d.rank))].map((rank) => Plot.lineY(sorted.filter((d) => d.rank === rank), { x: "share", y: "v", curve: "step-after", stroke: colourOf(rank), strokeWidth: 1.8, strokeDasharray: DASHES[rank % 7] || null })),
        Plot.tip(sorted, Plot.pointer({ x: "share", y: "v", title: tipOf })),
      ],
    });
  }

  function distribution(table, column, role, panel, series, o) {
    const values = panel.rows.map((row) => table.columns[column][row]);
    return Plot.plot({
      ...common(o), x: { label: columnTitle(table, column), tickFormat: (v) => shown(v, 5) }, y: { label: countedOver(table), grid: true },
      marks: [
        Plot.rectY(values, Plot.binX({ y: "count" }, { x: (v) => v, fill: COLOURS[0], thresholds: 40, tip: true })),
        Plot.ruleX([d3.median(values)], { strokeDasharray: "4 3" }), Plot.ruleY([0]),
      ],
    });
  }

  function band(table, column, role, panel, series, o) {
    const groups = d3.group(panel.rows, (row) => table.codes[role.x][row]);
    const data = [...groups].sort((a, b) => a[0] - b[0]).map(([code, rows]) => {
      const sorted = rows.map((row) => table.columns[column][row]).sort(d3.ascending), q = (p) => d3.quantileSorted(sorted, p);
      return { across: code, x: place(table.axes[role.x], code), item: table.axes[role.x].items[code], series: "", v: q(0.5), low: q(0.05), quarter: q(0.25), upper: q(0.75), high: q(0.95), codes: [[role.x, code]] };
    });
    return Plot.plot({
      ...common(o), y: numbers(columnTitle(table, column), o.limits), x: horizontal(table, role, data),
      marks: [
        Plot.areaY(data, { x: "x", y1: "low", y2: "high", fill: COLOURS[0], fillOpacity: 0.2 }),
        Plot.areaY(data, { x: "x", y1: "quarter", y2: "upper", fill: COLOURS[0], fillOpacity: 0.35 }),
        Plot.lineY(data, { x: "x", y: "v", stroke: COLOURS[0], strokeWidth: 1.8 }),
        Plot.tip(data, Plot.pointerX({ x: "x", y: "v", title: (d) => `${d.item}\nmedian ${shown(d.v)}\n${shown(d.low)} … ${shown(d.high)}` })),
      ],
    });
  }

  const DRAWN = { area, lines, bars, heat, duration, distribution, band };
  return { picture, lengths, COLOURS };
})();
