"""A node that the Dataspace Protocol's conformance kit can drive, for test runs only.

A real node, put together by `faifo.node.wiring`, with another conduct, other callers and two hooks.
Started as `python -m tck.node` and in no other way: no setting and no request of a node
leads here. Every id that the kit fixes stands in this room.
"""
