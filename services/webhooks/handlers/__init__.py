"""What the service can do, one function each: hear, subscribe, deliver, forget."""
