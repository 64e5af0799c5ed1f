"""The events that others may rely on. Nothing here does anything: read it to learn what is told."""
