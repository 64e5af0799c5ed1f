"""What is done to the platform, in this order. Each takes a scene, does one thing, and says what it saw."""

from tests.cluster.faults.drained import drain
from tests.cluster.faults.kubelet import stop_kubelet
from tests.cluster.faults.lost import end_while_starting, kill_pods
from tests.cluster.faults.migrations import migrate_an_empty_schema
from tests.cluster.faults.rollouts import roll_back, update
from tests.cluster.faults.spoilt import wrong_image, wrong_secret
from tests.cluster.scene import Act

FAULTS: tuple[tuple[str, Act], ...] = (
    ("rolling update", update),
    ("rollback", roll_back),
    ("pods killed", kill_pods),
    ("ended while starting", end_while_starting),
    ("three migrate at once", migrate_an_empty_schema),
    ("wrong secret", wrong_secret),
    ("wrong image tag", wrong_image),
    ("node drained", drain),
    ("kubelet stopped", stop_kubelet),
)
