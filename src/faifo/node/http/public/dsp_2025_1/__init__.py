"""The HTTPS binding of the Dataspace Protocol 2025-1. Another version would be a sibling room."""
