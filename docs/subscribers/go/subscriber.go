// A subscriber in plain Go: prints one line for each event, once. Kill it, and nothing is lost or done twice.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"example.com/subscriber/models"
	_ "github.com/ncruces/go-sqlite3/driver"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const tables = `CREATE TABLE IF NOT EXISTS handled (id PRIMARY KEY); CREATE TABLE IF NOT EXISTS parked (topic, part, at, why);
CREATE TABLE IF NOT EXISTS latest (topic, key, sequence INTEGER, body, heard INTEGER, PRIMARY KEY (topic, key))`
const latest = `INSERT INTO latest VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET heard = heard + 1,
body = iif(excluded.sequence > sequence, excluded.body, body), sequence = max(sequence, excluded.sequence)`

// handle acts on a record unless its event was handled before; all it does is part of one transaction.
func handle(tx *sql.Tx, record *kgo.Record) {
	key, head, match := string(record.Key), map[string]string{}, models.MatchProposed{}
	for _, header := range record.Headers {
		head[header.Key] = string(header.Value)
	}
	if record.Value == nil { // a tombstone: what is known of this key is to be forgotten
		must(tx.Exec("DELETE FROM latest WHERE topic = ? AND key = ?", record.Topic, key))
	} else if head["ce_id"] == "" || // of types that we have no use for, any fields will do
		head["ce_type"] == "mentoring.match-proposed.v1" && json.Unmarshal(record.Value, &match) != nil { // look later, and go on
		must(tx.Exec("INSERT INTO parked VALUES (?, ?, ?, 'not readable')", record.Topic, record.Partition, record.Offset))
	} else if must(must(tx.Exec("INSERT OR IGNORE INTO handled VALUES (?)", head["ce_id"])).RowsAffected()) == 1 {
		must(tx.Exec(latest, record.Topic, key, head["ce_sequence"], string(record.Value))) // by sequence, never by time
		fmt.Println(head["ce_time"], head["ce_type"], key+"#"+head["ce_sequence"], head["ce_id"], match.MenteeID, match.MentorID)
	} // else it was told again
}

func main() {
	topics := flag.String("topics", "profiles.person.v1,matching.program.v1,matching.run.v1,matching.match.v1,"+
		"matching.shortlist.v1,engagement.relationship.v1,notifications.letter.v1,webhooks.subscription.v1", "by commas")
	name := flag.String("name", "example-go", "consumer group, yours alone; with .db, the file of what was done")
	untilEnd := flag.Bool("until-end", false, "stop when everything there is has been read")
	flag.Parse()
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM) // ends what has begun
	db := must(sql.Open("sqlite3", "file:"+*name+".db"))
	must(db.Exec(tables))
	password := strings.TrimSpace(string(must(os.ReadFile(os.Getenv("KAFKA_PASSWORD_FILE")))))
	client := must(kgo.NewClient(kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_BOOTSTRAP"), ",")...), kgo.DisableAutoCommit(),
		kgo.SASL(scram.Auth{User: os.Getenv("KAFKA_USER"), Pass: password}.AsSha512Mechanism()),
		kgo.ConsumerGroup(*name), kgo.InstanceID(*name), kgo.ConsumeTopics(strings.Split(*topics, ",")...)))
	defer client.Close()
	for read := false; ctx.Err() == nil && !read; {
		wait, cancel := context.WithTimeout(ctx, time.Second)
		fetched, tx := client.PollRecords(wait, 500), must(db.Begin())
		fetched.EachRecord(func(record *kgo.Record) { handle(tx, record) })
		must(must(0, tx.Commit()), client.CommitUncommittedOffsets(context.Background())) // in this order: done, then read
		if wait.Err() == nil {
			must(0, fetched.Err())
		} else if *untilEnd { // nothing came for a second
			group := must(kadm.NewClient(client).Lag(context.Background(), *name))[*name]
			read = group.State == "Stable" && group.Lag.Total() == 0
		}
		cancel()
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
