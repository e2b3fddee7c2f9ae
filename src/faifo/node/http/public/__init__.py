"""The public face: protocols, well-known documents, the probe."""
