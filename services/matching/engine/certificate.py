"""The proof: prices of seats and utilities of mentees that no matching can beat."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Certificate:
    """What was matched, and bounds that hold for every possible matching of the same people."""

    mentees: int
    mentors: int
    seats: int
    allowed_pairs: int
    matched: int
    matched_bound: int
    """No matching gives more mentees a mentor."""
    score: int
    score_bound: int
    """No matching of `matched` mentees has a higher total score."""
    gap_ppm: int
    """Distance of the score to its bound in millionths of the bound, rounded up."""
    scale: int
    """What a score of 1 was multiplied with to be a whole number."""
    coverage_bonus: int
    """What matching one more mentee counts, on the scale of the scores: more than all scores together can."""
    rounds: int
    policy_version: int
    inputs_sha256: str
    seconds: float
    peak_bytes: int

    def as_json(self) -> dict[str, int | float | str]:
        """The fields by name, as in `certificate.json`."""
        return asdict(self)
