"""Laws are tried on the same examples in every run; SADDLEPOINT_RANDOM=1 tries new ones."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", deadline=None)
settings.load_profile("new" if os.environ.get("SADDLEPOINT_RANDOM") else "same")
