"""Adding podcasts: an address or a list of feeds, what it would bring in, and a person's yes or no."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.files import StorageFull
from common.http import HttpRequest, render
from common.roles import curator_required
from corpus.actions import catalogue, feed_lists, intakes, previews
from corpus.actions.feed_lists import Asked
from corpus.actions.podcasts import Report
from corpus.core.licences import VERDICTS
from corpus.forms.intakes import FeedListForm, IntakeForm
from corpus.models import Intake, LicenceDecision, Podcast
from corpus.tasks import intakes as tasks
from corpus.views import paging

PER_PAGE = 50
LONG = 1000  # episodes that take more than a few seconds to enter
PATIENCE = timedelta(seconds=20)  # a worker looks every two seconds
ADD = "corpus/intakes/add.html"
DETAIL = "corpus/intakes/detail.html"
LIST = "corpus/intakes/list.html"
State = Intake.State
SETTLED = (State.CONFIRMED, State.DISMISSED)
STANDS = {**catalogue.LICENCE_VERDICTS, "withdrawn": gettext_lazy("Withdrawn")}
UNSETTLED = (State.READY, State.FAILED, State.AGREED, State.WAITING)  # what needs a person first


@require_http_methods(["GET", "POST"])
@curator_required
def add(request: HttpRequest) -> HttpResponse:
    """Ask for one address; its preview is made by a worker."""
    form = IntakeForm(request.POST or None, initial={"source": request.GET.get("source", "")})
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, ADD, _forms(form=form), status=status)
    intake = intakes.ask(**form.cleaned_data, by=request.user, at=timezone.now())
    if intake.state == State.WAITING:
        tasks.read.delay_on_commit(intake_id=intake.pk)
    return redirect("podcast_intake", intake.pk)


@require_POST
@curator_required
def add_many(request: HttpRequest) -> HttpResponse:
    """Ask for every feed of a list; the sweep sends them to workers, a few at a time."""
    form = FeedListForm(request.POST, request.FILES)
    if not form.is_valid():
        return _not_a_list(request, form)
    said = dict(form.cleaned_data)
    try:
        asked = feed_lists.ask(listing=said.pop("file"), **said, by=request.user, at=timezone.now())
    except ValueError as error:
        form.add_error("file", str(error))
        return _not_a_list(request, form)
    _tell(request, asked)
    return redirect(_list_url(asked.batch))


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """What is on its way in; polls itself while something waits for a worker."""
    return render(request, LIST, _list(request), partials=("intakes",))


@require_GET
@curator_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What one source would bring in; polls itself until it is read."""
    return render(request, DETAIL, _detail(request, pk), partials=("intake", "episodes"))


@require_POST
@curator_required
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in what was shown, and go to the podcast; a worker takes in what is long."""
    intake, shown = get_object_or_404(Intake, pk=pk), request.POST.get("shown", "")
    said: dict[str, Any] = {"by": request.user, "at": timezone.now(), "shown": shown}
    try:
        if _is_long(intake):
            intakes.agree(intake=intake, **said)
            tasks.take_in.delay_on_commit(intake_id=pk)
            return redirect("podcast_intake", pk)
        report = intakes.confirm(intake=intake, **said)
    except (intakes.AlreadyDecided, intakes.Stale, intakes.Unreadable, StorageFull) as error:
        return _lost(request, pk, _why_not(error))
    messages.success(request, _entered(report))
    return redirect("podcast", report.podcast.pk)


@require_POST
@curator_required
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a source out."""
    intake = get_object_or_404(Intake, pk=pk)
    try:
        intakes.dismiss(intake=intake, by=request.user, at=timezone.now())
    except intakes.AlreadyDecided as error:
        return _lost(request, pk, _why_not(error))
    messages.success(request, _("“%(it)s” is left out. Nothing entered.") % {"it": intake})
    return redirect("podcast_intakes")


@require_POST
@curator_required
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a source that failed once more."""
    intake = get_object_or_404(Intake, pk=pk)
    try:
        intakes.retry(intake=intake, at=timezone.now())
    except intakes.AlreadyDecided as error:
        return _lost(request, pk, _why_not(error))
    tasks.read.delay_on_commit(intake_id=pk)
    return redirect("podcast_intake", pk)


@require_POST
@curator_required
def confirm_batch(request: HttpRequest) -> HttpResponse:
    """Agree to those of a list that were shown as ready; workers take them in."""
    batch, shown = _batch(request.POST), request.POST.get("shown", "").split(",")
    n = intakes.confirm_batch(
        batch=batch or uuid.UUID(int=0),
        shown=[int(pk) for pk in shown if pk.isascii() and pk.isdigit()],
        by=request.user,
        at=timezone.now(),
    )
    if not n:
        messages.warning(request, _("None of these is waiting for your answer any more."))
    return redirect(_list_url(batch))


@require_POST
@curator_required
def retry_failed(request: HttpRequest) -> HttpResponse:
    """Read all that failed once more, of one list or of every one."""
    batch = _batch(request.POST)
    n = intakes.retry_failed(at=timezone.now(), **({"batch": batch} if batch else {}))
    text = ngettext("%(n)s source is read again.", "%(n)s sources are read again.", n) % {"n": n}
    messages.success(request, text)
    return redirect(_list_url(batch))


def _forms(form: IntakeForm | None = None, many: FeedListForm | None = None) -> dict[str, Any]:
    return {
        "form": form or IntakeForm(),
        "many": many or FeedListForm(auto_id="id_many_%s"),
        "is_many": many is not None,
    }


def _not_a_list(request: HttpRequest, form: FeedListForm) -> HttpResponse:
    answer = render(request, ADD, _forms(many=form), status=422)
    return _at(answer, reverse("podcast_add"))


def _list(request: HttpRequest) -> dict[str, Any]:
    batch = _batch(request.GET)
    is_decided = not batch and request.GET.get("show") == "decided"
    of_batch = {"batch": batch} if batch else {}
    every = intakes.listed(**of_batch)
    rows = every if batch else every.filter(state__in=SETTLED if is_decided else UNSETTLED)
    page = _page(request, rows.order_by("-decided_at" if is_decided else _rank(), "-pk"))
    ready = list(every.filter(state=State.READY)) if batch else []
    n_by_state = intakes.counts(**of_batch)
    n_working = n_by_state[State.WAITING] + n_by_state[State.AGREED]
    return {
        "batch": batch,
        "left_out": list(feed_lists.left_out(batch)) if batch else [],
        "is_decided": is_decided,
        "n_open": sum(n_by_state[state] for state in UNSETTLED),
        "n_decided": sum(n_by_state[state] for state in SETTLED),
        "n_failed": n_by_state[State.FAILED],
        "n_working": n_working,
        "n_all": n_by_state.total(),
        "n_done": n_by_state.total() - n_working,
        "page": page,
        "rows": [(row, row.summary and _total(row.summary)) for row in page.rows],
        "ready": ready,
        "shown": ",".join(str(row.pk) for row in ready),
        "total": _total(previews.together(row.summary for row in ready)),
        "is_idle": intakes.is_idle(now=timezone.now(), patience=PATIENCE),
    }


def _detail(request: HttpRequest, pk: int) -> dict[str, Any]:
    rows = Intake.objects.select_related("asked_by", "decided_by", "podcast")
    intake = get_object_or_404(rows, pk=pk)
    preview = intake.preview
    page = _page(request, preview.get("episodes", []))
    known = preview["podcast"]["in_corpus"] if preview else None
    return {
        "intake": intake,
        "preview": preview,
        "podcast": preview.get("podcast"),
        "known": Podcast.objects.filter(pk=known).first() if known else None,
        "total": _total(preview["summary"]) if preview else None,
        "page": page,
        "rows": [_episode(one) for one in page.rows],
        "form": IntakeForm(),
        "is_live": intake.state in (State.WAITING, State.AGREED),
        "is_idle": intakes.is_idle(now=timezone.now(), patience=PATIENCE),
    }


def _total(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary with the words of its verdicts, and lengths in seconds as filters take them."""
    usable = [summary["verdicts"].get(verdict) for verdict in LicenceDecision.MAY_BE_CUT]
    return {
        **summary,
        "seconds": summary["hours"] * 3600,
        "n_usable": sum(amount["episodes"] for amount in usable if amount),
        "rows": [
            {**amount, **_words(verdict), "seconds": amount["hours"] * 3600}
            for verdict in VERDICTS
            if (amount := summary["verdicts"].get(verdict))
        ],
    }


def _episode(one: dict[str, Any]) -> dict[str, Any]:
    """An episode of a preview, with its words."""
    return {
        **one,
        **_words(one["verdict"]),
        "seconds": one["hours"] * 3600 if one["hours"] else None,
        "now_words": STANDS.get(one["in_corpus"], ""),
    }


def _words(verdict: str) -> dict[str, Any]:
    return {
        "kind": catalogue.LICENCE_MARKS[verdict],
        "words": catalogue.LICENCE_VERDICTS[verdict],
    }


def _page(request: HttpRequest, rows: Any) -> paging.Page:
    """The rows of ?page=; what is listed here is no more than a few thousand."""
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return paging.Page(
        rows=list(page.object_list),
        total=page.paginator.count,
        previous_url=_turn(request, page.previous_page_number()) if page.has_previous() else "",
        next_url=_turn(request, page.next_page_number()) if page.has_next() else "",
    )


def _turn(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


def _rank() -> Case:
    whens = [
        When(state=state, then=Value(rank)) for rank, state in enumerate((*UNSETTLED, *SETTLED))
    ]
    return Case(*whens, output_field=IntegerField())


def _batch(said: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(said.get("batch", ""))
    except ValueError:
        return None


def _list_url(batch: uuid.UUID | None) -> str:
    return reverse("podcast_intakes") + (f"?batch={batch}" if batch else "")


def _is_long(intake: Intake) -> bool:
    return bool(intake.preview) and intake.preview["summary"]["episodes"] > LONG


def _lost(request: HttpRequest, pk: int, sentence: str) -> HttpResponse:
    """The page as it is now, with the reason why nothing was done."""
    answer = render(request, DETAIL, {**_detail(request, pk), "refusal": sentence}, status=409)
    return _at(answer, reverse("podcast_intake", args=[pk]))


def _at(answer: HttpResponse, url: str) -> HttpResponse:
    """An answer that the browser shows under another address than that which was posted to."""
    answer["HX-Push-Url"] = url
    return answer


def _why_not(error: Exception) -> str:
    if isinstance(error, intakes.Stale):
        return _("The verdicts are others now than those you saw, so nothing entered. Look again.")
    if isinstance(error, intakes.Unreadable):
        return _("What you saw cannot be read again (%(why)s). The source is asked anew.") % {
            "why": error
        }
    if isinstance(error, StorageFull):
        return str(error)
    return _("Nothing was done: somebody answered before you, or it is being read again.")


def _entered(report: Report) -> str:
    said = _("Episodes: %(new)s new, %(changed)s changed, %(same)s here already.") % {
        "new": len(report.added),
        "changed": len(report.changed),
        "same": len(report.unchanged),
    }
    if any(row.licence and row.licence.may_be_cut for row in report.added):
        said += " " + _("Workers fetch what may be cut within a minute.")
    return said


def _tell(request: HttpRequest, asked: Asked) -> None:
    """What became of a list, in sentences; its page has every line that was left out."""
    n = len(asked.intakes)
    said = [ngettext("%(n)s feed is read now.", "%(n)s feeds are read now.", n) % {"n": n}]
    if here := asked.in_corpus:
        names = ", ".join(podcast.title for podcast in here[:5])
        said.append(_("%(n)s in the corpus already: %(names)s.") % {"n": len(here), "names": names})
    if under_way := asked.under_way:
        said.append(_("%(n)s on their way in already.") % {"n": len(under_way)})
    if asked.left_out:
        said.append(_("What is not read is listed below, each with its reason."))
    level = messages.success if n else messages.warning
    level(request, " ".join(said))
