import pytest
from django_htmx.middleware import HtmxDetails

from common import http


def request(rf, **headers):
    made = rf.get("/", headers=headers)
    made.htmx = HtmxDetails(made)
    return made


class TestGone:
    def test_says_so_in_words_that_nobody_keeps(self):
        answer = http.gone("It was withdrawn.")
        assert (answer.status_code, answer.content) == (410, b"It was withdrawn.")
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["Cache-Control"] == "no-store"


class TestRender:
    def test_gives_the_page(self, rf):
        answer = http.render(request(rf), "page.html", {"a": 1}, partials=("rows",))
        assert (answer.template_name, answer.status_code) == ("page.html", 200)
        assert answer.context_data == {"a": 1}

    def test_gives_the_fragment_that_htmx_asked_for(self, rf):
        asked = request(rf, **{"HX-Request": "true", "HX-Target": "rows"})
        answer = http.render(asked, "page.html", {}, partials=("rows",), status=422)
        assert (answer.template_name, answer.status_code) == ("page.html#rows", 422)

    @pytest.mark.parametrize(
        "headers",
        [
            {"HX-Request": "true", "HX-Target": "elsewhere"},
            {"HX-Request": "true"},
            {"HX-Target": "rows"},
        ],
    )
    def test_gives_the_page_for_any_other_target(self, rf, headers):
        answer = http.render(request(rf, **headers), "page.html", {}, partials=("rows",))
        assert answer.template_name == "page.html"
