"""What lies in the directory of a node: which file is where, its keys, whom it trusts."""
