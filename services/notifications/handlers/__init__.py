"""One function per thing the service can do."""
