"""Cuts a target's clauses out of one sentence and mends what is left."""

from __future__ import annotations

import re

from expunge.agents.rules.cast import Mention
from expunge.agents.rules.content import content_words
from expunge.agents.rules.language import VERB_LAST, Language
from expunge.agents.rules.names import JOINER
from expunge.agents.rules.phrase import is_verb
from expunge.agents.rules.reading import Clause, Owner, Reading, Sentence
from expunge.text.segment import LineKind, words

_TERMINAL = re.compile(r"[.!?…。！？।؟۔]+[\"'”’»)\]*_]*$")
_MAIN_CLAUSE_OPENERS = frozenset({"und", "aber", "oder", "sondern", "en", "maar", "of", "denn", "want"})
_VERB_SECOND = frozenset({"de", "nl", "sv"})
_UNINFLECTED = frozenset({"sv", "zh"})


def trim_sentence(reading: Reading, sentence: Sentence) -> str:
    """What is left of the sentence's own text (no marker, no white space after it); empty if nothing stands alone."""
    text = reading.text
    body = text[sentence.body : sentence.span.end].rstrip()
    if not sentence.touched:
        return body
    if sentence.owner in (Owner.TARGET,) and all(c.cut for c in sentence.clauses):
        return ""
    if reading.language.code in VERB_LAST and any(c.cut and c.group < 0 for c in sentence.clauses):
        return ""
    pieces = _pieces(reading, sentence)
    out = _assemble(reading, sentence, pieces)
    if not out:
        return ""
    if sentence.kind is LineKind.PROSE and not _stands(reading, sentence, pieces):
        return ""
    last = max(i for i, piece in enumerate(pieces) if piece is not None)
    if last < len(pieces) - 1:
        terminal = _TERMINAL.search(body)
        end = terminal[0] if terminal else ""
        out = re.sub(r"[\s,;:，；、—–-]+$", "", out)
        if end and not _TERMINAL.search(out):
            out += end if out.count("“") > out.count("”") or end[-1:] not in "\"'”’»" else end.rstrip("\"'”’»")
    return _tidy(out)


def _stands(reading: Reading, sentence: Sentence, pieces: list[str | None]) -> bool:
    """Whether what is left has a verb, as far as the language lets one tell."""
    kept = [c for c, piece in zip(sentence.clauses, pieces, strict=True) if piece is not None]
    if reading.language.code in ("zh", "ar") or not any(c.phrase.has_verb for c in sentence.clauses):
        return True
    return any((c.phrase.has_verb and not c.phrase.bare_names) or c.role == "verb" for c in kept if c.role != "hang")


def _pieces(reading: Reading, sentence: Sentence) -> list[str | None]:
    """The text of each clause that stays, None for one that goes."""
    pieces: list[str | None] = []
    for clause in sentence.clauses:
        raw = clause.span.of(reading.text)
        if not clause.cut:
            pieces.append(raw)
        elif clause.role in ("head", "lead", "verb") and clause.owner in (Owner.OTHER, Owner.SHARED):
            pieces.append(_excised(reading, clause))
        else:
            pieces.append(None)
    for at, clause in enumerate(sentence.clauses[1:], 1):
        # What hung on an excised name is cut already; what hung on a clause that stays needs it whole.
        if pieces[at] is not None and clause.role == "hang" and pieces[at - 1] is None and clause.group < 0:
            heads = [i for i in range(at) if sentence.clauses[i].role != "hang"]
            if not heads or pieces[heads[-1]] is None:
                pieces[at] = None
    return pieces


def _excised(reading: Reading, clause: Clause) -> str | None:
    """The clause without the phrase that names the target, where the phrase can simply be left out."""
    cast, language = reading.cast, reading.language
    named = [m for m in clause.phrase.mentions if cast.is_target(m.who)]
    if len(named) != 1:
        return None
    if clause.phrase.owner_name is named[0]:
        left = _without_owner(reading, clause, named[0])
    elif clause.owner is Owner.SHARED:
        left = _one_of_two(reading, clause, named[0])
    else:
        left = _without_company(reading, clause, named[0])
    if left is None:
        return None
    said = [w.of(left).casefold() for w in words(left)]
    joint = not language.joint.isdisjoint(said) or any(j in left.casefold() for j in language.joint_phrases)
    return None if joint else left


def _without_owner(reading: Reading, clause: Clause, name: Mention) -> str | None:
    """ "X's brother A was born" -> "A was born"."""
    text, span = reading.text, clause.span
    head = next((m for m in clause.phrase.subject if not reading.cast.is_target(m.who)), None)
    if head is None or not re.match(r"[’']s?\s", text[name.end : span.end]):
        return None
    lead = re.sub(r"\b(?:the|die|der|la|le|el|il|o|a)\s+$", "", text[span.start : name.start], flags=re.IGNORECASE)
    return _capitalised_like(lead + text[head.start : span.end], not lead.strip())


def _one_of_two(reading: Reading, clause: Clause, name: Mention) -> str | None:
    """ "A and X were born in B" -> "A was born in B"."""
    text, span, phrase = reading.text, clause.span, clause.phrase
    if name not in phrase.subject or len(phrase.subject) < 2:
        return None
    at = phrase.subject.index(name)
    if at == 0:
        cut = (name.start, phrase.subject[1].start)
    else:
        cut = (phrase.subject[at - 1].end, name.end)
    rest = text[phrase.subject_end : span.end]
    verb = words(rest)[0].of(rest) if words(rest) else ""
    agree = dict(reading.language.agree)
    if len(phrase.subject) == 2:
        if verb in agree:
            rest = rest.replace(verb, agree[verb], 1)
        elif reading.language.code in _UNINFLECTED or (
            reading.language.code == "en" and is_verb(verb, reading.language) and not verb.endswith("s")
        ):
            pass
        else:
            return None
    names = text[span.start : cut[0]] + text[cut[1] : phrase.subject_end]
    return names + rest


def _without_company(reading: Reading, clause: Clause, name: Mention) -> str | None:
    """ "He trained with X in B" -> "He trained in B"; also a name in a row of names."""
    language = reading.language
    before = reading.text[clause.span.start : name.start]
    after = reading.text[name.end : clause.span.end]
    if after.startswith(("'", "’")) or clause.phrase.subject[:1] == [name]:
        return None
    row = re.search(rf"\s*{JOINER}\s+$", before)
    previous = next((m for m in clause.phrase.mentions if m.end == name.start - len(row[0])), None) if row else None
    if row and previous is not None:
        kept = before[: row.start()]
    else:
        company = sorted(
            (w for w in language.with_ if w not in ("and", "y", "e", "et", "och", "und", "en", "i", "и")), key=len
        )
        pattern = "|".join(re.escape(w) for w in reversed(company))
        if not pattern:
            return None
        match = re.search(rf"(?:(?<=\s)|^)(?:{pattern})\s+(?:[^\s,;]+\s+){{0,3}}$", before, re.IGNORECASE)
        if match is None or any(is_verb(w.of(match[0]).casefold(), language) for w in words(match[0])[1:]):
            return None
        kept = before[: match.start()].rstrip()
    rest = after
    if not kept.strip() and language.code in _VERB_SECOND and clause.phrase.subject_end > name.end:
        rest = _subject_before_verb(after, clause.phrase.subject_end - name.end, language)
    if clause.phrase.others or not re.match(r"\s|$|[.!?。]", rest):
        return None
    new = (kept + " " + rest.lstrip() if rest.strip() and rest[:1] not in ".!?" else kept + rest).lstrip()
    said = frozenset(w for w in content_words(new, language) if not any(v.startswith(w) for v in language.verbs))
    subject = content_words(reading.text[clause.span.start : clause.phrase.subject_end], language)
    if len(said - subject) < 2:
        return None
    lead = re.match(r"\s*", reading.text[clause.span.start : clause.span.end])
    new = (lead[0] if lead else "") + new
    return _capitalised_like(new, before[:1].isupper() or not before[: len(before) - len(kept)].strip())


def _assemble(reading: Reading, sentence: Sentence, pieces: list[str | None]) -> str:
    out, kept_before = "", -1
    leads: list[str] = []
    for at, (clause, piece) in enumerate(zip(sentence.clauses, pieces, strict=True)):
        if piece is None:
            continue
        if clause.role == "lead":
            follows = next(
                (c for c, p in zip(sentence.clauses[at + 1 :], pieces[at + 1 :], strict=True) if c.role != "lead"), None
            )
            position = sentence.clauses.index(follows) if follows is not None else -1
            if (
                follows is not None
                and pieces[position] is None
                and not any(
                    p is not None and c.role == "verb" for c, p in zip(sentence.clauses[at:], pieces[at:], strict=True)
                )
            ):
                pieces[at] = None
                continue
            if out:
                out += piece
            else:
                leads.append(piece)
            kept_before = at
            continue
        if not out:
            opened = _opened(reading, sentence, at, piece, leads)
            if opened is None:
                pieces[at] = None
                continue
            out = opened
        elif kept_before == at - 1:
            out += piece
        else:
            out = _joined(reading, sentence, kept_before, at, out, piece)
        kept_before = at
    return out.strip()


def _opened(reading: Reading, sentence: Sentence, at: int, piece: str, leads: list[str]) -> str | None:
    """The first clause that stays, made to begin a sentence; None if it cannot."""
    clause = sentence.clauses[at]
    first = at == 0 or (bool(leads) and sentence.clauses[at - 1].role == "lead")
    lead = "".join(leads)
    if first:
        return lead + piece
    if clause.role == "hang":
        return None
    start = clause.phrase.body - clause.span.start if len(piece) == len(clause.span.of(reading.text)) else None
    rest = piece[start:] if start is not None else re.sub(r"^[\s,;:—–-]+", "", piece)
    if clause.role == "verb":
        subject = _subject_text(reading, sentence, at)
        if subject is None:
            return None
        return f"{lead.rstrip()}, {subject} {rest}" if lead else f"{subject} {rest}"
    if reading.language.code in _VERB_SECOND:
        in_subordinate = clause.phrase.opening == "opener"
        rest = _main_order(reading, clause, rest) if in_subordinate else _subject_first(reading, clause, rest)
    return f"{lead.rstrip()}, {rest}" if lead else _upper_first(rest)


def _subject_text(reading: Reading, sentence: Sentence, at: int) -> str | None:
    """The words of the subject that the verb at `at` shares with a head before it."""
    for clause in reversed(sentence.clauses[:at]):
        phrase = clause.phrase
        if clause.role != "head":
            continue
        if clause.owner not in (Owner.OTHER, Owner.NOBODY):
            return None
        if phrase.subject:
            return reading.text[phrase.subject[0].start : phrase.subject_end]
        if phrase.pronoun or phrase.self_speaks:
            return _upper_first(reading.text[phrase.body : phrase.subject_end].strip())
        return None
    return None


def _main_order(reading: Reading, clause: Clause, rest: str) -> str:
    """A German or Dutch subordinate clause with its verb moved behind the subject."""
    phrase = clause.phrase
    if reading.language.code == "sv" or phrase.opener in _MAIN_CLAUSE_OPENERS or phrase.subject_end <= phrase.body:
        return rest
    cut = phrase.subject_end - phrase.body
    subject, tail = rest[:cut], rest[cut:]
    end = re.search(r"(?<!\s)\s++(\w+)([\W_]*)$", tail)
    if end is None:
        return rest
    return f"{subject} {end[1]}{tail[: end.start()]}{end[2]}"


def _subject_first(reading: Reading, clause: Clause, rest: str) -> str:
    """A main clause that lost what stood before its verb: "backte er Brot" -> "er backte Brot"."""
    phrase = clause.phrase
    if not (phrase.subject or phrase.pronoun) or rest != reading.text[phrase.body : clause.span.end]:
        return rest
    return _subject_before_verb(rest, phrase.subject_end - phrase.body, reading.language)


def _subject_before_verb(rest: str, subject_end: int, language: Language) -> str:
    inside = rest[:subject_end]
    found = words(inside)
    if len(found) < 2 or not is_verb(found[0].of(inside).casefold(), language):
        return rest
    gap = rest[: found[0].start]
    return f"{gap}{inside[found[0].end :].strip()} {found[0].of(inside)}{rest[subject_end:]}"


def _joined(reading: Reading, sentence: Sentence, before: int, at: int, out: str, piece: str) -> str:
    """Two clauses that stay, with a cut between them."""
    clause, left = sentence.clauses[at], sentence.clauses[before]
    bare = left.role == "head" and left.phrase.bare_names
    if clause.role == "verb" and clause.phrase.opening != "opener" and (bare or left.phrase.mentions):
        if left.role == "head":
            return out.rstrip() + " " + re.sub(r"^[\s,;:)\]—–-]+", "", piece)
        return out.rstrip(" ,") + piece
    if re.match(r"[,;:.!?)\]，。；、]", piece):
        return out.rstrip() + piece
    return out.rstrip() + " " + piece.lstrip()


def _upper_first(text: str) -> str:
    for at, char in enumerate(text):
        if char.isalpha():
            return text[:at] + char.upper() + text[at + 1 :]
        if char.isdigit():
            return text
    return text


def _capitalised_like(text: str, capital: bool) -> str:
    return _upper_first(text) if capital else text


def _tidy(text: str) -> str:
    """Marks of punctuation that a cut left side by side, and a capital at the start."""
    text = re.sub(r"(?<![ \t])[ \t]++([,;.!?])", r"\1", text)
    text = re.sub(r",\s*([.;!?])", r"\1", text)
    text = re.sub(r"(?<=\S)[ \t]{2,}(?=\S)", " ", text)
    return re.sub(r",\s*,", ",", text)
