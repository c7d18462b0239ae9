"""How the web process serves; read by gunicorn on its own. WEB_CONCURRENCY sets the number of processes."""

from settings import Settings

_settings = Settings.load()

bind = (
    f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
)
# Not gevent: one log-in's bcrypt would stall everyone on its loop.
worker_class = "gthread"
# A live page holds a thread for as long as it is open.
threads = 128
# Open streams never end by themselves: a restart would wait the default 30 s for them.
graceful_timeout = 2
# It would write a socket into the home folder, which a service user may not have.
control_socket_disable = True
loglevel = _settings.log_level.lower()
