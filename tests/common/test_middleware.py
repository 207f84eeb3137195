from django.http import HttpResponse

from common.middleware import HtmxVary


class TestHtmxVary:
    def test_tells_caches_that_fragments_differ_from_pages(self, rf):
        answer = HtmxVary(lambda request: HttpResponse("page"))(rf.get("/"))
        assert answer["Vary"] == "HX-Request, HX-Target, HX-Boosted"

    def test_keeps_what_varied_before(self, rf):
        def view(request):
            return HttpResponse("page", headers={"Vary": "Cookie"})

        assert HtmxVary(view)(rf.get("/"))["Vary"].startswith("Cookie, ")
