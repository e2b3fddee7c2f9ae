"""The use cases of a node, as units of work. They know no HTTP."""
