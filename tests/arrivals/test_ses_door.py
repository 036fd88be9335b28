"""Mail by Amazon SES: SNS tells, signed; the message lies in a bucket until it is safe here."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email import policy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from app.arrivals.mail import sns as real
from app.arrivals.mail.sealing import open_message
from app.kit.config import settings
from app.kit.db import open_session
from app.people.viewer import Viewer
from tests.arrivals.amazon import BUCKET, CERTIFICATE, HOST, REGION, TOPIC, Amazon, certificate, pem, received, running
from tests.arrivals.conftest import PATEL, address_for, letter, messages
from tests.arrivals.test_http_door import stored_messages
from tests.arrivals.test_mail_door import UNKNOWN
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.machine import until

MESSAGE = letter().as_bytes(policy=policy.SMTP)


def forget_certificates() -> None:
    real.certificates.__init__()  # type: ignore[misc]


@pytest.fixture
def amazon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Amazon, Any]]:
    forget_certificates()
    monkeypatch.setattr(settings(), "ses_topic", TOPIC)
    with running(tmp_path, monkeypatch) as running_amazon:
        yield running_amazon
    forget_certificates()


Tell = Callable[[dict[str, str]], int]


@pytest.fixture
def tell(client_as: ClientAs) -> Tell:
    """Post a message of SNS, as it does; the status."""
    client = client_as(None)
    del client.headers["Sec-Fetch-Site"]

    def post(fields: dict[str, str]) -> int:
        kind = {"Content-Type": "text/plain; charset=UTF-8", "X-Amz-Sns-Topic-Arn": fields["TopicArn"]}
        return client.post("/mail/ses", content=json.dumps(fields), headers=kind).status_code

    return post


def in_bucket(client: Any) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_a_message_goes_from_the_bucket_to_the_box(cast: Cast, amazon: tuple[Amazon, Any], tell: Tell) -> None:
    sns, bucket = amazon
    bucket.put_object(Bucket=BUCKET, Key="in/one", Body=MESSAGE)
    notice = sns.signed(Message=received("in/one", PATEL, address_for(cast), UNKNOWN), Subject="Amazon SES")
    assert tell(notice) == 200
    (kept,) = messages(cast)
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        assert open_message(session, kept) == MESSAGE
    assert (kept.peer, kept.envelope_from) == ("", PATEL)
    assert in_bucket(bucket) == []
    assert tell(notice) == 200 and len(messages(cast)) == 1


def test_a_message_for_nobody_leaves_nothing_behind(cast: Cast, amazon: tuple[Amazon, Any], tell: Tell) -> None:
    sns, bucket = amazon
    before = stored_messages()
    bucket.put_object(Bucket=BUCKET, Key="in/two", Body=MESSAGE)
    assert tell(sns.signed(Message=received("in/two", PATEL, UNKNOWN))) == 200
    assert in_bucket(bucket) == [] and stored_messages() == before


def test_what_could_not_be_kept_stays_in_the_bucket(
    cast: Cast, amazon: tuple[Amazon, Any], tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    sns, bucket = amazon
    bucket.put_object(Bucket=BUCKET, Key="in/three", Body=MESSAGE)
    notice = sns.signed(Message=received("in/three", PATEL, address_for(cast)))
    folder = settings().data / "media"
    folder.mkdir(exist_ok=True)
    hidden = folder.rename(folder.with_name("away"))
    folder.write_text("a disk that broke")
    try:
        assert tell(notice) == 503
    finally:
        folder.unlink()
        hidden.rename(folder)
    assert messages(cast) == [] and in_bucket(bucket) == ["in/three"]
    assert tell(notice) == 200 and len(messages(cast)) == 1 and in_bucket(bucket) == []


def test_a_subscription_is_confirmed_for_our_topic_alone(amazon: tuple[Amazon, Any], tell: Tell) -> None:
    sns, _ = amazon
    sns.pages["/"] = b"<ConfirmSubscriptionResponse/>"
    asks = {"Type": "SubscriptionConfirmation", "Token": "t", "Message": "You have chosen to subscribe"}
    where = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
    assert tell(sns.signed(**asks, SubscribeURL=where)) == 200
    assert sns.asked[-1] == where.removeprefix(f"https://{HOST}")
    count = len(sns.asked)
    for elsewhere in (
        "https://example.org/?Action=ConfirmSubscription&Token=t",
        f"https://{HOST}.example.org/?Action=ConfirmSubscription&Token=t",
        f"https://{HOST}/?Action=Publish&Token=t",
        f"http://{HOST}/?Action=ConfirmSubscription&Token=t",
    ):
        assert tell(sns.signed(**asks, SubscribeURL=elsewhere)) == 403, elsewhere
    assert tell(sns.signed(**asks, SubscribeURL=where, TopicArn=TOPIC + "2")) == 403
    assert len(sns.asked) == count


def test_only_what_amazon_signed_for_our_topic_is_believed(cast: Cast, amazon: tuple[Amazon, Any], tell: Tell) -> None:
    sns, bucket = amazon
    bucket.put_object(Bucket=BUCKET, Key="in/four", Body=MESSAGE)
    text = received("in/four", PATEL, address_for(cast))
    theirs = rsa.generate_private_key(65537, 2048)
    name = CERTIFICATE.rpartition("/")[2]
    forged = {
        "a stranger's key": sns.signed(theirs, Message=text),
        "changed since": {**sns.signed(Message=text), "Message": text.replace(PATEL, "x@example.org")},
        "another topic": sns.signed(Message=text, TopicArn=TOPIC.replace("1234", "4321")),
        "SHA-1": sns.signed(Message=text, SignatureVersion="1"),
        "no signature": {**sns.signed(Message=text), "Signature": ""},
        "a kind that is none": sns.signed(Message=text, Type="Greeting"),
    }
    for where in (
        f"https://example.org/{name}",
        f"http://{HOST}/{name}",
        f"https://{HOST}:444/{name}",
        f"https://{HOST}.example.org/{name}",
        f"https://{HOST}@example.org/{name}",
        f"https://example.org/{HOST}/{name}",
        f"https://sns.us-east-1.amazonaws.com/{name}",
        f"https://holdfast.s3.{REGION}.amazonaws.com/{name}",
        f"https://{HOST}/../{name}",
        f"https://{HOST}/{name}?x",
        f"https://{HOST}/{name}\n",
    ):
        forged[where] = sns.signed(theirs, Message=text, SigningCertURL=where)
    for what, fields in forged.items():
        assert tell(fields) == 403, what
    assert {each for each in sns.asked if ":" in each} <= {f"{HOST}:443"}
    sns.pages["/" + name] = pem(certificate(sns.key, "sns.amazonaws.com", days=-1))
    forget_certificates()
    assert tell(sns.signed(Message=text)) == 403
    short = rsa.generate_private_key(65537, 1024)
    sns.pages["/" + name] = pem(certificate(short, "sns.amazonaws.com"))
    forget_certificates()
    assert tell(sns.signed(short, Message=text)) == 403
    sns.pages.clear()
    forget_certificates()
    assert tell(sns.signed(Message=text)) == 503
    assert messages(cast) == [] and in_bucket(bucket) == ["in/four"]
    print(f"forged notifications refused: {len(forged) + 2} of {len(forged) + 2}")


def test_strangers_cannot_make_us_ask_amazon_again_and_again(
    cast: Cast, amazon: tuple[Amazon, Any], tell: Tell
) -> None:
    sns, bucket = amazon
    bucket.put_object(Bucket=BUCKET, Key="in/five", Body=MESSAGE)
    real_one = sns.signed(Message=received("in/five", PATEL, address_for(cast)))
    assert tell({**real_one, "Signature": "c2hvcnQ="}) == 403 and sns.asked == []
    assert tell(real_one) == 200
    asked = len(sns.asked)
    made_up = [{**real_one, "SigningCertURL": CERTIFICATE.replace("0a0a", f"{at:04x}")} for at in range(40)]
    assert {tell(each) for each in made_up} == {503}
    assert (len(sns.asked) - asked) // 2 == real.ASKED_MOST - 1
    assert tell(real_one) == 200  # what is known is not asked for


def test_one_certificate_is_asked_for_at_a_time(amazon: tuple[Amazon, Any], tell: Tell) -> None:
    sns, _ = amazon
    notice = sns.signed(Message="x")
    with sns.pausing(), ThreadPoolExecutor(4) as crowd:
        said = [crowd.submit(tell, notice) for _ in range(4)]
        until(lambda: sum(each.done() for each in said) == 3, what="Three told to come again")
        assert [each.result() for each in said if each.done()] == [503] * 3
        sns.go_on.set()
        assert sorted(each.result() for each in said) == [200, 503, 503, 503]
    assert sum(":" in each for each in sns.asked) == 1
