"""Faifo: a dataspace node that shares data, services and AI systems under rules, with proof.

The rooms, from the bottom up: `errors`, `clock`, `ids`, `phrases`; `messages` (what is on the
wire); `machines`, `policy`, `trust` (pure decisions); `store`, `dataplane`; `node`, `client`;
`demo`, `cli`. Imports go downwards only.
"""

__version__ = "0.1.0"
