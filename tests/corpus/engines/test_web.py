"""Redirects, names and certificates, with a real host on loopback."""

import ssl
import subprocess
from contextlib import contextmanager, suppress

import pytest

from corpus.engines import http
from corpus.engines.addresses import Guard
from tests.loopback import fetcher, ranged, serving


def only(host):
    """A fetcher that may ask this very port."""
    return fetcher(allow_private=[f"127.0.0.1:{host.server_port}"])


class TestRedirects:
    @pytest.mark.parametrize(
        "target",
        ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://127.0.0.2/",
         "//192.168.0.1/", "http://[::ffff:10.0.0.1]/", "http://100.64.0.1/", "http://0.0.0.0/"],
    )  # fmt: skip
    def test_never_lead_to_a_private_address(self, host, target):
        host.pages["/a"] = lambda h: h.answer(302, Location=target)
        with pytest.raises(http.Refused, match="not on the public internet"):
            fetcher().fetch(f"{host.url}/a")

    @pytest.mark.parametrize(
        "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"]
    )
    def test_never_lead_out_of_the_web(self, host, target):
        host.pages["/a"] = lambda h: h.answer(302, Location=target)
        with pytest.raises(http.Refused):
            fetcher().fetch(f"{host.url}/a")

    def test_never_carry_credentials(self, host):
        host.pages["/a"] = lambda h: h.answer(
            302, Location=f"{host.url.replace('//', '//me:pw@')}/b"
        )
        with pytest.raises(http.Refused, match="password"):
            fetcher().fetch(f"{host.url}/a")

    def test_end_when_they_go_round(self, host):
        host.pages["/a"] = lambda h: h.answer(302, Location="/b")
        host.pages["/b"] = lambda h: h.answer(302, Location="/a")
        with pytest.raises(http.Refused, match="more than 10 times"):
            fetcher().fetch(f"{host.url}/a")
        assert len(host.asked) == 11

    def test_never_lead_to_another_port_of_this_machine(self, host):
        with serving() as trap:
            host.pages["/a"] = lambda h: h.answer(302, Location=f"{trap.url}/secret")
            with pytest.raises(http.Refused, match="not on the public internet"):
                only(host).fetch(f"{host.url}/a")
            assert trap.asked == []

    @pytest.mark.parametrize("name", ["localhost", "127.0.0.2", "[::1]", "127.1", "2130706433"])
    def test_never_lead_to_another_name_of_this_machine(self, host, name):
        host.pages["/a"] = lambda h: h.answer(302, Location=f"http://{name}:{host.server_port}/b")
        with pytest.raises(http.Refused):
            only(host).fetch(f"{host.url}/a")
        assert [path for path, _ in host.asked] == ["/a"]

    def test_that_lead_nowhere_are_told(self, host):
        host.pages["/a"] = lambda h: h.answer(302)
        with pytest.raises(http.HttpError, match="302"):
            fetcher().fetch(f"{host.url}/a")

    def test_forget_cookies_of_an_earlier_call(self, host):
        host.pages["/a"] = lambda h: h.answer(body=b"x", Set_Cookie="who=me")
        web = fetcher()
        web.fetch(f"{host.url}/a")
        web.fetch(f"{host.url}/a")
        assert all("Cookie" not in headers for _, headers in host.asked)


class Recorder:
    """Every turn that was taken, and what came of it."""

    def __init__(self):
        self.seen, self.held = [], 0

    @contextmanager
    def turn(self, host):
        assert self.held == 0
        self.held += 1
        try:
            yield
        except Exception as error:
            self.seen.append((host, type(error).__name__))
            raise
        else:
            self.seen.append((host, "ok"))
        finally:
            self.held -= 1


class TestTurns:
    """What a host of the Protocol Hosts may rely on."""

    def test_are_taken_hop_by_hop_one_at_a_time(self, host):
        with serving() as other:
            host.pages["/a"] = lambda h: h.answer(302, Location=f"{other.url}/b")
            other.pages["/b"] = lambda h: h.answer(302, Location=f"{host.url}/c")
            host.pages["/c"] = lambda h: h.answer(body=b"x")
            hosts = Recorder()
            fetcher().among(hosts).fetch(f"{host.url}/a")
            here, there = (server.url.removeprefix("http://") for server in (host, other))
        assert hosts.seen == [(here, "ok"), (there, "ok"), (here, "ok")]

    def test_last_until_the_body_has_been_read(self, host, tmp_path):
        hosts, held = Recorder(), set()
        host.pages["/a.mp3"] = ranged
        fetcher().among(hosts).download(
            f"{host.url}/a.mp3", tmp_path / "a", on_progress=lambda _: held.add(hosts.held)
        )
        assert held == {1}
        assert hosts.held == 0

    @pytest.mark.parametrize(
        ("page", "failure"),
        [
            (lambda h: h.answer(429), "HttpError"),
            (lambda h: h.answer(410), "Gone"),
            (lambda h: h.answer(body=b"x", length=9), "Unreachable"),
            (lambda h: h.answer(body=bytes(9), Content_Encoding="gzip"), "Unreachable"),
        ],
    )
    def test_see_failures_as_we_name_them(self, host, page, failure):
        hosts = Recorder()
        host.pages["/a"] = page
        with pytest.raises(http.FetchFailed):
            fetcher().among(hosts).fetch(f"{host.url}/a")
        assert [seen for _, seen in hosts.seen] == [failure]

    def test_say_how_much_arrived_before_it_broke_off(self, host):
        host.pages["/a"] = lambda h: h.answer(body=b"12345", length=9)
        with pytest.raises(http.Unreachable) as caught:
            fetcher().fetch(f"{host.url}/a")
        assert caught.value.arrived == 5

    @pytest.mark.parametrize(
        "url", ["file:///etc/passwd", "http://10.0.0.1/", "http://a:b@x.example/"]
    )
    def test_are_not_taken_for_what_is_never_asked(self, url):
        hosts = Recorder()
        with pytest.raises(http.Refused):
            fetcher().among(hosts).fetch(url)
        assert hosts.seen == []

    def test_that_are_not_ours_leave_the_host_alone(self, host):
        class Taken:
            def turn(self, name):
                raise http.Busy("not now")

        with pytest.raises(http.Busy):
            fetcher().among(Taken()).fetch(f"{host.url}/a")
        assert host.asked == []

    def test_of_one_fetcher_are_not_those_of_another(self, host):
        host.pages["/a"] = lambda h: h.answer(body=b"x")
        hosts, alone = Recorder(), fetcher()
        alone.among(hosts)
        alone.fetch(f"{host.url}/a")
        assert hosts.seen == []


class TestHeaders:
    @pytest.mark.parametrize(
        "lines",
        [b"X-Long: " + b"x" * 200_000, b"\r\n".join(b"X-%d: x" % n for n in range(20_000))],
        ids=["one long", "very many"],
    )
    def test_without_end_are_not_read_to_the_end(self, host, lines):
        def bomb(handler):
            handler.close_connection = True
            with suppress(OSError):
                handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\nbody")

        host.pages["/feed"] = bomb
        with pytest.raises(http.Unreachable, match="broke off"):
            fetcher().fetch(f"{host.url}/feed")

    @pytest.mark.parametrize(
        "sent",
        [b"", b"\x00" * 50, b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
    )
    def test_that_are_none_are_a_failure_to_try_again(self, host, sent):
        def nonsense(handler):
            handler.close_connection = True
            handler.wfile.write(sent)

        host.pages["/feed"] = nonsense
        with pytest.raises(http.Unreachable) as caught:
            fetcher().fetch(f"{host.url}/feed")
        assert caught.value.retry


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem "
        "-out cert.pem -subj /CN=feeds.example -addext subjectAltName=DNS:feeds.example"
    )
    try:
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: no certificate to test with")
    return folder


class TestTls:
    """The certificate must be that of the name, although we connect to a number."""

    @pytest.fixture
    def secure(self, host, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        host.names = []
        context.sni_callback = lambda _socket, name, _context: host.names.append(name)
        host.socket = context.wrap_socket(host.socket, server_side=True)
        host.pages["/feed"] = lambda h: h.answer(body=b"x")
        return host

    def fetch(self, secure, certificate, name):
        guard = Guard(allow_private=(name,), resolve=lambda _host, _port: ["127.0.0.1"])
        trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
        return fetcher(guard=guard, trust=trust).fetch(f"https://{name}:{secure.server_port}/feed")

    def test_is_checked_against_the_name_that_was_asked_for(self, secure, certificate):
        assert self.fetch(secure, certificate, "feeds.example").body == b"x"
        assert secure.names == ["feeds.example"]

    def test_is_refused_for_another_name(self, secure, certificate):
        with pytest.raises(http.Unreachable, match="certificate"):
            self.fetch(secure, certificate, "other.example")
