"""Identifiers, each with a type of its own so that they can't be swapped. Never behaviour."""

from typing import NewType

OrganisationId = NewType("OrganisationId", int)
SiteId = NewType("SiteId", int)
DepartmentId = NewType("DepartmentId", int)
ServiceId = NewType("ServiceId", int)
CounterId = NewType("CounterId", int)
UserId = NewType("UserId", int)
AddressId = NewType("AddressId", int)
SlotId = NewType("SlotId", int)
VisitId = NewType("VisitId", int)
AppointmentId = NewType("AppointmentId", int)
QueueId = NewType("QueueId", int)
TicketId = NewType("TicketId", int)
EventId = NewType("EventId", int)
InboxId = NewType("InboxId", int)
OutboxId = NewType("OutboxId", int)
LinkCodeId = NewType("LinkCodeId", int)
