"""Through whose eyes a caller reads."""

from chassis.errors import Forbidden
from chassis.http import Caller
from services.engagement.domain.viewer import Viewer

READ = "engagement.read"


def viewer_of(caller: Caller) -> Viewer:
    """Participants see their own, coordinators their programs', system accounts what their scope names."""
    reads_all = caller.has("system") and READ in caller.scopes
    if not reads_all and not caller.has("participant", "coordinator"):
        raise Forbidden(f"a system account needs the scope `{READ}` for this")
    return Viewer(
        caller.subject,
        participates=caller.has("participant"),
        coordinates=caller.has("coordinator"),
        reads_all=reads_all,
    )
