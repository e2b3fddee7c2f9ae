"""The verbs, one file each; every file has `command`."""
