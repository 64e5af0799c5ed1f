"""What is decided about subscriptions and deliveries, without database, network or clock."""
