"""My appointments: the list, one of them, giving it up. Never changes one without asking once more."""

from domain.conversation import desk
from domain.conversation.flows import booking
from domain.conversation.flows.details import details
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State, goes, id_of
from domain.conversation.turn import Turn
from domain.errors import DomainError
from domain.notices import NoticeKind
from domain.texts.when import day_and_time


def ask_which(turn: Turn) -> Reply:
    visits = desk.visits(turn)
    if not visits:
        return Reply(Text("visits-none"), goes("go-book", "go-menu"))
    return Reply(Text("visits-ask"), tuple(_choice(mine) for mine in visits))


def take_which(turn: Turn) -> str:
    turn.remember(visit=id_of(turn.picked))
    return "visit"


def ask_what(turn: Turn) -> Reply:
    mine = desk.mine(turn, turn.number("visit"))
    say = Text("visit-show", {"service": mine.service.discreet_name, "details": details(turn, mine)})
    return Reply(
        say,
        (
            Choice("where", Text("go-where")),
            Choice("move", Text("visit-move")),
            Choice("give-up", Text("visit-cancel")),
        ),
    )


def take_what(turn: Turn) -> str:
    mine = desk.mine(turn, turn.number("visit"))
    if turn.picked == "move":
        return booking.begin_move(turn, mine)
    if turn.picked == "give-up":
        desk.refuse_if_unchangeable(turn, mine)
        return "give-up"
    return "where"


def begin_moving(turn: Turn) -> str:
    """Said out of the blue it is about the visit that is looked at, or the only one there is."""
    mine = _meant(turn)
    if mine is None:
        return "visits"
    turn.remember(visit=mine.appointment.id)
    try:
        return booking.begin_move(turn, mine)
    except DomainError as refusal:
        turn.say(refusal.key, **refusal.params)
        return "visit"


def ask_give_up(turn: Turn) -> Reply:
    mine = desk.mine(turn, turn.number("visit"))
    say = Text("visit-cancel-ask", _about(mine))
    return Reply(say, (Choice("yes", Text("visit-cancel-yes")), Choice("no", Text("visit-cancel-no"))))


def give_up(turn: Turn) -> str:
    visit = turn.number("visit")
    if turn.picked != "yes" or visit is None:
        return "visit"
    mine = desk.cancel(turn, visit)
    turn.say("cancelled", **_about(mine))
    turn.tell(NoticeKind.CANCELLED, mine.appointment)
    turn.remember(visit=None)
    return "visits"


def to_list(_turn: Turn) -> str:
    return "visits"


def to_visit(_turn: Turn) -> str:
    return "visit"


def _meant(turn: Turn) -> desk.Mine | None:
    visits = desk.visits(turn)
    looked_at = [mine for mine in visits if mine.appointment.id == turn.number("visit")]
    is_looked_at = turn.conversation.state in {"visit", "where", "booked", "moved"} and len(looked_at) == 1
    if is_looked_at:
        return looked_at[0]
    return visits[0] if len(visits) == 1 else None


def _choice(mine: desk.Mine) -> Choice:
    about = _about(mine)
    return Choice(f"visit:{mine.appointment.id}", Text("visit-label", about), Text("visit-label-hint", about))


def _about(mine: desk.Mine) -> dict[str, object]:
    return {
        "service": mine.service.discreet_name,
        "site": mine.site.name,
        "token": mine.appointment.token,
        "at": day_and_time(mine.appointment.starts_at, mine.site),
    }


STATES = {
    "visits": State(ask_which, take_which),
    "visit": State(ask_what, take_what, back=to_list),
    "give-up": State(ask_give_up, give_up, back=to_visit, shows_back=False),
}
