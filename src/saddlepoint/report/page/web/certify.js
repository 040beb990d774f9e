"use strict";
// The four numbers of a claimed optimum, by the rules of docs/design/certificates.md: linear and convex quadratic problems.
// A batch is one scenario: min ½xᵀPx + qᵀx + r, l ≤ Ax ≤ u, lb ≤ x ≤ ub; matrices by columns, P its upper triangle.

const Certify = (() => {
  const NEGLIGIBLE = 1e-9, ROUNDING = 1e-8, EXCESS = 1e6, CANCELLED = 1e3, CANCELS = 1e-6;
  const abs = Math.abs, max = Math.max, min = Math.min;

  function times(pattern, values, x) {
    const out = new Float64Array(pattern.rows);
    for (let j = 0; j < pattern.columns; j++)
      for (let k = pattern.start[j]; k < pattern.start[j + 1]; k++) out[pattern.index[k]] += values[k] * x[j];
    return out;
  }

  function transposed(pattern, values, y) {
    const out = new Float64Array(pattern.columns);
    for (let j = 0; j < pattern.columns; j++)
      for (let k = pattern.start[j]; k < pattern.start[j + 1]; k++) out[j] += values[k] * y[pattern.index[k]];
    return out;
  }

  function symmetric(pattern, values, x) {
    const out = new Float64Array(pattern.columns);
    for (let j = 0; j < pattern.columns; j++)
      for (let k = pattern.start[j]; k < pattern.start[j + 1]; k++) {
        const i = pattern.index[k];
        out[i] += values[k] * x[j];
        if (i !== j) out[j] += values[k] * x[i];
      }
    return out;
  }

  const dot = (a, b) => { let s = 0; for (let k = 0; k < a.length; k++) s += a[k] * b[k]; return s; };
  const map = (n, f) => Float64Array.from({ length: n }, (_, k) => f(k));
  const worst = (a) => { let w = 0; for (const v of a) w = v > w || Number.isNaN(v) ? v : w; return w; };
  const ratio = (part, whole) => (part === 0 ? 0 : part / whole);
  const finite = (y, low, high) =>
    map(y.length, (k) => ((low[k] === -Infinity && y[k] > 0) || (high[k] === Infinity && y[k] < 0) ? 0 : y[k]));
  const miss = (v, low, high) => map(v.length, (k) => max(0, low[k] - v[k], v[k] - high[k]));
  const slack = (v, y, low, high) =>
    map(v.length, (k) => {
      if (y[k] === 0) return 0;
      const side = y[k] > 0 ? low[k] : high[k];
      return Number.isFinite(side) ? v[k] - side : 0;
    });

  function rowTerms(pattern, values, x) {
    const out = new Float64Array(pattern.rows);
    for (let j = 0; j < pattern.columns; j++)
      for (let k = pattern.start[j]; k < pattern.start[j + 1]; k++)
        out[pattern.index[k]] = max(out[pattern.index[k]], abs(values[k] * x[j]));
    return out;
  }

  function columnTerms(pattern, values, y) {
    const out = new Float64Array(pattern.columns);
    for (let j = 0; j < pattern.columns; j++)
      for (let k = pattern.start[j]; k < pattern.start[j + 1]; k++) out[j] = max(out[j], abs(values[k] * y[pattern.index[k]]));
    return out;
  }

  // Sums of products with twice the digits (Dekker 1971, Neumaier 1974).
  function exactSum(terms) {
    let high = 0, low = 0;
    for (const t of terms) {
      const s = high + t;
      low += abs(high) >= abs(t) ? high - s + t : t - s + high;
      high = s;
    }
    return high + low;
  }

  function product(a, b) {
    const p = a * b, split = (v) => { const c = 134217729 * v, h = c - (c - v); return [h, v - h]; };
    const [ah, al] = split(a), [bh, bl] = split(b);
    const e = ah * bh - p + ah * bl + al * bh + al * bl;
    return [p, Number.isFinite(e) ? e : 0];
  }

  function exactCost(b, x, constant) {
    const terms = constant ? [b.r] : [];
    for (let j = 0; j < b.n; j++) terms.push(...product(b.q[j], x[j]));
    for (let j = 0; j < b.n; j++)
      for (let k = b.P.start[j]; k < b.P.start[j + 1]; k++) {
        const i = b.P.index[k], v = b.Pv[k] * (i === j ? 0.5 : 1), [p, e] = product(x[i], x[j]);
        terms.push(...product(v, p), v * e);
      }
    return exactSum(terms);
  }

  function valueOf(b, x, px) {
    let primal = 0;
    for (let j = 0; j < b.n; j++) primal += x[j] * (0.5 * px[j] + b.q[j]);
    let value = primal + b.r;
    const curved = symmetric(b.P, b.Pv.map(abs), x.map(abs));
    let size = abs(b.r);
    for (let j = 0; j < b.n; j++) size += abs(x[j]) * (curved[j] + abs(b.q[j]));
    if (min(abs(value), abs(primal)) < CANCELS * size) {
      value = exactCost(b, x, true);
      primal = exactCost(b, x, false);
    }
    return [value, min(abs(value), abs(primal))];
  }

  function columns(b, x, y, z, rd, own) {
    const rest = rd.map(abs);
    let known = map(b.n, (j) => max(abs(b.q[j]), abs(z[j])));
    const unclear = rest.map((v, j) => (v > NEGLIGIBLE * known[j] ? 1 : 0));
    if (unclear.some(Boolean)) {
      if (b.Pv.length) {
        const up = rowTerms(b.P, b.Pv, x), down = columnTerms(b.P, b.Pv, x);
        known = map(b.n, (j) => (unclear[j] ? max(known[j], up[j], down[j]) : known[j]));
      }
      const inRows = columnTerms(b.A, b.Av, y);
      known = map(b.n, (j) => {
        const terms = unclear[j] ? max(known[j], inRows[j]) : known[j];
        const size = known[j] > 0 ? min(terms, CANCELLED * known[j]) : terms;
        const reach = max(x[j] - b.lb[j], b.ub[j] - x[j]);
        return max(size, reach > 0 ? own / reach : 0);
      });
    }
    return map(b.n, (j) => ratio(rest[j], known[j]));
  }

  function measure(b, x, givenY, givenZ) {
    const y = finite(givenY, b.l, b.u), ax = times(b.A, b.Av, x);
    let z = finite(givenZ, b.lb, b.ub);
    const rowMiss = miss(ax, b.l, b.u), inRow = rowTerms(b.A, b.Av, x);
    const rows = map(b.m, (i) => {
      if (rowMiss[i] === 0) return 0;
      let known = abs(ax[i] < b.l[i] ? b.l[i] : b.u[i]);
      if (rowMiss[i] > NEGLIGIBLE * known) known = max(known, inRow[i]);
      return rowMiss[i] / known;
    });
    const boundMiss = miss(x, b.lb, b.ub);
    const bounds = map(b.n, (j) => {
      const side = x[j] < b.lb[j] ? b.lb[j] : b.ub[j];
      return ratio(boundMiss[j], max(Number.isFinite(side) ? abs(side) : 0, abs(x[j])));
    });
    let zSlack = slack(x, z, b.lb, b.ub);
    const far = map(b.n, (j) => (z[j] !== 0 && abs(zSlack[j]) > abs(x[j]) && boundMiss[j] === 0 ? 1 : 0));
    z = map(b.n, (j) => (far[j] ? 0 : z[j]));
    zSlack = map(b.n, (j) => (far[j] ? 0 : zSlack[j]));
    const px = symmetric(b.P, b.Pv, x), aty = transposed(b.A, b.Av, y);
    const slope = map(b.n, (j) => b.q[j] + px[j]), rd = map(b.n, (j) => slope[j] - aty[j] - z[j]);
    const products = dot(y, slack(ax, y, b.l, b.u)) + dot(z, zSlack);
    const leak = dot(y.map(abs), rowMiss) + dot(z.map(abs), boundMiss) + dot(rd.map(abs), x.map(abs));
    const [value, own] = valueOf(b, x, px);
    const reach = dot(slope.map(abs), x.map(abs));
    let scale = own + ROUNDING * (reach + dot(y.map(abs), ax.map(abs)));
    if (max(abs(products), leak) > NEGLIGIBLE * own) {
      const terms = reach + dot(y.map(abs), times(b.A, b.Av.map(abs), x.map(abs)));
      let costs = 0, dual = 0;
      for (let j = 0; j < b.n; j++) {
        costs += abs(x[j]) * (abs(px[j]) + abs(b.q[j]));
        dual += abs(x[j]) * 0.5 * abs(px[j]);
      }
      for (const [price, low, high] of [[y, b.l, b.u], [z, b.lb, b.ub]])
        for (let k = 0; k < price.length; k++) {
          const side = price[k] > 0 ? low[k] : high[k];
          if (price[k] !== 0 && Number.isFinite(side)) dual += abs(price[k] * side);
        }
      const smaller = min(costs, dual);
      scale = own + ROUNDING * (smaller > 0 ? min(terms, EXCESS * (own + smaller)) : terms);
    }
    return {
      rel_prim: max(worst(rows), worst(bounds)),
      rel_dual: worst(columns(b, x, y, z, rd, own)),
      gap: ratio(products, scale),
      unc: 0.5 * ratio(leak, scale),
      objective: value,
    };
  }

  const holds = (found, tolerance = 1e-6) =>
    found.rel_prim <= tolerance && found.rel_dual <= tolerance && abs(found.gap) <= tolerance && found.unc <= tolerance;

  return { measure, holds, times };
})();

if (typeof module === "object") module.exports = Certify;
