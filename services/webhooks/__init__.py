"""Webhooks: who outside is sent which events, and whether they took them."""
