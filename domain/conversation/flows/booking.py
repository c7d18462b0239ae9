"""Site, service, day, time, confirm: a new booking, or a new time for one (`moving`). Never claims a seat itself."""

from datetime import date, datetime, timedelta

from domain.booking import Slot
from domain.conversation import desk
from domain.conversation.flows.details import details
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State, goes, id_of
from domain.conversation.turn import Turn
from domain.errors import DomainError
from domain.notices import NoticeKind
from domain.schedule import Service, Site
from domain.texts.when import clock_time, day_and_time, on_day


def begin(turn: Turn) -> str:
    turn.remember(moving=None, service=None, day=None, slot=None, then=None)
    here = desk.site(turn)
    if here is None:
        return "site"
    turn.at_site(here.id)
    return "service"


def begin_at(turn: Turn, service: Service | None) -> str:
    """At a service's own link: its days, or what else its site has. Who has to agree first comes back to them."""
    if service is None:
        turn.say("service-link-unknown")
        return begin(turn)
    turn.at_site(service.site_id)
    if not service.available:
        turn.say("service-unavailable", service=service.discreet_name)
        return begin(turn)
    turn.remember(moving=None, service=service.id, day=None, slot=None, then="day")
    return "day"


def go_on(turn: Turn) -> str:
    """Where somebody was led before they had to agree and say their name; else the beginning."""
    if turn.word("then") != "day":
        return begin(turn)
    turn.remember(then=None)
    return "day"


def begin_move(turn: Turn, mine: desk.Mine) -> str:
    desk.refuse_if_unchangeable(turn, mine)
    turn.at_site(mine.site.id)
    turn.remember(moving=mine.appointment.id, service=mine.service.id, day=None, slot=None)
    return "day"


def ask_site(turn: Turn) -> Reply:
    sites = desk.sites(turn)
    if not sites:
        return Reply(Text("no-sites"), goes("go-help"))
    return Reply(Text("site-ask"), tuple(_named(f"site:{site.id}", site.name) for site in sites))


def take_site(turn: Turn) -> str:
    turn.at_site(id_of(turn.picked))
    return "service"


def ask_service(turn: Turn) -> Reply:
    here = desk.site(turn)
    if here is None:
        return ask_site(turn)
    another = (Choice("another-site", Text("service-more")),) if len(desk.sites(turn)) > 1 else ()
    services = desk.services(turn)
    if not services:
        return Reply(Text("no-services", {"site": here.name}), (*another, *goes("go-menu")))
    offered = [_named(f"service:{s.id}", s.name, hint=s.department) for s in services]
    return Reply(Text("service-ask", {"site": here.name}), (*offered, *another))


def take_service(turn: Turn) -> str:
    if turn.picked.startswith("site:"):
        return take_site(turn)
    if turn.picked == "another-site":
        return "site"
    turn.remember(service=id_of(turn.picked))
    return "day"


def ask_day(turn: Turn) -> Reply:
    service = _service(turn)
    site = desk.site_of(turn, service)
    earliest = desk.earliest(turn, service)
    if earliest is None:
        again = () if turn.number("moving") else goes("go-book")
        return Reply(
            Text("no-days", {"service": service.discreet_name}), (*again, *goes("go-visits", "go-menu"))
        )
    at = day_and_time(earliest.starts_at, site)
    first = Choice(_slot_key(earliest), Text("day-earliest", {"at": at}), Text("label", {"words": at}))
    days = [_day_choice(turn, free.day, free.free) for free in desk.days(turn, service)]
    return Reply(_day_question(turn, service, site), (first, *days))


def take_day(turn: Turn) -> str:
    if turn.picked.startswith("slot:"):
        return take_time(turn)
    turn.remember(day=turn.picked.removeprefix("day:"))
    return "time"


def ask_time(turn: Turn) -> Reply:
    service = _service(turn)
    site = desk.site_of(turn, service)
    day = date.fromisoformat(turn.word("day"))
    about = {"service": service.discreet_name, "day": on_day(day)}
    slots = desk.slots(turn, service, day)
    if not slots:
        return Reply(Text("no-times", about))
    choices = [Choice(_slot_key(s), Text("label", {"words": clock_time(s.starts_at, site)})) for s in slots]
    return Reply(Text("time-ask", about), tuple(choices), columns=3)


def take_time(turn: Turn) -> str:
    _, _, local = turn.picked.partition("@")
    desk.refuse_same_time(turn, id_of(turn.picked))
    turn.remember(slot=id_of(turn.picked), day=datetime.fromisoformat(local).date().isoformat())
    return "confirm"


def ask_confirm(turn: Turn) -> Reply:
    service, slot = _service(turn), desk.slot(turn)
    site = desk.site_of(turn, service)
    at = day_and_time(slot.starts_at, site)
    moving = turn.number("moving")
    if moving is None:
        say = Text("confirm-ask", {"service": service.discreet_name, "site": site.name, "at": at})
        return Reply(say, (Choice("yes", Text("confirm-yes")), *_other_ways()))
    before = day_and_time(desk.mine(turn, moving).appointment.starts_at, site)
    say = Text("confirm-move", {"service": service.discreet_name, "before": before, "at": at})
    return Reply(say, (Choice("yes", Text("confirm-yes-move")), *_other_ways()))


def confirm(turn: Turn) -> str:
    if turn.picked != "yes":
        return "time"
    slot, moving = desk.slot(turn), turn.number("moving")
    if moving is None:
        booked = desk.book(turn, slot.id)
        turn.tell(NoticeKind.CONFIRMED, booked.appointment)
    else:
        booked = desk.move(turn, moving, slot_id=slot.id)
        turn.tell(NoticeKind.MOVED, booked.appointment)
    turn.remember(visit=booked.appointment.id, moving=None, slot=None, day=None)
    return "booked" if moving is None else "moved"


def show_booked(turn: Turn) -> Reply:
    return _confirmation(turn, key="booked")


def show_moved(turn: Turn) -> Reply:
    return _confirmation(turn, key="moved")


def follow(turn: Turn) -> str:
    return "where" if turn.picked == "where" else turn.conversation.state


def back_from_day(turn: Turn) -> str:
    return "visit" if turn.number("moving") else "service"


def to_day(_turn: Turn) -> str:
    return "day"


def to_time(_turn: Turn) -> str:
    return "time"


def to_free_times(turn: Turn) -> str:
    """After a time was lost: the other times of its day, or other days where there are none."""
    service = desk.service(turn)
    if service is None:
        return "service"
    day = turn.word("day")
    has_times = bool(day) and bool(desk.slots(turn, service, date.fromisoformat(day)))
    return "time" if has_times else "day"


def _confirmation(turn: Turn, *, key: str) -> Reply:
    mine = desk.mine(turn, turn.number("visit"))
    params = {
        "service": mine.service.discreet_name,
        "token": mine.appointment.token,
        "details": details(turn, mine),
    }
    where = Choice("where", Text("go-where"))
    return Reply(Text(key, params), (where, *goes("go-visits", "go-menu")))


def _service(turn: Turn) -> Service:
    """Raises DomainError slot-unknown when the conversation has lost its service, or that is gone."""
    service = desk.service(turn)
    if service is None:
        raise DomainError("slot-unknown")
    return service


def _day_question(turn: Turn, service: Service, site: Site) -> Text:
    moving = turn.number("moving")
    if moving is None:
        return Text("day-ask", {"service": service.discreet_name})
    at = day_and_time(desk.mine(turn, moving).appointment.starts_at, site)
    return Text("day-ask-move", {"service": service.discreet_name, "at": at})


def _day_choice(turn: Turn, day: date, free: int) -> Choice:
    today = desk.today(turn)
    key = {today: "day-today", today + timedelta(days=1): "day-tomorrow"}.get(day)
    label = Text(key, {"day": on_day(day)}) if key else Text("label", {"words": on_day(day)})
    return Choice(f"day:{day.isoformat()}", label, Text("day-free", {"free": free}), day)


def _slot_key(slot: Slot) -> str:
    return f"slot:{slot.id}@{slot.day.isoformat()}T{slot.start_time:%H:%M}"


def _named(key: str, name: str, *, hint: str | None = None) -> Choice:
    return Choice(key, Text("label", {"words": name}), Text("label", {"words": hint}) if hint else None)


def _other_ways() -> tuple[Choice, ...]:
    return (Choice("other", Text("confirm-other")), *goes("go-menu"))


STATES = {
    "site": State(ask_site, take_site),
    "service": State(ask_service, take_service),
    "day": State(ask_day, take_day, back=back_from_day),
    "time": State(ask_time, take_time, back=to_day, wider="day"),
    "confirm": State(ask_confirm, confirm, back=to_time, shows_back=False, wider="time"),
    "booked": State(show_booked, follow, shows_back=False),
    "moved": State(show_moved, follow, shows_back=False),
}
