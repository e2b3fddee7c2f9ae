"""Drivers of policies, one for each API that they had: each prints evaluations a second as JSON.

A driver runs alone in the interpreter that has its version of Faifo, so it imports nothing of the
bench. It reads from stdin what `bench.policies` writes: a policy, facts, and for how many seconds.
"""
