"""The words of the reasons, in English."""
