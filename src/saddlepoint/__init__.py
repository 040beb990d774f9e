"""Saddlepoint: a laboratory for planning with convex optimisation."""
