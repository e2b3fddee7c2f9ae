"""The data plane: files and HTTP APIs, handed out against a token, every access recorded.

It knows nothing of messages, store or node. It asks a `Gate` whether a token may do this, and
tells a `Journal` that it happened; both are Protocols that the node supplies.
"""
