"""Pages of the app."""

from django.urls import path

from corpus.views import clips, episodes, podcasts, releases

urlpatterns = [
    path("podcasts/", podcasts.index, name="podcasts"),
    path("podcasts/<int:pk>/", podcasts.detail, name="podcast"),
    path("episodes/", episodes.index, name="episodes"),
    path("episodes/<int:pk>/", episodes.detail, name="episode"),
    path("episodes/<int:pk>/waveform/", episodes.waveform, name="episode_waveform"),
    path("episodes/<int:pk>/audio.flac", episodes.audio, name="episode_audio"),
    path("episodes/<int:pk>/retry/", episodes.retry, name="episode_retry"),
    path("episodes/<int:pk>/licence/", episodes.licence, name="episode_licence"),
    path("episodes/<int:pk>/withdraw/", episodes.withdraw, name="episode_withdraw"),
    path("clips/", clips.index, name="clips"),
    path("clips/<str:name>/", clips.detail, name="clip"),
    path("clips/<str:name>/audio.flac", clips.audio, name="clip_audio"),
    path("releases/", releases.index, name="releases"),
    path("releases/<int:pk>/", releases.detail, name="release"),
    path("releases/<int:pk>/files/<path:path>", releases.file, name="release_file"),
]
