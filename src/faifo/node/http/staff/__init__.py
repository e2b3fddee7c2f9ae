"""The node's page for its own people: links that open it once, sessions, and the pages."""
