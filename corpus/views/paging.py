"""Keyset pages: they stay right while rows come in, and cost the same on page one and on page 900."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order of their key; an empty URL where there is nothing more on that side."""

    rows: list[Any]
    total: int
    previous_url: str
    next_url: str


def page(
    request: HttpRequest, rows: QuerySet[Any], *, by: str, size: int, newest_first: bool = False
) -> Page:
    """The rows after ?after= or before ?before=, in the order of the unique field `by`, or against it."""
    field = rows.model._meta.get_field(by)
    after, before = _key(field, request, "after"), _key(field, request, "before")
    up, down, onward, back = (by, f"-{by}", f"{by}__gt", f"{by}__lt")
    if newest_first:
        up, down, onward, back = down, up, back, onward
    if before is not None and after is None:
        found = list(rows.filter(**{back: before}).order_by(down)[: size + 1])
        shown, more = found[:size][::-1], {"previous": len(found) > size, "next": True}
    else:
        later = rows.filter(**{onward: after}) if after is not None else rows
        found = list(later.order_by(up)[: size + 1])
        shown, more = found[:size], {"previous": after is not None, "next": len(found) > size}
    return Page(
        rows=shown,
        total=rows.count(),
        previous_url=_url(request, "before", getattr(shown[0], by))
        if shown and more["previous"]
        else "",
        next_url=_url(request, "after", getattr(shown[-1], by)) if shown and more["next"] else "",
    )


def _key(field: Any, request: HttpRequest, name: str) -> Any:
    """What the URL says, as the field keeps it; nonsense counts as nothing."""
    try:
        return field.to_python(request.GET[name]) if request.GET.get(name) else None
    except ValidationError:
        return None


def _url(request: HttpRequest, name: str, value: Any) -> str:
    query = request.GET.copy()
    for old in ("after", "before"):
        query.pop(old, None)
    query[name] = str(value)
    return f"{request.path}?{query.urlencode()}"
