"""What waits for a person about licences, what was said where, and what was decided; nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, FloatField, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import MD5, Cast, Coalesce
from django.utils.translation import gettext as _

from corpus.actions import catalogue, licences
from corpus.core import spdx
from corpus.core.evidence import HEARD
from corpus.core.policy import CONTENT_RULES, POLICY, RULES, Rule
from corpus.core.segments import RATE
from corpus.models import Clip, Episode, FeedDocument, LicenceDecision, LicenceEvidence, Podcast

MOST_SAID = 20  # different statements shown of one group


@dataclass(frozen=True, slots=True)
class Touched:
    """How many episodes, and how much sound as far as it is known."""

    n: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Said:
    """One statement as it was written, and of how many episodes it is the newest."""

    level: str
    element: str
    text: str
    url: str
    n: int
    source: str
    sha256: str  # of the newest feed document that holds it, where that is kept
    seen_at: datetime

    @property
    def is_silence(self) -> bool:
        return self.element == licences.SILENCE


@dataclass(frozen=True, slots=True)
class Group:
    """Episodes of one podcast that one rule decided, with the same words: one question, one answer."""

    podcast: Podcast
    verdict: str
    code: str
    statement: str  # digest of the reason, which quotes what was said
    reason: str
    n: int
    seconds: float
    since: datetime
    first: int
    upto: int  # the newest decision in it: what comes later was not seen
    said: list[Said] = field(default_factory=list)
    document: FeedDocument | None = None  # the newest of its podcast

    @property
    def rule(self) -> Rule | None:
        """Of the table; None for what was decided before decisions named their rule."""
        return RULES.get(self.code)


def waiting(wish: Mapping[str, Any]) -> QuerySet[Any]:
    """Episodes under the filters verdict (review, unless another is asked for), podcast, rule, statement."""
    rows = Episode.objects.filter(
        licence__verdict=wish.get("verdict") or LicenceDecision.Verdict.REVIEW, withdrawal=None
    ).annotate(statement=MD5("licence__reason"))
    fields = {"podcast": "podcast", "rule": "licence__rule", "statement": "statement"}
    rows = rows.filter(**{fields[name]: wish[name] for name in fields if wish.get(name)})
    if wish.get("upto"):
        rows = rows.filter(licence__lte=wish["upto"])
    return rows


def chosen(wish: Mapping[str, Any], *, upto: int, only: list[int] | None) -> QuerySet[Any]:
    """The episodes of a group that were on the page, or those ticked; what came in later is not meant."""
    rows = waiting({**wish, "upto": upto})
    return rows if only is None else rows.filter(pk__in=only)


def touched(rows: QuerySet[Episode]) -> Touched:
    found = rows.aggregate(n=Count("pk"), seconds=Sum(_seconds()))
    return Touched(found["n"], found["seconds"] or 0.0)


def firsts(rows: QuerySet[Any]) -> QuerySet[Episode]:
    """One episode per group, so that pages of groups have a key."""
    return Episode.objects.filter(pk__in=_grouped(rows).values("first"))


def groups(rows: QuerySet[Any], of: list[Episode]) -> list[Group]:
    """The groups that these episodes are the first of, in their order, with what was said about the first."""
    found = {row["first"]: row for row in _grouped(rows).filter(first__in=[e.pk for e in of])}
    podcasts = Podcast.objects.in_bulk({row["podcast"] for row in found.values()})
    evidence = licences.by_episode(of)
    return [
        _group(found[one.pk], podcasts, said_of(evidence.get(one.pk, [])))
        for one in of
        if one.pk in found
    ]


def group(wish: Mapping[str, Any]) -> Group | None:
    """The one group under these filters, with all that was said; None where nothing is left of it."""
    rows = waiting(wish)
    row = _grouped(rows).order_by("first").first()
    if row is None:
        return None
    return _group(
        row, {row["podcast"]: Podcast.objects.get(pk=row["podcast"])}, said(of_episodes(rows))
    )


def said_of(evidence: list[LicenceEvidence]) -> list[Said]:
    """What counts of the evidence about one episode."""
    kept = licences.kept(evidence)
    rows = [*kept.feed, *kept.given]
    documents = licences.documents_of(rows)
    return [_said(row, 1, documents) for row in rows]


def said(rows: QuerySet[LicenceEvidence]) -> list[Said]:
    """The different statements among these rows, the most frequent first."""
    words = ("level", "element", "text", "url")
    counted = rows.order_by().values(*words).annotate(n=Count("episode", distinct=True))
    found = []
    for one in counted.order_by("-n", *words)[:MOST_SAID]:
        like = {name: one[name] for name in words}
        newest = rows.filter(**like).order_by("-seen_at", "-pk").first()
        if newest is not None:
            found.append(_said(newest, one["n"], licences.documents_of([newest])))
    return found


def of_episodes(rows: QuerySet[Episode]) -> QuerySet[LicenceEvidence]:
    """The evidence that counts now: the newest document's, and what people gave."""
    evidence = LicenceEvidence.objects.filter(episode__in=rows.order_by().values("pk"))
    return evidence.filter(_is_newest(None) | Q(level=LicenceEvidence.Level.GIVEN))


def history(episode: Episode) -> list[Said]:
    """Everything that was ever seen about its licence, the newest first."""
    rows = list(episode.licence_evidence.order_by("-seen_at", "-pk"))
    kept = licences.documents_of(rows)
    return [_said(row, 1, kept) for row in rows]


def document_of(podcast: Podcast) -> FeedDocument | None:
    """The newest feed document that is kept of it."""
    check = podcast.checks.exclude(document=None).select_related("document").order_by("-at").first()
    if check is not None:
        return check.document
    seen = LicenceEvidence.objects.filter(episode__podcast=podcast).exclude(source_sha256="")
    newest = seen.order_by("-seen_at").values_list("source_sha256", flat=True).first()
    known = FeedDocument.objects.order_by("-fetched_at", "-pk")
    return known.filter(sha256=newest).first() or known.filter(source=podcast.source).first()


def decisions(wish: Mapping[str, Any]) -> QuerySet[LicenceDecision]:
    """The log under the filters verdict, rule, podcast, version, who (people or policy)."""
    rows = LicenceDecision.objects.select_related("episode__podcast", "decided_by")
    fields = {"verdict": "verdict", "rule": "rule", "podcast": "episode__podcast"}
    fields["version"] = "policy_version"
    rows = rows.filter(**{fields[name]: wish[name] for name in fields if wish.get(name)})
    named = Q(decided_by__isnull=False) | ~Q(said_by="")
    by_person = named | Q(policy_version=licences.BY_HAND)
    if wish.get("who") == "people":
        return rows.filter(by_person)
    return rows.exclude(by_person) if wish.get("who") == "policy" else rows


@dataclass(frozen=True, slots=True)
class Flag:
    """A podcast whose feed now states another licence: what it said, what it says, what was taken."""

    podcast: Podcast
    before: list[Said]
    after: list[Said]
    n_taken: int
    n_clips: int
    n_waiting: int


def flags() -> list[Flag]:
    """Every podcast that waits for a person to look, the longest waiting first."""
    rows = Podcast.objects.exclude(flagged_at=None).order_by("flagged_at", "pk")
    return [_flag(podcast) for podcast in rows]


def licence_choices() -> list[tuple[str, Any]]:
    """Every licence that we know by what it lets us do, the newest versions first: choices of a form."""
    found: list[tuple[str, Any]] = [("", _("Choose the licence"))]
    for verdict, words in catalogue.LICENCE_VERDICTS.items():
        known = [one for one, rule in POLICY.items() if rule.verdict == verdict]
        if known:
            known.sort(key=lambda one: (-float(spdx.base(one).rpartition("-")[2]), len(one), one))
            found.append((str(words), [(one, one) for one in known]))
    return found


def suggestion(episode: Episode) -> str:
    """The licence that its feed states, where the open question is only whether people speak."""
    if episode.licence is None or episode.licence.rule not in CONTENT_RULES:
        return ""
    heard = LicenceEvidence(
        level="given", element=HEARD, text="supposed", seen_at=episode.licence.decided_at
    )
    return licences.judged(episode, heard).spdx or ""


def _flag(podcast: Podcast) -> Flag:
    evidence = LicenceEvidence.objects.filter(episode__podcast=podcast)
    earlier = evidence.filter(seen_at__lt=podcast.flagged_at).exclude(level="given")
    after = evidence.filter(
        _is_newest(None),
        seen_at__gte=podcast.flagged_at,
        episode__in=earlier.values("episode"),
    )
    before = evidence.filter(_is_newest(podcast.flagged_at), episode__in=after.values("episode"))
    episodes = podcast.episodes.all()
    granted = LicenceDecision.objects.filter(
        episode__podcast=podcast, verdict__in=LicenceDecision.MAY_BE_CUT
    )
    return Flag(
        podcast,
        said(before),
        said(after),
        n_taken=granted.values("episode").distinct().count(),
        n_clips=Clip.objects.current().filter(episode__podcast=podcast).count(),
        n_waiting=episodes.filter(licence__verdict="review").count(),
    )


def _seconds() -> Any:
    measured = Cast(F("n_samples"), FloatField()) / RATE
    return Coalesce(measured, "claimed_seconds", 0.0, output_field=FloatField())


def _grouped(rows: QuerySet[Any]) -> QuerySet[Any]:
    found: QuerySet[Any] = (
        rows.order_by()
        .values("podcast", "licence__verdict", "licence__rule", "statement")
        .annotate(
            first=Min("pk"),
            n=Count("pk"),
            seconds=Sum(_seconds()),
            since=Min("licence__decided_at"),
            upto=Max("licence"),
            reason=Min("licence__reason"),
        )
    )
    return found


def _group(row: dict[str, Any], podcasts: dict[int, Podcast], said: list[Said]) -> Group:
    names = ("statement", "reason", "n", "seconds", "since", "first", "upto")
    podcast = podcasts[row["podcast"]]
    return Group(
        podcast=podcast,
        verdict=row["licence__verdict"],
        code=row["licence__rule"],
        said=said,
        document=document_of(podcast),
        **{name: row[name] for name in names},
    )


def _said(row: LicenceEvidence, n: int, documents: set[str]) -> Said:
    return Said(
        level=row.level,
        element=row.element,
        text=row.text,
        url=row.url,
        n=n,
        source=row.source,
        sha256=row.source_sha256 if row.source_sha256 in documents else "",
        seen_at=row.seen_at,
    )


def _is_newest(before: datetime | None) -> Q:
    """Of the newest feed document about its episode, read before a moment where one is given."""
    own = LicenceEvidence.objects.filter(episode=OuterRef("episode")).exclude(level="given")
    if before is not None:
        own = own.filter(seen_at__lt=before)
    newest = own.order_by().values("episode").annotate(at=Max("seen_at")).values("at")
    return Q(seen_at=Subquery(newest)) & ~Q(level=LicenceEvidence.Level.GIVEN)
