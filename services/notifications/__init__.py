"""Letters: who gets which, when, in which language, and what became of it."""
