"""The services: each owns one Postgres schema, none imports another."""
