import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.nio.file.*;
import java.sql.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.FutureTask;
import models.MatchProposed;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Prints one line for each event, once. An event's effect and its id change in one transaction (SQLite), and only then
 *  Kafka is told how far we are: kill it, nothing is lost or done twice. */
class Subscriber {
    static final String TOPICS = "profiles.person.v1,matching.program.v1,matching.run.v1,matching.match.v1,"
        + "matching.shortlist.v1,engagement.relationship.v1,notifications.letter.v1,webhooks.subscription.v1";
    static final String TABLES = "handled (id PRIMARY KEY); parked (topic, part, at, why); "
        + "latest (topic, key, sequence INTEGER, body, heard INTEGER, PRIMARY KEY (topic, key))";
    static final String LATEST = "INSERT INTO latest VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET heard = heard + 1, "
        + "body = iif(excluded.sequence > sequence, excluded.body, body), sequence = max(sequence, excluded.sequence)";
    static final ObjectMapper JSON = new ObjectMapper().registerModule(new JavaTimeModule())
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** Acts on a record unless its event was handled before; all it does is part of one transaction. */
    static int handle(Connection db, ConsumerRecord<String, String> record) throws SQLException {
        if (record.value() == null) // a tombstone: what is known of this key is to be forgotten
            return execute(db, "DELETE FROM latest WHERE topic = ? AND key = ?", record.topic(), record.key());
        var head = new HashMap<String, String>();
        record.headers().forEach(each -> head.put(each.key(), new String(each.value())));
        var line = head.get("ce_time") + " " + head.get("ce_type") + " " + record.key() + "#" + head.get("ce_sequence");
        try {
            line += " " + Objects.requireNonNull(head.get("ce_id"), "no ce_id: not an event of ours");
            if (head.get("ce_type").equals("mentoring.match-proposed.v1")) { // of the other types any fields will do
                var match = JSON.readValue(record.value(), MatchProposed.class);
                line += " " + match.getMenteeID() + " " + match.getMentorID();
            }
        } catch (NullPointerException | com.fasterxml.jackson.core.JacksonException refused) { // look later, and go on
            return execute(db, "INSERT INTO parked VALUES (?, ?, ?, ?)",
                record.topic(), record.partition(), record.offset(), refused.toString());
        }
        if (execute(db, "INSERT OR IGNORE INTO handled VALUES (?)", head.get("ce_id")) == 0) return 0; // it was told again
        System.out.println(line);
        return execute(db, LATEST, record.topic(), record.key(), head.get("ce_sequence"), record.value()); // never by time
    }

    static int execute(Connection db, String sql, Object... values) throws SQLException {
        try (var statement = db.prepareStatement(sql)) {
            for (int at = 0; at < values.length; at++) statement.setObject(at + 1, values[at]);
            return statement.executeUpdate();
        }
    }

    public static void main(String[] words) throws Exception { // --topics A,B --name GROUP --until-end
        var args = List.of(words);
        var topics = args.contains("--topics") ? args.get(args.indexOf("--topics") + 1) : TOPICS;
        var name = args.contains("--name") ? args.get(args.indexOf("--name") + 1) : "example-java"; // group; with .db: file
        var login = "org.apache.kafka.common.security.scram.ScramLoginModule required username='%s' password='%s';"
            .formatted(System.getenv("KAFKA_USER"), Files.readString(Path.of(System.getenv("KAFKA_PASSWORD_FILE"))).strip());
        var settings = Map.<String, Object>of("bootstrap.servers", System.getenv("KAFKA_BOOTSTRAP"), "sasl.jaas.config", login,
            "security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "SCRAM-SHA-512", "enable.auto.commit", false,
            "auto.offset.reset", "earliest", "group.id", name, "group.instance.id", name); // so a restart waits for nobody
        try (var db = DriverManager.getConnection("jdbc:sqlite:" + name + ".db");
             var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            for (var table : TABLES.split("; ")) execute(db, "CREATE TABLE IF NOT EXISTS " + table);
            db.setAutoCommit(false);
            var main = Thread.currentThread();
            var stop = new FutureTask<>(() -> { consumer.wakeup(); main.join(); return null; }); // ends what has begun
            Runtime.getRuntime().addShutdownHook(new Thread(stop));
            consumer.subscribe(List.of(topics.split(",")));
            do {
                for (var record : consumer.poll(Duration.ofMillis(500))) handle(db, record);
                db.commit(); // what was done, and for which events; only then:
                consumer.commitSync();
            } while (!args.contains("--until-end") || consumer.assignment().isEmpty() || consumer.endOffsets(
                consumer.assignment()).entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue()));
        } catch (WakeupException stopped) { /* cleanly */ }
    }
}
