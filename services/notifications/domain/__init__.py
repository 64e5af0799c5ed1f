"""Decisions about letters. Pure: no database, no clock, no mail server."""
