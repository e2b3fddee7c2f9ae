"""What the rules need to know of a node, and what they decided, for its books."""
