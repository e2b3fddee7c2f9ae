"""A node's store in a schema of a PostgreSQL database: what differs from other databases."""
