"""Figures from counts: the one place where a rate, a gap or an interval is defined.

Pure and without any package: provider and receiver run the same few lines on the same counts.
"""
