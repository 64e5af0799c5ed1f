"""What every service stands on. It knows no business word; start with README.md."""
