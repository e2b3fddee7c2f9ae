"""The node: it receives, decides, commits, and then sends.

One room for each question; `http/` is its public and its management face, `wiring/` the only place
where everything is put together.
"""
