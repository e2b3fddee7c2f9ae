"""What is wrong with a node's set-up, found without changing anything, and what to do about it."""
