-- What each service really committed to its outbox, written down by a trigger in the same transaction.
CREATE SCHEMA audit;
CREATE TABLE audit.told (
    place bigint GENERATED ALWAYS AS IDENTITY, service text, event_id uuid, topic text, key text, sequence bigint
);
CREATE FUNCTION audit.note_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit.told (service, event_id, topic, key, sequence)
    VALUES (TG_TABLE_SCHEMA, NEW.event_id, NEW.topic, NEW.key, (NEW.headers::json ->> 'ce_sequence')::bigint);
    RETURN NULL;
END $$;
CREATE TRIGGER note_told AFTER INSERT ON profiles.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_told();
CREATE TRIGGER note_told AFTER INSERT ON matching.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_told();
CREATE TRIGGER note_told AFTER INSERT ON engagement.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_told();
CREATE TRIGGER note_told AFTER INSERT ON notifications.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_told();
CREATE TRIGGER note_told AFTER INSERT ON webhooks.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_told();
