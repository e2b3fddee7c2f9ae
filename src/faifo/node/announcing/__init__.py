"""Notices: pushed to who has an agreement, signed, acknowledged, counted."""
