"""A node's store in one SQLite file: the store, its tables, its schema, copies and looks at it."""
