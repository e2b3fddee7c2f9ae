"""Documents of the protocols as frozen types, and the way between them and bytes.

Pure: no I/O, no clock, no randomness. A protocol version is a package of its own.
"""
