"""One function per SQL statement."""
