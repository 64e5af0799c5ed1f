"""What keeps a run from starting, or a row from holding, each as a sentence."""


class CannotRun(Exception):
    """Something is missing; the message says what, and the mend."""


class Broken(Exception):
    """A promise did not hold; the message says which, and what was seen."""
