"""The floor of a webhook: a view that inserts what was posted as one row, commits and answers. Nothing is checked.

gunicorn serves it as it serves ours: `gunicorn 'benchmarks.bare_web:create_app()'`, with the same configuration.
"""

import json
import threading

import psycopg
from flask import Flask, Response, request

from settings import Settings

PATH = "/bare"
TABLE = "CREATE TABLE bare_inbox (id bigserial PRIMARY KEY, provider_id text UNIQUE, payload jsonb)"
_INSERT = "INSERT INTO bare_inbox (provider_id, payload) VALUES (%s, %s) ON CONFLICT DO NOTHING"


def create_app() -> Flask:
    app = Flask(__name__)
    url = Settings.load().database_url.replace("postgresql+psycopg:", "postgresql:")
    threads = threading.local()

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post(PATH)
    def take() -> Response:
        if not hasattr(threads, "connection"):
            threads.connection = psycopg.connect(url)
        with threads.connection.transaction():
            threads.connection.execute(_INSERT, (request.form["MessageSid"], json.dumps(request.form)))
        return Response("<Response/>", mimetype="text/xml")

    return app
