"""The RQ job behind inbox hints. One sender that fails must not hold up the others; the sweep comes back to it."""

from jobs.process import answering, hints, leaving


def work(lane: str) -> None:
    for senders in hints().piles(lane):
        for channel, handle in senders:
            if leaving.asked:
                return
            answering().hand((channel, handle))
