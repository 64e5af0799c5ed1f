"""One function per SQL statement: what was asked for, what is to be sent, what came of it."""
