"""Packs: dated data files that name, clause by clause, the law or framework behind a term.

A pack states no conformity with any text. Those for terms are here; those for AI evidence
(`faifo.ai.packs`) have the same clauses, with what is asked of evidence beside them.
"""
