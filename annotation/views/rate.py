"""The rater's screen: hear, answer, next. Nothing here knows why a clip was picked."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from annotation.actions import assignments, raters, ratings
from annotation.forms import RatingForm, by_field
from annotation.models import Assignment, Campaign
from annotation.tasks.consensus import recompute
from common.files import store
from common.http import HttpRequest, gone, render
from common.ranges import CHECKED, ranged
from common.roles import is_rater
from corpus.actions import withdrawals

SITTING = 40  # clips, after which the screen suggests a break
SCREEN = "annotation/rate/screen.html"
ANOTHER = gettext_noop(
    "This is another clip. Your answer to the one before was not accepted; it is kept on this device."
)


def rater_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Signed in, with the role."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_rater(request.user):
            raise PermissionDenied(
                _("Your account is not a rater's. An administrator can give it that role.")
            )
        request.rater = raters.of(user=request.user, at=timezone.now())
        return view(request, *args, **kwargs)

    return login_required(guarded)


def consent_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Nothing is played and nothing is recorded before the text was agreed to."""

    @wraps(view)
    def guarded(request: HttpRequest, name: str) -> HttpResponse:
        campaign = get_object_or_404(Campaign, name=name)
        if not raters.has_consented(request.rater):
            return redirect("consent", name)
        return view(request, campaign)

    return rater_required(guarded)


@never_cache
@require_GET
@rater_required
def campaigns(request: HttpRequest) -> HttpResponse:
    """The open campaigns; straight on where there is one."""
    found = list(Campaign.objects.open().order_by("title"))
    if len(found) == 1:
        return redirect("rate_campaign", found[0].name)
    return render(request, "annotation/rate/campaigns.html", {"campaigns": found})


@never_cache
@require_GET
@consent_required
def start(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Before a sitting: consent once, then the button that lets sound play."""
    context = {
        "campaign": campaign,
        "start_url": reverse("rate_next", args=[campaign.name]),
        "facts": [(_("Clips in a sitting"), SITTING)],
    }
    return render(request, "annotation/rate/start.html", context, partials=("card",))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rater_required
def consent(request: HttpRequest, name: str) -> HttpResponse:
    """The text, and the tick that agrees to it."""
    campaign = get_object_or_404(Campaign, name=name)
    if request.method == "POST" and request.POST.get("agree"):
        raters.consent(rater=request.rater, at=timezone.now())
        return redirect("rate_campaign", name)
    refused = request.method == "POST"
    context = {
        "campaign": campaign,
        "text": raters.CONSENT_TEXT,
        "version": raters.CONSENT_VERSION,
        "errors": [_("Tick the box to go on, or leave: nothing is recorded then.")] * refused,
    }
    template = "annotation/rate/consent.html"
    return render(request, template, context, status=422 if refused else 200)


@never_cache
@require_GET
@consent_required
def next_clip(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The clip on the screen of this rater, in whichever tab; ?gone says why it is another one."""
    text = _("The clip before was taken back by its makers or speakers. Here is the next one.")
    notice = {"kind": "info", "text": text} if "gone" in request.GET else None
    return _card(request, campaign, notice=notice)


@never_cache
@require_POST
@consent_required
def submit(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Take the rating, and answer with the next clip."""
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _card(request, campaign, typed=form.typed, errors=form.problems, status=422)
    try:
        rating = ratings.submit(
            rater=request.rater,
            token=form.token,
            client_uuid=form.key,
            answer=form.answer,
            hearing=form.hearing,
            at=timezone.now(),
        )
    except ratings.Invalid as error:
        problems = by_field(error.problems)
        return _card(request, campaign, typed=form.typed, errors=problems, status=422)
    except ratings.NotHeard as error:
        errors = {"form": [str(error)]}
        return _card(request, campaign, typed=form.typed, errors=errors, status=422)
    except (ratings.AlreadyRated, ratings.Gone):
        text = _("That clip is no longer with you; here is the next one. Nothing else was lost.")
        return _card(request, campaign, notice={"kind": "warn", "text": text}, status=409)
    _count(request, campaign, rating.client_uuid)
    recompute.delay_on_commit(campaign_id=rating.campaign_id, clip_id=rating.clip_id)
    return _card(request, campaign)


@never_cache
@require_POST
@consent_required
def skip(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Give a clip back, with the reason."""
    token, reason = _uuid(request.POST.get("assignment")), request.POST.get("reason", "")
    if reason not in assignments.SKIP_REASONS:
        errors = {"form": [_("Choose what is wrong with the clip.")]}
        return _card(request, campaign, typed={"assignment": token}, errors=errors, status=422)
    assignments.skip(rater=request.rater, token=token, reason=reason, at=timezone.now())
    return _card(request, campaign)


@never_cache
@require_POST
@consent_required
def heartbeat(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The page is still there: its lease lasts on."""
    token = _uuid(request.POST.get("assignment"))
    held = assignments.renew(rater=request.rater, token=token, at=timezone.now())
    return HttpResponse(status=204 if held else 410)


@require_safe
@rater_required
def sound(request: HttpRequest, token: uuid.UUID) -> HttpResponseBase:
    """A clip under a blind address, for the rater who holds it; 410 once it was withdrawn."""
    row = Assignment.objects.select_related("clip").filter(rater=request.rater, token=token)
    assignment = row.first()
    if assignment is None:
        raise Http404
    if withdrawals.of_clip(assignment.clip) or assignment.clip.erased_at:
        return gone(_("This clip was withdrawn. It is not played any more."))
    file = assignment.clip.file
    return ranged(request, store(), file, content_type="audio/flac", cache=CHECKED)


def _card(
    request: HttpRequest,
    campaign: Campaign,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, Any] | None = None,
    notice: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    now, rater = timezone.now(), request.rater
    assignment, ahead = assignments.take_two(rater=rater, campaign=campaign, at=now)
    if assignment is None:
        context = {
            "campaign": campaign,
            "reason": assignments.why_nothing(rater=rater, campaign=campaign, at=now),
            "sent": request.session.get(_sitting(campaign), 0),
        }
        template = "annotation/rate/empty.html"
        return render(request, template, context, partials=("card",), status=status)
    card = _facts(request, campaign, assignment, ahead)
    if typed and str(typed["assignment"]) != str(assignment.token):
        typed = errors = None
        notice = {"kind": "warn", "text": _(ANOTHER)}
    card |= {"values": typed or {}, "errors": errors or {}, "notice": notice or card["notice"]}
    context = {"campaign": campaign, "card": card, "login_url": reverse("login")}
    return render(request, SCREEN, context, partials=("card",), status=status)


def _facts(
    request: HttpRequest, campaign: Campaign, row: Assignment, ahead: Assignment | None
) -> dict[str, Any]:
    done = request.session.get(_sitting(campaign), 0)
    rest = _("A good moment for a short break: you have heard %(n)s clips.") % {"n": done}
    return {
        "assignment_token": row.token,
        # the same for the same assignment, so that drafts and repeated sends find their way
        "client_uuid": uuid.uuid5(row.token, "rating"),
        "audio_url": reverse("sound", args=[row.token]),
        "duration": row.clip.seconds,
        "peaks": row.clip.peaks,
        "done": done,
        "target": done
        + assignments.left(rater=row.rater, campaign=campaign, most=SITTING - done % SITTING),
        "protocol": ratings.protocol_of(campaign),
        "next_audio_url": reverse("sound", args=[ahead.token]) if ahead else None,
        "submit_url": reverse("rate_submit", args=[campaign.name]),
        "skip_url": reverse("rate_skip", args=[campaign.name]),
        "heartbeat_url": reverse("rate_heartbeat", args=[campaign.name]),
        "order_seed": row.rater_id,
        "notice": {"kind": "info", "text": rest} if done and done % SITTING == 0 else None,
    }


def _count(request: HttpRequest, campaign: Campaign, key: uuid.UUID) -> None:
    """One more in this sitting; the same rating sent twice counts once."""
    if request.session.get("last_rating") != str(key):
        request.session["last_rating"] = str(key)
        request.session[_sitting(campaign)] = request.session.get(_sitting(campaign), 0) + 1


def _sitting(campaign: Campaign) -> str:
    return f"sitting:{campaign.pk}"


def _uuid(text: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        raise Http404 from None
