"""Memory that is freed and taken again: no page of it is cleared anew."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
from saddlepoint.solve.adapters.freed_memory import keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def take_and_free():
    [b"x" * (3900 << 10) for _ in range(3)]

bytes(4 << 20)
for keep in (lambda: None, keep_freed_memory):
    keep()
    take_and_free()
    before = faults()
    for _ in range(5):
        take_and_free()
    print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such limits")
def test_vectors_freed_together_and_taken_again_are_not_given_back():
    done = subprocess.run([sys.executable, "-c", FAULTS], check=True, capture_output=True, text=True)
    given_back, kept = map(int, done.stdout.split())
    assert given_back > 5 * 2000
    assert kept < 100
