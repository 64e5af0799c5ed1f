"""From a letter's facts to the bytes that are sent."""
