-- What was really committed, written down by triggers in the transaction of the change itself.
-- The code under test neither knows nor can touch these tables.
CREATE SCHEMA audit;
CREATE TABLE audit.changes (account_id text, version bigint, balance bigint, request text);
CREATE TABLE audit.told (
    place bigint GENERATED ALWAYS AS IDENTITY, service text, event_id uuid, topic text, key text, sequence bigint,
    at timestamptz DEFAULT clock_timestamp()
);
CREATE TABLE audit.regressions (account_id text, was bigint, became bigint);
CREATE TABLE audit.parkings (service text, parked_id bigint);

CREATE FUNCTION audit.note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit.changes VALUES (NEW.account_id, NEW.version, NEW.balance, NEW.last_request);
    RETURN NULL;
END $$;
CREATE FUNCTION audit.note_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit.told (service, event_id, topic, key, sequence)
    VALUES (TG_TABLE_SCHEMA, NEW.event_id, NEW.topic, NEW.key, (NEW.headers::json ->> 'ce_sequence')::bigint);
    RETURN NULL;
END $$;
CREATE FUNCTION audit.note_regression() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit.regressions VALUES (NEW.account_id, OLD.sequence, NEW.sequence);
    RETURN NULL;
END $$;
CREATE FUNCTION audit.note_parking() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit.parkings VALUES (TG_TABLE_SCHEMA, NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER note_change AFTER INSERT OR UPDATE ON {teller}.accounts
    FOR EACH ROW EXECUTE FUNCTION audit.note_change();
CREATE TRIGGER note_told AFTER INSERT ON {teller}.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_told();
CREATE TRIGGER note_told AFTER INSERT ON {hearer}.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_told();
CREATE TRIGGER note_regression AFTER UPDATE ON {hearer}.balances
    FOR EACH ROW WHEN (NEW.sequence < OLD.sequence) EXECUTE FUNCTION audit.note_regression();
CREATE TRIGGER note_parking AFTER INSERT ON {hearer}.parked FOR EACH ROW EXECUTE FUNCTION audit.note_parking();
