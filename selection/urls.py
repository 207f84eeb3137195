"""Pages of the app."""

from django.urls import path

from selection.views import jobs, overview

urlpatterns = [
    path("overview/", overview.show, name="overview"),
    path("overview/retry/", overview.retry, name="retry_failed"),
    path("campaigns/<slug:name>/clips/", jobs.select_clips, name="select_clips"),
]
