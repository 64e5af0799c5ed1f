"""Checks a result without trusting whoever made it: one pass over the allowed pairs, in plain Python.

Why this proves it: let B be the coverage bonus, more than the scores of any whole matching, and let utility + price ≥
B + score hold for every allowed pair, with all utilities and prices ≥ 0. Add this up over the pairs of any matching:
B · pairs + score ≤ Σ utilities + Σ seats · prices, since nobody is matched twice and no mentor beyond their seats. The
right side is the bound; a result that reaches it cannot be beaten. This file shares no code with the solver and
imports nothing of ours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import sha256
from struct import pack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MILLION = 1_000_000


@dataclass(frozen=True)
class Claim:
    """A result as it stands in files: everything in it is to be doubted."""

    allowed: Iterable[tuple[str, str, int]]
    """(mentee, mentor, score) of every pair that no rule forbids, sorted by mentee, then mentor."""
    pairs: Sequence[tuple[str, str, int]]
    """(mentee, mentor, score) of those who were matched."""
    unmatched: Sequence[str]
    prices: Sequence[tuple[str, int, int, int]]
    """(mentor, seats, taken, price)"""
    utilities: Sequence[tuple[str, int]]
    """(mentee, utility)"""
    certificate: Mapping[str, Any]


def objections(claim: Claim) -> list[str]:
    """What is wrong with the claim, in sentences; empty if it is proven."""
    found = [*_of_the_people(claim), *_of_the_prices(claim)]
    return found or [*_of_the_proof(claim)]


def _of_the_people(claim: Claim) -> Iterator[str]:
    """Nobody twice, everybody somewhere, no seat given away twice."""
    met = Counter([mentee for mentee, _, _ in claim.pairs] + list(claim.unmatched))
    yield from (f"mentee {mentee} stands there {times} times" for mentee, times in met.items() if times > 1)
    if set(met) != {mentee for mentee, _ in claim.utilities} or len(met) != len(claim.utilities):
        yield "utilities.csv does not list the same mentees as pairs.csv and unmatched.csv"
    taken = Counter(mentor for _, mentor, _ in claim.pairs)
    listed = Counter(mentor for mentor, _, _, _ in claim.prices)
    yield from (f"mentor {mentor} has {times} prices" for mentor, times in listed.items() if times > 1)
    yield from (f"mentor {mentor} has no price" for mentor in taken.keys() - listed.keys())
    for mentor, seats, told, _ in claim.prices:
        if not taken[mentor] == told <= seats:
            yield f"mentor {mentor} has {seats} seats and {taken[mentor]} mentees, but {told} are told"


def _of_the_prices(claim: Claim) -> Iterator[str]:
    yield from (f"mentor {mentor} has a price below 0" for mentor, _, _, price in claim.prices if price < 0)
    yield from (f"mentee {mentee} has a utility below 0" for mentee, gain in claim.utilities if gain < 0)
    if claim.certificate["coverage_bonus"] < 1:
        yield "the coverage bonus is not above 0"


def _of_the_proof(claim: Claim) -> Iterator[str]:
    """The one pass: utility + price ≥ bonus + score for every allowed pair, and both no higher than that asks."""
    bonus, floor = claim.certificate["coverage_bonus"], max(claim.certificate.get("min_score", 0), 0)
    highest = 0
    utility = dict(claim.utilities)
    price = {mentor: cost for mentor, _, _, cost in claim.prices}
    open_pairs = {(mentee, mentor): score for mentee, mentor, score in claim.pairs}
    gain, asked = dict.fromkeys(utility, 0), dict.fromkeys(price, 0)
    digests, count, before = defaultdict[str, Any](sha256), 0, ("", "")
    mentors = {name: at for at, name in enumerate(sorted(price))}
    for mentee, mentor, score in claim.allowed:
        if (mentee, mentor) <= before or mentee not in utility or mentor not in price or score < floor:
            yield f"the allowed pair {mentee}, {mentor} is out of order, unknown or below {floor}"
            return
        worth = bonus + score
        highest = max(highest, score)
        if utility[mentee] + price[mentor] < worth:
            yield f"utility and price of {mentee}, {mentor} are below what the pair is worth"
        gain[mentee] = max(gain[mentee], worth - price[mentor])
        asked[mentor] = max(asked[mentor], worth - utility[mentee])
        if open_pairs.get((mentee, mentor)) == score:
            del open_pairs[mentee, mentor]
        digests[mentee].update(pack("<Iq", mentors[mentor], score))
        before, count = (mentee, mentor), count + 1
    yield from _of_the_bonus(claim, highest)
    yield from (f"{mentee}, {mentor} is not allowed, or not with this score" for mentee, mentor in open_pairs)
    yield from (f"mentee {one} gains {gain[one]}, not {utility[one]}" for one in gain if gain[one] != utility[one])
    yield from (f"mentor {one} is worth {asked[one]}, not {price[one]}" for one in asked if asked[one] != price[one])
    yield from _of_the_totals(claim, {"allowed_pairs": count, "inputs_sha256": _digest(claim, digests)})


def _of_the_bonus(claim: Claim, highest: int) -> Iterator[str]:
    """With a smaller one, few pairs with high scores could pass for better than more pairs."""
    seats = sum(seats for _, seats, _, _ in claim.prices)
    bonus, told = min(len(claim.utilities), seats) * highest + 1, claim.certificate["coverage_bonus"]
    if told != bonus:
        yield f"coverage_bonus is {bonus}, but the certificate says {told}"


def _of_the_totals(claim: Claim, seen: dict[str, Any]) -> Iterator[str]:
    told, bonus, matched = claim.certificate, claim.certificate["coverage_bonus"], len(claim.pairs)
    bound = sum(gain for _, gain in claim.utilities) + sum(seats * cost for _, seats, _, cost in claim.prices)
    score, score_bound = sum(score for _, _, score in claim.pairs), bound - bonus * matched
    seen |= {
        "mentees": len(claim.utilities),
        "mentors": len(claim.prices),
        "seats": sum(seats for _, seats, _, _ in claim.prices),
        "matched": matched,
        "matched_bound": bound // bonus,
        "score": score,
        "score_bound": score_bound,
        "gap_ppm": -((score - score_bound) * MILLION // max(score_bound, 1)),
    }
    for name, value in seen.items():
        if told[name] != value:
            yield f"{name} is {value}, but the certificate says {told[name]}"


def _digest(claim: Claim, of_pairs: Mapping[str, Any]) -> str:
    told = claim.certificate
    floor = f"\tmin_score {told['min_score']}" if told.get("min_score") else ""
    digest = sha256(f"scale {told['scale']}\tpolicy_version {told['policy_version']}{floor}\n".encode())
    mentees = sorted(dict(claim.utilities))
    digest.update("".join(f"{mentee}\n" for mentee in mentees).encode())
    seats = sorted((mentor, seats) for mentor, seats, _, _ in claim.prices)
    digest.update("".join(f"{mentor}\t{free}\n" for mentor, free in seats).encode())
    for mentee in mentees:
        digest.update(of_pairs[mentee].digest())
    return digest.hexdigest()
