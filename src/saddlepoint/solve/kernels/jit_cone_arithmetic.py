# pyright: basic
"""Compiled arithmetic of one second-order cone: scaling points, steps to its boundary, the corrector's products."""

import numpy as np

from saddlepoint.solve.kernels.jit_codes import INF, inner


@inner
def scale_cone(s, z, w):
    """w and η² of one cone; η² = −1 where a point is not inside."""
    ss = s[0] * s[0]
    zz = z[0] * z[0]
    sz = s[0] * z[0]
    for r in range(1, len(s)):
        ss -= s[r] * s[r]
        zz -= z[r] * z[r]
        sz += s[r] * z[r]
    if not (ss > 0.0 and zz > 0.0):
        return -1.0
    a, b = np.sqrt(ss), np.sqrt(zz)
    gamma = np.sqrt(0.5 * (1.0 + sz / (a * b)))
    for r in range(len(s)):
        w[r] = (s[r] / a + (z[r] if r == 0 else -z[r]) / b) / (2.0 * gamma)
    return a / b


@inner
def unscale_cone(w, eta, v, out):
    """η⁻²(2 (Jw)(Jw)ᵀ − J) v."""
    t = w[0] * v[0]
    for r in range(1, len(w)):
        t -= w[r] * v[r]
    t *= 2.0
    out[0] = (t * w[0] - v[0]) / eta
    for r in range(1, len(w)):
        out[r] = (v[r] - t * w[r]) / eta


@inner
def reach_of_cone(v, d):
    """How far v may go along d within the cone, at most ∞."""
    a = d[0] * d[0]
    b = v[0] * d[0]
    c = v[0] * v[0]
    for r in range(1, len(v)):
        a -= d[r] * d[r]
        b -= v[r] * d[r]
        c -= v[r] * v[r]
    root = b * b - a * c
    if root < 0.0 or (a >= 0.0 and b >= 0.0 and d[0] >= 0.0):
        return INF
    below = np.sqrt(root) - b
    reach = c / below if below > 0.0 else INF
    return min(reach, -v[0] / d[0]) if d[0] < 0.0 else reach


@inner
def correct_cone(w, eta, z, ds, dz, less, out):
    """s + W (λ \\ (W⁻¹Δs ∘ WΔz − less · e)) of one cone into out (which holds s)."""
    root = np.sqrt(eta)
    k = len(w)
    # λ = Wz, a = W⁻¹Δs, b = WΔz; W = η [w₀ w̄ᵀ; w̄ I + w̄w̄ᵀ/(1 + w₀)]
    tz, ts, tb = 0.0, 0.0, 0.0
    for r in range(1, k):
        tz += w[r] * z[r]
        ts += w[r] * ds[r]
        tb += w[r] * dz[r]
    l0 = root * (w[0] * z[0] + tz)
    a0 = (w[0] * ds[0] - ts) / root
    b0 = root * (w[0] * dz[0] + tb)
    fz = z[0] + tz / (1.0 + w[0])
    fs = -ds[0] + ts / (1.0 + w[0])
    fb = dz[0] + tb / (1.0 + w[0])
    d0 = a0 * b0 - less
    lj = l0 * l0
    ld = 0.0
    for r in range(1, k):
        l = root * (z[r] + fz * w[r])
        a = (ds[r] + fs * w[r]) / root
        b = root * (dz[r] + fb * w[r])
        d0 += a * b
        lj -= l * l
        ld += l * (a0 * b + b0 * a)
    u0 = (l0 * d0 - ld) / lj
    t = 0.0
    for r in range(1, k):
        l = root * (z[r] + fz * w[r])
        a = (ds[r] + fs * w[r]) / root
        b = root * (dz[r] + fb * w[r])
        u = (a0 * b + b0 * a - u0 * l) / l0
        t += w[r] * u
        out[r] += root * (u + u0 * w[r])
    out[0] += root * (w[0] * u0 + t)
    for r in range(1, k):
        out[r] += root * t / (1.0 + w[0]) * w[r]


@inner
def ahead(s):
    """‖s̄‖ of a cone's slack."""
    total = 0.0
    for r in range(1, len(s)):
        total += s[r] * s[r]
    return np.sqrt(total)
