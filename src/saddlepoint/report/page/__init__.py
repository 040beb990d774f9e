"""The report as one page: what it holds, its parts, and the document. LICENSES.md in `parts` says who wrote which part."""
