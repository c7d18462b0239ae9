"""The clock's round of asking after what nobody has heard of. It must hold no rule."""

from concurrent.futures import ThreadPoolExecutor

from domain.ports import Services
from domain.use_cases.unconfirmed import ASKED_AT_ONCE, ask_after_unconfirmed

_SIDE_BY_SIDE = 4  # questions; a whole department may have been called while a provider was slow


def ask_after_all(services: Services) -> None:
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="asking") as pool:
        while ask_after_unconfirmed(services, side_by_side=pool.map) == ASKED_AT_ONCE:
            pass
