"""The settings of a node: declared, read from one file and the environment, and checked."""
