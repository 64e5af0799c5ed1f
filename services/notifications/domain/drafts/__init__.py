"""What each event gives people to read. The table of `docs/letters.md` is this package in words."""
