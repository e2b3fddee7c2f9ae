"""What happened and how things stand, for people and their tools."""
