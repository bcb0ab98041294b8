"""Jobs in the order of their needs, on threads: doit schedules, our decisions decide. doit is imported here only.

doit's own thread runner drops finished work on Ctrl-C and swaps `sys.stdout` for the whole process; the runner here
drains what is already under way (calls that are paid for) and captures nothing.
"""

import inspect
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from doit.control import TaskControl, TaskDispatcher
from doit.dependency import Dependency
from doit.exceptions import TaskError
from doit.runner import Runner
from doit.task import Stream, Task


class Job(NamedTuple):
    """One target's work. `prepare` runs on the main thread when the needs are done and tells whether there is
    anything to do; `work` then runs on a thread of the pool. Neither may raise for a failed target: that is an
    outcome, not an error."""

    id: str
    needs: Sequence[str]
    prepare: Callable[[], bool]
    work: Callable[[], None]


class Interrupted(Exception):
    """Ctrl-C: everything under way was drained first."""


def run_jobs(jobs: Sequence[Job], *, width: int, stopped: Callable[[], bool], interrupt: Callable[[], None]) -> None:
    """Run `jobs` (in topological order) on up to `width` threads.

    `stopped` is asked before each job is started: true starts no further one. `interrupt` is called on Ctrl-C, before
    what is under way is drained. Raises Interrupted then; a second Ctrl-C raises KeyboardInterrupt at once.
    """
    numbers = {job.id: str(number) for number, job in enumerate(jobs)}
    tasks = [
        Task(
            numbers[job.id],
            [(_truth, [job.work])],
            task_dep=[numbers[need] for need in job.needs if need in numbers],
            uptodate=[_UpToDate(job.prepare)],
            io={"capture": False},
        )
        for job in jobs
    ]
    control = TaskControl(tasks)
    control.process(None)
    runner = _PoolRunner(width=width, stopped=stopped, interrupt=interrupt)
    dispatcher = control.task_dispatcher()
    runner.run_all(dispatcher)
    for one in (*tasks, *dispatcher.nodes.values()):
        one.__dict__.clear()  # each is part of a circle, which would stay until the collector comes: 4 KB a job
    if runner.error is not None:
        raise runner.error
    if runner.interrupted:
        raise Interrupted


class _UpToDate:
    """doit's `uptodate`, evaluated after the needs: here the early cut-off is decided."""

    # doit asks for the signature of every `uptodate` it calls; one that is at hand saves half of a long chain's time.
    __signature__ = inspect.Signature()

    def __init__(self, prepare: Callable[[], bool]) -> None:
        self._prepare = prepare

    def __call__(self) -> bool:
        return not self._prepare()


def _truth(work: Callable[[], None]) -> bool:
    work()
    return True


class _Forgetful:
    """A doit backend that keeps nothing: the lock is the truth."""

    def __init__(self, name: str, codec: object, **_: object) -> None:
        self.name = name

    def get(self, task_id: str, dependency: str) -> None:
        return None

    def set(self, task_id: str, dependency: str, value: object) -> None:
        pass

    def in_(self, task_id: str) -> bool:
        return False

    def remove(self, task_id: str) -> None:
        pass

    def remove_all(self) -> None:
        pass

    def dump(self) -> None:
        pass


class _Silent:
    """A doit reporter that says nothing: our own progress speaks."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def add_failure(self, task: Task, fail: Any) -> None:
        self.errors.append(fail.get_msg() if hasattr(fail, "get_msg") else str(fail))

    def runtime_error(self, message: str) -> None:
        self.errors.append(message)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name == "initialize":
            raise AttributeError(name)
        return lambda *args, **keywords: None


class _PoolRunner(Runner):  # type: ignore[misc]  # doit carries no types
    """A runner with a pool of threads and one queue of results; selection happens on the main thread only."""

    def __init__(self, *, width: int, stopped: Callable[[], bool], interrupt: Callable[[], None]) -> None:
        super().__init__(Dependency(_Forgetful, ""), _Silent(), continue_=True, stream=Stream(0))
        self._width = max(1, width)
        self._stopped = stopped
        self._interrupt = interrupt
        self.interrupted = False
        self.error: BaseException | None = None

    def run_tasks(self, task_dispatcher: TaskDispatcher) -> None:
        jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        threads: list[threading.Thread] = []
        under_way = 0
        done: Any = None
        try:
            while True:
                try:
                    while under_way < self._width and not (self.interrupted or self.error or self._stopped()):
                        node = self._next(task_dispatcher, done)
                        done = None
                        if node is None:
                            break
                        if len(threads) < self._width and under_way == len(threads):
                            threads.append(_worker(jobs, results))
                        jobs.put(node)
                        under_way += 1
                    if under_way == 0:
                        break
                    done, error = results.get()
                except KeyboardInterrupt:
                    if self.interrupted:
                        raise
                    self.interrupted = True
                    self._interrupt()
                    continue
                under_way -= 1
                if error is not None:
                    self.error = self.error or error
                self.process_task_result(done, None if error is None else TaskError(str(error)))
        finally:
            for _ in threads:
                jobs.put(None)

    def _next(self, dispatcher: TaskDispatcher, done: Any) -> Any:
        while True:
            try:
                node = dispatcher.generator.send(done)
            except StopIteration:
                return None
            if done is not None:
                _let_go(done)
            if node == "hold on":
                return None
            try:
                if self.select_task(node, dispatcher.tasks):
                    return node
            except Exception as error:  # doit would turn it into a text and lose where it came from
                self.error = error
                return None
            done = node


def _let_go(node: Any) -> None:
    """Forget what doit keeps of a job that has ended, 4 KB: of all that, those who need it ask for its status alone."""
    status = node.run_status
    node.task.__dict__.clear()
    node.__dict__.clear()
    node.run_status = status


def _worker(
    jobs: "queue.SimpleQueue[Any]", results: "queue.SimpleQueue[tuple[Any, BaseException | None]]"
) -> threading.Thread:
    def serve() -> None:
        while (node := jobs.get()) is not None:
            error: BaseException | None = None
            try:
                for action in node.task.actions:
                    action.task = node.task
                work: Iterable[Any] = node.task.actions
                for action in work:
                    action.py_callable(*action.args)
            except BaseException as caught:  # handed to the main thread, which raises it
                error = caught
            results.put((node, error))

    thread = threading.Thread(target=serve, daemon=True, name="specbuild-job")
    thread.start()
    return thread
