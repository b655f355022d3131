"""Where alerts go: standard output, webhooks, mail, and the services of Apprise.

A sink's ``send`` returns when the events were accepted, and raises `SendError` otherwise. No secret is in its messages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import smtplib
import ssl
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import urlsplit

import orjson
import requests

from influtics_lab.config import VERSION, is_loopback
from influtics_lab.errors import ConfigError, import_extra
from influtics_lab.watch.alert_mail import build_mail, write_subject, write_text
from influtics_lab.watch.watch_file import Watch
from influtics_lab.watch.watch_places import AppriseTargets, Mail, SinkTable, Webhook, find_url_problem

TRY_S: Final = 10.0
"""How long one try may last."""
STDOUT: Final = "stdout"
_TRANSIENT: Final = frozenset({408, 425, 429})
_TLS_FAILED: Final = "its certificate or protocol was refused"
Event = dict[str, Any]


class SendError(Exception):
    """Events were not accepted.

    Attributes
    ----------
    is_final : bool
        Whether a further try in this run is of no use.
    is_delivered : bool
        Whether some recipients got them, so that they are not sent again.
    """

    def __init__(self, text: str, *, is_final: bool = False, is_delivered: bool = False) -> None:
        super().__init__(text)
        self.is_final = is_final or is_delivered
        self.is_delivered = is_delivered


class Sink(Protocol):
    """A place that events are sent to."""

    is_digest: ClassVar[bool]
    """Whether all events that are sent now are one message."""

    def send(self, events: Sequence[Event]) -> None:
        """Send events, or raise `SendError`."""


@dataclass(frozen=True)
class StandardOutput:
    """Prints each event as one line of JSON, in ASCII: no character of a title reaches a terminal as it is."""

    is_digest: ClassVar[bool] = False

    def send(self, events: Sequence[Event]) -> None:
        """Print events."""
        for event in events:
            try:
                print(format_line(event), flush=True)  # noqa: T201  # standard output is where it goes
            except OSError as error:
                sys.stdout = None  # nothing can be written there at exit either
                raise SendError(f"{error.strerror}", is_final=True) from None


def format_line(event: Event) -> str:
    r"""Return an event as one line of JSON in ASCII.

    Examples
    --------
    >>> print(format_line({"title": "a\x1b[2J\u202eb\n"}))
    {"title":"a\u001b[2J\u202eb\n"}
    """
    text = orjson.dumps(event).decode()
    return "".join(c if c.isascii() and c.isprintable() else _escape_json(c) for c in text)


def _escape_json(character: str) -> str:
    data = character.encode("utf-16-be")
    return "".join(f"\\u{data[n]:02x}{data[n + 1]:02x}" for n in range(0, len(data), 2))


@dataclass(frozen=True, repr=False)
class WebhookSink:
    """Posts each event as JSON, signed as Standard Webhooks define it: the id of a message is the event's key."""

    url: str
    secret: bytes
    is_digest: ClassVar[bool] = False

    def send(self, events: Sequence[Event]) -> None:
        """Post events; redirects are not followed."""
        for event in events:
            self._post(event["key"], orjson.dumps(event))

    def _post(self, key: str, body: bytes) -> None:
        host = urlsplit(self.url).hostname or ""
        headers = {"Content-Type": "application/json", "User-Agent": f"influtics-lab/{VERSION}", "Idempotency-Key": key}
        headers |= sign_message(key, body, self.secret, int(time.time()))
        with requests.Session() as session:
            session.trust_env = not is_loopback(host)
            session.auth = lambda request: request  # no password of .netrc
            try:
                response = session.post(
                    self.url, data=body, headers=headers, timeout=TRY_S, allow_redirects=False, stream=True
                )
            except requests.RequestException as error:
                raise SendError(_describe_break(error)) from None
            status = response.status_code
            response.close()
        if not 200 <= status < 300:
            is_final = status < 500 and status not in _TRANSIENT
            hint = "; redirects are not followed" if 300 <= status < 400 else ""
            raise SendError(f"it answered with HTTP status {status}{hint}", is_final=is_final)


def sign_message(key: str, body: bytes, secret: bytes, timestamp: int) -> dict[str, str]:
    """Return the headers of Standard Webhooks (https://www.standardwebhooks.com), by which a receiver checks a message.

    Examples
    --------
    >>> sign_message("1", b"{}", b"secret", 1700000000)["webhook-signature"]
    'v1,PgYwgCReYGi/nHIJstsSuGGjDNi/hpmSB4ghtTP1cA4='
    """
    signed = f"{key}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    return {"webhook-id": key, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}


def _describe_break(error: requests.RequestException) -> str:
    """Return why there is no answer, without the address: it may hold a secret."""
    if isinstance(error, requests.exceptions.SSLError):
        return _describe_refusal(error)
    if isinstance(error, requests.Timeout):
        return f"it did not answer within {TRY_S:g} seconds"
    return "nothing listens there" if "refused" in str(error) else "the connection failed"


def _describe_refusal(error: BaseException) -> str:
    """Return why TLS failed: what is wrong with the certificate, if it is that."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__context__
    return f"its certificate was refused: {cause.verify_message.rstrip('.')}" if cause else _TLS_FAILED


@dataclass(frozen=True, repr=False)
class MailSink:
    """Sends one mail with all events."""

    table: Mail
    password: str | None
    is_digest: ClassVar[bool] = True

    def send(self, events: Sequence[Event]) -> None:
        """Send a mail."""
        mail = build_mail(events, self.table.sender[0], self.table.to)
        try:
            server = self._connect()
            try:
                if self.table.user is not None:
                    server.login(self.table.user, self.password or "")
                refused = server.send_message(mail)
            finally:
                server.close()  # without QUIT: what answers to it no longer matters
        except smtplib.SMTPResponseException as error:
            text = f"it answered with SMTP status {error.smtp_code}"
            if isinstance(error, smtplib.SMTPAuthenticationError):
                text = f"it refused name or password ({error.smtp_code})"
            raise SendError(text, is_final=error.smtp_code >= 500) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise SendError(f"it refused {', '.join(map(_mask_address, error.recipients))}", is_final=True) from None
        except (OSError, smtplib.SMTPException) as error:  # TimeoutError and SSLError are OSErrors
            if isinstance(error, ssl.SSLError) and "timed out" not in str(error):
                raise SendError(_describe_refusal(error), is_final=True) from None
            if "timed out" in str(error):  # smtplib reports that as a closed connection
                error = TimeoutError()
            text, is_final = next((text, final) for kind, text, final in _MAIL_BREAKS if isinstance(error, kind))
            raise SendError(text, is_final=is_final) from None
        if refused:
            names = ", ".join(map(_mask_address, refused))
            raise SendError(f"it refused {names} and sent to the others", is_delivered=True)

    def _connect(self) -> smtplib.SMTP:
        table = self.table
        context = ssl.create_default_context()
        if table.security == "tls":
            return smtplib.SMTP_SSL(table.host, table.port, timeout=TRY_S, context=context)
        server = smtplib.SMTP(table.host, table.port, timeout=TRY_S)
        if table.security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


_MAIL_BREAKS: Final[tuple[tuple[type[Exception], str, bool], ...]] = (
    # the error, what is reported, and whether a further try is of no use
    (smtplib.SMTPNotSupportedError, "it offers no encryption or no login", True),
    (TimeoutError, f"it did not answer within {TRY_S:g} seconds", False),
    (ConnectionRefusedError, "nothing listens there", False),
    (Exception, "the connection failed", False),
)


def _mask_address(address: str) -> str:
    return address[:1] + "***" + address[address.rfind("@") :]


@dataclass(frozen=True, repr=False)
class AppriseSink:
    """Sends one message with all events to services of Apprise."""

    services: Any
    is_digest: ClassVar[bool] = True

    def send(self, events: Sequence[Event]) -> None:
        """Send a message; if one service fails, all get it again next time."""
        body, title = write_text(events), write_subject(events)
        if not self.services.notify(body=body, title=title, body_format="text", interpret_escapes=False):
            raise SendError("a service did not accept the message")


def open_sinks(watch: Watch, environment: Mapping[str, str]) -> dict[str, Sink]:
    """Return the places that alerts go to, with the secrets of the environment.

    Raises
    ------
    ConfigError
        If a variable is not set, or holds no address or secret. The message names the variable.
    MissingExtraError
        If Apprise is needed and not installed.
    """
    sinks: dict[str, Sink] = {name: _open_sink(name, table, environment) for name, table in watch.sinks.items()}
    return {STDOUT: StandardOutput(), **sinks} if watch.sends_lines else sinks


def _open_sink(name: str, table: SinkTable, environment: Mapping[str, str]) -> Sink:
    def read_variable(variable: str) -> str:
        if not (value := environment.get(variable, "").strip()):
            raise ConfigError(f"{name}: the environment variable {variable} is not set. Nothing was checked or sent.")
        return value

    if isinstance(table, Webhook):
        url = table.url or read_variable(table.url_env or "")
        if problem := find_url_problem(url):
            raise ConfigError(f"{name}: the environment variable {table.url_env} {problem}")
        return WebhookSink(url, _decode_secret(name, table.secret_env, read_variable(table.secret_env)))
    if isinstance(table, Mail):
        return MailSink(table, None if table.password_env is None else read_variable(table.password_env))
    return _open_apprise(name, table, read_variable(table.urls_env))


def _open_apprise(name: str, table: AppriseTargets, urls: str) -> AppriseSink:
    apprise = import_extra(
        "apprise", "Apprise is not installed. Install the extra: pip install 'influtics-lab[alerts]'"
    )
    logging.getLogger("apprise").addHandler(logging.NullHandler())  # its warnings name addresses, which hold secrets
    services = apprise.Apprise()
    for number, url in enumerate(urls.split(), 1):
        if not services.add(url):
            text = f"{name}: the environment variable {table.urls_env} holds an address that Apprise does not know"
            raise ConfigError(f"{text}, number {number}. Nothing was checked or sent.")
    return AppriseSink(services)


def _decode_secret(name: str, variable: str, text: str) -> bytes:
    """Return the bytes of a secret: of ``whsec_`` and base64, as Standard Webhooks write it, or of any other text."""
    if not text.startswith("whsec_"):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        text = f"{name}: the environment variable {variable} begins with whsec_, and what follows is no base64."
        raise ConfigError(f"{text} Copy it again.") from None
