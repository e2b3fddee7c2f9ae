"""The officers' console: pages over the management API, with the rights of whoever looks."""
