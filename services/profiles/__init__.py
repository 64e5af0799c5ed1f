"""People: who is there, what they can and want, how to reach them, and who left."""
