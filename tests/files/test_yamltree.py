"""YAML as texts with places: what is refused, what is kept, where things stand."""

import pytest

from saddlepoint.errors import FileError, Mark
from saddlepoint.files import Listing, Record, Scalar, parse_yaml, read_yaml


def refused(text: str) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_yaml(text, "problem.yml")
    return caught.value


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("F010", "a: [1, 2"),
        ("F010", "a: b: c"),
        ("F010", "a: 'open"),
        ("F011", "a: 1\nb: 2\na: 3"),
        ("F011", "x: {k: 1, k: 2}"),
        ("F012", "a: &x [1]\nb: *x"),
        ("F012", "a: &unused 1"),
        ("F013", "a: !!python/object/apply:os.system ['true']"),
        ("F013", "a: !custom 1"),
        ("F014", "a: 1\n---\nb: 2"),
        ("F015", "a:\n\tb: 1"),
        ("F016", "a: " + "[" * 60 + "]" * 60),
        ("F016", "[" * 100_000),
        ("F016", "a: {b: " + "[" * 2_000 + "]" * 2_000 + "}"),
        ("F017", "? [a, b]\n: 1"),
    ],
)
def test_refused_with_its_code(code: str, text: str) -> None:
    assert {d.code for d in refused(text).diagnostics} == {code}


def test_a_billion_laughs_is_refused_at_its_first_line() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{chr(98 + k)}: &n{k} [*a, *a]\n" for k in range(9))
    error = refused(bomb)
    assert error.diagnostics[0].code == "F012"
    assert error.diagnostics[0].mark.line == 1


def test_the_double_key_is_shown_at_its_place() -> None:
    assert str(refused("objective: a\nexpressions: b\nobjective: c")) == (
        "error F011: problem.yml:3:1: the key 'objective' is there twice\n"
        "    objective: c\n"
        "    ^^^^^^^^^\n"
        "  why: First: problem.yml:1:1. The later value would silently replace the earlier one.\n"
        "  fix: Delete or rename one of them."
    )


def test_the_tab_is_named() -> None:
    found = refused("a:\n\tb: 1").diagnostics[0]
    assert (found.mark.line, found.mark.column) == (2, 1)
    assert "tab" in found.message


@pytest.mark.parametrize(
    "text", ["NO", "on", "1e3", "012", "12:30", "0x10", "2030-01-01", "1_000", ".5", "=", "y"]
)
def test_texts_stay_what_they_are(text: str) -> None:
    tree = parse_yaml(f"a: [{text}]", "x.yml")
    assert isinstance(tree, Record)
    listing = tree.get("a")
    assert isinstance(listing, Listing)
    assert [item.text for item in listing.items if isinstance(item, Scalar)] == [text]


def test_places_of_keys_values_and_quoted_texts() -> None:
    tree = parse_yaml("a:\n  - x >= 0\n  - 'y: <= 1'\n", "problem.yml")
    assert isinstance(tree, Record)
    listing = tree.get("a")
    assert isinstance(listing, Listing)
    assert listing.items[0].mark == Mark("problem.yml", 2, 5, cell=None, text="  - x >= 0", start=4, end=10)
    assert listing.items[1].mark == Mark(
        "problem.yml", 3, 5, cell=None, text="  - 'y: <= 1'", start=5, end=12
    )


def test_a_folded_text_is_joined_and_marked_whole() -> None:
    tree = parse_yaml("a: sum(x)\n  + y\n  <= 3\n", "p.yml")
    assert isinstance(tree, Record)
    assert tree.entries[0][1] == Scalar(
        "sum(x) + y <= 3", Mark("p.yml", 1, 4, cell=None, text="sum(x) + y <= 3", start=0, end=15)
    )


def test_blank_comment_and_missing_values_mean_nothing() -> None:
    assert parse_yaml("", "x.yml") == Scalar("", Mark("x.yml", 1, 1))
    tree = parse_yaml("a: # nothing\nb: ~\nc: ''\n", "x.yml")
    assert isinstance(tree, Record)
    assert [node.empty for _, node in tree.entries if isinstance(node, Scalar)] == [True, True, False]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_a_mark_are_read(tmp_path, encoding: str) -> None:
    (tmp_path / "x.yml").write_bytes("Güter: Straße".encode(encoding))
    tree = read_yaml(tmp_path / "x.yml")
    assert isinstance(tree, Record)
    assert tree.entries[0][0].text == "Güter"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("F003", "Güter".encode("latin-1")),
        ("F004", b"a: \0b"),
        ("F005", b"#" * (9 << 20)),
        ("F003", b"\xff\xfea"),
    ],
)
def test_bytes_that_are_no_text(tmp_path, code: str, data: bytes) -> None:
    (tmp_path / "x.yml").write_bytes(data)
    with pytest.raises(FileError) as caught:
        read_yaml(tmp_path / "x.yml")
    assert caught.value.diagnostics[0].code == code


def test_missing_file_and_folder_in_its_place(tmp_path) -> None:
    with pytest.raises(FileError) as caught:
        read_yaml(tmp_path / "none.yml")
    assert caught.value.diagnostics[0].code == "F001"
    with pytest.raises(FileError) as caught:
        read_yaml(tmp_path)
    assert caught.value.diagnostics[0].code == "F002"


def test_all_findings_come_at_once() -> None:
    assert [d.code for d in refused("a: 1\na: 2\nb: !t x\nc: &z 1").diagnostics] == ["F011", "F013", "F012"]


def test_an_open_quote_is_shown_where_it_begins() -> None:
    mark = refused("a: 1\nb:\n  - 'x >= 0\n  - y\n").diagnostics[0].mark
    assert (mark.line, mark.column) == (3, 5)


@pytest.mark.parametrize("text", ["[" * 100_000, "a:\n  - " + "{b: " * 3_000, "- " * 500])
def test_depth_is_called_depth_whichever_parser_reads(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """libyaml 0.2.6 stops at a depth of its own, older ones and the parser in Python at none."""
    import yaml

    assert refused(text).diagnostics[0].code == "F016"
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert refused(text).diagnostics[0].code == "F016"


def test_many_brackets_beside_each_other_are_no_depth() -> None:
    assert refused("a: " + "[], " * 200 + "\nb: [").diagnostics[0].code == "F010"
