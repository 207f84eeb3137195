import pytest

from common import engines
from tests import fakes


@pytest.fixture(autouse=True)
def _engines(settings):
    with fakes.installed(settings):
        yield


class TestLoad:
    def test_gives_the_engine_of_a_role_once(self):
        first = engines.load("decoder")
        assert isinstance(first, fakes.FakeDecoder)
        assert engines.load("decoder") is first

    def test_hands_over_the_options_of_the_role(self, settings):
        settings.ENGINE_OPTIONS = {"fetcher": {"web": {"https://x.example": b"feed"}}}
        assert engines.load("fetcher").web == {"https://x.example": b"feed"}

    def test_knows_no_other_role(self):
        with pytest.raises(KeyError):
            engines.load("cook")


class TestIdentity:
    def test_asks_a_light_engine_for_its_version(self):
        assert engines.identity("decoder") == ("tests.fakes.FakeDecoder", "fake-decoder 1")

    def test_takes_the_recipe_of_one_with_weights_without_loading_it(self, settings):
        settings.ENGINES = {"decoder": "corpus.engines.audio.PyAvDecoder"}
        engines.identity.cache_clear()
        found = engines.identity("decoder")
        assert found.path == "corpus.engines.audio.PyAvDecoder"
        assert found.version.startswith("pyav/")

    def test_of_the_settings_is_had_without_torch(self):
        import subprocess
        import sys

        code = (
            "import django; django.setup()\n"
            "from django.conf import settings\n"
            "from common.engines import identity\n"
            "import sys\n"
            "for role in settings.ENGINES: identity(role)\n"
            "assert 'torch' not in sys.modules\n"
        )
        environment = {"DJANGO_SETTINGS_MODULE": "config.settings"}
        import os

        subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **environment})
