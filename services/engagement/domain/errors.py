"""What can be refused, each under the name of what it means."""

from chassis.errors import Conflict, Invalid, NotFound


class NoSuchRelationship(NotFound):
    """There is no such relationship, or it is not the caller's to see."""


class NoSuchMeeting(NotFound):
    """There is no such meeting, or it is not the caller's to see."""


class NoSuchCheckin(NotFound):
    """There is no such check-in, or it is somebody else's."""


class NoSuchTask(NotFound):
    """There is no such task, or it is another program's."""


class HasEnded(Conflict):
    """The relationship is over; nothing about it can be changed any more."""


class AlreadySigned(Conflict):
    """Both sides signed; the agreement is fixed."""


class WrongState(Conflict):
    """The meeting, check-in or task is not in a state that allows this."""


class NobodyWouldRead(Conflict):
    """A private note has no coordinator it could be shown to."""


class DoesNotFit(Invalid):
    """A value that is well-formed, but makes no sense for this relationship."""
