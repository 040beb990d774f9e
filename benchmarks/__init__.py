"""Timings: models, phases, rivals. Figures by command, never asserted."""
