"""Measure at home: read data and models, count, and write evidence. Needs `faifo[ai]`.

The same input, seed and versions give the same bytes. Nothing here sends anything.
"""

from __future__ import annotations

import os

# Read when scikit-learn loads OpenMP. Its threads wait for each other by spinning, which on a
# machine that has other work takes the core from the thread that is waited for: gradient boosting
# then needed four to six times the CPU. Who knows better sets it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
