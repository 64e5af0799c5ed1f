"""Engagement: what becomes of a pair once both said yes."""
