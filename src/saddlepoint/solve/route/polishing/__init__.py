"""Answers made exact."""
