"""Measure at home: read data and models, count, write evidence. `small` alone needs no `faifo[ai]`.

The same input, seed and versions give the same bytes. Nothing here sends anything.
"""
