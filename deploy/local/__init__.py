"""Everything on one machine: real Kafka and PostgreSQL from wheels, the services, SMTP, and their upkeep."""
