"""What the environment may say, and what comes of it."""

import pytest

from chassis.settings import Settings, WrongSettings, load

NEEDED = {
    "MENTORING_KAFKA_BROKERS": "kafka:9092",
    "MENTORING_DATABASE_URL": "postgresql://matching_app@postgres,standby:5433/mentoring?sslmode=require",
    "MENTORING_JWKS_URL": "https://login.example/keys",
    "MENTORING_TOKEN_ISSUER": "https://login.example",
}


@pytest.fixture
def environment(monkeypatch):
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch.setenv


def test_a_password_of_its_own_goes_into_the_address(environment):
    environment("MENTORING_DATABASE_PASSWORD", "a/b:c@d ?")

    url = load(Settings).database_url.get_secret_value()

    assert url == "postgresql://matching_app:a%2Fb%3Ac%40d%20%3F@postgres,standby:5433/mentoring?sslmode=require"


def test_the_owners_password_is_the_owners_alone(environment):
    environment("MENTORING_OWNER_DATABASE_URL", "postgresql://matching_owner@postgres/mentoring")
    environment("MENTORING_OWNER_DATABASE_PASSWORD", "secret")

    settings = load(Settings)

    assert settings.owner_database_url.get_secret_value() == "postgresql://matching_owner:secret@postgres/mentoring"
    assert settings.database_url.get_secret_value() == NEEDED["MENTORING_DATABASE_URL"]


@pytest.mark.parametrize("address", ["postgresql://postgres/mentoring", "postgresql://app:other@postgres/mentoring"])
def test_a_password_without_a_user_or_beside_another_stops_the_start_by_name(environment, address):
    environment("MENTORING_DATABASE_URL", address)
    environment("MENTORING_DATABASE_PASSWORD", "secret")

    with pytest.raises(WrongSettings, match="MENTORING_DATABASE_PASSWORD is given, so name the user") as refused:
        load(Settings)

    assert "secret" not in str(refused.value).replace("MENTORING", "")
    assert "other" not in str(refused.value)
