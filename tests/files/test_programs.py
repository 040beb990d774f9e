"""Model files: what is read, what is refused instead of being taken as 0, and solutions of other programs."""

import gzip
import re
from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.errors import FileError
from saddlepoint.files.programs import read_program
from saddlepoint.files.solutions import read_solution
from saddlepoint.files.written_programs import write_program

INF = np.inf
MPS = """NAME blend
* a comment
OBJSENSE
 MAX
ROWS
 N profit
 N memo
 L steel
 G floor
 E mix
 E exactly
COLUMNS
 a profit 3 steel 1
 a mix -1 memo 5
 MARKER 'MARKER' 'INTORG'
 b profit 2 steel 1.5
 b floor 1 mix 1
 k profit 1 exactly 1
 MARKER 'MARKER' 'INTEND'
 f profit -1 floor 2
RHS
 rhs steel 4 floor 1
 rhs profit -7 mix 0.5
RANGES
 rng steel 3 floor 2
 rng mix -1
BOUNDS
 UP bnd a 9
 LO bnd b -2
 UP bnd b 1e30
 MI bnd f
ENDATA
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("LO bnd b -2", "FX bnd f 1e30", "the lower bound of f is at least +1e20"),
        ("UP bnd a 9", "FX bnd a -1e30", "the upper bound of a is at most -1e20"),
        ("UP bnd a 9", "LO bnd a inf", "the lower bound of a is at least +1e20"),
        ("floor 1", "floor 1e20", "the lower side of floor is at least +1e20"),
        ("mix 0.5", "mix 1e25", "the lower side of mix is at least +1e20"),
        ("mix 0.5", "mix inf", "the lower side of mix is at least +1e20"),
    ],
)
def test_limits_that_no_plan_keeps_are_named(tmp_path, old, new, words) -> None:
    path = tmp_path / "blend.mps"
    plain = MPS.replace(" MI bnd f\n", "").replace(" rng mix -1\n", "")
    path.write_text(plain.replace(old, new).replace(" UP bnd b 1e30", ""))
    with pytest.raises(FileError, match=re.escape(words)) as found:
        read_program(path)
    assert code(found) == ["F061"]
    assert "no limit" in found.value.diagnostics[0].why


def test_inf_and_1e20_mean_the_same_on_every_side(tmp_path) -> None:
    """Right-hand sides, ranges and bounds, as a word or as a number, too large for a float or not."""
    read = []
    for word in ("1e30", "inf", "+Infinity", "1e400"):
        path = tmp_path / "blend.mps"
        text = MPS.replace("rng steel 3 floor 2", f"rng floor {word}").replace(
            "UP bnd b 1e30", f"UP bnd b {word}"
        )
        path.write_text(text.replace("rhs steel 4", f"rhs steel {word}"))
        read.append(read_program(path))
    for other in read:
        assert other.u[other.rows.index("steel")] == other.u[other.rows.index("floor")] == INF
        for side in ("l", "u", "lb", "ub"):
            assert np.array_equal(getattr(other, side), getattr(read[0], side))


def code(found) -> list[str]:
    return [d.code for d in found.value.diagnostics]


def test_every_part_of_an_mps_file(tmp_path) -> None:
    path = tmp_path / "blend.mps.gz"
    path.write_bytes(gzip.compress(MPS.encode()))
    p = read_program(path)
    assert (p.name, p.maximise, p.constant) == ("blend", True, 7.0)
    assert p.columns == ("a", "b", "k", "f") and p.rows == ("steel", "floor", "mix", "exactly")
    np.testing.assert_array_equal(p.c, [3, 2, 1, -1])
    np.testing.assert_array_equal(p.l, [1, 1, -0.5, 0])
    np.testing.assert_array_equal(p.u, [4, 3, 0.5, 0])
    np.testing.assert_array_equal(p.lb, [0, -2, 0, -INF])
    np.testing.assert_array_equal(p.ub, [9, INF, 1, INF])
    np.testing.assert_array_equal(p.whole, [False, True, True, False])
    dense = np.zeros((4, 4))
    dense[p.A[0], p.A[1]] = p.A[2]
    np.testing.assert_array_equal(dense, [[1, 1.5, 0, 0], [0, 1, 0, 2], [-1, 1, 0, 0], [0, 0, 1, 0]])
    assert "memo" in p.notes[0]


def test_what_means_no_limit_in_files_is_told_and_never_written(tmp_path) -> None:
    path = tmp_path / "blend.mps"
    path.write_text(MPS)
    p = read_program(path)
    assert (
        p.ub[1] == INF and "1 side of 1e20 or more means no limit, as is the custom of the format" in p.notes
    )
    write_program(tmp_path / "again.lp", p)
    again = read_program(tmp_path / "again.lp")
    np.testing.assert_array_equal(again.ub, p.ub)
    lp = (tmp_path / "again.lp").read_text()
    (tmp_path / "far.lp").write_text(lp.replace("<= 9", "<= 1e22"))
    told = "1 side of 1e20 or more means no limit, as is the custom of the format"
    assert read_program(tmp_path / "far.lp").notes == (*again.notes, told)
    with pytest.raises(FileError, match="the limit 1e\\+22 of column a cannot be written") as found:
        write_program(tmp_path / "far.mps", replace(p, ub=np.where(p.ub == 9, 1e22, p.ub)))
    assert code(found) == ["F700"]


def test_quadratic_costs(tmp_path) -> None:
    text = MPS.replace("ENDATA", "QUADOBJ\n a a 2\n b a 1\nENDATA").replace(" MAX", " MIN")
    (tmp_path / "q.qps").write_text(text)
    p = read_program(tmp_path / "q.qps")
    assert [v.tolist() for v in p.P] == [[0, 0], [0, 1], [2.0, 1.0]]


def test_fixed_columns_may_hold_blanks(tmp_path) -> None:
    lines = ["NAME          fixed", "ROWS", " N  cost", " G  row one", "COLUMNS"]
    lines += ["    the x     cost                 1   row one              2"]
    lines += ["RHS", "    rhs       row one              4", "ENDATA", ""]
    (tmp_path / "f.mps").write_text("\n".join(lines))
    p = read_program(tmp_path / "f.mps")
    assert p.columns == ("the x",) and p.rows == ("row one",) and p.l.tolist() == [4]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (" a mix -1 memo 5", " a mix abc memo 5", "F061"),
        (" a mix -1 memo 5", " a mix 1_0 memo 5", "F061"),
        (" a mix -1 memo 5", " a mix 1,5 memo 5", "F061"),
        (" a profit 3", " a profit inf", "F061"),
        (" a mix -1 memo 5", " a mix 1e400 memo 5", "F061"),
        (" rhs steel 4", " rhs profit inf", "F061"),
        (" rhs steel 4", " rhs steel inf", "F061"),
        (" rhs steel 4 floor 1", " rhs floor -1e30", "F061"),
        (" a mix -1 memo 5", " a mixx -1 memo 5", "F062"),
        (" MI bnd f", " MI bnd ff", "F062"),
        (" UP bnd a 9", " UP bnd a 9\n UP bnd a 8", "F063"),
        (" a mix -1 memo 5", " a mix -1 steel 5", "F063"),
        (" L steel", " L steel\n L steel", "F063"),
        (" rng mix -1", " rng mix -1\n rng mix 2", "F063"),
        (" rng mix -1", " other mix -1", "F064"),
        (" UP bnd a 9", " SC bnd a 9", "F064"),
        ("ENDATA", "SOS\n S1 one\nENDATA", "F064"),
        ("ENDATA", "", "F060"),
        (" N profit", " Q profit", "F060"),
        (" a mix -1 memo 5", " a mix", "F060"),
        (" UP bnd a 9", " UP bnd a -9", "F065"),
        (" MAX", " BEST", "F060"),
        ("'INTORG'", "'INTERN'", "F060"),
        (" MAX", " MAX\n MIN", "F063"),
        (" a profit 3", " a profit 1e150", "F061"),
        (" a profit 3", " a profit 1e30", "F061"),
        ("ROWS", "ROWS\n" + " " * 62 + "x", "F060"),
        ("BOUNDS", "BOUNDS\n" + " " * 62 + "x", "F064"),
        (" MAX", " " * 62 + "x", "F060"),
        (MPS, " \n", "F060"),
    ],
)
def test_what_is_wrong_is_refused_at_its_line(tmp_path, old, new, expected) -> None:
    (tmp_path / "m.mps").write_text(MPS.replace(old, new, 1))
    with pytest.raises(FileError) as found:
        read_program(tmp_path / "m.mps")
    assert expected in code(found)
    assert all(d.fix for d in found.value.diagnostics)


def test_lines_below_a_section_that_is_not_taken_are_no_findings(tmp_path) -> None:
    (tmp_path / "m.mps").write_text(MPS.replace("ENDATA", "INDICATORS\n IF steel a 1\n IF floor a 0\nENDATA"))
    with pytest.raises(FileError) as found:
        read_program(tmp_path / "m.mps")
    assert code(found) == ["F064"]


def test_lines_that_end_as_on_old_machines(tmp_path) -> None:
    programs = []
    for end in ("\n", "\r\n", "\r"):
        (tmp_path / "m.mps").write_bytes(MPS.replace("\n", end).encode())
        programs.append(read_program(tmp_path / "m.mps"))
    assert [p.columns for p in programs] == [programs[0].columns] * 3


@pytest.mark.parametrize("kind", ["mps", "lp"])
def test_columns_that_only_bounds_name_are_noted(tmp_path, kind) -> None:
    """As a misspelt name makes them, where the format lets names begin anywhere."""
    text = {
        "mps": MPS.replace("COLUMNS", "COLUMNS\n zz memo 1"),
        "lp": LP.replace("general\n", "general\n zz\n"),
    }[kind]
    (tmp_path / f"m.{kind}").write_text(text)
    notes = read_program(tmp_path / f"m.{kind}").notes
    assert "1 column stands in no row and has no cost: zz" in notes


def test_a_file_of_no_known_kind(tmp_path) -> None:
    (tmp_path / "m.txt").write_text(MPS)
    with pytest.raises(FileError) as found:
        read_program(tmp_path / "m.txt")
    assert code(found) == ["F060"]
    (tmp_path / "m.mps.xz").write_bytes(b"\xfd7zXZ\0")
    with pytest.raises(FileError) as found:
        read_program(tmp_path / "m.mps.xz")
    assert code(found) == ["F060"]
    (tmp_path / "m.mps.gz").write_bytes(b"no gzip")
    with pytest.raises(FileError) as found:
        read_program(tmp_path / "m.mps.gz")
    assert code(found) == ["F002"]


LP = """\\ a comment with other words
maximize
 profit: 3 a + 2 b + 5
subject to
 steel: a + 1.5 b <= 4
 floor: b >= -1
bounds
 a <= 9
 b free
general
 a
end
"""


def test_lp_files(tmp_path) -> None:
    (tmp_path / "m.lp").write_text(LP)
    p = read_program(tmp_path / "m.lp")
    assert p.maximise and p.constant == 5 and p.columns == ("a", "b") and p.rows == ("steel", "floor")
    assert p.whole.tolist() == [True, False] and p.lb.tolist() == [0, -INF]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (LP, "", "F060"),
        (" floor:", " steel:", "F063"),
        ("3 a + 2 b", "1e30 a", "F061"),
        ("general", "semi-continuous", "F064"),
    ],
)
def test_lp_files_that_highs_alone_would_take(tmp_path, old, new, expected) -> None:
    (tmp_path / "m.lp").write_text(LP.replace(old, new))
    with pytest.raises(FileError) as found:
        read_program(tmp_path / "m.lp")
    (said,) = found.value.diagnostics
    assert said.code == expected and said.mark.source == "m.lp" and said.fix


@pytest.mark.parametrize("broken", ["1.5 b <= 4 x", "1.5 b <= 1e3x", "[ a ^ ] <= 4"])
def test_lp_files_that_cannot_be(tmp_path, broken) -> None:
    (tmp_path / "m.lp").write_text(LP.replace("1.5 b <= 4", broken))
    with pytest.raises(FileError) as found:
        read_program(tmp_path / "m.lp")
    assert code(found)[0] == "F065"


@pytest.mark.parametrize(
    ("broken", "line"), [("1.5 b ++* <= 4", True), ("1.5 b <= Four", True), ("1.5 b <= 4 b", False)]
)
def test_a_refused_lp_file_has_a_line_where_its_word_stands_once(tmp_path, broken, line) -> None:
    """HiGHS' reader tells a word and no line; a name that stands on several says nothing."""
    text = LP.replace("1.5 b <= 4", broken)
    (tmp_path / "m.lp").write_text(text)
    with pytest.raises(FileError) as found:
        read_program(tmp_path / "m.lp")
    (said,) = found.value.diagnostics
    here = next(k for k, row in enumerate(text.splitlines(), 1) if broken in row)
    assert said.code == "F065" and said.mark.line == (here if line else None)


HIGHS = """Model status
Optimal

# Primal solution values
Feasible
Objective 2
# Columns 2
x one 0.5
y 1
# Rows 1
r 1.5

# Dual solution values
Feasible
# Columns 2
x one 0
y -1
# Rows 1
r 2

# Basis
HiGHS_basis_file v2
Valid
# Columns 2
x one 1
y 0
# Rows 1
r 0
"""


def test_solutions(tmp_path) -> None:
    path = tmp_path / "s"
    path.write_text(HIGHS)
    s = read_solution(path, ["x one", "y"], ["r"])
    assert s.x.tolist() == [0.5, 1] and s.absent == 0
    assert s.y is not None and s.y.tolist() == [2] and s.z is not None and s.z.tolist() == [0, -1]
    path.write_text("solution status: optimal\nobjective value:  12\nx  3 \t(obj:1)\nr,4\n# end\n")
    s = read_solution(path, ["x", "y"], ["r"])
    assert (
        s.x.tolist() == [3, 0] and s.absent == 1 and s.z is None and s.y is not None and s.y.tolist() == [4]
    )
    path.write_text('name;value\n"x";1e-3\n')
    assert read_solution(path, ["x"], []).x.tolist() == [0.001]


CBC = """Optimal - objective value 12.00000000
      0 x                      3                       0
**    1 y                    2.5                       1
"""


@pytest.mark.parametrize(
    "text",
    [CBC, "x 3\ny 2.5\n", "x = 3\ny = 2.5\n", "x,3\ny,2.5\n", "x , 3\ny , 2.5\n", "x\t3\ny\t2.5\n", "x,3,,\ny,2.5,,\n",
     "name,value,cost\nx,3,0\ny,2.5,7\n", '"x";"3"\n"y";"2.5"\n', "# Objective value = 12\nx 3\ny 2.5\n"],
)  # fmt: skip
def test_forms_of_solutions(tmp_path, text) -> None:
    path = tmp_path / "s"
    path.write_text(text)
    assert read_solution(path, ["x", "y"], ["r"]).x.tolist() == [3, 2.5]
    packed = tmp_path / "s.sol.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert read_solution(packed, ["x", "y"], ["r"]).x.tolist() == [3, 2.5]


@pytest.mark.parametrize("text", ["x 3\ny 2,5\n", "x;3\ny;2,5\n", "x,3\ny,2,5\n", '"x","3"\n"y","2,5"\n'])
def test_a_decimal_comma_in_a_solution_is_told(tmp_path, text) -> None:
    """It was read as the whole number before it."""
    (tmp_path / "s").write_text(text)
    with pytest.raises(FileError) as found:
        read_solution(tmp_path / "s", ["x", "y"], ["r"])
    (said,) = found.value.diagnostics
    assert said.code == "F061" and said.mark.line == 2 and "comma" in said.why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<?xml version='1.0'?>\n<CPLEXSolution>\n", "F067"),
        ('{"x": 3}', "F067"),
        ("c Problem: m\nc Rows: 2\n", "F067"),
        ("Columns\n    Index Status        Lower        Upper       Primal  Name\n", "F066"),
    ],
)
def test_a_form_that_is_not_read_is_told_with_those_that_are(tmp_path, text, expected) -> None:
    (tmp_path / "s").write_text(text)
    with pytest.raises(FileError, match="Forms that are known: HiGHS' solution file") as found:
        read_solution(tmp_path / "s", ["x", "y"], ["r"])
    assert code(found) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HIGHS.replace("y 1\n# Rows", "y 1\ny 2\n# Rows", 1), "F063"),
        (HIGHS.replace("# Columns 2", "# Columns 3", 1), "F066"),
        (HIGHS[: HIGHS.index("# Rows")].replace("y 1\n", ""), "F066"),
        (HIGHS.replace("# Columns 2", "# ", 1), "F066"),
        ("x abc", "F061"),
        ("x nan", "F061"),
        ("x", "F066"),
        ("", "F066"),
        ("# nothing", "F066"),
        ("xx 1", "F067"),
        ("x 1\nx 2", "F063"),
        (HIGHS.replace("y 1", "yy 1"), "F067"),
        ("# Primal solution values\nNone\n", "F066"),
    ],
)
def test_solutions_that_are_none(tmp_path, text, expected) -> None:
    (tmp_path / "s").write_text(text)
    with pytest.raises(FileError) as found:
        read_solution(tmp_path / "s", ["x", "y", "x one"], ["r"])
    assert code(found) == [expected]
