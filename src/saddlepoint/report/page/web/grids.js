"use strict";
// Tables by Tabulator: every cell is an element with text, never markup; labels are buttons that choose.

const Grids = (() => {
  const MOST_ACROSS = 30, MOST_PRINTED = 300, PAGE = 118;
  const held = new WeakMap(), printed = new Map();

  const text = (value, kind) => make("span", { class: kind ?? "" }, value);
  const title = (cell) => text(cell.getValue() === "&nbsp;" ? "" : cell.getValue());

  function column(name, field, options = {}) {
    const number = options.number ?? false;
    return {
      title: name, field, titleFormatter: title, hozAlign: number ? "right" : "left", headerHozAlign: number ? "right" : "left",
      sorter: number ? "number" : "alphanum", minWidth: number ? 84 : 70, maxInitialWidth: 320,
      formatter: options.formatter ?? ((cell) => text(number ? shown(cell.getValue()) : cell.getValue() ?? "")),
    };
  }

  // A column of labels of a set; a click narrows the page to the label.
  function labels(set, field, pick = (row, label) => toggle(set, label, { only: true })) {
    return column(set, field, {
      formatter: (cell) => {
        const label = cell.getValue();
        if (label === undefined || label === "") return text("");
        const chosen = Choice.labels.get(set)?.has(label) ?? false;
        const button = make("button", { type: "button", class: chosen ? "link chosen" : "link", title: `Choose ${set} ${label}` }, label);
        button.addEventListener("click", () => pick(cell.getRow().getData(), label));
        return button;
      },
    });
  }

  function grid(host, columns, data, options = {}) {
    const old = held.get(host);
    if (old) old.destroy();
    host.replaceChildren();
    if (!data.length) {
      host.append(make("p", { class: "quiet" }, "Nothing within the choice."));
      held.delete(host);
      return null;
    }
    const box = make("div", { "aria-label": host.closest("section")?.querySelector("h2")?.textContent });
    host.append(box);
    const made = new Tabulator(box, {
      data, columns, layout: columns.length > 20 ? "fitData" : "fitDataTable", maxHeight: options.height ?? 420, headerSortClickElement: "header", autoResize: false, columnHeaderSortMulti: false, renderHorizontal: columns.length > 20 ? "virtual" : "basic", ...options.more,
    });
    made.on("tableBuilt", () => made.getColumns().filter((c) => c.getDefinition().title).forEach((c) => sortedByKey(c.getElement())));
    held.set(host, made);
    printed.set(host, { made, columns, given: data, most: options.printed ?? MOST_PRINTED });
    return made;
  }

  // A title is reached and sorts by the keyboard as by a click.
  function sortedByKey(title) {
    title.tabIndex = 0;
    title.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); title.click(); } });
  }

  // On paper a table stands whole, in parts of the page's width: made when printing begins, gone when it ends. Printing may
  // begin before the table on the screen is built.
  function onPaper() {
    for (const [host, { made, columns, given, most }] of printed) {
      if (!host.isConnected || held.get(host) !== made) { printed.delete(host); continue; }
      const data = made.initialized ? made.getData("active") : given, rows = data.slice(0, most), paper = make("div", { class: "printed paper" });
      const spoken = columns.filter((c) => c.title).map((c) => ({ title: c.title, number: c.sorter === "number", cells: rows.map((row) => spell(c, row)) }));
      for (const part of parts(spoken)) paper.append(table(part, rows.length));
      if (data.length > rows.length) paper.append(make("p", { class: "quiet" }, `The first ${rows.length} of ${data.length} rows.`));
      host.append(paper);
    }
  }

  const spell = (c, row) => c.formatter({ getValue: () => row[c.field], getRow: () => ({ getData: () => row }) }).textContent;

  // Columns in groups that fit beside each other, each with the labels on the left.
  function parts(columns) {
    const first = columns.findIndex((c) => c.number), keys = first < 0 ? columns : columns.slice(0, first);
    const width = (c) => Math.max(c.title.length, ...c.cells.map((text) => text.length)) + 3, taken = keys.reduce((sum, c) => sum + width(c), 0);
    const found = [];
    let part = [...keys], used = taken;
    for (const c of first < 0 ? [] : columns.slice(first)) {
      if (part.length > keys.length && used + width(c) > PAGE) { found.push(part); part = [...keys]; used = taken; }
      part.push(c);
      used += width(c);
    }
    return [...found, part];
  }

  function table(columns, rows) {
    const side = (c) => (c.number ? { class: "number" } : {});
    return make("table", { class: "plain" },
      make("thead", {}, make("tr", {}, ...columns.map((c) => make("th", side(c), c.title)))),
      make("tbody", {}, ...d3.range(rows).map((k) => make("tr", {}, ...columns.map((c) => make("td", side(c), c.cells[k]))))));
  }

  window.addEventListener("beforeprint", onPaper);
  window.addEventListener("afterprint", () => document.querySelectorAll(".paper").forEach((paper) => paper.remove()));

  // Rows of a table as records: with its last set across where there are few items and all rows are there, else one row per cell.
  function wide(table, rows, value = table.value, whole = true) {
    const axes = table.axes, numeric = Object.keys(table.columns), texts = Object.keys(table.texts);
    const many = numeric.length > 1 || texts.length > 0;
    const plain = axes.map((_, k) => k).filter((k) => axes[k].kind !== "scenario");
    const across = whole && !many && axes.length > 1 && plain.length ? plain.reduce((a, b) => (axes[b].items.length <= MOST_ACROSS ? b : a), -1) : -1;
    if (across < 0) {
      const columns = [...axes.map((a, k) => labels(a.name, `a${k}`)), ...texts.map((t, k) => column(t, `t${k}`)),
        ...numeric.map((n, k) => (n === "binding" ? column(n, `n${k}`, { formatter: (cell) => text(cell.getValue() ? "yes" : "no") }) : column(columnTitle(table, n), `n${k}`, { number: true })))];
      const data = rows.map((row) => {
        const record = {};
        axes.forEach((_, k) => { record[`a${k}`] = labelOf(table, k, row); });
        texts.forEach((t, k) => { record[`t${k}`] = table.texts[t][row]; });
        numeric.forEach((n, k) => { record[`n${k}`] = table.columns[n][row]; });
        return record;
      });
      return { columns, data };
    }
    const down = axes.map((_, k) => k).filter((k) => k !== across), records = new Map(), used = new Set();
    for (const row of rows) {
      const key = down.map((k) => table.codes[k][row]).join(",");
      if (!records.has(key)) records.set(key, Object.fromEntries(down.map((k) => [`a${k}`, labelOf(table, k, row)])));
      records.get(key)[`n${table.codes[across][row]}`] = table.columns[value][row];
      used.add(table.codes[across][row]);
    }
    const columns = [...down.map((k) => labels(axes[k].name, `a${k}`)),
      ...[...used].sort((a, b) => a - b).map((code) => column(axes[across].items[code], `n${code}`, { number: true }))];
    return { columns, data: [...records.values()], across: axes[across].name };
  }

  return { grid, column, labels, wide, text };
})();
