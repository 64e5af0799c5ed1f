"""HTTP in, events and answers out. What a service needs of it is imported from here."""

from chassis.http.bodies import Body
from chassis.http.call import Call, allow
from chassis.http.etags import etag
from chassis.http.openapi import problems
from chassis.http.pages import Asked, Page, Paging
from chassis.http.tokens import Caller

__all__ = ["Asked", "Body", "Call", "Caller", "Page", "Paging", "allow", "etag", "problems"]
