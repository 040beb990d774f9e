"use strict";
// What the page holds, and which part of it is looked at. Tables know their sets by name; a choice of labels narrows all of them.

const Data = { sets: new Map(), tables: [], outcomes: null, told: null, numbers: new Float64Array(0) };

// The bytes of a part of the page. At once, not when the browser finds time: whoever prints a page as soon as it has loaded gets all of it.
function unpacked(id) {
  const element = document.getElementById(id);
  return element && fflate.gunzipSync(Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0)));
}

const part = (at) => Data.numbers.subarray(at[0], at[0] + at[1]);

function readData() {
  Data.told = JSON.parse(document.getElementById("data").textContent);
  const bytes = unpacked("numbers");
  Data.numbers = bytes ? new Float64Array(bytes.slice().buffer) : new Float64Array(0);
  for (const one of Data.told.sets) {
    const set = { ...one, numbers: one.numbers && part(one.numbers), index: new Map(one.items.map((item, k) => [item, k])) };
    Data.sets.set(one.name, set);
  }
  Data.tables = Data.told.tables.map(tableOf);
  Data.outcomes = Data.told.outcomes;
  quieten();
}

// Numbers of results that are rounding beside the others of their kind and unit (to the residuals of the certificate, 1e-6 at most) are 0 here; the
// database keeps them. 1e-9 and 1e-13 are NOISE and EXACT of printing/grid.py.
function quieten() {
  const residuals = ["rel_prim", "rel_dual", "gap"].flatMap((n) => Data.outcomes?.columns[n] ?? []).filter(Number.isFinite).map(Math.abs);
  const residual = Math.min(1e-6, residuals.reduce((a, b) => Math.max(a, b), 0)), part = Math.max(1e-9, residual), largest = new Map(), found = [];
  for (const table of Data.tables)
    for (const [name, column] of table.kind === "input" ? [] : Object.entries(table.columns)) {
      const key = table.kind === "price" || table.kind === "reduced cost" ? `${name === "slack" ? "slack" : "price"} ${table.units[name]}` : `${table.name} ${name}`;
      const most = column.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
      largest.set(key, Math.max(largest.get(key) ?? 0, most));
      found.push([table, name, column, key]);
    }
  for (const [table, name, column, key] of found) {
    const least = Math.min(1e-6, part * largest.get(key));
    const binds = table.columns.binding; // what binds has a price, of which only rounding itself is none, and no slack
    const exact = Math.min(least, Math.max(1e-13, residual) * largest.get(key));
    const small = (v, k) => v !== 0 && (binds?.[k] ? name === "slack" || Math.abs(v) < exact : Math.abs(v) < least);
    if (column.some(small)) table.columns[name] = column.map((v, k) => (small(v, k) ? 0 : v));
  }
}

function tableOf(told) {
  const axes = told.axes.map((name) => Data.sets.get(name)), places = told.places && part(told.places);
  const codes = axes.map(() => new Int32Array(told.rows));
  for (let row = 0; row < told.rows; row++) {
    let place = places ? places[row] : row;
    for (let k = axes.length - 1; k >= 0; k--) {
      const size = axes[k].items.length;
      codes[k][row] = place % size;
      place = Math.floor(place / size);
    }
  }
  const columns = Object.fromEntries(Object.entries(told.columns).map(([name, at]) => [name, part(at)]));
  const value = ["values", "price", "reduced_cost", ...Object.keys(columns)].find((name) => name in columns);
  return { ...told, axes, codes, columns, value, price: value === "price" };
}

const tableNamed = (name) => Data.tables.find((t) => t.name === name);
const labelOf = (table, axis, row) => table.axes[axis].items[table.codes[axis][row]];

// The choice: labels of sets, and scenarios in which one constraint binds.
const Choice = { labels: new Map(), binding: null, watchers: [] };

async function changed() {
  history.replaceState(null, "", location.href.split("#")[0] + hashOfChoice());
  const from = document.activeElement, host = from?.closest(".cells") ?? from?.closest("[id]"), words = from?.textContent;
  await Promise.all(Choice.watchers.map((watch) => watch()));
  // whoever works with the keyboard goes on where they were, though the table has been made anew
  if (host) setTimeout(() => {
    if (from.isConnected || document.activeElement !== document.body) return;
    const same = [...host.querySelectorAll("button")].find((b) => b.textContent === words);
    (same ?? (host.id === "choice" ? host.querySelector("button, select") : null))?.focus({ preventScroll: true });
  }, 50);
}

function hashOfChoice() {
  const parts = [...Choice.labels].map(([set, labels]) => [set, ...labels].map(encodeURIComponent).join(","));
  return parts.length ? "#choose:" + parts.join(";") : "#";
}

function readHash() {
  const text = location.hash;
  if (!text.startsWith("#choose:")) return;
  for (const piece of text.slice(8).split(";")) {
    const [set, ...labels] = piece.split(",").map(decodeURIComponent);
    const known = Data.sets.get(set);
    const found = known ? labels.filter((label) => known.index.has(label)) : [];
    if (found.length) Choice.labels.set(set, new Set(found));
  }
}

function toggle(set, label, { only = false } = {}) {
  const chosen = Choice.labels.get(set) ?? new Set();
  const had = chosen.has(label);
  if (only) chosen.clear();
  if (had && !(only && chosen.size > 1)) chosen.delete(label); else chosen.add(label);
  if (chosen.size) Choice.labels.set(set, chosen); else Choice.labels.delete(set);
  changed();
}

function chooseScenario(labels) {
  const same = Object.entries(labels).every(([set, label]) => {
    const chosen = Choice.labels.get(set);
    return chosen && chosen.size === 1 && chosen.has(label);
  });
  for (const [set, label] of Object.entries(labels))
    if (same) Choice.labels.delete(set); else Choice.labels.set(set, new Set([label]));
  changed();
}

function clearChoice() {
  Choice.labels.clear();
  Choice.binding = null;
  changed();
}

// Scenarios in which a constraint binds at some place: their labels, joined, over the scenario sets of its table.
function bindingScenarios() {
  const { table, place } = Choice.binding;
  const scenario = table.axes.map((a, k) => k).filter((k) => table.axes[k].kind === "scenario");
  const keys = new Set();
  for (let row = 0; row < table.rows; row++)
    if (table.columns.binding?.[row] && Object.entries(place).every(([k, code]) => table.codes[k][row] === code))
      keys.add(scenario.map((k) => labelOf(table, k, row)).join("\u0000"));
  return { sets: scenario.map((k) => table.axes[k].name), keys };
}

// Rows of a table within the choice; ignored: sets whose choice does not count.
function rowsOf(table, ignored = []) {
  const masks = [];
  table.axes.forEach((axis, k) => {
    const chosen = ignored.includes(axis.name) ? null : Choice.labels.get(axis.name);
    if (chosen) masks.push([table.codes[k], Uint8Array.from(axis.items, (item) => (chosen.has(item) ? 1 : 0))]);
  });
  let bound = null, places = [];
  if (Choice.binding) {
    bound = bindingScenarios();
    places = bound.sets.map((name) => table.axes.findIndex((a) => a.name === name));
    if (!places.length || places.includes(-1)) bound = null;
  }
  const rows = [];
  for (let row = 0; row < table.rows; row++) {
    if (!masks.every(([codes, wanted]) => wanted[codes[row]])) continue;
    if (bound && !bound.keys.has(places.map((k) => labelOf(table, k, row)).join("\u0000"))) continue;
    rows.push(row);
  }
  return rows;
}

// Answers (one per problem and scenario) within the choice.
function outcomesChosen() {
  const found = [], { columns, size, sets } = Data.outcomes;
  const bound = Choice.binding && bindingScenarios();
  for (let row = 0; row < size; row++) {
    const fits = sets.every((set) => !columns[set][row] || !Choice.labels.has(set) || Choice.labels.get(set).has(columns[set][row]));
    const binds = !bound || !bound.sets.length || bound.keys.has(bound.sets.map((s) => columns[s]?.[row]).join("\u0000"));
    if (fits && binds) found.push(row);
  }
  return found;
}

function shown(value, digits = 6) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size < 1e-9) return "0";
  const text = size >= 1e-4 && size < 1e12
    ? value.toLocaleString("en-US", { maximumSignificantDigits: size >= 1e5 ? Math.max(digits, Math.ceil(Math.log10(size))) : digits })
    : value.toExponential(3);
  return text.replaceAll(",", "\u2009").replace("-", "−");
}

const many = (n) => n.toLocaleString("en-US").replaceAll(",", "\u2009");
const count = (n, word) => `${many(n)} ${word}${n === 1 ? "" : "s"}`;

// Whether one item of a set alone comes true: over scenarios and outcomes nothing is added up.
const apart = (axis) => axis.kind === "scenario" || axis.kind === "outcome";

// An element with text and children; never made from markup.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((c) => c !== null && c !== undefined));
  return element;
}

const titled = (table) => table.title + (table.unit ? ` [${table.unit}]` : "");
const columnTitle = (table, column) => (column === "values" ? titled(table) : column.replaceAll("_", " ") + (table.units?.[column] ? ` [${table.units[column]}]` : ""));
