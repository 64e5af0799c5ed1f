"""A skill by any of its names; names that look alike and are not; and a file that nobody can break unnoticed."""

import re
from collections import Counter

import pytest

from services.matching.engine.reasons import reasons
from services.matching.engine.score import score
from services.matching.engine.skills import Skill, broader, canonical, named_in, spelling, taxonomy
from tests.unit.test_engine_rules import a_frame, a_mentee, a_mentor

ADDRESS = re.compile(r"http://data\.europa\.eu/esco/skill/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SKILLS = list(taxonomy().values())


@pytest.mark.parametrize(
    ("written", "skill"),
    [
        ("negotiation", "negotiation"),
        ("Negotiating", "negotiation"),
        ("Verhandlungsführung", "negotiation"),
        ("VERHANDLUNGSFUEHRUNG", "negotiation"),
        ("verhandlungsfuhrung", "negotiation"),
        ("öffentliches Reden", "public speaking"),
        ("Public-Speaking", "public speaking"),
        ("Maschinelles Lernen", "machine learning"),
        ("ML", "machine learning"),
        ("Künstliche Intelligenz", "artificial intelligence"),
        ("ArbSchutz ", "arbschutz"),
        ("Python (Programming Language)", "Python"),
        ("node.js", "Node.js"),
        ("NodeJS", "Node.js"),
        ("PowerBI", "Power BI"),
        ("R & D", "research and development"),
        ("r and d", "research and development"),
        ("k8s", "Kubernetes"),
        ("\uff33\uff31\uff2c", "SQL"),
    ],
)
def test_a_skill_is_known_by_any_of_its_names(written, skill):
    assert canonical(written) == skill


@pytest.mark.parametrize(
    ("written", "skill"),
    [
        ("negotation", "negotiation"),
        ("negotiaiton", "negotiation"),
        ("programing", "programming"),
        ("Project Managment", "project management"),
        ("Verhandlungführung", "negotiation"),
        ("Projektmanagment", "project management"),
        ("comunication", "communication"),
    ],
)
def test_one_slip_of_spelling_is_forgiven(written, skill):
    assert canonical(written) == skill


@pytest.mark.parametrize(
    "alike",
    [
        ("Java", "JavaScript", "java virtual machine"),
        ("C", "C++", "C#", "F#", "CSS"),
        ("R", "Ruby", "Rust", "R+"),
        ("Go", "Git", "good manufacturing practice"),
        ("SQL", "NoSQL", "MySQL", "SQL Server", "PostgreSQL"),
        ("Spring", "sprint", "string"),
        ("mediation", "meditation", "medication"),
        ("welding", "wedding"),
        ("project management", "product management", "prospect management"),
        ("cash management", "case management"),
        ("Japanese", "Javanese", "javanese language"),
        ("mentoring", "monitoring"),
        ("ISO 9001", "ISO 27001", "ISO 9002"),
        ("presenting", "preventing"),
        ("selling", "spelling"),
        ("time management", "team management"),
    ],
)
def test_what_only_looks_alike_stays_apart(alike):
    assert len({canonical(name) for name in alike}) == len(alike)


def test_a_name_that_is_in_no_list_is_compared_as_it_is_written():
    assert canonical("  Basket-WEAVING ") == canonical("basket   weaving") == "basket weaving"
    assert (canonical(""), canonical(" - "), canonical("()")) == ("", "", "()")


def test_a_mentee_meets_a_mentor_who_says_it_in_another_language():
    mentee = a_mentee(wants=({"skill": "Verhandlungsführung", "level": 3}, {"skill": "Datenbankabfragen", "level": 4}))
    assert mentee.wants == a_mentee().wants == {"negotiation": 3, "SQL": 4}
    pair = score(mentee, a_mentor(), a_frame())
    assert pair.values["need"] == 6300
    assert reasons(pair, mentee, a_mentor(), a_frame())[0].facts == ("negotiation",)


def test_two_names_of_one_skill_are_one_wish_at_the_higher_level():
    doubled = ({"skill": "negotiating", "level": 4}, {"skill": "Verhandeln", "level": 2})
    assert a_mentee(wants=doubled).wants == {"negotiation": 4}


def test_a_part_of_a_skill_serves_the_wish_for_the_whole_with_three_quarters_of_the_evidence():
    mentor = a_mentor(skills=({"skill": "Python", "level": 4, "teach": True, "evidence": "endorsed"},))
    assert mentor.teaches == {"Python": (4, 90), "programming": (4, 67)}
    for wish, need in (("Python", 9000), ("Programmieren", 6700), ("software development", 0), ("Java", 0)):
        mentee = a_mentee(wants=({"skill": wish, "level": 3},))
        assert score(mentee, mentor, a_frame()).values["need"] == need


def test_the_whole_does_not_serve_the_wish_for_a_part():
    mentor = a_mentor(skills=({"skill": "programming", "level": 5, "teach": True},))
    mentee = a_mentee(wants=({"skill": "Python", "level": 3},))
    assert score(mentee, mentor, a_frame()).values["need"] == 0


def test_who_teaches_the_whole_itself_is_taken_at_their_word():
    skills = ({"skill": "Python", "level": 5, "teach": True}, {"skill": "programming", "level": 2, "teach": True})
    assert a_mentor(skills=skills).teaches["programming"] == (2, 80)


def test_skills_are_found_inside_a_text():
    found = ["negotiation", "communication", "project management"]
    assert list(named_in("Verhandeln, und Projekte leiten!")) == found
    assert list(named_in("go to C as a r")) == []


def test_no_two_skills_have_a_name_in_common():
    owners = {(spelling(name), skill.label) for skill in SKILLS for name in skill.names}
    assert [name for name, times in Counter(name for name, _ in owners).items() if times > 1] == []
    assert all(canonical(name) == skill.label for skill in SKILLS for name in skill.names)


def test_every_skill_has_both_languages_and_names_that_say_something():
    assert 300 <= len(SKILLS) <= 500
    assert [skill.label for skill in SKILLS if not skill.german] == []
    assert [name for skill in SKILLS for name in skill.names if name != name.strip() or not spelling(name)] == []


def test_broader_skills_exist_and_form_no_circle():
    def above(skill: Skill) -> list[str]:
        path = [skill.label]
        while (wider := broader(path[-1])) is not None and wider not in path:
            path.append(wider)
        return path

    assert {skill.broader for skill in SKILLS} - {None} <= taxonomy().keys()
    assert [path for path in map(above, SKILLS) if broader(path[-1]) is not None] == []


def test_addresses_of_esco_are_well_formed_and_each_is_used_once():
    addresses = [skill.esco for skill in SKILLS if skill.esco]
    assert all(ADDRESS.fullmatch(address) for address in addresses)
    assert len(set(addresses)) == len(addresses) > 200
