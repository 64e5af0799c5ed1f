"""What the environment may say, and what comes of it."""

import pytest

from chassis.cli import effective
from chassis.settings import KafkaSettings, Settings, WrongSettings, load

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


def test_a_password_in_a_file_is_read_when_a_connection_is_made(environment, tmp_path):
    file = tmp_path / "password"
    environment("MENTORING_DATABASE_PASSWORD_FILE", str(file))
    settings = load(Settings)
    for password in ("first", "second"):
        file.write_text(f"{password}\n")
        assert settings.database_address().startswith(f"postgresql://matching_app:{password}@postgres,standby:5433/")


def test_a_password_and_a_file_for_it_are_one_too_many(environment):
    environment("MENTORING_DATABASE_PASSWORD", "secret")
    environment("MENTORING_DATABASE_PASSWORD_FILE", "/run/password")
    with pytest.raises(
        WrongSettings, match="MENTORING_DATABASE_PASSWORD or MENTORING_DATABASE_PASSWORD_FILE, not both"
    ):
        load(Settings)


@pytest.mark.parametrize(
    ("said", "protocol"),
    [
        ({}, "PLAINTEXT"),
        ({"USER": "me", "PASSWORD": "secret"}, "SASL_PLAINTEXT"),
        ({"USER": "me", "PASSWORD_FILE": "/run/password", "CA_FILE": "/ca.crt"}, "SASL_SSL"),
        ({"USER": "me", "PASSWORD": "secret", "SECURITY": "SASL_SSL"}, "SASL_SSL"),
        ({"CERTIFICATE_FILE": "/me.crt", "KEY_FILE": "/me.key"}, "SSL"),
        ({"USER": "", "PASSWORD": "secret", "CA_FILE": ""}, "PLAINTEXT"),
    ],
)
def test_how_kafka_is_reached_follows_from_what_is_given(environment, said, protocol):
    for name, value in said.items():
        environment(f"MENTORING_KAFKA_{name}", value)
    assert load(KafkaSettings).kafka_protocol == protocol


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"USER": "me"}, "MENTORING_KAFKA_USER needs MENTORING_KAFKA_PASSWORD or MENTORING_KAFKA_PASSWORD_FILE"),
        ({"USER": "me", "PASSWORD": "secret", "PASSWORD_FILE": "/f"}, "not both"),
        ({"CERTIFICATE_FILE": "/me.crt"}, "belong together"),
        ({"SECURITY": "SASL_SSL"}, "MENTORING_KAFKA_SECURITY=SASL_SSL and MENTORING_KAFKA_USER do not fit"),
        ({"SECURITY": "PLAINTEXT", "CA_FILE": "/ca.crt"}, "no use for certificates"),
        ({"MECHANISM": "GSSAPI"}, "SCRAM-SHA-512"),
    ],
)
def test_what_does_not_fit_stops_the_start_and_names_itself(environment, said, wrong):
    for name, value in said.items():
        environment(f"MENTORING_KAFKA_{name}", value)
    with pytest.raises(WrongSettings, match=wrong) as refused:
        load(KafkaSettings)
    assert "secret" not in str(refused.value)


def test_the_settings_command_shows_no_secret(environment):
    environment("MENTORING_KAFKA_USER", "me")
    environment("MENTORING_KAFKA_PASSWORD", "a-secret")
    environment("MENTORING_DATABASE_PASSWORD", "a-secret")
    rows = list(effective(load(Settings)))
    assert "a-secret" not in str(rows)
    assert {row["variable"]: row["value"] for row in rows}["MENTORING_KAFKA_USER"] == "me"
