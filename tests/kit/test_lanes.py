"""Each job has one lane in which it waits for others of its sort."""

from collections import Counter
from pathlib import Path

import app.tasks  # noqa: F401  # every job
from app.kit.jobs import LANES, job_app


def test_every_queue_is_in_one_lane(database: Path) -> None:
    lanes = Counter(queue for lane in LANES.values() for queue in lane.queues)
    used = {task.queue for task in job_app().tasks.values()} - {"builtin"}  # the queue's own, which nobody asks for
    assert set(lanes) == used and set(lanes.values()) == {1}


def test_who_waits_at_a_door_waits_for_no_stranger_and_no_film(database: Path) -> None:
    tasks = job_app().tasks
    waited_for = {
        tasks[f"holdfast:{name}"].queue for name in ("people.send_link", "push.send", "boxes.tell", "mail.thank")
    }
    strangers = {tasks[f"holdfast:{name}"].queue for name in ("mail.open", "mail.open_large", "media.process_long")}
    lane_of = {queue: name for name, lane in LANES.items() for queue in lane.queues}
    assert {lane_of[queue] for queue in waited_for} == {"notices"}
    assert len({lane_of[queue] for queue in strangers}) == 3 and "notices" not in {lane_of[each] for each in strangers}
