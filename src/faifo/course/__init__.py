"""A short course: four lessons, exercises that throw-away nodes check, and a badge at the end.

It needs no network: both nodes, the learner's and the school's, are on this machine.
"""

from __future__ import annotations

LESSONS = ("table", "refusal", "passport", "scam")
