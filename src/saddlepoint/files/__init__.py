"""Excel, CSV, YAML, Parquet, atomic writing, safe paths; the only place that opens files."""

from saddlepoint.files.delimited import read_csv, write_csv
from saddlepoint.files.excel import read_workbook, tab_names
from saddlepoint.files.numbers import cell_number, is_blank, is_missing, is_number, to_floats
from saddlepoint.files.paths import contained, copy_folder, distinct_names, inside, safe_name
from saddlepoint.files.sheet import Sheet, as_label, as_labels
from saddlepoint.files.text import explain_letters, read_bytes, read_text
from saddlepoint.files.traces import first_text, maker
from saddlepoint.files.workbook import tab_name, write_workbook
from saddlepoint.files.yamltree import Listing, Record, Scalar, Tree, parse_yaml, read_yaml

__all__ = [
    "Listing",
    "Record",
    "Scalar",
    "Sheet",
    "Tree",
    "as_label",
    "as_labels",
    "cell_number",
    "contained",
    "copy_folder",
    "distinct_names",
    "explain_letters",
    "first_text",
    "inside",
    "is_blank",
    "is_missing",
    "is_number",
    "maker",
    "parse_yaml",
    "read_bytes",
    "read_csv",
    "read_text",
    "read_workbook",
    "read_yaml",
    "safe_name",
    "tab_name",
    "tab_names",
    "to_floats",
    "write_csv",
    "write_workbook",
]
