"""From events that are due to receivers that took them."""
