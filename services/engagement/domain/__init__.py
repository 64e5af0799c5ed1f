"""Pure decisions about pairs: state in, new state and events out. Nothing here waits, reads a clock or draws an id."""
