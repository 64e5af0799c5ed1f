"""What callers get to see, one file per noun."""
