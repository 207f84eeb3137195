"""Releases: what is in each, and its files."""

from pathlib import Path

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_safe

from common.files import FolderStore
from common.http import HttpRequest, render
from common.ranges import ranged
from common.roles import curator_required
from corpus.actions import release_files
from corpus.models import Release


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
    context = {"release": release, "contents": release_files.of(release)}
    return render(request, "corpus/releases/detail.html", context)


@require_safe
@curator_required
def file(request: HttpRequest, pk: int, path: str) -> HttpResponseBase:
    """One file of a release, as its checksums list it."""
    release = get_object_or_404(Release, pk=pk)
    digest = release_files.digests(release).get(path)
    if digest is None:
        raise Http404
    content_type = release_files.content_type(path)
    store = FolderStore(Path(release.folder))
    name = f"{release.name}-{release.version}-{Path(path).name}"
    return ranged(request, store, path, content_type=content_type, etag=digest, download=name)
