"""From letters that are due to a mail server that took them."""
