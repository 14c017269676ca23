"""Exploring: one API, one sequence after the other, each tried, judged and, if it brought something new, remembered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from contract_tests import contracts
from contract_tests.deployment import Deployment
from contract_tests.fuzz.composing import Composer
from contract_tests.fuzz.corpus import Corpus, Entry
from contract_tests.fuzz.failures import Failure
from contract_tests.fuzz.features import Features
from contract_tests.fuzz.judging import Judge
from contract_tests.fuzz.mutation import Mutator, freshened
from contract_tests.fuzz.people import People
from contract_tests.fuzz.playing import BudgetSpent, Played, Player
from contract_tests.fuzz.sequence import Sequence
from contract_tests.fuzz.supply import Supply
from contract_tests.fuzz.surface import Surface

#: Of the turns, how many change what is in the corpus, and how many make something of one's own along the leads.
MUTATED, LIVES, WALKS = 0.5, 0.2, 0.15


@dataclass
class Turn:
    """One sequence that was played. ``over``: the budget was spent before its end; ``learned``: what is worth keeping of it."""

    sequence: Sequence
    played: list[Played]
    failures: list[Failure]
    learned: Entry | None = None
    over: bool = False

    @property
    def numbers(self) -> list[int]:
        """Under which the gate has its exchanges."""
        return [reply.number for one in self.played for reply in one.replies]


class Stage:
    """What is needed to play and judge the sequences of one API. ``permitted``: operationIds; ``worker``: its number at the gate;
    ``alone``: nobody else changes anything meanwhile.
    """

    def __init__(
        self, deployment: Deployment, api: str, permitted: Container[str], worker: int = 0, *, alone: bool = True
    ) -> None:
        spec = contracts.load(api)
        self.api = api
        self.surface = Surface(spec, permitted)
        self.people = People(api, spec, deployment.casts.get(api, {}))
        self.player = Player(deployment, self.surface, self.people, worker)
        self._judge = Judge(self.surface, self.people, alone=alone or self.player.resets)
        # Where nothing can be put back, what a name was given to stays: every attempt needs names of its own.
        self._fresh = None if self.player.resets else int(time.time())

    def play(self, sequence: Sequence) -> Turn:
        """The sequence from the opening state, as far as there is one to go back to."""
        sent, over = sequence, False
        if self._fresh is not None:
            self._fresh += 1
            sent = freshened(sequence, self._fresh & 0xFFFFF)
        self.player.reset()
        done: list[Played] = []
        try:
            self.player.play(sent, done.append)
        except BudgetSpent:
            over = True
        return Turn(sequence, done, self._judge.failures(done), over=over)


class Explorer:
    """Makes up its mind by chance that the seed decides. ``known``: what earlier runs kept; ``first``: played first."""

    def __init__(self, stage: Stage, base_url: str, seed: str, number: int, known: Corpus, first: Iterable[Sequence]) -> None:
        random = Random(seed)  # noqa: S311  (reproducible, not secret)
        self.stage, self.corpus, self._random = stage, known, random
        supply = Supply(stage.surface, stage.people, base_url, number, random)
        self._composer = Composer(stage.surface, stage.people, supply, random)
        self._mutator = Mutator(stage.surface, stage.people, self._composer, random)
        self._features = Features(stage.surface)
        self._first = deque(first)

    def turn(self) -> Turn:
        """Play one more sequence."""
        turn = self.stage.play(self._next())
        turn.learned = self._learned(turn)
        return turn

    def _next(self) -> Sequence:
        if self._first:
            return self._first.popleft()
        choice = self._random.random()
        known = self.corpus.entries()
        if known and choice < MUTATED:
            others = [entry.sequence for entry in known]
            return self._mutator.mutate(self._random.choice(others), others)
        if choice < MUTATED + LIVES:
            return self._composer.life()
        return self._composer.walk() if choice < MUTATED + LIVES + WALKS else self._composer.single()

    def _learned(self, turn: Turn) -> Entry | None:
        """The steps up to the last that showed something new, and for what they are kept."""
        seen = self._features.of(turn.played)
        new = [place for place, features in enumerate(seen) if self.corpus.new(features)]
        if not new:
            return None
        end = new[-1] + 1
        sequence = Sequence(turn.sequence.api, turn.sequence.steps[:end])
        entry = Entry(sequence, tuple(dict.fromkeys(feature for features in seen[:end] for feature in features)))
        return entry if self.corpus.offer(entry) else None


def corpus_of(folder: Path, stage: Stage) -> tuple[Corpus, list[str]]:
    """What earlier runs kept of this API, and a line for each file that is of no use."""
    corpus = Corpus(stage.people.secrets())
    return corpus, corpus.read(folder / stage.api, stage.surface.places)
