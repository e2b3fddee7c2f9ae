"""Every call to others, and what is remembered of what they said."""
