"""Pages of the app."""

from django.urls import URLPattern, path

from annotation.views import campaigns, clip_labels, rate

curators: list[URLPattern] = [
    path("campaigns/", campaigns.index, name="campaigns"),
    path("new-campaign/", campaigns.new, name="campaign_new"),
    path("campaigns/<slug:name>/", campaigns.detail, name="campaign"),
    path("campaigns/<slug:name>/state/", campaigns.change, name="campaign_change"),
    path("clips/<str:name>/labels/", clip_labels.fragment, name="clip_labels"),
]

raters: list[URLPattern] = [
    path("rate/", rate.campaigns, name="rate"),
    path("rate/sound/<uuid:token>/", rate.sound, name="sound"),
    path("rate/<slug:name>/", rate.start, name="rate_campaign"),
    path("rate/<slug:name>/consent/", rate.consent, name="consent"),
    path("rate/<slug:name>/next/", rate.next_clip, name="rate_next"),
    path("rate/<slug:name>/submit/", rate.submit, name="rate_submit"),
    path("rate/<slug:name>/skip/", rate.skip, name="rate_skip"),
    path("rate/<slug:name>/heartbeat/", rate.heartbeat, name="rate_heartbeat"),
]

urlpatterns = curators + raters
