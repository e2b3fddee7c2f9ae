"""The register that follows promises: progress, what has changed, and what portals harvest."""
