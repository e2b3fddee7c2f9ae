"""Measure at home: read data and models, count, write evidence. `small` alone needs no `faifo[ai]`.

The same input, seed and versions give the same bytes. Nothing here sends anything.
"""

from __future__ import annotations

import os

# Read when scikit-learn loads GNU OpenMP. By default its threads wait for each other by spinning
# 300,000 times, which on a machine that has other work takes the core from the thread that is
# waited for; not spinning at all takes four times as long on a quiet one. Who knows better sets
# either variable.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "4000")
