from __future__ import annotations

import sys
from pathlib import Path

# The checks are a module, so that they run on the broken stores too.
sys.path.insert(0, str(Path(__file__).parent))
