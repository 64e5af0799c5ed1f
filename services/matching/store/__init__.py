"""One function per SQL statement; rows become domain values here."""
