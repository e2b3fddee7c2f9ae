"""Measure at home: read data and models, count, and write evidence. Needs `faifo[ai]`.

The same input, seed and versions give the same bytes. Nothing here sends anything.
"""
