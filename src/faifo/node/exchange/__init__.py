"""Negotiations and transfers: use cases as units of work. They know no HTTP."""
