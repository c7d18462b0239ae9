"""Codes that join addresses, and links of printed tokens, in memory."""

from dataclasses import replace
from datetime import datetime

from domain.booking import Visit
from domain.ids import AddressId, LinkCodeId
from domain.ports import LinkCode, TicketLink
from persistence.memory.state import State, StoredCode


class MemoryLinkCodes:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(
        self,
        *,
        address_id: int,
        target_id: int,
        most: int,
        since: datetime,
        now: datetime,
        expires_at: datetime,
    ) -> LinkCodeId | None:
        recent = [s.code for s in self._state.link_codes.values() if s.created_at > since]
        asked_by = sum(code.address_id == address_id for code in recent)
        asked_of = sum(code.target_id == target_id for code in recent)
        if max(asked_by, asked_of) >= most:
            return None
        for stored in [*self._state.link_codes.values()]:
            if stored.code.address_id == address_id and _is_live(stored, now=now):
                self._change(stored, expires_at=now)
        code_id = LinkCodeId(next(self._state.ids))
        code = LinkCode(code_id, AddressId(address_id), AddressId(target_id), None, 0, expires_at)
        self._state.link_codes[code_id] = StoredCode(code, created_at=now)
        return code_id

    def keep_hash(self, code_id: int, code_hash: str, *, now: datetime) -> bool:
        stored = self._live(code_id, now=now)
        if stored is None:
            return False
        self._change(stored, code_hash=code_hash)
        return True

    def live(self, address_id: int, *, now: datetime) -> LinkCode | None:
        codes = [s.code for s in self._state.link_codes.values() if _is_live(s, now=now)]
        theirs = [code for code in codes if code.address_id == address_id]
        return max(theirs, key=lambda code: code.id, default=None)

    def count_try(self, code_id: int, *, most: int, now: datetime) -> LinkCode | None:
        stored = self._live(code_id, now=now)
        if stored is None or stored.code.tries >= most:
            return None
        return self._change(stored, tries=stored.code.tries + 1)

    def use(self, code_id: int, *, now: datetime) -> bool:
        stored = self._live(code_id, now=now)
        if stored is None:
            return False
        self._state.link_codes[code_id] = replace(stored, used_at=now)
        return True

    def _live(self, code_id: int, *, now: datetime) -> StoredCode | None:
        stored = self._state.link_codes.get(code_id)
        return stored if stored is not None and _is_live(stored, now=now) else None

    def _change(self, stored: StoredCode, **changes: object) -> LinkCode:
        code = replace(stored.code, **changes)  # type: ignore[arg-type]  # fields of LinkCode
        self._state.link_codes[code.id] = replace(stored, code=code)
        return code


class MemoryTicketLinks:
    def __init__(self, state: State) -> None:
        self._state = state

    def offer(self, visit: Visit, *, key: str, expires_at: datetime) -> TicketLink:
        known = self._state.ticket_links.get(visit.id) or TicketLink(key, visit.id, expires_at, None)
        self._state.ticket_links[visit.id] = replace(known, expires_at=expires_at)
        return self._state.ticket_links[visit.id]

    def find(self, key: str, *, now: datetime) -> TicketLink | None:
        links = self._state.ticket_links.values()
        return next((link for link in links if link.key == key and link.expires_at > now), None)

    def of_visit(self, visit_id: int, *, now: datetime) -> TicketLink | None:
        link = self._state.ticket_links.get(visit_id)
        return link if link is not None and link.expires_at > now else None

    def bind(self, visit_id: int, *, address_id: int, now: datetime) -> bool:
        link = self.of_visit(visit_id, now=now)
        if link is None or link.address_id not in {None, address_id}:
            return False
        self._state.ticket_links[visit_id] = replace(link, address_id=AddressId(address_id))
        return True


def _is_live(stored: StoredCode, *, now: datetime) -> bool:
    return stored.used_at is None and stored.code.expires_at > now
