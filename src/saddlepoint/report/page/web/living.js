"use strict";
// The compiled problem of the page: data of a scenario with some inputs multiplied, bound, solved by HiGHS, certified, labelled.

const Living = (() => {
  const OPTIMAL = 7, INFEASIBLE = 8, UNBOUNDED = 10; // model statuses of HiGHS
  const DUST = 1e-13;

  // `numbers` holds all arrays; a part of it is [first place, length].
  function programOf(told, numbers) {
    const part = ([first, length]) => numbers.subarray(first, first + length);
    const varying = (v) => ({ base: part(v.base), at: part(v.at), coef: part(v.coef), slots: part(v.slots), depth: v.depth });
    const pattern = (p) => ({ ...p, start: part(p.start), index: part(p.index) });
    return {
      ...told,
      A: pattern(told.A), P: pattern(told.P),
      numbers: Object.fromEntries(Object.entries(told.numbers).map(([k, v]) => [k, varying(v)])),
      has_lower: part(told.has_lower), has_upper: part(told.has_upper), row_of: part(told.row_of), col_of: part(told.col_of),
      scale: part(told.scale), lb: part(told.lb), ub: part(told.ub),
      layers: Object.fromEntries(["lower", "upper"].map((side) =>
        [side, told.layers[side].map((y) => ({ rows: part(y.rows), cols: part(y.cols) }))])),
      presence: told.presence && part(told.presence), absences: told.absences && part(told.absences),
      columns: told.columns.map((b) => ({ ...b, cells: part(b.cells) })),
      rows: told.rows.map((b) => ({ ...b, cells: part(b.cells) })),
      data: part(told.data),
      first: told.first.map(([at, by]) => [part(at), part(by)]),
      second: told.second.map(([i, j, [at, by]]) => [i, j, part(at), part(by)]),
    };
  }

  // The data of one scenario where factor k is by[k] (1 = as given).
  function dataOf(p, scenario, by) {
    const from = scenario * p.slots, data = Float64Array.from(p.data.subarray(from, from + p.slots));
    const add = (at, values, times) => {
      for (let k = 0; k < at.length; k++) if (at[k] >= from && at[k] < from + p.slots) data[at[k] - from] += times * values[k];
    };
    p.first.forEach(([at, values], k) => { if (by[k] !== 1) add(at, values, by[k] - 1); });
    for (const [i, j, at, values] of p.second) if (by[i] !== 1 && by[j] !== 1) add(at, values, (by[i] - 1) * (by[j] - 1));
    return data;
  }

  function numbersOf(v, data) {
    const out = Float64Array.from(v.base);
    for (let t = 0; t < v.at.length; t++) {
      let term = v.coef[t];
      for (let d = 0; d < v.depth; d++) {
        const slot = v.slots[t * v.depth + d];
        if (slot >= 0) term *= data[slot];
      }
      out[v.at[t]] += term;
    }
    return out;
  }

  function bind(p, data) {
    const rhs = numbersOf(p.numbers.rhs, data), count = p.row_of.length;
    const absent = (r) => p.presence && p.presence[r] >= 0 && data[p.presence[r]] === 0;
    const l = new Float64Array(p.m).fill(-Infinity), u = new Float64Array(p.m).fill(Infinity);
    for (let r = 0; r < count; r++) {
      if (p.row_of[r] < 0 || absent(r)) continue;
      if (p.has_lower[r]) l[p.row_of[r]] = rhs[r];
      if (p.has_upper[r]) u[p.row_of[r]] = rhs[r];
    }
    const lb = Float64Array.from(p.lb), ub = Float64Array.from(p.ub);
    for (const [side, bound, tighter] of [["lower", lb, Math.max], ["upper", ub, Math.min]])
      for (const layer of p.layers[side])
        layer.rows.forEach((r, k) => {
          if (!absent(r)) bound[layer.cols[k]] = tighter(bound[layer.cols[k]], rhs[r] / p.scale[r]);
        });
    if (p.absences)
      p.absences.forEach((slot, j) => {
        if (slot >= 0 && data[slot] === 0) { lb[j] = Math.max(lb[j], 0); ub[j] = Math.min(ub[j], 0); }
      });
    return {
      n: p.n, m: p.m, A: p.A, P: p.P, Av: numbersOf(p.numbers.A, data), Pv: numbersOf(p.numbers.P, data),
      q: numbersOf(p.numbers.q, data), r: numbersOf(p.numbers.r, data)[0], l, u, lb, ub, rhs,
    };
  }

  function modelOf(highs, b) {
    const matrix = {
      format: "csc", numRows: b.m, numCols: b.n,
      starts: Int32Array.from(b.A.start), indices: Int32Array.from(b.A.index), values: b.Av,
    };
    return {
      numCols: b.n, numRows: b.m, sense: highs.constants.objectiveSense.minimize, offset: 0,
      colCost: b.q, colLower: b.lb, colUpper: b.ub, rowLower: b.l, rowUpper: b.u, matrix,
    };
  }

  // Multipliers of bounds belong to the rows that set them, to the tightest of several.
  function pricesOf(p, b, y, z) {
    const out = new Float64Array(p.row_of.length), left = Float64Array.from(z);
    p.row_of.forEach((r, k) => { if (r >= 0) out[k] = y[r]; });
    for (const [side, bound, sign] of [["lower", b.lb, 1], ["upper", b.ub, -1]])
      for (const layer of p.layers[side])
        layer.rows.forEach((r, k) => {
          const j = layer.cols[k];
          if (sign * left[j] > 0 && b.rhs[r] / p.scale[r] === bound[j]) { out[r] += left[j] / p.scale[r]; left[j] = 0; }
        });
    return out.map((v) => p.sense * v + 0);
  }

  // A plan with what is rounding beside its largest number on the bound or at 0; whether it is one the certificate says.
  function withoutDust(b, x) {
    const dust = DUST * x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    return x.map((v, j) => [b.lb[j], b.ub[j], 0].find((at) => Math.abs(v - at) <= dust) ?? v);
  }

  function solve(highs, p, scenario, by) {
    const began = performance.now(), b = bind(p, dataOf(p, scenario, by));
    for (let j = 0; j < b.n; j++) if (b.lb[j] > b.ub[j]) return { status: "infeasible", milliseconds: 0 };
    const model = highs.createModel();
    try {
      model.options.set({ output_flag: false, primal_feasibility_tolerance: 1e-9, dual_feasibility_tolerance: 1e-9 });
      model.passModel(modelOf(highs, b));
      if (b.Pv.length) {
        model.options.set({ qp_regularization_value: 0 });
        model.passHessian(hessianOf(b));
      }
      model.run();
      const code = model.getModelStatus();
      const found = model.getSolution();
      const y = Float64Array.from(found.rowDual), z = Float64Array.from(found.colDual);
      let x = Float64Array.from(found.colValue), certificate = Certify.measure(b, x, y, z);
      if (code === OPTIMAL && !Certify.holds(certificate)) {
        x = withoutDust(b, x);
        certificate = Certify.measure(b, x, y, z);
      }
      const milliseconds = performance.now() - began;
      const optimal = code === OPTIMAL && Certify.holds(certificate);
      return {
        status: optimal ? "optimal" : code === INFEASIBLE ? "infeasible" : code === UNBOUNDED ? "unbounded" : "unverified",
        objective: p.sense * certificate.objective, x, prices: pricesOf(p, b, y, z), certificate, milliseconds, batch: b, y, z,
      };
    } finally {
      model.dispose();
    }
  }

  function hessianOf(b) {
    // the upper triangle by columns is the lower one by rows: sort into columns of the lower triangle
    const entries = [];
    for (let j = 0; j < b.n; j++)
      for (let k = b.P.start[j]; k < b.P.start[j + 1]; k++) entries.push([b.P.index[k], j, b.Pv[k]]);
    entries.sort((a, c) => a[0] - c[0] || a[1] - c[1]);
    const starts = new Int32Array(b.n + 1);
    for (const [column] of entries) starts[column + 1] += 1;
    for (let j = 0; j < b.n; j++) starts[j + 1] += starts[j];
    return {
      dimension: b.n, format: "triangular", starts,
      indices: Int32Array.from(entries, (e) => e[1]), values: Float64Array.from(entries, (e) => e[2]),
    };
  }

  return { programOf, dataOf, bind, solve };
})();

if (typeof module === "object") module.exports = Living;
