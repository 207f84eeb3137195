"""One answer for pages and fragments: HX-Target alone says which piece to send back."""

from typing import Any

from django.http import HttpRequest as DjangoRequest
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django_htmx.middleware import HtmxDetails


class HttpRequest(DjangoRequest):
    """A request as our middleware leaves it."""

    htmx: HtmxDetails
    rater: Any  # on a rater's pages: who rates


def render(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    partials: tuple[str, ...] = (),
    status: int = 200,
) -> TemplateResponse:
    """Render the page, or only the partial that htmx asked for."""
    if request.htmx and request.htmx.target in partials:
        template = f"{template}#{request.htmx.target}"
    return TemplateResponse(request, template, context, status=status)


def gone(sentence: str) -> HttpResponse:
    """410 in plain words: it was here, and is not given out any more."""
    answer = HttpResponse(sentence, status=410, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"  # it may be let stand again
    return answer
