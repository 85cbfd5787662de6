"""Departments that send: several uploads at a time, each tried again until it has its receipt; faults between."""
import threading
import time

from platform_client import Refused, Unavailable

UPLOADS = 4
GIVE_UP_SECONDS = 300  # for one batch, outages included


class Sender:
    """Sends batches in `groups` equal parts. Part n+1 begins once part n may be passed (`open_group`), so that each fault has a part of
    the feed to itself; while a server is down, the uploads of its part go on and fail."""

    def __init__(self, platform, batches, groups=1):
        self.platform, self.batches, self.groups = platform, batches, groups
        self.changed = threading.Condition()
        self.next = self.done = self.active = self.retries = self.allowed_group = 0
        self.receipts, self.failed = {}, None
        self.retried = []
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(UPLOADS)]
        for t in self.threads:
            t.start()

    def group_of(self, index):
        return index * self.groups // max(len(self.batches), 1)

    def open_group(self, group):
        with self.changed:
            self.allowed_group = group
            self.changed.notify_all()

    def wait_within(self, group, share, timeout):
        """Until that share of the group has been sent."""
        size = len(self.batches) / self.groups
        self._wait(lambda: self.done >= int(size * (group + share)), timeout, f"part {group} of the feed")

    def wait_more(self, batches, timeout):
        """Until so many more batches have been sent, or the part is over."""
        goal = self.done + batches
        end = min(len(self.batches), -(-len(self.batches) * (self.allowed_group + 1) // self.groups))
        self._wait(lambda: self.done >= min(goal, end), timeout, "uploads to go on")

    def finish(self, timeout):
        self.open_group(self.groups)
        self._wait(lambda: self.done == len(self.batches), timeout, "the end of the feed")

    def _wait(self, condition, timeout, what):
        with self.changed:
            reached = self.changed.wait_for(lambda: self.failed or condition(), timeout)
            if self.failed:
                raise self.failed
            if not reached:
                raise TimeoutError(f"{what}: {self.done} of {len(self.batches)} batches sent after {timeout} s")

    def _run(self):
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.failed or self.next >= len(self.batches) or self.group_of(self.next) <= self.allowed_group)
                if self.failed or self.next >= len(self.batches):
                    return
                batch = self.batches[self.next]
                self.next += 1
                self.active += 1
            try:
                receipt, tries = self._send(batch)
            except (Refused, TimeoutError, OSError, ValueError) as e:
                with self.changed:
                    self.failed = e
                    self.changed.notify_all()
                return
            with self.changed:
                self.receipts[batch.name] = receipt
                self.active -= 1
                self.done += 1
                if tries > 1:
                    self.retried.append(batch)
                self.changed.notify_all()

    def _send(self, batch):
        end = time.monotonic() + GIVE_UP_SECONDS
        tries = 0
        while True:
            tries += 1
            try:
                return self.platform.upload(batch), tries
            except Unavailable as e:
                with self.changed:
                    self.retries += 1
                if time.monotonic() > end:
                    raise TimeoutError(f"{batch.name}: no receipt after {tries} tries; the last: {e}") from e
                time.sleep(min(0.2 * tries, 1.0))
