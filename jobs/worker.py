"""`python -m jobs.worker QUEUE` works one queue; never two, since a killed worker on two loses jobs."""

import sys

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from settings import Settings


def main(queue_name: str) -> None:
    connection = Redis.from_url(Settings.load().redis_url)
    queue = Queue(queue_name, connection=connection, serializer=JSONSerializer)
    SimpleWorker([queue], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")


if __name__ == "__main__":
    main(sys.argv[1])
