"""The journal of one sandbox: its latest entries, in the order in which they were answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from weakref import WeakSet

from mockserver.journal.entry import Entry
from mockserver.journal.exposure import secrets_in
from mockserver.journal.places import places_of
from mockserver.journal.secrecy import Secrets

#: A sandbox remembers so many entries, which take so many bytes; all sandboxes together remember so many.
ENTRIES, BYTES = 10_000, 16 * 1024 * 1024
ALL_ENTRIES, ALL_BYTES = 50_000, 128 * 1024 * 1024


class Shelf:
    """All journals of a run. When they hold too much together, the fullest gives up the oldest tenth of what it holds."""

    def __init__(self, entries: int = ALL_ENTRIES, size: int = ALL_BYTES) -> None:
        self._entries, self._size = entries, size
        self._journals: WeakSet[Journal] = WeakSet()
        self._held, self._bytes = 0, 0

    def join(self, journal: Journal) -> None:
        """Count a journal in for as long as it lives."""
        self._journals.add(journal)

    def added(self, size: int) -> None:
        """One of them has an entry more."""
        self._held += 1
        self._bytes += size
        # What left meanwhile is only counted when it matters.
        while self._held > self._entries or self._bytes > self._size:
            self._held = sum(len(journal) for journal in self._journals)
            self._bytes = sum(journal.bytes for journal in self._journals)
            if self._held <= self._entries and self._bytes <= self._size:
                return
            fullest = max(self._journals, key=self._share)
            fullest.forget(max(1, len(fullest) // 10))

    def _share(self, journal: Journal) -> float:
        return max(len(journal) / self._entries, journal.bytes / self._size)


class Journal:
    """Entries numbered from 1, as long as the process lives: neither forgetting nor a reset gives a number away again."""

    def __init__(self, shelf: Shelf | None = None, *, entries: int = ENTRIES, size: int = BYTES) -> None:
        self._most, self._most_bytes = entries, size
        self._entries: deque[Entry] = deque()
        self._watchers: list[Callable[[], None]] = []
        self._shelf = shelf or Shelf()
        self._shelf.join(self)
        self._secrets = Secrets()
        #: The last entry that was searched for secrets.
        self._searched = 0
        self.bytes = 0
        #: How many left since it was last emptied, because there were too many.
        self.forgotten = 0
        self.last = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Oldest first."""
        return iter(self._entries)

    def __reversed__(self) -> Iterator[Entry]:
        return reversed(self._entries)

    def add(self, entry: Entry) -> None:
        """Number and remember an entry; those that are too old for it leave."""
        self.last += 1
        entry.number = self.last
        size = entry.weigh()
        self.bytes += size
        self._entries.append(entry)
        if len(self._entries) > self._most or self.bytes > self._most_bytes:
            self._make_room()
        self._shelf.added(size)
        if self._watchers:
            for watcher in tuple(self._watchers):
                watcher()

    def _make_room(self) -> None:
        """One that is larger than all that may be kept stays alone."""
        while len(self._entries) > 1 and (len(self._entries) > self._most or self.bytes > self._most_bytes):
            self.forget(1)

    def forget(self, count: int) -> None:
        """Let the oldest so many leave."""
        for _ in range(min(count, len(self._entries))):
            left = self._entries.popleft()
            self.bytes -= left.size
            self.forgotten += 1
            self._part_from(left)

    def find(self, number: int) -> Entry | None:
        """The entry of a number, if it is remembered."""
        if not self._entries:
            return None
        # Without a gap: they leave in the order in which they came.
        place = number - self._entries[0].number
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def after(self, number: int) -> Iterator[Entry]:
        """Those that came later, oldest first."""
        newer = min(self.last - number, len(self._entries))
        return (self._entries[place] for place in range(len(self._entries) - max(newer, 0), len(self._entries)))

    @property
    def secrets(self) -> Secrets:
        """Every secret that passed by, of entries that are forgotten, too. What is known otherwise can be told."""
        for entry in self.after(self._searched):
            self._search(entry)
        return self._secrets

    def _part_from(self, entry: Entry) -> None:
        """What was told in confidence stays known; to search every entry that leaves would cost more than all the rest."""
        if entry.number > self._searched and entry.operation is not None and places_of(entry.contract).tells(entry.operation):
            for secret in secrets_in(entry):
                self._secrets.see(secret)

    def _search(self, entry: Entry) -> None:
        if entry.number > self._searched:
            self._searched = entry.number
            for secret in secrets_in(entry):
                self._secrets.see(secret)

    def clear(self) -> None:
        """Forget everything; the numbers go on."""
        for entry in self._entries:
            self._part_from(entry)
        self._entries.clear()
        self.bytes = self.forgotten = 0

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have ``watcher`` called after each new entry; calling the result ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)
