"""Credential providers and commands over HTTPS through a proxy, where the certificates are a company's own.

The proxy is one that takes CONNECT and leads every host to one server of the test, which shows a certificate of the test's own
authority for AWS's names: nothing here would work without the proxy, nor without the bundle.
"""

import base64
import datetime
import http.server
import ssl
import subprocess
import threading
import socket

import pytest
from conftest import BINARY, Bailiwick
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from test_providers import HIDDEN, KEYS, WEB, account, ask, cloud, home, merged, serve  # noqa: F401

PASSWORD = "p%40ss-of-the-proxy"
NAMES = ["*.us-east-1.amazonaws.com", "*.sso.us-east-1.amazonaws.com", "oidc.us-east-1.amazonaws.com"]


def written(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority of the test, and the certificate of AWS's names that it signed."""
    folder = tmp_path_factory.mktemp("certificates")
    now = datetime.datetime.now(datetime.UTC)

    def certificate(name, key, issuer, signer, *extensions):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("Corp", authority, "Corp", authority, (x509.BasicConstraints(ca=True, path_length=None), True))
    leaf = certificate(
        "aws", key, "Corp", authority, (x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES]), False)
    )
    (folder / "bundle.pem").write_bytes(root)
    (folder / "server.pem").write_bytes(leaf + written(key))
    return folder


class Proxy(http.server.BaseHTTPRequestHandler):
    """Takes CONNECT from who knows the password, notes where to, and leads to the server of the test."""

    asked: list
    upstream: tuple

    def do_CONNECT(self):
        word = base64.b64encode(b"corp:p@ss-of-the-proxy").decode()
        if self.headers["Proxy-Authorization"] != f"Basic {word}":
            self.send_error(407)
            return
        self.asked.append(self.path)
        with socket.create_connection(self.upstream) as upstream:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=copy, args=(upstream, self.connection), daemon=True)
            back.start()
            copy(self.connection, upstream)
            back.join(timeout=30)
        self.close_connection = True

    def log_message(self, *_):
        pass


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def proxied(cloud, certificates):  # noqa: F811
    """The environment that leads through the proxy, and the hosts that it was asked for."""
    secured = http.server.ThreadingHTTPServer(("127.0.0.1", 0), cloud)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    secured.socket = context.wrap_socket(secured.socket, server_side=True)
    handler = type("Noting", (Proxy,), {"asked": [], "upstream": secured.server_address})
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    for server in (secured, proxy):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        "AWS_ENDPOINT_URL": None,
        "HTTPS_PROXY": f"http://corp:{PASSWORD}@127.0.0.1:{proxy.server_address[1]}",
        "AWS_CA_BUNDLE": str(certificates / "bundle.pem"),
    }
    yield environment, handler.asked
    for server in (secured, proxy):
        server.shutdown()


def run(home, cloud, changed):  # noqa: F811
    command = [BINARY, "run", "--", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
    done = subprocess.run(
        command, env=merged(home, cloud, changed), cwd=home[0], capture_output=True, text=True, timeout=60
    )
    assert not any(word in done.stdout + done.stderr for word in (HIDDEN, PASSWORD, "p@ss-of-the-proxy")), done.stderr
    return done


STS, SSO = "sts.us-east-1.amazonaws.com:443", "portal.sso.us-east-1.amazonaws.com:443"


@pytest.mark.parametrize("changed, key, hosts", [
    (KEYS, "AKIAENV", [STS]),
    ({"AWS_PROFILE": "chained"}, "ASIACHAINED", [STS]),
    (WEB, "ASIAWEB", [STS]),
    ({"AWS_PROFILE": "session"}, "ASIASSO1", [SSO, STS]),
    ({"AWS_PROFILE": "legacy"}, "ASIASSO1", [SSO, STS]),
])  # fmt: skip
def test_providers_and_commands_go_through_the_proxy(changed, key, hosts, home, cloud, proxied):  # noqa: F811
    environment, asked = proxied
    done = run(home, cloud, changed | environment)
    assert (done.returncode, done.stdout) == (0, f"{key}\n"), (done.stderr, asked)
    assert list(dict.fromkeys(asked)) == hosts


def test_without_the_bundle_nobody_is_trusted(home, cloud, proxied):  # noqa: F811
    environment, _ = proxied
    for changed in (KEYS, {"AWS_PROFILE": "chained"}, {"AWS_PROFILE": "session"}):
        done = run(home, cloud, changed | environment | {"AWS_CA_BUNDLE": None})
        assert done.returncode == 255 and not done.stdout, done.stderr
    assert cloud.asked == []


def test_a_proxy_that_does_not_know_us_is_said_to_be_the_reason(home, cloud, proxied):  # noqa: F811
    environment, asked = proxied
    stranger = environment["HTTPS_PROXY"].replace("corp:", "stranger:")
    done = run(home, cloud, KEYS | environment | {"HTTPS_PROXY": stranger})
    assert done.returncode == 255 and "proxy authorization required" in done.stderr and not asked, done.stderr


def test_a_host_that_needs_no_proxy_is_reached_without_it(home, cloud, proxied):  # noqa: F811
    environment, asked = proxied
    done = run(home, cloud, KEYS | environment | {"AWS_ENDPOINT_URL": cloud.url, "NO_PROXY": "127.0.0.1"})
    assert (done.returncode, done.stdout, asked) == (0, "AKIAENV\n", []), done.stderr


def test_accounts_of_a_server_go_through_the_proxy_of_its_configuration(home, cloud, proxied, tmp_path):  # noqa: F811
    environment, asked = proxied
    folder = tmp_path / "server"
    folder.mkdir()
    # Its calls go to the account's own endpoint, and its keys come from SSO over the proxy.
    network = (
        f'[network]\nhttps_proxy = "{environment["HTTPS_PROXY"]}"\nca_bundle = "{environment["AWS_CA_BUNDLE"]}"\n'
        'no_proxy = ["127.0.0.1"]\n'
    )
    outside = merged(home, cloud, {"AWS_ENDPOINT_URL": None})
    server = Bailiwick(folder, config=network + account(cloud, ["ec2"], "profile:session"), environment=outside)
    try:
        answer = ask(server.start().dana().room("ops"))
        assert "by-ASIASSO1" in answer.text, (answer.text, server.said())
        assert list(dict.fromkeys(asked)) == [SSO]
        assert PASSWORD not in server.said() + server.audit("export").stdout
    finally:
        server.stop()
