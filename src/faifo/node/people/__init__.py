"""People: their accounts, decisions about persons, and what waits for a person."""
