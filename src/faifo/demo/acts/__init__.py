"""The acts, in the order of the story; each says only what it has just checked."""
