"""Signing in at the console as an IAM user, and what a second factor in the session lets through; in Chromium and over the forms."""

import base64
import csv
import hashlib
import hmac
import io
import os
import pathlib
import struct
import time

import pytest
from conftest import ALARMS, WORKLOAD
from pages import Reader, Refused, pairs
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from test_audit import records
from test_browser import browser  # noqa: F401
from test_manage import Sheets

PASSWORD, NEXT = "correct Horse 7", "another Horse 8"
# Where pictures of the pages go, for whoever wants to look at them.
PICTURES = os.environ.get("BAILIWICK_PICTURES")
PAGES = ["rooms", "overview", "audit", *(f"manage/{name}" for name in ("channels", "waiting", "notifications", "roles", "chatbot-policies", "you"))]


def codes(seed, first, count):
    """What a device with this seed shows from so many half minutes after now on (RFC 6238), all reckoned at one moment."""
    shown, now = [], int(time.time()) // 30
    for step in range(now + first, now + first + count):
        digest = hmac.new(base64.b32decode(seed), struct.pack(">q", step), hashlib.sha1).digest()
        at = digest[-1] & 15
        shown.append(f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}")
    return shown


@pytest.fixture
def server(new_bailiwick):
    return new_bailiwick().start()


def user_with_device(server):
    """A user with a password to be replaced and an MFA device; the device's seed."""
    iam = server.client("iam")
    iam.create_user(UserName="kay")
    iam.create_login_profile(UserName="kay", Password=PASSWORD, PasswordResetRequired=True)
    iam.update_account_password_policy(AllowUsersToChangePassword=True, MinimumPasswordLength=8)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="kay")["VirtualMFADevice"]
    seed = device["Base32StringSeed"].decode()
    first, second = codes(seed, -1, 2)
    iam.enable_mfa_device(
        UserName="kay", SerialNumber=device["SerialNumber"], AuthenticationCode1=first, AuthenticationCode2=second
    )
    return seed


def picture(driver, name):
    if PICTURES:
        driver.save_screenshot(str(pathlib.Path(PICTURES) / f"{name}.png"))


def fits(driver, width, name):
    """Shows the page in this width: nothing of it is wider than the window."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    picture(driver, f"{name.replace('/', '-')}-{width}")
    wide = driver.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width, f"{name} is {wide} wide in {width}"


@pytest.mark.timeout(240)
def test_a_user_signs_in_with_everything_there_is_to_show(server, browser):  # noqa: F811
    seed = user_with_device(server)
    driver = browser.driver
    assert server.client("iam").get_user(UserName="kay")["User"].get("PasswordLastUsed") is None

    def fill(**fields):
        for name, value in fields.items():
            field = browser.one(f"#{name}")
            field.clear()
            field.send_keys(value)
        browser.press(Keys.ENTER)

    heading = lambda: browser.one("h1").text  # noqa: E731
    driver.get(f"{server.url}/console")
    browser.one("a[href='/console/sign-in']").click()
    browser.wait(lambda: browser.all("#account"))
    fits(driver, 320, "sign-in")
    fits(driver, 1280, "sign-in")
    assert browser.one("#account").size["width"] > 300
    fill(account=WORKLOAD, user="kay", password="wrong")
    browser.wait(lambda: browser.all(".said-done"))
    assert "is not right" in browser.one(".said-done").text
    assert browser.one("#password").get_attribute("value") == ""
    fill(password=PASSWORD)
    browser.wait(lambda: heading() == "Second factor")
    # The code of the next half minute, for the last one was used to enable the device.
    fits(driver, 320, "code")
    fill(code=codes(seed, 1, 1)[0])
    browser.wait(lambda: heading() == "Choose another password")
    fits(driver, 320, "password")
    fill(old=PASSWORD, new=NEXT, again="x")
    browser.wait(lambda: browser.all(".said-done"))
    fill(old=PASSWORD, new=NEXT, again=NEXT)
    browser.wait(lambda: heading() == "Rooms")
    assert "no room yet" in browser.one("main").text
    # Nothing is allowed yet, and the pages say so.
    driver.get(f"{server.url}/console/manage/channels")
    assert "You act as the IAM user kay" in browser.one("main").text
    assert "user kay does not allow" in browser.one("main").text

    iam = server.client("iam")
    iam.attach_user_policy(UserName="kay", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    driver.get(f"{server.url}/console/manage/you")
    assert "with a second factor" in browser.one("main").text
    for page in PAGES:
        driver.get(f"{server.url}/console/{page}")
        assert heading() and "problem" not in driver.title.lower()
        for width in (1280, 320):
            fits(driver, width, f"user-{page}")
    # That a page was refused is said by the browser, too; nothing else is.
    assert [said for said in browser.complaints() if "Failed to load resource" not in said["message"]] == []

    # What the account knows of it is true.
    assert iam.get_user(UserName="kay")["User"]["PasswordLastUsed"] is not None
    iam.generate_credential_report()
    report = csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode()))
    line = next(line for line in report if line["user"] == "kay")
    assert line["password_last_used"].startswith("20") and line["mfa_active"] == "true"
    trail = [event for event in records(server) if event["eventSource"] == "signin.amazonaws.com"]
    said = [(event["eventName"], event["responseElements"]["ConsoleLogin"], event["additionalEventData"]["MFAUsed"]) for event in trail]
    assert said == [("ConsoleLogin", "Failure", "No"), ("ConsoleLogin", "Success", "Yes")]
    assert PASSWORD not in str(trail) and NEXT not in str(trail)


@pytest.mark.timeout(120)
def test_the_pages_of_a_person_fit_a_telephone(server, browser):  # noqa: F811
    driver = browser.driver
    driver.get(server.sign_in_link())
    rooms = [a.get_attribute("href").split("/console/")[1] for a in browser.all("ul.rooms a")]
    driver.get(f"{server.url}/console/{rooms[0]}")
    browser.replies(browser.say(f"@aws sns publish --topic-arn {ALARMS} --message hi"))
    for page in [*PAGES, rooms[0]]:
        driver.get(f"{server.url}/console/{page}")
        for width in (1280, 320):
            fits(driver, width, "room" if page == rooms[0] else page)
            # Every part of the site is reached from every page.
            links = {a.text for a in browser.all("nav.site a") if a.is_displayed()}
            assert {"Rooms", "Overview", "Manage", "Audit"} <= links, (page, width, links)


@pytest.mark.timeout(120)
def test_what_asks_for_a_second_factor_passes_once_it_is_shown(server):
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sns:Publish","Resource":"*",'
        '"Condition":{"NumericLessThan":{"bailiwick:Assurance":"3"}}}]}'
    )
    dana = server.dana()
    sheets, room = Sheets(dana), dana.room("deploy")
    role = pairs(room.page().all("dl"))["Role"]
    server.client("iam").put_role_policy(RoleName=role, PolicyName="StrongProof", PolicyDocument=policy)
    command = f"@aws sns publish --topic-arn {ALARMS} --message strong"
    (refused,) = room.replies(room.post(command))
    assert "Not run: sns:Publish needs a session with a second factor." in refused.text
    assert "/console/manage/you" in refused.text
    (standing,) = room.replies(room.post("@aws whoami"))
    assert "2 (a session of yours)" in standing.text

    page = sheets.open("you")
    assert "You have no device yet" in page.text
    with pytest.raises(Refused):
        sheets.send(page, sheets.form(page, "enrol"), **{"form_token": "x"})
    _, text = dana.open("/console/manage/you/enrol", {"form_token": room.form_token})
    shown = Reader(text).root
    assert shown.one("svg")["aria-label"] == "QR code of the key"
    seed = next(word.strip(".") for word in shown.text.split() if len(word.strip(".")) == 64)
    enable = sheets.form(shown, "enable")
    with pytest.raises(Refused, match="not two of this device"):
        sheets.send(shown, enable, first="000000", second="000000")
    first, second = codes(seed, -1, 2)
    assert "enabled" in sheets.send(shown, enable, first=first, second=second)
    page = sheets.open("you")
    with pytest.raises(Refused, match="not right"):
        sheets.send(page, sheets.form(page, "second-factor"), code=second)
    said = sheets.send(page, sheets.form(page, "second-factor"), code=codes(seed, 1, 1)[0])
    assert said.endswith("This session has a second factor now")

    (standing,) = room.replies(room.post("@aws whoami"))
    assert "3 (a session with a second factor)" in standing.text
    message = room.post(command)
    (card,) = room.replies(message)
    room.press(card, "Run")
    assert "MessageId" in room.replies(message, 2)[1].text
    # Another session of the same person is what it was.
    other = server.person("Dana").room("deploy")
    (refused,) = other.replies(other.post(command))
    assert "needs a session with a second factor" in refused.text
