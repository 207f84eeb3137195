"""Addresses and names of Creative Commons licences."""

import pytest

from corpus.core import spdx

URLS = {
    "https://creativecommons.org/licenses/by/4.0/": "CC-BY-4.0",
    "https://creativecommons.org/licenses/by/4.0": "CC-BY-4.0",
    "http://www.creativecommons.org/licenses/by-sa/2.5/": "CC-BY-SA-2.5",
    "//creativecommons.org/licenses/by-nc/3.0/": "CC-BY-NC-3.0",
    "HTTPS://CreativeCommons.org/Licenses/BY/4.0/": "CC-BY-4.0",
    " https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1#x ": "CC-BY-4.0",
    "https://creativecommons.org/licenses/by-nc-sa/4.0/deed.zh-hans": "CC-BY-NC-SA-4.0",
    "https://creativecommons.org/licenses/by-nd/4.0/legalcode": "CC-BY-ND-4.0",
    "https://creativecommons.org/licenses/by/4.0/legalcode.en": "CC-BY-4.0",
    "https://creativecommons.org/licenses/by/3.0/us/": "CC-BY-3.0-US",
    "https://creativecommons.org/licenses/by-nc-sa/2.0/uk/deed.en": "CC-BY-NC-SA-2.0-UK",
    "https://creativecommons.org/licenses/by-sa/2.1/jp/": "CC-BY-SA-2.1-JP",
    "https://creativecommons.org/licenses/by/2.5/scotland/": "CC-BY-2.5",
    "https://creativecommons.org/licenses/by-nd-nc/1.0/": "CC-BY-NC-ND-1.0",
    "https://creativecommons.org/publicdomain/zero/1.0/": "CC0-1.0",
    "https://creativecommons.org/publicdomain/mark/1.0/deed.de": "CC-PDM-1.0",
    "https://spdx.org/licenses/CC-BY-4.0.html": "CC-BY-4.0",
    "http://creativecommons.org/licenses/by-sa/3.0/igo/legalcode": "CC-BY-SA-3.0-IGO",
    "https://creativecommons.org/licenses/by/3.0/deed.en_US": "CC-BY-3.0",
    "https://creativecommons.org/licenses/by-nc/2.5/ar/deed.es": "CC-BY-NC-2.5",
    "https://creativecommons.org/publicdomain/zero/1.0/legalcode.fr": "CC0-1.0",
}
NO_LICENCE_URLS = [
    "https://creativecommons.org/",
    "https://creativecommons.org/licenses/",
    "https://creativecommons.org/licenses/by/",
    "https://creativecommons.org/licenses/by/9.0/",
    "https://creativecommons.org/licenses/sa/1.0/",
    "https://creativecommons.org/licenses/nd/1.0/",
    "https://creativecommons.org/licenses/sampling/1.0/",
    "https://creativecommons.org/licenses/sampling+/1.0/",
    "https://creativecommons.org/licenses/nc-sampling+/1.0/",
    "https://creativecommons.org/licenses/devnations/2.0/",
    "https://creativecommons.org/licenses/publicdomain/",
    "https://creativecommons.org/publicdomain/certification/1.0/us/",
    "https://creativecommons.org/licenses/by-nd-nc/4.0/modified/too/",
    "https://creativecommons.org/licenses/by/4.0/../../by-nd/4.0/",
    "https://creativecommons.org/licenses/by/4.0/ and by-nd/4.0/",
    "https://creativecommons.com/licenses/by/4.0/",
    "https://creativecommons.org.evil.example/publicdomain/zero/1.0/",
    "ftp://creativecommons.org/licenses/by/4.0/",
    "javascript://creativecommons.org/licenses/by/4.0/",
    "https://creativecommons.org/licenses/by-nc-nd-sa/4.0/",
    "https://creativecommons.org.evil.example/licenses/by/4.0/",
    "https://evil.example/creativecommons.org/licenses/by/4.0/",
    "https://creativecommons.org@evil.example/licenses/by/4.0/",
    "https://notcreativecommons.org/licenses/by/4.0/",
    "https://spdx.org/licenses/MIT.html",
    "cc-by-4.0",
    "",
]
TEXTS = {
    "cc-by-4.0": "CC-BY-4.0",
    "CC-BY-NC-ND-4.0": "CC-BY-NC-ND-4.0",
    "(CC BY-ND 4.0)": "CC-BY-ND-4.0",
    "[cc by-nc-sa 3.0]": "CC-BY-NC-SA-3.0",
    "CC BY-SA-NC 3.0": "CC-BY-NC-SA-3.0",
    "cc_by_4.0": "CC-BY-4.0",
    "CC BY 4": "CC-BY-4.0",
    "cc-by-3.0-us": "CC-BY-3.0-US",
    "cc-by-2.5-scotland": "CC-BY-2.5",
    "cc0": "CC0-1.0",
    "CC0-1.0": "CC0-1.0",
    "CC0 1.0 Universal Public Domain Dedication": "CC0-1.0",
    "cc-pdm-1.0": "CC-PDM-1.0",
    "Creative Commons Attribution-NonCommercial-NoDerivs 3.0 Unported License": "CC-BY-NC-ND-3.0",
    "Attribution-ShareAlike 4.0 International": "CC-BY-SA-4.0",
    "Creative Commons Attribution 4.0 International (CC BY 4.0)": "CC-BY-4.0",
    "http://creativecommons.org/licenses/by/3.0/at/": "CC-BY-3.0-AT",
}
NO_LICENCE_TEXTS = [
    "", "cc", "cc-by", "Creative Commons", "cc-by-9.0", "cc-by-4.0-modified", "not cc by 4.0", "by-4.0",
    "cc-by-4.0 or cc-by-nc-4.0", "cc-by-4.0.1", "my-podcast-license-v1", "© 2026 by 4.0 GmbH", "MIT", "public domain",
]  # fmt: skip


class TestSpdxFromUrl:
    @pytest.mark.parametrize(("url", "expected"), URLS.items())
    def test_reads_every_form_of_a_licence_address(self, url, expected):
        assert spdx.spdx_from_url(url) == expected

    @pytest.mark.parametrize("url", NO_LICENCE_URLS)
    def test_takes_nothing_else_for_one(self, url):
        assert spdx.spdx_from_url(url) is None


class TestSpdxFromText:
    @pytest.mark.parametrize(("text", "expected"), TEXTS.items())
    def test_reads_slugs_and_names(self, text, expected):
        assert spdx.spdx_from_text(text) == expected

    @pytest.mark.parametrize("text", NO_LICENCE_TEXTS)
    def test_leaves_everything_else_to_a_person(self, text):
        assert spdx.spdx_from_text(text) is None


class TestMentioned:
    def test_finds_every_licence_in_free_text(self):
        text = 'Under CC BY-NC 4.0, music <a href="http://creativecommons.org/licenses/by/3.0/us/">here</a>.'
        assert spdx.mentioned(text) == {"CC-BY-NC-4.0", "CC-BY-3.0-US"}

    def test_finds_nothing_in_ordinary_words(self):
        assert spdx.mentioned("Recorded by 4.0 GmbH, all rights reserved") == frozenset()

    def test_does_not_shorten_what_follows(self):
        assert spdx.mentioned("cc-by-nc-nd-4.0") == {"CC-BY-NC-ND-4.0"}


class TestEveryKnownId:
    @pytest.mark.parametrize("known", sorted(spdx.KNOWN))
    def test_survives_its_address_its_name_and_itself(self, known):
        assert spdx.spdx_from_url(spdx.licence_url(known)) == known
        assert spdx.spdx_from_text(spdx.licence_name(known)) == known
        assert spdx.spdx_from_text(known.lower()) == known

    def test_is_all_that_the_spdx_list_has_but_two_that_are_retired(self):
        from packaging.licenses import _spdx

        listed = {
            one["id"] for one in _spdx.LICENSES.values() if one["id"].startswith(("CC-", "CC0"))
        }
        assert listed - spdx.KNOWN == {"CC-PDDC", "CC-SA-1.0"}

    def test_is_on_the_spdx_list(self):
        from packaging.licenses import canonicalize_license_expression

        assert {canonicalize_license_expression(known) for known in spdx.KNOWN} == spdx.KNOWN

    def test_is_refused_by_name_when_unknown(self):
        with pytest.raises(KeyError):
            spdx.licence_url("MIT")
        with pytest.raises(KeyError):
            spdx.licence_name("CC-BY-9.0")


class TestBaseAndFamily:
    def test_drop_the_port_and_the_version(self):
        assert (spdx.base("CC-BY-3.0-US"), spdx.base("CC-BY-4.0")) == ("CC-BY-3.0", "CC-BY-4.0")
        assert (spdx.family("CC-BY-NC-SA-2.0-UK"), spdx.family("cc by-nd"), spdx.family("CC0")) == (
            "by-nc-sa",
            "by-nd",
            None,
        )

    def test_of_an_address_without_a_version(self):
        assert spdx.family("https://creativecommons.org/licenses/by-nd/") == "by-nd"

    def test_names_places(self):
        assert spdx.licence_name("CC-BY-3.0-US") == "Creative Commons Attribution 3.0 United States"
        assert (
            spdx.licence_name("CC-BY-SA-2.5")
            == "Creative Commons Attribution-ShareAlike 2.5 Generic"
        )
