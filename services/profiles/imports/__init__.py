"""HR files on their way in: kept whole, then worked through in batches that survive a restart."""
