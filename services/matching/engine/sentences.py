"""The words of the reasons, in English; letters in other languages are written from `part` and `facts`."""

from collections.abc import Sequence

MENTEE = {
    "need": "Can teach {facts}, which you want to learn.",
    "goals": "You both speak of {facts}.",
    "style": "You work in similar ways: {facts}.",
    "preference": "Each of you would like to work with the other.",
    "hours": "You share at least {facts} working hours on a day.",
    "language": "You both speak {facts}.",
    "seniority": "Is {facts} ahead of you.",
}
"""Told to the mentee, about the mentor."""
MENTOR = MENTEE | {
    "need": "Wants to learn {facts}, which you are willing to teach.",
    "seniority": "You are {facts} ahead.",
}
"""Told to the mentor, about the mentee."""
ALIKE = "Your goals are alike."
"""Instead of the sentence about goals, where they share a meaning and no word."""
LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hi": "Hindi",
    "hu": "Hungarian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}


def listed(things: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(things[:-1]), things[-1]]) if len(things) > 1 else "".join(things)


def worded(part: str, facts: Sequence[str]) -> str:
    """The facts as they stand in the sentence: languages by name, levels counted."""
    if part == "language":
        return listed([LANGUAGES.get(tag, tag) for tag in facts])
    if part == "seniority":
        return f"{facts[0]} level{'' if facts[0] == '1' else 's'}"
    return listed(facts)
