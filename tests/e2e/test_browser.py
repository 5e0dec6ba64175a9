"""The main job in a real browser, by keyboard, with everything appearing live. Makes the picture in the README, too."""

import json
import os
import pathlib
import shutil

import pytest
from conftest import ALARMS, ROOT, WORKLOAD
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

ALARM = pathlib.Path(__file__).with_name("alarm.json").read_text()
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
]


class Browser:
    """Chromium, with words for what a person does."""

    def __init__(self, driver):
        self.driver = driver

    def wait(self, condition, seconds=20):
        return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda _: condition())

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self):
        return self.driver.switch_to.active_element

    def tab_to(self, text, limit=60):
        """Moves the focus with the Tab key until something with this text has it."""
        for _ in range(limit):
            self.press(Keys.TAB)
            if self.focused().text.strip() == text:
                return self.focused()
        raise AssertionError(f"the Tab key does not lead to `{text}`")

    def say(self, text):
        """Types a message into the composer, which has the focus, and sends it; its thread, as soon as it is there."""
        before = {thread.get_attribute("id") for thread in self.all("li.thread")}
        field = self.one("#text")
        self.driver.execute_script("arguments[0].focus()", field)
        field.send_keys(text, Keys.ESCAPE, Keys.ENTER)

        def arrived():
            new = [t for t in self.all("li.thread") if t.get_attribute("id") not in before]
            mine = [thread for thread in new if thread.find_elements(By.CSS_SELECTOR, "article:not(.bot) .said")]
            return mine and mine[0].get_attribute("id")

        return self.wait(arrived)

    def replies(self, thread, count=1):
        css = f"[id='{thread}'] article.bot"
        return self.wait(lambda: len(self.all(css)) >= count and self.all(css))

    def complaints(self):
        """What the browser wrote into its console: errors and violations of the content security policy."""
        return [entry for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


@pytest.fixture
def browser(tmp_path):
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path / 'profile'}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser")
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "light"}]}
    )
    yield Browser(driver)
    driver.quit()


@pytest.mark.timeout(240)
def test_the_main_job_in_a_browser(new_bailiwick, browser):
    server = new_bailiwick().start()
    driver = browser.driver

    # The printed link leads to the rooms; the keyboard leads to #ops.
    driver.get(server.sign_in_link())
    assert driver.title.startswith("Rooms")
    assert "token" not in driver.current_url
    browser.tab_to("#ops")
    browser.press(Keys.ENTER)
    browser.wait(lambda: browser.all("h1") and browser.one("h1").text == "#ops")
    assert browser.focused().get_attribute("id") == "text", "the composer has the focus"

    # A mark on the window: it is gone if the page is ever loaded again.
    driver.execute_script("window.notLoadedAgain = true")
    still_here = lambda: driver.execute_script("return window.notLoadedAgain === true")  # noqa: E731

    # A card arrives live, from outside.
    server.client("sns").publish(TopicArn=ALARMS, Message=ALARM)
    card = browser.wait(lambda: browser.all("article.bot .card.tone-bad"))[0]
    for part in ("checkout-5xx", "Threshold Crossed", "HTTPCode_Target_5XX_Count", "us-east-1", WORKLOAD):
        assert part in card.text

    # Commands, answers, a question and its answer.
    (answer,) = browser.replies(browser.say("@aws sns list-topics"))
    assert f"sns list-topics · {WORKLOAD} (workload) · us-east-1 · as ops-readonly" in answer.text
    assert ALARMS in answer.text
    (answer,) = browser.replies(browser.say("@aws sns list-topics --query 'Topics[].TopicArn' --output json"))
    assert json.loads(answer.find_element(By.TAG_NAME, "pre").text) == [ALARMS]
    thread = browser.say("@aws sns get-topic-attributes")
    (question,) = browser.replies(thread)
    assert "Which --topic-arn?" in question.text
    opener = browser.one(f"[id='{thread}'] details.reply > summary")
    driver.execute_script("arguments[0].focus()", opener)
    browser.press(Keys.ENTER)
    browser.wait(lambda: browser.focused().tag_name == "textarea")
    browser.focused().send_keys(ALARMS, Keys.ENTER)
    answer = browser.replies(thread, 2)[1]
    assert "TopicArn" in answer.text
    browser.replies(browser.say("@aws organizations describe-organization"))
    browser.replies(browser.say("@aws chime list-accounts"))
    browser.replies(browser.say("@aws s3 ls"))
    browser.replies(browser.say("@aws ec2 descrbe-instances"))
    browser.replies(browser.say("@aws help"))
    browser.replies(browser.say("@aws iam list-users"))

    # A refusal, and Why?
    thread = browser.say(f"@aws sns publish --topic-arn {ALARMS} --message hi")
    (refusal,) = browser.replies(thread)
    assert "Not run: this channel's guardrails do not allow sns:Publish." in refusal.text
    (why,) = [button for button in refusal.find_elements(By.TAG_NAME, "button") if button.text == "Why?"]
    driver.execute_script("arguments[0].focus()", why)
    browser.press(Keys.ENTER)
    trace = browser.replies(thread, 2)[1].find_elements(By.CSS_SELECTOR, ".trace li")
    assert [step.find_element(By.CSS_SELECTOR, ".number").text for step in trace] == [str(n) for n in range(1, 10)]

    assert still_here(), "everything arrived without loading the page again"

    # In #deploy the same command waits for Run, which runs it once; its card arrives in #ops.
    driver.get(next(a.get_attribute("href") for a in browser.all("nav.site a") if a.text == "#deploy"))
    driver.execute_script("window.notLoadedAgain = true")
    thread = browser.say(f"@aws sns publish --topic-arn {ALARMS} --message 'deployed by Dana'")
    browser.replies(thread)
    buttons = browser.all(f"[id='{thread}'] .buttons button")
    assert [button.text for button in buttons] == ["Run", "Add options", "Cancel"]
    driver.execute_script("arguments[0].focus()", buttons[0])
    browser.press(Keys.ENTER)
    done = browser.replies(thread, 2)[1]
    assert "MessageId" in done.text
    browser.wait(lambda: "Run" not in [b.text for b in browser.all(f"[id='{thread}'] article.bot .buttons button")])
    assert still_here()
    driver.get(next(a.get_attribute("href") for a in browser.all("nav.site a") if a.text == "#ops"))
    assert len([card for card in browser.all("li.thread > article.bot") if "deployed by Dana" in card.text]) == 1

    # Every page stands by itself.
    for name in ("Overview", "Audit"):
        driver.get(next(a.get_attribute("href") for a in browser.all("nav.site a") if a.text == name))
        assert driver.find_element(By.TAG_NAME, "h1").text
    assert "sns:Publish" in driver.page_source or "Publish" in driver.page_source
    assert browser.complaints() == []


@pytest.mark.timeout(120)
def test_the_picture_in_the_readme(new_bailiwick, browser):
    server = new_bailiwick().start()
    driver = browser.driver
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 1280, "height": 1080, "deviceScaleFactor": 1, "mobile": False}
    )
    driver.get(server.sign_in_link())
    driver.get(next(a.get_attribute("href") for a in browser.all("nav.site a") if a.text == "#ops"))
    browser.wait(lambda: browser.all("#text"))
    server.client("sns").publish(TopicArn=ALARMS, Message=ALARM)
    browser.wait(lambda: browser.all("article.bot .card.tone-bad"))
    browser.replies(browser.say("@aws sns list-topics"))
    thread = browser.say(f"@aws sns publish --topic-arn {ALARMS} --message hi")
    (refusal,) = browser.replies(thread)
    refusal.find_element(By.CSS_SELECTOR, ".buttons button").click()
    browser.replies(thread, 2)
    driver.execute_script("document.activeElement.blur(); document.querySelector('[data-scroll]').scrollTop = 1e6")
    # `BAILIWICK_PICTURE=docs/images/room.png scripts/test` makes the picture anew.
    picture = ROOT / os.environ.get("BAILIWICK_PICTURE", server.folder / "room.png")
    assert driver.save_screenshot(str(picture))
    assert picture.stat().st_size > 20_000

    # The same page in the dark, and on a small screen, without anything that scrolls sideways.
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    dark = driver.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
    assert max(int(part) for part in dark.removeprefix("rgb(").removesuffix(")").split(",")) < 60
    driver.save_screenshot(str(server.folder / "dark.png"))
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": False}
    )
    wide = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], wide
    driver.save_screenshot(str(server.folder / "small.png"))
    assert browser.complaints() == []


@pytest.mark.timeout(120)
def test_the_composer_completes_a_command(new_bailiwick, browser, tmp_path):
    server = new_bailiwick().start()
    driver = browser.driver
    driver.get(server.sign_in_link())
    driver.get(next(a.get_attribute("href") for a in browser.all("nav.site a") if a.text == "#ops"))
    browser.wait(lambda: browser.all("#text"))
    field = browser.one("#text")
    # In one step: the list is written anew while one looks.
    words = "return [...document.querySelectorAll('#completions:not([hidden]) li')].map((item) => item.dataset.word)"
    offered = lambda: driver.execute_script(words)  # noqa: E731
    field.send_keys("@aws sns get-topic")
    browser.wait(lambda: "get-topic-attributes" in offered())
    driver.save_screenshot(os.environ.get("COMPLETION_PICTURE", str(tmp_path / "completion.png")))
    browser.press(Keys.TAB)
    browser.wait(lambda: "get-topic-attributes" in field.get_attribute("value"))
    field.send_keys("--")
    browser.wait(lambda: offered()[:1] == ["--topic-arn"])
    assert browser.complaints() == []
