"""The settings files of the benchmark families."""

from __future__ import annotations

_SETS = """\
Products:
    description: products
Attributes:
    description: attributes
    filters:
        type: [profit_initial, profit_slope, energy, material]
Scenarios_energy:
    description: e
    split_problem: True
Scenarios_material:
    description: m
    split_problem: True
"""

_AVAILABLE = """\
energy_avail:
    description: en
    type: exogenous
    coordinates: [Scenarios_energy]
    variables_info:
        E:
material_avail:
    description: mat
    type: exogenous
    coordinates: [Scenarios_material]
    variables_info:
        M:
"""

A_LP = {
    "structure_sets.yml": _SETS,
    "structure_variables.yml": """\
production:
    description: products supply
    type: endogenous
    coordinates: [Products, Scenarios_energy, Scenarios_material]
    variables_info:
        x:
            Products:
                dim: cols
products_data:
    description: attributes
    type: exogenous
    coordinates: [Products, Attributes]
    variables_info:
        c_0:
            Products: {dim: cols}
            Attributes: {dim: rows, filters: {type: profit_initial}}
        e:
            Products: {dim: cols}
            Attributes: {dim: rows, filters: {type: energy}}
        m:
            Products: {dim: cols}
            Attributes: {dim: rows, filters: {type: material}}
"""
    + _AVAILABLE,
    "problem.yml": """\
objective:
    - Maximize(c_0 @ tran(x))
expressions:
    - e @ tran(x) - E <= 0
    - m @ tran(x) - M <= 0
    - x >= 0
""",
}

A_INT = {
    "structure_sets.yml": _SETS,
    "structure_variables.yml": """\
production:
    description: products supply
    type: {production: endogenous, profit: exogenous}
    coordinates: [Products, Scenarios_energy, Scenarios_material]
    variables_info:
        x:
            Products:
                dim: cols
profit:
    description: unit profit by production
    type: {production: exogenous, profit: endogenous}
    coordinates: [Products, Scenarios_energy, Scenarios_material]
    variables_info:
        c:
            Products:
                dim: cols
products_data:
    description: attributes
    type: exogenous
    coordinates: [Products, Attributes]
    variables_info:
        c_0:
            Products: {dim: cols}
            Attributes: {dim: rows, filters: {type: profit_initial}}
        c_s:
            Products: {dim: cols}
            Attributes: {dim: rows, filters: {type: profit_slope}}
        e:
            Products: {dim: cols}
            Attributes: {dim: rows, filters: {type: energy}}
        m:
            Products: {dim: cols}
            Attributes: {dim: rows, filters: {type: material}}
"""
    + _AVAILABLE,
    "problem.yml": """\
production:
    objective:
        - Maximize(c @ tran(x))
    expressions:
        - e @ tran(x) - E <= 0
        - m @ tran(x) - M <= 0
        - x >= 0
    description: [a, b, c, d]
profit:
    expressions:
        - c - c_s @ diag(x) - c_0 == 0
""",
}

B = {
    "structure_sets.yml": """\
Products:
    description: p
Resources:
    description: r
""",
    "structure_variables.yml": """\
production:
    type: endogenous
    coordinates: [Products]
    variables_info:
        x:
            Products: {dim: rows}
profit:
    type: exogenous
    coordinates: [Products]
    variables_info:
        c:
            Products: {dim: cols}
coefficients:
    type: exogenous
    coordinates: [Resources, Products]
    variables_info:
        A:
            Resources: {dim: rows}
            Products: {dim: cols}
availability:
    type: exogenous
    coordinates: [Resources]
    variables_info:
        b:
            Resources: {dim: rows}
""",
    "problem.yml": """\
objective:
    - Maximize(c @ x)
expressions:
    - A @ x - b <= 0
    - x >= 0
""",
}

C_INTRA = {
    "structure_sets.yml": """\
Tech:
    description: technologies
Hour:
    description: hours
""",
    "structure_variables.yml": """\
supply_t:
    type: endogenous
    coordinates: [Tech, Hour]
    variables_info:
        q:
            Tech: {dim: cols}
cost_t:
    type: exogenous
    coordinates: [Tech]
    variables_info:
        k:
            Tech: {dim: rows}
capacity_t:
    type: exogenous
    coordinates: [Tech]
    variables_info:
        cap:
            Tech: {dim: cols}
availability_t:
    type: exogenous
    coordinates: [Tech, Hour]
    variables_info:
        av:
            Tech: {dim: cols}
demand_t:
    type: exogenous
    coordinates: [Hour]
    variables_info:
        D: 
ones_t:
    type: constant
    coordinates: [Tech]
    variables_info:
        one:
            value: sum_vector
            Tech: {dim: rows}
""",
    "problem.yml": """\
objective:
    - Minimize(q @ k)
expressions:
    - q @ one - D >= 0
    - q - mult(cap, av) <= 0
    - q >= 0
""",
}

C_ROWS = {
    "structure_sets.yml": """\
Tech:
    description: technologies
Hour:
    description: hours
""",
    "structure_variables.yml": """\
supply_t:
    type: endogenous
    coordinates: [Tech, Hour]
    variables_info:
        q:
            Tech: {dim: cols}
            Hour: {dim: rows}
cost_t:
    type: exogenous
    coordinates: [Tech]
    variables_info:
        k:
            Tech: {dim: rows}
capacity_t:
    type: exogenous
    coordinates: [Tech]
    variables_info:
        cap:
            Tech: {dim: cols}
availability_t:
    type: exogenous
    coordinates: [Tech, Hour]
    variables_info:
        av:
            Tech: {dim: cols}
            Hour: {dim: rows}
demand_t:
    type: exogenous
    coordinates: [Hour]
    variables_info:
        D:
            Hour: {dim: rows}
ones_t:
    type: constant
    coordinates: [Tech]
    variables_info:
        one:
            value: sum_vector
            Tech: {dim: rows}
""",
    "problem.yml": """\
objective:
    - Minimize(sum(q @ k))
expressions:
    - q @ one - D >= 0
    - q - av @ diag(cap) <= 0
    - q >= 0
""",
}
