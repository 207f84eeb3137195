"""Which addresses we connect to."""

from ipaddress import ip_network

import httpx
import pytest

from corpus.engines.addresses import Guard, GuardedTransport, is_public
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

    def test_admits_private_networks_when_told_so(self):
        assert self.vet("http://box:8000/", "192.168.1.4", allow_private=True) == ("192.168.1.4",)

    def test_admits_named_networks_only(self):
        own = (ip_network("10.1.0.0/16"),)
        assert self.vet("http://feeds.local/", "10.1.2.3", admitted=own) == ("10.1.2.3",)
        with pytest.raises(Refused):
            self.vet("http://feeds.local/", "10.2.0.1", admitted=own)

    @pytest.mark.parametrize(
        "spelling", ["127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:7f00:1]"]
    )
    def test_sees_through_other_spellings_of_loopback(self, spelling):
        with pytest.raises(Refused, match="not on the public internet"):
            Guard().vetted(httpx.URL(f"http://{spelling}/"))

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
