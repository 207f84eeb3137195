"""Releases: what is in each, and its files."""

from pathlib import Path

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from common.files import FolderStore
from common.http import HttpRequest, gone, render
from common.ranges import ranged
from common.roles import curator_required
from corpus.actions import notices, release_files, tombstones
from corpus.models import Release

MOST_TOMBSTONES = 200  # on the page


@require_GET
@curator_required
def index(request: HttpRequest) -> HttpResponse:
    """Every release, the newest first."""
    found = Release.objects.select_related("created_by").order_by("-created_at", "-pk")
    return render(request, "corpus/releases/list.html", {"releases": found})


@require_GET
@curator_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One release: its report, its datasheet, its files."""
    release = get_object_or_404(Release.objects.select_related("created_by"), pk=pk)
    taken = tombstones.of([release])
    context = {
        "release": release,
        "contents": release_files.of(release),
        "n_withdrawn": len(taken),
        "tombstones": taken[:MOST_TOMBSTONES],
    }
    return render(request, "corpus/releases/detail.html", context)


@require_safe
@curator_required
def file(request: HttpRequest, pk: int, path: str) -> HttpResponseBase:
    """One file of a release, as its checksums list it; 410 where it is of a withdrawn clip."""
    release = get_object_or_404(Release, pk=pk)
    if notices.is_withdrawn_since(release, Path(path).stem):
        return gone(_("This clip was withdrawn after the release. It is not given out any more."))
    digest = release_files.digests(release).get(path)
    if digest is None:
        raise Http404
    content_type = release_files.content_type(path)
    store = FolderStore(Path(release.folder))
    name = f"{release.name}-{release.version}-{Path(path).name}"
    return ranged(request, store, path, content_type=content_type, etag=digest, download=name)
