"""Proofs without data: whether every lead that a rule could take is taken by rules before it.

A rule that was tried before took none of the leads that are left, so each of its alternatives failed somewhere: a
clause, "this literal or that one does not hold". What a rule asks together with the clauses of all rules before it
either has a lead, and then the rule can win, or is contradictory, and then it is dead. Literals that have to fail
are followed to their end (unit propagation), which also finds unions over a field; what that leaves open is tried
both ways, as far as a budget of steps reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from transforms.routing.lint.space import Axis, Known, Literal, Several, State, excludes, implies, narrow, negate

__all__ = ["Box", "Ground", "find_cover", "narrow_all"]

#: Literals that hold together: one way of matching a rule.
Box = tuple[Literal, ...]

_BUDGET = 400  # cases tried for one question; beyond it the question is left open
_MOST_NAMED = 16  # rules of a proof up to which it is cut down to those it needs
_SWEEP = 64  # rules after which clauses that can never count again are swept out


@dataclass(frozen=True, slots=True)
class _Clause:
    """A rule tried before, in one of its alternatives: not all of the box holds."""

    rule: int
    box: Box


@dataclass
class Ground:
    """What is known of a lead that got past some rules.

    Alternatives of one literal are facts, put together axis by axis; the others stay clauses.

    Attributes:
        axes: of the channel.
        boxes: alternatives by rule, in the order of the rules.
        known: what the facts say of each axis; None where they leave nothing.
        facts: of each axis, the rules and what they leave.
        clauses: that no fact has settled.
    """

    axes: Sequence[Axis]
    boxes: dict[int, Sequence[Box]] = field(default_factory=dict)
    known: list[Known | None] = field(init=False)
    facts: list[list[tuple[int, Literal]]] = field(init=False)
    clauses: list[_Clause] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = [axis.start for axis in self.axes]
        self.facts = [[] for _ in self.axes]

    def add(self, rule: int, boxes: Sequence[Box]) -> None:
        """Go past one more rule."""
        self.boxes[rule] = boxes
        for box in boxes:
            if len(box) != 1:
                self.clauses.append(_Clause(rule, box))
                continue
            fact, known = negate(box[0], self.axes), self.known[box[0].axis]
            self.facts[fact.axis].append((rule, fact))
            self.known[fact.axis] = None if known is None else narrow(known, fact)
        if not len(self.boxes) % _SWEEP:
            self.clauses = [clause for clause in self.clauses if not self._is_settled(clause)]

    def only(self, rules: Iterable[int]) -> Ground:
        """The same for some of the rules."""
        ground = Ground(self.axes)
        for rule in rules:
            ground.add(rule, self.boxes[rule])
        return ground

    def _is_settled(self, clause: _Clause) -> bool:
        """Whether some literal fails for every lead that is left, now and ever after."""
        pairs = ((self.known[literal.axis], literal) for literal in clause.box)
        return any(known is not None and excludes(known, literal) for known, literal in pairs)


@dataclass(frozen=True, slots=True)
class _Why:
    """Rules, as bits, and axes whose facts, something follows from."""

    rules: int = 0
    axes: int = 0

    def __or__(self, other: _Why) -> _Why:
        return _Why(self.rules | other.rules, self.axes | other.axes)


class _BudgetSpentError(Exception):
    """The question is too hard for the budget."""


def find_cover(states: Sequence[State], ground: Ground) -> list[int] | None:
    """The rules of the ground that take every lead of the states; None where a lead is left.

    Args:
        states: the alternatives asked about.
        ground: the rules tried before.

    Returns:
        Places of rules, ascending; as few as leaving one out at a time gets to.

    Raises:
        TimeoutError: the budget was spent before the question was settled.
    """
    try:
        used: set[int] = set()
        for state in states:
            rules = _Proof(ground, state).run()
            if rules is None:
                return None
            used |= rules
        return _cut_down(states, ground, used)
    except _BudgetSpentError:
        raise TimeoutError from None


def _cut_down(states: Sequence[State], ground: Ground, used: set[int]) -> list[int]:
    needed = sorted(used)
    if len(needed) > _MOST_NAMED:
        return needed
    for rule in reversed(sorted(used)):
        fewer = ground.only(place for place in needed if place != rule)
        if all(_Proof(fewer, state).run() is not None for state in states):
            needed.remove(rule)
    return needed


class _Proof:
    """One state against one ground."""

    def __init__(self, ground: Ground, state: State):
        self._ground = ground
        self._asked = state
        self._present = [axis.present for axis in ground.axes]
        self._budget = _BUDGET

    def run(self) -> set[int] | None:
        """Rules that leave no lead; None where one is left."""
        known, reasons = list(self._asked), [_Why() for _ in self._asked]
        for axis, fact in enumerate(self._ground.known):
            if not self._ground.facts[axis]:
                continue
            joined = _join(known[axis], fact)
            reasons[axis] = _Why(axes=1 << axis)
            if joined is None:
                return self._name_rules(reasons[axis])
            known[axis] = joined
        why = self._refute(known, reasons, self._ground.clauses)
        return None if why is None else self._name_rules(why)

    def _name_rules(self, why: _Why) -> set[int]:
        """The rules behind a reason; of facts, those that take from what was asked."""
        rules = set(_bits(why.rules))
        for axis in _bits(why.axes):
            known = self._asked[axis]
            facts = self._ground.facts[axis]
            rules |= {rule for rule, fact in facts if not implies(known, fact, self._present[axis])}
        return rules

    def _refute(self, known: list[Known], reasons: list[_Why], clauses: Sequence[_Clause]) -> _Why | None:
        """Why the clauses leave no lead; None where one is left."""
        has_moved = True
        while has_moved:
            has_moved = False
            still_open = []
            for clause in clauses:
                left = self._read(known, clause.box)
                if left is None:
                    continue
                if len(left) > 1:
                    still_open.append(clause)
                    continue
                why = _Why(1 << clause.rule)
                for literal in clause.box:
                    why |= reasons[literal.axis]
                if not left:
                    return why
                self._put(known, reasons, negate(left[0], self._ground.axes), why)
                has_moved = True
            clauses = still_open
        blocking = self._find_blocking(known, clauses)
        return None if blocking is None else self._split(known, reasons, clauses, blocking)

    def _find_blocking(self, known: Sequence[Known], clauses: Sequence[_Clause]) -> _Clause | None:
        """A clause that forbids the lead tried, of the highest classes: other texts and missing fields."""
        lead = [_highest(have) for have in known]
        return next(
            (clause for clause in clauses
             if all(bool(lead[item.axis] & item.classes) != item.is_none for item in clause.box)), None
        )  # fmt: skip

    def _split(
        self, known: list[Known], reasons: list[_Why], clauses: Sequence[_Clause], blocking: _Clause
    ) -> _Why | None:
        """Try a literal both ways that forbids the lead tried."""
        self._budget -= 1
        if self._budget < 0:
            raise _BudgetSpentError
        literal = (self._read(known, blocking.box) or [])[0]
        both = _Why()
        for case in (negate(literal, self._ground.axes), literal):
            known_then, reasons_then = list(known), list(reasons)
            self._put(known_then, reasons_then, case, _Why())
            why = self._refute(known_then, reasons_then, clauses)
            if why is None:
                return None
            both |= why
        return both

    def _read(self, known: Sequence[Known], box: Box) -> list[Literal] | None:
        """Literals that are not settled, at most two; None when one cannot hold, so that the box takes nothing."""
        left: list[Literal] = []
        for literal in box:
            have = known[literal.axis]
            if isinstance(have, int):
                held = have & literal.classes
                if not held:
                    return None
                if held == have:
                    continue
            elif excludes(have, literal):
                return None
            elif implies(have, literal, self._present[literal.axis]):
                continue
            left.append(literal)
        return left

    @staticmethod
    def _put(known: list[Known], reasons: list[_Why], literal: Literal, why: _Why) -> None:
        narrowed = narrow(known[literal.axis], literal)
        if narrowed is None:
            raise ValueError("the literal is settled")
        known[literal.axis] = narrowed
        reasons[literal.axis] |= why


def narrow_all(state: State, box: Iterable[Literal]) -> State | None:
    """What is known when all literals hold, too; None when they cannot."""
    known = list(state)
    for literal in box:
        narrowed = narrow(known[literal.axis], literal)
        if narrowed is None:
            return None
        known[literal.axis] = narrowed
    return tuple(known)


def _join(asked: Known, fact: Known | None) -> Known | None:
    """Both; None when they contradict each other."""
    if fact is None:
        return None
    if isinstance(asked, int) or isinstance(fact, int):
        return (asked & fact) or None if isinstance(asked, int) and isinstance(fact, int) else None
    none = asked.none | fact.none
    some = tuple(classes & ~none for classes in (*asked.some, *fact.some))
    return Several(none, some) if all(some) else None


def _highest(known: Known) -> int:
    """Classes of a lead that agrees with what is known."""
    if isinstance(known, int):
        return 1 << known.bit_length() - 1
    held = 0
    for classes in known.some:
        held |= 1 << classes.bit_length() - 1
    return held


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
