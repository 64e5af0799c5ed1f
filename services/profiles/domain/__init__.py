"""What a person is, and how one is read from the HR file. Pure: no clock, no database, no network."""
