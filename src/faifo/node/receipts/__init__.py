"""Receipts: this node's log, what it proves to others, and what others prove to it."""
