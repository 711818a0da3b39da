"""Goes through the clauses of one sentence and says whom each is about."""

from __future__ import annotations

import re
from itertools import pairwise

from expunge.agents.rules.cast import Mention, may_be_a_person
from expunge.agents.rules.content import content_words
from expunge.agents.rules.gender import usual_gender
from expunge.agents.rules.phrase import Phrase, Pronoun, bracket_groups, is_verb
from expunge.agents.rules.reading import Clause, Context, Owner
from expunge.agents.rules.subjects import identifies_target, is_anothers
from expunge.text.segment import words

_THEIRS = (Owner.TARGET, Owner.SHARED)
_MARKS = ' \t)]*_"”»'
"""What may stand between a name and the comma after it."""
_PARTICIPLE = re.compile(r"\d|born|né|nacid|nat[oa]\b|nascid|gebor|known|best")


class SentenceWalk:
    """The clauses of one sentence, one after the other.

    After `run`: `topic` is whom the sentence leaves as its subject (where `topic_set`), and `plain` says
    that somebody who is no target is named as a subject.
    """

    def __init__(self, context: Context, phrases: list[Phrase], number: int) -> None:
        self.context, self.cast, self.language = context, context.cast, context.language
        self.text, self.state = context.text, context.state
        self.phrases, self.number = phrases, number
        self.clauses: list[Clause] = []
        self.topic, self.topic_shared, self.topic_set = self.state.topic, self.state.shared, False
        self.plain = False
        self._main = Owner.SHARED if self.state.shared else self._owner_of(self.state.topic)
        self._has_verb = False
        self._anchor: Mention | None = None
        self._kin_opens = False

    def run(self) -> list[Clause]:
        """Attributes every clause."""
        groups = bracket_groups(self.text, self.phrases)
        for phrase, group in zip(self.phrases, groups, strict=True):
            clause = self._clause(phrase, group)
            clause.group = group
            self.clauses.append(clause)
            if phrase.mentions:
                self._anchor = phrase.mentions[-1]
        self._facts()
        self._spread(groups)
        return self.clauses

    def whole(self) -> list[Clause]:
        """The clauses of a heading, a table row or a line of code, which stand or go as one."""
        named = any(self.cast.is_target(m.who) for p in self.phrases for m in p.mentions)
        owner = Owner.TARGET if named else Owner.NOBODY
        self.clauses = [Clause(phrase, owner, "head", named) for phrase in self.phrases]
        return self.clauses

    def _owner_of(self, who: int | None) -> Owner:
        if who is None:
            return Owner.NOBODY
        return Owner.TARGET if self.cast.belongs(who) else Owner.OTHER

    def _target(self) -> int | None:
        return next((i for i, e in enumerate(self.cast.entities) if e.target), None)

    def _clause(self, phrase: Phrase, group: int) -> Clause:
        named = any(self.cast.is_target(m.who) for m in phrase.mentions)
        previous = self.clauses[-1] if self.clauses else None
        if previous is None:
            explicit = self._explicit(phrase)
            return self._opening(phrase, named) if explicit is None else self._head(phrase, explicit, named)
        if group >= 0:
            return self._bracketed(phrase, named, previous)
        if self._kin_opens and phrase.bare_names and phrase.mentions:
            return self._renamed(phrase)
        if self._hangs(phrase, previous):
            return self._hanging(phrase, named, previous)
        explicit = self._explicit(phrase)
        if explicit is not None:
            return self._head(phrase, explicit, named)
        return self._continued(phrase, named, previous)

    def _bracketed(self, phrase: Phrase, named: bool, previous: Clause) -> Clause:
        owner = self._owner_of(self._anchor.who) if self._anchor else self._main
        if previous.cut and owner is not Owner.OTHER:
            owner = Owner.TARGET
        return Clause(phrase, owner, "hang", named or owner in _THEIRS)

    def _renamed(self, phrase: Phrase) -> Clause:
        """ "His wife, X": the name tells who the kin is that the sentence opened with."""
        who: int = phrase.mentions[0].who
        self._main, self._kin_opens = self._owner_of(who), False
        self._set_topic(self._main, who)
        theirs = self._main is Owner.TARGET
        for clause in self.clauses:
            clause.owner, clause.cut = self._main, clause.cut or theirs
        self.plain = not theirs
        return Clause(phrase, self._main, "hang", theirs)

    def _hangs(self, phrase: Phrase, previous: Clause) -> bool:
        if phrase.opening == "relative":
            return True
        if phrase.opening not in ("comma", "dash"):
            return False
        first = self._said(phrase)[:1]
        word = first[0] if first else ""
        after_name = self._anchor is not None and not self.text[self._anchor.end : phrase.span.start].strip(_MARKS)
        if not after_name:
            fresh = phrase.subject or phrase.pronoun
            return previous.role == "hang" and not fresh and word in self.language.articles
        if phrase.owner_name is not None and not phrase.subject and not self._verbs(phrase):
            # "A, X's brother, …"
            return True
        if word in self.language.articles or word in self.language.possessives or word in self.language.people:
            return not (phrase.subject and phrase.has_verb and not phrase.bare_names and self._finite(phrase))
        return _PARTICIPLE.match(word) is not None

    def _said(self, phrase: Phrase) -> list[str]:
        body = self.text[phrase.body : phrase.span.end]
        return [w.of(body).casefold() for w in words(body)]

    def _verbs(self, phrase: Phrase, start: int = 0) -> bool:
        """Whether a word from number `start` on looks like a verb and is no part of a name."""
        body = self.text[phrase.body : phrase.span.end]
        names = [(m.start - phrase.body, m.end - phrase.body) for m in phrase.mentions]
        return any(
            is_verb(w.of(body).casefold(), self.language)
            for w in words(body)[start:]
            if not any(a <= w.start < b for a, b in names)
        )

    def _finite(self, phrase: Phrase) -> bool:
        after = self.text[phrase.subject_end : phrase.span.end]
        return any(is_verb(w.of(after).casefold(), self.language) for w in words(after)[:2])

    def _hanging(self, phrase: Phrase, named: bool, previous: Clause) -> Clause:
        anchor = self._anchor
        if phrase.joint and phrase.opening == "relative":
            both = any(self.cast.is_target(m.who) for p in self.phrases for m in p.mentions)
            owner = Owner.SHARED if both else self._main
        elif anchor is not None:
            owner = self._owner_of(anchor.who)
            head = next((c for c in self.clauses if anchor in c.phrase.subject), None)
            if named and head is not None and owner is Owner.OTHER and not self._known(anchor.who):
                # "Winter Harbour, the novel by X": the thing is X's.
                self.cast.entities[anchor.who].linked = True
                owner = head.owner = self._main = Owner.TARGET
                head.cut, self.plain = True, False
                self._set_topic(Owner.TARGET, anchor.who)
        else:
            owner = previous.owner
        cut = named or owner in _THEIRS or (previous.cut and anchor is None)
        return Clause(phrase, owner, "hang", cut)

    def _known(self, who: int) -> bool:
        entity = self.cast.entities[who]
        return entity.focus or who in self.state.met or (entity.person and entity.gender is not None)

    def _explicit(self, phrase: Phrase) -> tuple[Owner, int | None] | None:
        """The subject that the clause itself names, if any."""
        if phrase.subject and not (self.clauses and self._main in _THEIRS and not self._somebody(phrase)):
            whose = [self.cast.is_target(m.who) for m in phrase.subject]
            if any(whose) and not all(whose):
                return Owner.SHARED, phrase.subject[whose.index(False)].who
            first = phrase.subject[0].who
            if phrase.possessor is not None and not self.cast.is_target(first) and not self._known(first):
                # "her dog Rex"
                return self._resolve(phrase.possessor)[0], first
            return (Owner.TARGET if self._stray(first) else self._owner_of(first)), first
        if phrase.pronoun is not None:
            return self._resolve(phrase.pronoun)
        if phrase.self_speaks:
            return Owner.NOBODY, None
        if phrase.owner_name is not None:
            return self._owner_of(phrase.owner_name.who), phrase.owner_name.who
        if phrase.possessor is not None:
            owner, who = self._resolve(phrase.possessor)
            if self._about_target(phrase):
                return Owner.TARGET, self._target()
            return owner, who
        return None

    def _somebody(self, phrase: Phrase) -> bool:
        """Whether a subject is a person, and not the place in "born in Lagos, Nigeria"."""
        entities = [(m.who, self.cast.entities[m.who]) for m in phrase.subject]
        return any(e.target or self._known(who) or (e.person and may_be_a_person(e)) for who, e in entities)

    def _stray(self, who: int) -> bool:
        """A name never met before, right after what was told of a target: a work of the target's, maybe.

        A name that begins with a usual given name is taken for a person and for a new subject.
        """
        entity = self.cast.entities[who]
        after_target = self.cast.belongs(self.state.topic) and self.state.target_seen == self.number - 1
        return after_target and not entity.target and not self._known(who) and usual_given(entity.tokens) is None

    def _resolve(self, pronoun: Pronoun) -> tuple[Owner, int | None]:
        state, entities = self.state, self.cast.entities
        if pronoun.thing:
            if state.ended_on_target:
                return Owner.TARGET, self._target()
            return self._owner_of(state.topic), state.topic
        here = [m.who for c in self.clauses for m in c.phrase.mentions if entities[m.who].person]
        heads = [c.phrase for c in self.clauses if c.role == "head"]
        subjects = [m.who for phrase in heads for m in phrase.subject if entities[m.who].person]
        order = list(dict.fromkeys([*subjects, *here, *state.persons]))
        near = len(order) > 1 and any(self.cast.is_target(w) for w in order[:2]) and self._target_near()
        if pronoun.number == "many" and (near or state.shared):
            return Owner.SHARED, None
        if pronoun.number == "any" and not any(entities[w].gender in (pronoun.gender, None) for w in order):
            return (Owner.SHARED if near or state.shared else self._main), None
        if pronoun.gender is None:
            if state.topic is not None and not subjects:
                order = [state.topic, *order]
            return (self._owner_of(order[0]), order[0]) if order else (self._main, state.topic)
        sure = [w for w in order if entities[w].gender == pronoun.gender]
        maybe = [w for w in order if entities[w].gender is None]
        likely = (sure or maybe)[:1]
        if sure and maybe and order.index(maybe[0]) < order.index(sure[0]) and not self.cast.is_target(sure[0]):
            likely = maybe[:1]
        if not likely:
            return (self._owner_of(order[0]) if order else Owner.NOBODY), None
        entities[likely[0]].gender = pronoun.gender
        return self._owner_of(likely[0]), likely[0]

    def _target_near(self) -> bool:
        here = any(self.cast.is_target(m.who) for c in self.clauses for m in c.phrase.mentions)
        return here or self.number - self.state.target_seen <= 2

    def _about_target(self, phrase: Phrase) -> bool:
        """Whether the noun that the clause speaks of was met only in what was told of a target."""
        theirs = self.state.target_words - self.state.other_words - self.context.asked
        return bool(self._nouns(phrase) & theirs)

    def _nouns(self, phrase: Phrase) -> frozenset[str]:
        return frozenset().union(*(content_words(n, self.language) for n in phrase.noun_subject))

    def _head(self, phrase: Phrase, explicit: tuple[Owner, int | None], named: bool) -> Clause:
        owner, who = explicit
        kin = phrase.possessor is not None or phrase.owner_name is not None
        self._kin_opens = kin and not phrase.subject and not self._verbs(phrase, 1)
        through = phrase.owner_name is not None and self.cast.is_target(phrase.owner_name.who)
        if through and not (phrase.subject and self.cast.entities[phrase.subject[0].who].focus):
            owner = Owner.TARGET
        self._main = owner
        self._has_verb = phrase.has_verb and not phrase.bare_names
        if not self.topic_set or owner is not Owner.OTHER:
            self._set_topic(owner, who)
        if named and kin and not phrase.subject and any(w in self.language.people for w in phrase.noun_subject):
            # "Her mother was X": what follows is about X.
            self._set_topic(Owner.TARGET, self._target())
        if owner is Owner.OTHER and (phrase.subject or phrase.owner_name) and not named:
            self.plain = True
        foreign = owner is Owner.OTHER and self._speaks_of_target(phrase, who)
        return Clause(phrase, owner, "head", named or owner in _THEIRS or foreign)

    def _speaks_of_target(self, phrase: Phrase, who: int | None) -> bool:
        """Whether an object or possessive pronoun cannot be the subject's, and may be a target's."""
        own = self.cast.entities[who].gender if who is not None else None
        if own is None or not (self.state.target_seen >= 0 or any(c.cut for c in self.clauses)):
            return False
        return any(
            p.gender not in (None, own) and any(e.target and e.gender in (p.gender, None) for e in self.cast.entities)
            for p in phrase.others
        )

    def _set_topic(self, owner: Owner, who: int | None) -> None:
        if owner is not Owner.NOBODY:
            self.topic, self.topic_shared, self.topic_set = who, owner is Owner.SHARED, True

    def _opening(self, phrase: Phrase, named: bool) -> Clause:
        """A clause that opens the sentence with no subject that it names: a noun, nothing, or a mere fragment."""
        owner, said = self._main, self._said(phrase)
        ended, met = self.state.ended_on_target, self.state.other_words | self.context.asked
        if said[:1] and said[0] in self.language.joint and self._target_near() and self.state.target_seen >= 0:
            owner = Owner.SHARED
        elif (named and not phrase.has_verb and not phrase.noun_subject) or self._about_target(phrase):
            owner = Owner.TARGET
        elif owner in _THEIRS and said[:1] and said[0] in self.language.articles and self._nouns(phrase) & met:
            # "The inn burned down": a thing met where somebody else was told of.
            owner = Owner.OTHER
            self._set_topic(owner, None)
        else:
            left_open = ended and (owner is Owner.NOBODY or self._quoted(phrase))
            foreign = owner is Owner.OTHER and self._speaks_of_target(phrase, self.state.topic)
            owner = Owner.TARGET if left_open or foreign else owner
        if owner is Owner.TARGET and named:
            self._set_topic(owner, self._target())
        following = self.phrases[1] if len(self.phrases) > 1 and self.phrases[0] is phrase else None
        lead = len(self.phrases) > 1 and not phrase.noun_subject and (phrase.opening == "opener" or not phrase.has_verb)
        lead = lead or (len(self.phrases) > 1 and said[:1] != [] and said[0] in self.language.prepositions)
        # "Born in Dole, she …"
        lead = lead or (following is not None and following.opening == "comma" and following.pronoun is not None)
        self._has_verb = phrase.has_verb and not lead
        if named and owner is Owner.NOBODY:
            # "The lead role was played by X": X is whom a pronoun would mean next.
            self._set_topic(Owner.TARGET, self._target())
        self._main = owner
        cut = named or (owner in _THEIRS and not (lead and not self.cast.target_asked))
        return Clause(phrase, owner, "lead" if lead else "head", cut)

    def _quoted(self, phrase: Phrase) -> bool:
        return any(c in '"“„«「『' for c in self.text[phrase.span.start : phrase.body])

    def _continued(self, phrase: Phrase, named: bool, previous: Clause) -> Clause:
        """A later clause without a subject of its own: a second verb, a resumption, or a fragment."""
        if all(c.role == "lead" for c in self.clauses):
            clause = self._opening(phrase, named)
            clause.role = "head"
            return clause
        verb = phrase.verb_first
        if verb and not self._has_verb and phrase.opening in ("comma", "dash", "plain"):
            self._has_verb = True
            return Clause(phrase, self._main, "verb", named or self._main in _THEIRS)
        if verb and phrase.opening in ("opener", "comma"):
            owner = self._main
            if previous.group < 0 and previous.owner in _THEIRS and (previous.role != "hang" or self._hung_verb()):
                owner = previous.owner
            return Clause(phrase, owner, "verb", named or owner in _THEIRS)
        owner = previous.owner if previous.group < 0 else self._main
        return Clause(phrase, owner, "hang", named or owner in _THEIRS or (previous.cut and previous.group < 0))

    def _hung_verb(self) -> bool:
        """Whether the run of hanging clauses just before holds a verb, which a further verb might continue."""
        for clause in reversed(self.clauses):
            if clause.role != "hang":
                break
            if clause.phrase.opening == "relative" or self._verbs(clause.phrase):
                return True
        return False

    def _facts(self) -> None:
        """What tells a fact of a target is the target's, unless the clause plainly has another subject."""
        start, end = self.phrases[0].span.start, self.phrases[-1].span.end
        for at, clause in enumerate(self.clauses):
            said = content_words(clause.span.of(self.text), self.language)
            plain = clause.owner is Owner.OTHER and bool(clause.phrase.subject) and clause.role == "head"
            if not plain and any(len(f & said) >= max(2, round(0.6 * len(f))) for f in self.context.facts):
                clause.cut = True
                if at and clause.phrase.opening == "relative" and not self._named_just_before(clause):
                    # "the woman who …": the noun before it is the target.
                    self.clauses[at - 1].cut = True
        if not any(s.start < end and s.end > start for s in self.context.fact_spans):
            return
        if not any(c.cut for c in self.clauses):
            plain = any(c.role == "head" and c.phrase.subject and c.owner is Owner.OTHER for c in self.clauses)
            for clause in self.clauses:
                clause.cut = clause.cut or not plain or clause.role == "hang"
        if all(c.cut for c in self.clauses if c.role != "lead"):
            self._set_topic(Owner.TARGET, self._target())

    def _named_just_before(self, clause: Clause) -> bool:
        named = self.cast.last_before(clause.span.start)
        if named is None or named.end <= self.phrases[0].span.start:
            return False
        return not self.text[named.end : clause.span.start].strip("," + _MARKS)

    def _spread(self, groups: list[int]) -> None:
        """A bracket with a target in it goes whole; what hangs on a clause that goes, goes too."""
        brackets: dict[int, list[Clause]] = {}
        for clause, group in zip(self.clauses, groups, strict=True):
            if group >= 0:
                brackets.setdefault(group, []).append(clause)
        for members in brackets.values():
            if any(c.cut for c in members):
                for clause in members:
                    clause.cut = True
        for at, (before, clause) in enumerate(pairwise(self.clauses), start=1):
            if clause.role == "hang" and before.cut and before.role != "lead" and before.group < 0:
                clause.cut = True
            bare = (
                clause.cut
                and clause.phrase.bare_names
                and (clause.group >= 0 or clause.phrase.opening in ("comma", "dash"))
            )
            if bare and before.phrase.has_verb and not self._named_just_before(clause) and not self._in_list(at):
                # "run by his niece, X": the noun before the name is X.
                before.cut = True
        if identifies_target(self.text, self.cast, self.clauses):
            for clause in self.clauses:
                clause.cut = True
        heads = [c for c in self.clauses if c.role == "head"]
        left = [c for c in self.clauses if not c.cut and c.role in ("head", "verb")]
        headless = bool(heads) and heads[0].cut and not any(is_anothers(self.cast, c) for c in (heads[0], *left))
        if any(c.cut for c in self.clauses) and (not left or headless):
            for clause in self.clauses:
                clause.cut = True

    def _in_list(self, at: int) -> bool:
        return at + 1 < len(self.clauses) and self.clauses[at + 1].phrase.bare_names


def usual_given(tokens: frozenset[str]) -> str | None:
    """A part of a name that is a usual given name, if any."""
    return next((t for t in sorted(tokens) if usual_gender(t) is not None), None)
