"""An alert is on its way at once: no poll, no tick stands between the commit and the sender."""

from pathlib import Path

from tests.jobs.latency import commit_to_hand_over


def test_a_notice_reaches_the_sender_a_moment_after_its_commit(postgres_url: str, tmp_path: Path) -> None:
    latency = commit_to_hand_over(database_url=postgres_url, folder=tmp_path, notices=50, every=0.02)
    assert latency.p50 < 0.3, latency
