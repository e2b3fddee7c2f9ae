"""The node: it receives, decides, commits, and then sends.

`services/` holds the use cases, `http/` the public and the management face, `wiring/` the only
place where everything is put together.
"""
