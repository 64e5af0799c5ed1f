"""What keeps the check itself from working, said in a sentence that names the mend."""


class CannotCheck(Exception):
    """The manifests could not be judged here; the message says why and what to do."""
