"""What the service can do: each function loads, decides, saves and tells, in the transaction it is handed."""
