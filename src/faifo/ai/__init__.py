"""Evidence about AI systems and data that crosses a border instead of the data.

A provider counts at home (`assess`); counts, formulas and digests travel (`evidence`, `passport`);
the receiver makes every figure again from the counts (`metrics`) and judges (`decision`).
`metrics` and `decision` are pure and need nothing but the core; `assess` needs `faifo[ai]`.
"""
