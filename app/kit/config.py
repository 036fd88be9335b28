"""Every setting, in one typed place. Names are environment variables; the README lists them all."""

from functools import lru_cache
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.kit.near import is_near, networks, private_database, private_url, virus_check_place

PROJECT = Path(__file__).resolve().parent.parent.parent


class Settings(BaseSettings):
    """Settings read from the environment.

    Lengths of time are in the unit their name ends with, sizes in bytes.
    """

    model_config = SettingsConfigDict(
        case_sensitive=False, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    data: Path = Field(PROJECT / "data", validation_alias="HOLDFAST_DATA", description="Folder for everything kept")
    host: str = Field("127.0.0.1", validation_alias="HOST", description="Address the web server listens on")
    port: int = Field(8000, validation_alias="PORT", description="Port the web server listens on")
    web_processes: int = Field(
        1, ge=1, validation_alias="WEB_PROCESSES", description="Processes that `holdfast web` serves with"
    )
    smtp_host: str = Field("127.0.0.1", validation_alias="SMTP_HOST", description="Address the mail door listens on")
    smtp_port: int = Field(8025, validation_alias="SMTP_PORT", description="Port the mail door listens on")
    lmtp_listen: str = Field(
        "",
        validation_alias="LMTP_LISTEN",
        description="Unix socket (path) or host:port for a mail server in front; empty: no LMTP",
    )
    base_url: str = Field("", validation_alias="BASE_URL", description="Address people type; default from PORT")
    trusted_proxies: str = Field(
        "",
        validation_alias="TRUSTED_PROXIES",
        description="Addresses or networks of proxies in front whose X-Forwarded-For is believed, with commas between",
    )
    hsts_subdomains: bool = Field(
        False,
        validation_alias="HSTS_SUBDOMAINS",
        description="Whether browsers ask every name below that of BASE_URL by https alone, too (RFC 6797)",
    )
    mail_domain: str = Field("in.localhost", validation_alias="MAIL_DOMAIN", description="Domain of givers' addresses")
    database_url: str = Field(
        "", validation_alias="DATABASE_URL", description="Administrator's PostgreSQL URL; empty starts the embedded one"
    )
    master_key: SecretStr | None = Field(
        None,
        validation_alias="HOLDFAST_MASTER_KEY",
        description="64 hex digits; empty uses master.key in the data folder",
    )
    kms_key_id: str = Field(
        "",
        validation_alias="HOLDFAST_KMS_KEY_ID",
        description="AWS KMS key that wraps the boxes' keys; empty: the master key does",
    )
    kms_endpoint_url: str = Field(
        "", validation_alias="KMS_ENDPOINT_URL", description="Address of a KMS that is not Amazon's"
    )
    s3_bucket: str = Field(
        "", validation_alias="S3_BUCKET", description="Bucket for sealed media; empty uses the data folder"
    )
    s3_prefix: str = Field("", validation_alias="S3_PREFIX", description="Folder inside the bucket")
    s3_endpoint_url: str = Field(
        "", validation_alias="S3_ENDPOINT_URL", description="Address of an S3 that is not Amazon's"
    )
    s3_region: str = Field("eu-west-2", validation_alias="S3_REGION", description="Region of the bucket, and of KMS")
    s3_access_key: str = Field(
        "", validation_alias="S3_ACCESS_KEY", description="Access key, also to KMS; empty uses the machine's role"
    )
    s3_secret_key: SecretStr = Field(
        SecretStr(""), validation_alias="S3_SECRET_KEY", description="Secret key; empty uses the machine's role"
    )
    outgoing_smtp: str = Field(
        "",
        validation_alias="OUTGOING_SMTP",
        pattern=r"^(smtps?://.+)?$",
        description="smtp:// or smtps://user:password@host:port, TLS always; empty keeps mail in the outbox",
    )
    outgoing_smtp_ca: Path | None = Field(
        None,
        validation_alias="OUTGOING_SMTP_CA",
        description="Certificate (PEM) of the CA of that server, instead of the system's",
    )
    mail_from: str = Field("Holdfast <box@localhost>", validation_alias="MAIL_FROM", description="Sender of our mail")
    mail_tls_cert: Path | None = Field(
        None, validation_alias="MAIL_TLS_CERT", description="Certificate (PEM) of the mail door; empty makes its own"
    )
    mail_tls_key: Path | None = Field(
        None, validation_alias="MAIL_TLS_KEY", description="Key (PEM) of that certificate"
    )
    mail_trust_loopback: bool | None = Field(
        None,
        validation_alias="MAIL_TRUST_LOOPBACK",
        description="Take the sender's word for mail from this machine; empty: only with HOLDFAST_DEMO",
    )
    mail_post_secret: SecretStr = Field(
        SecretStr(""),
        validation_alias="MAIL_POST_SECRET",
        description="Secret for mail posted to /mail/raw; empty: that door is shut",
    )
    mailgun_signing_key: SecretStr = Field(
        SecretStr(""),
        validation_alias="MAILGUN_SIGNING_KEY",
        description="Mailgun's HTTP webhook signing key, for /mail/mailgun/mime; empty: shut",
    )
    ses_topic: str = Field(
        "", validation_alias="SES_TOPIC", description="ARN of the SNS topic that SES tells, for /mail/ses; empty: shut"
    )
    dns_server: str = Field(
        "", validation_alias="DNS_SERVER", description="host:port for sender checks; empty uses the system's resolver"
    )
    push_key: SecretStr | None = Field(
        None,
        validation_alias="HOLDFAST_PUSH_KEY",
        description="VAPID key of push, a P-256 private key in base64url; empty uses push.key in the data folder",
    )
    push_own_ca: Path | None = Field(
        None,
        validation_alias="PUSH_OWN_CA",
        description="Certificate (PEM) of a push service of one's own, at a private address; empty: public ones alone",
    )
    demo: bool = Field(False, validation_alias="HOLDFAST_DEMO", description="Seed the demo cast and offer to be them")
    sign_in_with: Path | None = Field(
        None,
        validation_alias="SIGN_IN_WITH",
        description="TOML file of OpenID providers to sign in with; docs/sign-in-with.md says what stands in it",
    )
    session_days: int = Field(
        30, validation_alias="SESSION_DAYS", description="Days a sign-in lasts after it was last used"
    )
    shared_session_minutes: int = Field(
        30, validation_alias="SHARED_SESSION_MINUTES", description="Minutes a sign-in lasts on a shared phone"
    )
    link_minutes: int = Field(
        10,
        ge=1,
        le=10,
        validation_alias="LINK_MINUTES",
        description="Minutes an e-mailed sign-in link works, 10 at most",
    )
    invitation_days: int = Field(7, validation_alias="INVITATION_DAYS", description="Days an invitation by mail works")
    recovery_wait_hours: int = Field(
        72,
        ge=24,
        validation_alias="RECOVERY_WAIT_HOURS",
        description="Hours before someone comes back in with the help of trusted people; never under 24",
    )
    trash_days: int = Field(30, validation_alias="TRASH_DAYS", description="Days before something let go is erased")
    set_aside_days: int = Field(
        30, ge=1, validation_alias="SET_ASIDE_DAYS", description="Days that objects which no row names are kept"
    )
    adult_age: int = Field(18, validation_alias="ADULT_AGE", description="Age at which a keeper's part ends by itself")
    offer_age: int = Field(
        13, validation_alias="OFFER_AGE", description="Age from which a box kept together is offered as one's own"
    )
    term_ends: str = Field(
        "04-10,07-22,12-19",
        pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])(,(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]))*$",
        validation_alias="TERM_ENDS",
        description="Last days of the school terms, month-day",
    )
    app_requests: int = Field(
        120, ge=1, validation_alias="APP_REQUESTS", description="Requests a minute from one app to one box"
    )
    upload_max_bytes: int = Field(
        2 * 1024**3, validation_alias="UPLOAD_MAX_BYTES", description="Largest single file: a video"
    )
    photo_max_bytes: int = Field(100_000_000, validation_alias="PHOTO_MAX_BYTES", description="Largest photo")
    audio_max_bytes: int = Field(500_000_000, validation_alias="AUDIO_MAX_BYTES", description="Largest recording")
    document_max_bytes: int = Field(
        100_000_000, validation_alias="DOCUMENT_MAX_BYTES", description="Largest file of any other sort"
    )
    box_max_bytes: int = Field(
        50_000_000_000, validation_alias="BOX_MAX_BYTES", description="Most that one box holds, copies to show included"
    )
    mail_max_bytes: int = Field(40 * 1024**2, validation_alias="MAIL_MAX_BYTES", description="Largest e-mail taken in")
    mail_a_day: int = Field(
        20,
        validation_alias="MAIL_A_DAY",
        description="E-mails in 24 hours after which someone known knocks, unless 3 times their busiest day is more",
    )
    media_host: str = Field(
        "", validation_alias="MEDIA_HOST", description="A second host name of this server, for files alone"
    )
    clamav_host: str = Field(
        "",
        validation_alias="CLAMAV_HOST",
        description="Socket (path) or loopback host:port of clamd, which looks at every file first",
    )
    ffmpeg: str = Field("", validation_alias="FFMPEG", description="Path of ffmpeg; empty uses the installed wheel's")

    @model_validator(mode="after")
    def _media_host_is_another(self) -> Self:
        if self.media_host and urlsplit(f"//{self.media_host}").hostname == urlsplit(self.public_url).hostname:
            raise ValueError("MEDIA_HOST must be another host than that of BASE_URL: cookies would go to it")
        return self

    @model_validator(mode="after")
    def _nothing_goes_open(self) -> Self:
        """What leaves this machine, or comes to it from elsewhere, is encrypted."""
        private_url(self.public_url, "BASE_URL")
        if self.public_url.startswith("http:") and not is_near(self.host):
            raise ValueError("HOST is an address that others reach, and BASE_URL is plain http: give it an https one.")
        networks(self.trusted_proxies)
        private_url(self.s3_endpoint_url, "S3_ENDPOINT_URL")
        private_url(self.kms_endpoint_url, "KMS_ENDPOINT_URL")
        scanner = virus_check_place(self.clamav_host, 0)
        if self.clamav_host and not isinstance(scanner, str) and not is_near(scanner[0]):
            raise ValueError("CLAMAV_HOST must be a socket, or a port of this machine: every file would go there open.")
        for name, field in type(self).model_fields.items():
            if name.startswith("database_") and name.endswith("url") and getattr(self, name):
                private_database(getattr(self, name), str(field.validation_alias))
        return self

    @property
    def public_url(self) -> str:
        """The address people type, without a slash at the end."""
        return (self.base_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def media_origin(self) -> str:
        """Where pages look for files, as an origin; "" where it is the address people type."""
        scheme = self.public_url.partition(":")[0]
        return f"{scheme}://{self.media_host.lower()}" if self.media_host else ""

    @property
    def is_here_alone(self) -> bool:
        """Whether people reach it at this very machine alone, by the address they type."""
        return is_near(urlsplit(self.public_url).hostname or "")

    @property
    def loopback_mail_trusted(self) -> bool:
        return self.demo and self.is_here_alone if self.mail_trust_loopback is None else self.mail_trust_loopback

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def hsts(self) -> str:
        """What browsers are told of https (RFC 6797, 6.1): a year of it; "" where people come by plain http."""
        if not self.secure_cookies:
            return ""
        return "max-age=31536000; includeSubDomains" if self.hsts_subdomains else "max-age=31536000"

    @property
    def lacks(self) -> str:
        """A sentence for whoever would serve people with these settings and must not; "" where all is well."""
        if self.is_here_alone:
            return ""
        if self.demo:
            return "HOLDFAST_DEMO lets anybody be anybody: it is for this machine alone. Set HOLDFAST_DEMO=0."
        if not self.outgoing_smtp:
            return "BASE_URL is for people elsewhere, and nothing sends their sign-in links: set OUTGOING_SMTP."
        return ""


@lru_cache
def settings() -> Settings:
    return Settings()
