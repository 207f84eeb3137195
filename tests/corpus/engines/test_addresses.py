"""Which addresses we connect to."""

import httpx
import pytest

from corpus.engines.addresses import Guard, GuardedTransport, is_public, place_of, places
from corpus.engines.failures import Refused, Unreachable

PUBLIC = [
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "1.1.1.1",
    "192.0.1.1",
]
NOT_PUBLIC = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
    "198.19.255.255", "233.252.0.1", "192.0.0.170", "2001:2::1", "2001:10::1", "2001:20::1", "100::1",
    "3fff::1", "5f00::1", "::ffff:0:7f00:1", "fe80::1%1", "2002:a00:1::", "64:ff9b::a00:1", "fd00:ec2::254",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fd12::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "not an address", "",
]  # fmt: skip


class TestIsPublic:
    @pytest.mark.parametrize("address", PUBLIC)
    def test_admits_the_public_internet(self, address):
        assert is_public(address)

    @pytest.mark.parametrize("address", NOT_PUBLIC)
    def test_denies_everything_else(self, address):
        assert not is_public(address)


class TestGuard:
    def vet(self, url, *answers, **rules):
        return Guard(resolve=lambda _host, _port: answers, **rules).vetted(httpx.URL(url))

    def test_gives_the_addresses_that_it_checked(self):
        assert self.vet("https://example.org/feed", "8.8.8.8", "1.1.1.1") == ("8.8.8.8", "1.1.1.1")

    def test_refuses_when_a_single_answer_is_private(self):
        with pytest.raises(Refused, match=r"10\.0\.0\.1, which is not on the public internet"):
            self.vet("https://example.org/", "8.8.8.8", "10.0.0.1")

    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/passwd",
            "ftp://example.org/",
            "gopher://example.org/",
            "javascript:alert(1)",
            "/feed.xml",
        ],
    )
    def test_refuses_what_is_not_web(self, url):
        with pytest.raises(Refused, match="must start with http"):
            self.vet(url, "8.8.8.8")

    def test_refuses_credentials(self):
        with pytest.raises(Refused, match="user name or password"):
            self.vet("https://me:secret@example.org/", "8.8.8.8")

    def test_refuses_other_ports(self):
        with pytest.raises(Refused, match="Port 6379"):
            self.vet("http://example.org:6379/", "8.8.8.8")

    def test_asks_any_port_when_told_so(self):
        assert self.vet("http://example.org:8443/", "8.8.8.8", ports=None) == ("8.8.8.8",)

    def test_refuses_an_address_without_host(self):
        with pytest.raises(Refused, match="names no host"):
            self.vet("http:///feed", "8.8.8.8")

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org:0/",
            "http://example.org:99999/",
            "http://[fe80::1%25eth0]/",
            "http://[2606:4700::1%25eth0]/",
            "http://localhost%00.example.org/",
            "http://exa mple.org/",
            "http://a..b/",
            f"http://{'a.' * 130}org/",
        ],
    )
    def test_refuses_what_is_no_host(self, url):
        with pytest.raises(Refused):
            self.vet(url, "8.8.8.8", ports=None)

    @pytest.mark.parametrize(
        "spelling",
        ["127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.1", "017700000001", "0x7F.0.0.1",
         "134744072", "1.2.3.4.5", "example.0x7f", "example.1", "127.0.0.1.."],
    )  # fmt: skip
    def test_refuses_numbers_in_an_unusual_spelling(self, spelling):
        with pytest.raises(Refused):
            self.vet(f"http://{spelling}/", "8.8.8.8")

    @pytest.mark.parametrize(
        "spelling",
        ["127.0.0.1", "127.0.0.1.", "127。0。0。1", "[::1]", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]",
         "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "[fd00:ec2::254]"],
    )  # fmt: skip
    def test_refuses_numbers_that_are_not_public_before_any_name_is_resolved(self, spelling):
        with pytest.raises(Refused, match="not on the public internet"):
            Guard(resolve=None).vetted(httpx.URL(f"http://{spelling}/"))

    @pytest.mark.parametrize("name", ["localhost", "localhost.", "LOCALHOST"])
    def test_refuses_this_machine_by_name(self, name):
        with pytest.raises(Refused, match="not on the public internet"):
            self.vet(f"http://{name}/", "127.0.0.1")

    def test_resolves_names_as_the_net_knows_them(self):
        asked = []
        guard = Guard(resolve=lambda host, port: asked.append((host, port)) or ["8.8.8.8"])
        guard.vetted(httpx.URL("https://BÜcher.example./feed"))
        assert asked == [("xn--bcher-kva.example", 443)]


class TestHostsOfOurOwn:
    def vet(self, url, named, *answers):
        guard = Guard(allow_private=places(named), resolve=lambda _host, _port: answers)
        return guard.vetted(httpx.URL(url))

    @pytest.mark.parametrize(
        ("named", "url"),
        [
            ("feeds.test", "http://feeds.test/"),
            ("feeds.test", "http://Feeds.Test.:8765/"),
            ("feeds.test:8765", "http://feeds.test:8765/"),
            ("feeds.test:443", "https://feeds.test/"),
            ("127.0.0.1:8765", "http://127.0.0.1:8765/"),
            ("[::1]:8765", "http://[::1]:8765/"),
            ("[::1]", "http://[::1]/"),
            ("a.test, Feeds.test ", "http://feeds.test/"),
            ("1", "http://localhost:8765/"),
            ("true", "http://127.0.0.1:1/"),
            ("1", "http://[::1]:8765/"),
            ("1,feeds.test", "http://feeds.test/"),
            ("feeds.test,1", "http://localhost/"),
        ],
    )
    def test_may_be_private_and_on_any_port(self, named, url):
        assert self.vet(url, named.split(","), "10.1.2.3") == ("10.1.2.3",)

    @pytest.mark.parametrize(
        ("named", "url"),
        [
            ("feeds.test", "http://other.test/"),
            ("feeds.test", "http://a.feeds.test/"),
            ("feeds.test", "http://feeds.test.example/"),
            ("feeds.test:8765", "http://feeds.test/"),
            ("feeds.test:8765", "http://feeds.test:8766/"),
            ("127.0.0.1:8765", "http://localhost:8765/"),
            ("127.0.0.1", "http://127.0.0.2/"),
            ("127.0.0.1", "http://127.1/"),
            ("localhost", "http://127.0.0.1/"),
            ("1", "http://10.1.2.3/"),
            ("0", "http://localhost/"),
            ("", "http://localhost/"),
        ],
    )
    def test_are_those_that_are_named_and_no_others(self, named, url):
        with pytest.raises(Refused):
            self.vet(url, named.split(","), "10.1.2.3")

    @pytest.mark.parametrize("url", ["ftp://feeds.test/", "http://a:b@feeds.test/"])
    def test_keep_to_the_other_rules(self, url):
        with pytest.raises(Refused):
            self.vet(url, ["feeds.test"], "10.1.2.3")

    @pytest.mark.parametrize(
        "word", ["http://feeds.test", "feeds test", "10.0.0.0/8", "::1", "*", "a:b"]
    )
    def test_are_hosts(self, word):
        with pytest.raises(ValueError, match="neither a host nor host:port"):
            places([word])


class TestPlaceOf:
    @pytest.mark.parametrize(
        ("url", "place"),
        [
            ("http://Example.ORG./a", "example.org"),
            ("https://example.org/b", "example.org"),
            ("https://example.org:80/b", "example.org"),
            ("http://example.org:8080/", "example.org:8080"),
            ("http://[2606:4700::1]/", "2606:4700::1"),
            ("http://[::1]:8080/", "[::1]:8080"),
            ("http://bücher.example/", "xn--bcher-kva.example"),
        ],
    )
    def test_is_one_for_one_host(self, url, place):
        assert place_of(httpx.URL(url)) == place


class TestResolution:
    def vet(self, url, *answers):
        return Guard(resolve=lambda _host, _port: answers).vetted(httpx.URL(url))

    def test_says_that_a_name_is_unknown(self):
        def unknown(_host, _port):
            raise OSError("Name or service not known")

        with pytest.raises(Unreachable, match="cannot be found"):
            Guard(resolve=unknown).vetted(httpx.URL("https://nowhere.example/"))

    def test_says_that_a_name_has_no_address(self):
        with pytest.raises(Unreachable, match="no address"):
            self.vet("https://example.org/")


class Recorder(httpx.BaseTransport):
    """Answers every request, and remembers it; addresses in `dead` cannot be reached."""

    def __init__(self, *dead):
        self.dead = dead
        self.seen = []

    def handle_request(self, request):
        self.seen.append(request)
        if request.url.host in self.dead:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200)


class TestGuardedTransport:
    def get(self, url, recorder, *answers):
        guard = Guard(resolve=lambda _host, _port: answers)
        with httpx.Client(transport=GuardedTransport(guard, recorder), trust_env=False) as client:
            return client.get(url)

    def test_connects_to_the_checked_address_and_keeps_the_name(self):
        recorder = Recorder()
        self.get("https://example.org/feed?x=1", recorder, "8.8.8.8")
        (request,) = recorder.seen
        assert str(request.url) == "https://8.8.8.8/feed?x=1"
        assert request.headers["host"] == "example.org"
        assert request.extensions["sni_hostname"] == "example.org"

    def test_resolves_once_for_each_request(self):
        asked = []

        def rebinding(host, _port):
            asked.append(host)
            return ("8.8.8.8",) if len(asked) == 1 else ("127.0.0.1",)

        recorder = Recorder()
        with httpx.Client(transport=GuardedTransport(Guard(resolve=rebinding), recorder)) as client:
            client.get("http://example.org/")
        assert (asked, recorder.seen[0].url.host) == (["example.org"], "8.8.8.8")

    def test_tries_the_next_address(self):
        recorder = Recorder("8.8.8.8")
        assert (
            self.get("http://example.org/", recorder, "8.8.8.8", "2606:4700::1").status_code == 200
        )
        assert [request.url.host for request in recorder.seen] == ["8.8.8.8", "2606:4700::1"]

    def test_gives_up_after_the_last_address(self):
        with pytest.raises(httpx.ConnectError):
            self.get("http://example.org/", Recorder("8.8.8.8"), "8.8.8.8")

    def test_never_connects_to_a_refused_address(self):
        recorder = Recorder()
        with pytest.raises(Refused):
            self.get("http://example.org/", recorder, "169.254.169.254")
        assert recorder.seen == []
