"""Addresses that providers post to. They carry no session and no form of ours: each view knows its provider itself,
and nobody else in front of it may read the body. Only what is registered here is let off the guards.
"""

import re
from collections.abc import Callable, Mapping

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue

from admin_web.access import public

Hook = Callable[..., ResponseReturnValue]
_NAME = "hooks"
_CONVERTER = re.compile(r"/<[^>]+>")


def register(app: Flask, hooks: Mapping[str, Hook]) -> None:
    """Each by its path, for POST alone. A part such as `<int:outbox_id>` is handed to the view."""
    blueprint = Blueprint(_NAME, __name__)
    for path, hook in hooks.items():
        endpoint = _CONVERTER.sub("", path).strip("/").replace("/", "_")
        blueprint.add_url_rule(
            path, endpoint, public(hook), methods=["POST"], provide_automatic_options=False
        )
    app.register_blueprint(blueprint)


def is_asked() -> bool:
    """Whether this request is for one of them."""
    return request.blueprint == _NAME
