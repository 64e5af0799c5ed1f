// A subscriber in plain TypeScript: prints one line for each event, once. What it has handled and how far it has read
// change in one transaction (SQLite): kill it, nothing is lost or done twice.
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { Consumer, type Message } from '@platformatic/kafka'
import type { MatchProposed } from './models.ts'

const TOPICS = 'profiles.person.v1,matching.program.v1,matching.run.v1,matching.match.v1,matching.shortlist.v1,' +
  'engagement.relationship.v1,notifications.letter.v1,webhooks.subscription.v1'
const { values: args } = parseArgs({
  options: {
    topics: { type: 'string', default: TOPICS }, // by commas
    name: { type: 'string', default: 'example-typescript' }, // consumer group, yours alone; with .db, the file of what was done
    'until-end': { type: 'boolean', default: false } // stop when everything there is has been read
  }
})
const db = new DatabaseSync(`${args.name}.db`)
db.exec(`PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS offsets (topic, part, next, PRIMARY KEY (topic, part));
CREATE TABLE IF NOT EXISTS handled (id PRIMARY KEY); CREATE TABLE IF NOT EXISTS parked (topic, part, at, why);
CREATE TABLE IF NOT EXISTS latest (topic, key, sequence INTEGER, body, heard INTEGER, PRIMARY KEY (topic, key))`)
const place = db.prepare('SELECT next FROM offsets WHERE topic = ? AND part = ?')
const remember = db.prepare('INSERT OR IGNORE INTO handled VALUES (?)')
const latest = db.prepare(`INSERT INTO latest VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET heard = heard + 1,
body = iif(excluded.sequence > sequence, excluded.body, body), sequence = max(sequence, excluded.sequence)`)

/** Acts on a record unless its event was handled before; all it does is part of one transaction. */
function handle(record: Message): unknown {
  const key = `${record.key}`
  const head = Object.fromEntries(record.headerEntries.map(([name, value]) => [`${name}`, `${value}`]))
  if (!record.value) // a tombstone: what is known of this key is to be forgotten
    return db.prepare('DELETE FROM latest WHERE topic = ? AND key = ?').run(record.topic, key)
  if (!head.ce_id) throw new Error('no ce_id: not an event of ours')
  const body = JSON.parse(`${record.value}`)
  const match: MatchProposed | undefined = head.ce_type === 'mentoring.match-proposed.v1' ? body : undefined
  if (!remember.run(head.ce_id).changes) return // it was told again
  latest.run(record.topic, key, Number(head.ce_sequence), `${record.value}`) // by sequence, never by time
  const pair = match ? ` ${match.mentee_id} ${match.mentor_id}` : '' // of the other types any fields will do
  console.log(`${head.ce_time} ${head.ce_type} ${key}#${head.ce_sequence} ${head.ce_id}${pair}`)
}

const topics = args.topics.split(',')
const { KAFKA_BOOTSTRAP = '', KAFKA_USER: username, KAFKA_PASSWORD_FILE = '' } = process.env
const password = readFileSync(KAFKA_PASSWORD_FILE, 'utf8').trim()
const consumer = new Consumer({
  clientId: args.name, groupId: args.name, groupInstanceId: args.name, // static: a restart takes its place at once
  bootstrapBrokers: KAFKA_BOOTSTRAP.split(','), sasl: { mechanism: 'SCRAM-SHA-512', username, password }
})
const ends = await consumer.listOffsets({ topics })
const offsets = [...await consumer.listOffsets({ topics, timestamp: -2n })].flatMap(([topic, starts]) =>
  starts.map((start, partition) => { // continue where we were, or at the start
    const next = BigInt(Number(place.get(topic, partition)?.next ?? 0))
    return { topic, partition, offset: next > start ? next : start }
  }))
const left = new Set(offsets.filter(each => each.offset < ends.get(each.topic)![each.partition]!)
  .map(each => `${each.topic} ${each.partition}`))
const stream = await consumer.consume({ topics, mode: 'manual', fallbackMode: 'earliest', offsets, autocommit: false })
process.once('SIGTERM', () => stream.close())
if (args['until-end'] && !left.size) stream.close()
for await (const record of stream) {
  const { topic, partition, offset } = record
  db.exec('BEGIN') // one transaction: what was done, and how far we are
  try {
    handle(record)
  } catch (refused) { // look later, and go on
    db.prepare('INSERT INTO parked VALUES (?, ?, ?, ?)').run(topic, partition, offset, `${refused}`)
  }
  db.prepare('INSERT OR REPLACE INTO offsets VALUES (?, ?, ?)').run(topic, partition, offset + 1n)
  db.exec('COMMIT')
  if (offset + 1n >= ends.get(topic)![partition]!) left.delete(`${topic} ${partition}`)
  if (args['until-end'] && !left.size) stream.close()
}
await consumer.close()
