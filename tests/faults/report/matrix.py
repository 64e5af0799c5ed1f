"""The rows of the fault matrix: what is done, and which promises must hold. A row without a result was not run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One row: its number, what happens, and which promises are at stake."""

    id: str
    what: str
    promises: str = ""


FAULTS = (
    Fault("F0", "nothing at all, under load", "P1 P2 P3 P4 P5"),
    Fault("F1", "the relay is killed at random, under load", "P1 P2 P3"),
    Fault("F2", "the relay is killed at every single send", "P1 P3"),
    Fault("F3", "the consumer is killed before, inside and after its transaction, before and after the offset", "P4"),
    Fault("F4", "the API is killed between commit and answer; the client asks again", "P1 P2 P4"),
    Fault("F5", "SIGTERM while a handler outlasts the grace", "P10"),
    Fault("F6", "all services are restarted in turn, under load", "P1 P4 P10"),
    Fault("F7", "a process stands still longer than its session, and wakes up", "P3 P4 P5"),
    Fault("F8", "the broker is killed and started again", "P1 P3 P4"),
    Fault("F9", "the leader moves, brokers refuse, sequence errors", "P1 P3"),
    Fault("F10", "a message is too large", "P7 P8"),
    Fault("F11", "offset commits fail, heartbeats are answered with unknown codes", "P4"),
    Fault("F12", "rebalance storm", "P4"),
    Fault("F13", "the reply of a COMMIT is lost; PostgreSQL is cut off in one direction", "P4"),
    Fault("F14", "backends are terminated, PostgreSQL restarts, a standby is promoted", "P1 P4"),
    Fault("F15", "the disk is full", "P1 P4"),
    Fault("F16", "deadlocks, serialization failures, lock timeouts, an exhausted pool", "P4"),
    Fault("F17", "a commit comes late with a small outbox id", "P1"),
    Fault("F18", "a whole topic is heard again, in random order, with an empty inbox", "P6"),
    Fault("F19", "malformed messages", "P7 P8"),
    Fault("F20", "clocks are wrong", "P3 P4 P5"),
    Fault("F21", "10 000 accepts at once on few mentors"),
    Fault("F22", "parked messages are replayed while new ones of the same key arrive", "P3 P8"),
    Fault("F23", "PostgreSQL is restored to an earlier instant, the topics are ahead", "P3 P4 P5 P6"),
    Fault("F24", "a topic gets more partitions, or moves to another cluster", "P1 P3 P4 P5"),
    Fault("ALL", "all services are killed at once, and supervisor starts them again", "P1 P2 P3 P4"),
    Fault("P7", "one poisoned key among 10 000", "P7"),
    Fault("P11", "a release is rolled out beside the one before, and back, under load", "P1 P3 P4 P10 P11"),
    Fault("soak", "nothing, for half an hour at 200 events a second", "P9"),
    Fault("P9", "ten times the load, a long backlog, clients that dawdle", "P9"),
    Fault("storm", "random faults over a company's life on the whole platform", "P1 P2 P3 P4 P5 P8"),
)
BY_ID = {fault.id: fault for fault in FAULTS}
