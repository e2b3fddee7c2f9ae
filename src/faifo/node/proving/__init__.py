"""What this node can show to whoever settles a dispute, and what it erases."""
