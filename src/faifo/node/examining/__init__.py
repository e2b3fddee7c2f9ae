"""How a node and its partners look from outside, for who searches a fault."""
