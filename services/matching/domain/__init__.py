"""What this service decides, without touching anything: values in, values and events out."""
