"""Pieces of answers into tables: in memory, in the store, in Parquet files, side by side."""
