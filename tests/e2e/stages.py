"""The platforms as the scenarios use them: people say something, read what the bot says, and press buttons.

Each stage speaks to one platform as its people do: the fake Slack, the fake Teams, the room's page in Chromium. What a
scenario asks for and what it reads are the same words on each.
"""

import dataclasses
import html
import json
import re
import shutil
import time
import urllib.error

from pages import Refused
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from test_browser import FLAGS
from test_slack import TEAM as WORKSPACE
from test_teams import CHANNEL, TEAM, TENANT, words

LINK = r"http[^\"|>]+/console/identity\?link=[^\"|>]+"
MARKUP = re.compile("[`*\u2060\u200b\u00ad]")


def plain(text):
    """What people read, without what a platform marks text with."""
    text = re.sub(r"\s+", " ", MARKUP.sub("", html.unescape(text)).replace("\u00a0", " ")).strip()
    # Teams' runs of text are read one after the other.
    return re.sub(r" ([?.,;:](?: |$))", r"\1", text)


def proves(person, link, role):
    """Somebody who is signed in proves who they are in chat, and chooses a role; without one, lets the command of the link run.
    What the last page says."""
    try:
        page = person.get(link)
        ways = [a["href"] for a in page.all("a") if "/console/identity/sign-in" in a.get("href", "")]
        if ways:
            page = person.get(person.open(ways[0])[0])
        action = "/console/identity" if role else "/console/identity/run"
        form = next((form for form in page.all("form") if form.get("action") == action), None)
        if form is None:
            return page.text
        fields = {field["name"]: field["value"] for field in form.all("input", type="hidden")}
        return person.open(action, form={**fields, **({"role": role} if role else {})})[1]
    except Refused as refused:
        return refused.text


@dataclasses.dataclass
class Shown:
    """A message of the bot: what names it, what it says, the labels of its buttons and whether it begins a thread."""

    id: str
    text: str
    buttons: list
    edited: bool


class Missing(AssertionError):
    """What was waited for is not there."""


def until(read, holds, seconds, what):
    """Reads again and again until it holds."""
    deadline = time.monotonic() + seconds
    while True:
        found = read()
        if holds(found):
            return found
        if time.monotonic() > deadline:
            raise Missing(f"{what}; there is: {found}")
        time.sleep(0.05)


class Slack:
    """A channel of the fake Slack."""

    name = "slack"
    people = {"ada": "U3", "dana": "U1", "lee": "U2", "stranger": "U9"}

    def __init__(self, fake, channel):
        self.fake, self.channel = fake, channel

    def say(self, by, text, thread=None):
        said = self.fake.say(text, user=self.people[by], channel=self.channel, **({"thread_ts": thread} if thread else {}))
        assert said["status"] == 200, said
        self.last = {"ts": said["ts"], "text": text, "user": self.people[by]}
        return thread or said["ts"]

    def again(self):
        """Slack's retry: another event id for the same message."""
        said = self.fake.say(**self.last, channel=self.channel, event_id=f"Ev-{time.monotonic_ns()}", retry=1)
        assert said["status"] == 200, said

    def messages(self):
        return [message for message in self.fake.ask(f"messages?channel={self.channel}") or [] if message["user"] == "UBOT"]

    @staticmethod
    def blocks(message):
        attached = [block for one in message["attachments"] for block in one["blocks"]]
        return message["blocks"] + attached

    @classmethod
    def elements(cls, message):
        return [element for block in cls.blocks(message) if block["type"] == "actions" for element in block["elements"]]

    def shown(self, message):
        texts = [message.get("text") or ""]
        for block in self.blocks(message):
            texts += [part["text"] for part in [block.get("text"), *block.get("elements", [])] if part and "mrkdwn" in part.values()]
        labels = [element["text"]["text"] for element in self.elements(message) if element["type"] == "button"]
        labels += [o["text"]["text"] for e in self.elements(message) for o in e.get("options", [])]
        return Shown(message["ts"], plain(" ".join(texts)), labels, bool(message.get("edited")))

    def thread(self, thread):
        return [self.shown(message) for message in self.messages() if message.get("thread_ts") == thread]

    def roots(self):
        return [self.shown(message) for message in self.messages() if not message.get("thread_ts")]

    def press(self, by, card, label, times=1):
        message = next(message for message in self.messages() if message["ts"] == card.id)
        found = [e for e in self.elements(message) if e["type"] == "button" and e["text"]["text"] == label]
        members = {"ts": card.id, "channel": self.channel, "user": self.people[by]}
        if found:
            members["action"] = found[0]["action_id"]
        else:
            menu = next(e for e in self.elements(message) for o in e.get("options", []) if o["text"]["text"] == label)
            option = next(o for o in menu["options"] if o["text"]["text"] == label)
            members |= {"action": menu["action_id"], "option": option["value"]}
        for _ in range(times):
            assert self.fake.ask("press", **members)["status"] == 200

    def form(self, by, card, button, words):
        """Writes into the form that a button opens, and sends it."""
        self.press(by, card, button)
        assert self.fake.ask("submit", value=words, user=self.people[by])["status"] == 200

    def prove(self, by, thread, person, role):
        """Follows the link of a thread as a person, proves to be who asked, and chooses a role."""
        said = [json.dumps(self.blocks(m)) for m in self.messages() if m.get("thread_ts") == thread]
        link = next(found for text in said for found in re.findall(LINK, text))
        self.fake.ask("browser", user=self.people[by])
        return proves(person, link, role)

    def hold_back(self):
        self.fake.ask("fail", method="chat.postMessage", status=429, error="ratelimited", retry_after=1, times=2)

    def whole(self, thread):
        """The texts that came as files in a thread."""
        files = self.fake.ask("state")["files"].values()
        return [file["text"] for file in files if file.get("thread_ts") == thread]


class Teams:
    """A channel of the fake Teams."""

    name = "teams"
    people = {"ada": "29:ada", "dana": "29:dana", "lee": "29:lee", "stranger": "29:guest"}

    def __init__(self, fake, channel):
        self.fake, self.channel = fake, channel

    def say(self, by, text, thread=None):
        members = {"thread": thread} if thread else {}
        said = self.fake.say(text, user=self.people[by], channel=self.channel, **members)
        for _ in range(5):
            # 503 asks to bring the activity again: who said it could not be looked up.
            if said["status"] != 503:
                break
            said = self.fake.say(text, user=self.people[by], channel=self.channel, id=said["id"], **members)
        assert said["status"] in (200, 202), said
        self.last = {"id": said["id"], "text": text, "user": self.people[by], **members}
        return thread or said["id"]

    def again(self):
        assert self.fake.say(**self.last, channel=self.channel)["status"] == 200

    def conversation(self, end=""):
        return [m for m in self.fake.messages() if m["conversation"] == f"{self.channel}{end}"]

    def shown(self, message):
        return Shown(message["id"], plain(words(message)), self.labels(message), message["edits"] > 0)

    @staticmethod
    def labels(message):
        card = message["activity"]["attachments"][0]["content"]
        listed = [choice["title"] for element in card["body"] for choice in element.get("choices", [])]
        return [action["title"] for action in card.get("actions", [])] + listed

    def thread(self, thread):
        return [self.shown(message) for message in self.conversation(f";messageid={thread}")]

    def roots(self):
        return [self.shown(message) for message in self.conversation()]

    def press(self, by, card, label, times=1):
        for number in range(times):
            members = {"id": f"f:{card.id}-{by}-{label}"} if times > 1 else {}
            title, values = label, self.listed(card, label)
            if values:
                title, members["inputs"] = "Choose", {"value": values[0]}
            try:
                answer = self.fake.told("press", message=card.id, title=title, user=self.people[by], **members)
            except urllib.error.HTTPError as error:
                # The second press finds no button where the first was answered with the card without it.
                assert number > 0 and error.code == 404, error
                continue
            assert number > 0 or answer["status"] == 200, answer

    def card(self, shown):
        """The Adaptive Card of a message."""
        message = next(message for message in self.fake.messages() if message["id"] == shown.id)
        return message["activity"]["attachments"][0]["content"]

    def listed(self, card, label):
        """The values under a label in the list of a card."""
        body = self.card(card)["body"]
        return [choice["value"] for part in body for choice in part.get("choices", []) if choice["title"] == label]

    def form(self, by, card, button, words):
        sends = {"Add options": "Add", "Answer in a form": "Send"}[button]
        fields = next(form["card"]["body"] for form in self.card(card)["actions"] if form["title"] == button)
        inputs = {field["id"]: words for field in fields if field["type"] == "Input.Text"}
        # A client sends the list above the form, too.
        inputs |= {field["id"]: "" for field in self.card(card)["body"] if field["type"] == "Input.ChoiceSet"}
        answer = self.fake.told("press", message=card.id, title=sends, inputs=inputs, user=self.people[by])
        assert answer["status"] == 200, answer

    def prove(self, by, thread, person, role):
        """As in Slack."""
        said = [json.dumps(m["activity"]) for m in self.conversation(f";messageid={thread}")]
        link = next(found for text in said for found in re.findall(LINK, text))
        self.fake.told("browser", user=self.people[by])
        return proves(person, link, role)

    def hold_back(self):
        self.fake.told("fail", status=429, retry_after=1, times=2)


READ = """
return [...document.querySelectorAll('li.thread')].map((thread) => ({
  id: thread.dataset.thread,
  messages: [...thread.querySelectorAll('article.message')].map((article) => ({
    id: article.dataset.message,
    bot: article.classList.contains('bot'),
    text: (article.querySelector('.card') || article).textContent,
    buttons: [...article.querySelectorAll('.buttons form')].map((form) => [...form.querySelectorAll('button')].pop().textContent.trim()),
    edited: article.querySelector('.edited') !== null,
  })),
}))
"""
PRESS = """
const article = document.querySelector(`article[data-message="${arguments[0]}"]`);
const forms = [...article.querySelectorAll('.buttons form')];
const form = forms.find((form) => [...form.querySelectorAll('button')].pop().textContent.trim() === arguments[1]);
const button = [...form.querySelectorAll('button')].pop();
for (let time = 1; time < arguments[2]; time++) {
  fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))});
}
button.click();
"""
SEND = """
const form = arguments[1] ? document.querySelector(`[id="m-${arguments[1]}"] details.reply form`) : document.querySelector('#text').form;
if (arguments[1]) form.closest('details').open = true;
form.querySelector('textarea').value = arguments[0];
const sent = [form.action, new URLSearchParams(new FormData(form)).toString()];
form.requestSubmit();
return sent;
"""
AGAIN = """
const [action, body, done] = arguments;
fetch(action, {method: 'POST', body, headers: {'Content-Type': 'application/x-www-form-urlencoded'}}).then((r) => done(r.status));
"""


class Room:
    """A room's page in Chromium, in a browser of its own for each person."""

    name = "room"
    people = {"dana": "person-dana", "lee": "person-lee"}

    def __init__(self, server, room, folder):
        self.server, self.room, self.folder = server, room, folder
        self.drivers, self.by = {}, "dana"

    def quit(self):
        for driver in self.drivers.values():
            driver.quit()

    @property
    def driver(self):
        """The browser of whoever acted last, who signs in the first time."""
        if self.by not in self.drivers:
            options = webdriver.ChromeOptions()
            for flag in FLAGS:
                options.add_argument(flag)
            options.add_argument(f"--user-data-dir={self.folder / self.by}")
            options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser")
            service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
            driver = self.drivers[self.by] = webdriver.Chrome(options=options, service=service)
            driver.set_script_timeout(20)
            driver.get(self.server.url + self.server.own("CreateSignInLink", PersonId=self.people[self.by])["Path"])
            self.open(driver)
        return self.drivers[self.by]

    def open(self, driver):
        driver.get(f"{self.server.url}/console/rooms/{self.room}")
        WebDriverWait(driver, 20).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "#text"))

    def restarted(self):
        """The pages of before are opened again; sessions are kept by the store."""
        for driver in self.drivers.values():
            self.open(driver)

    def threads(self):
        return self.driver.execute_script(READ)

    def say(self, by, text, thread=None):
        self.by = by
        known = {thread["id"] for thread in self.threads()}
        self.last = self.driver.execute_script(SEND, text if thread else f"@aws {text}", thread)
        if thread:
            return thread
        new = lambda: [t["id"] for t in self.threads() if t["id"] not in known and not t["messages"][0]["bot"]]  # noqa: E731
        return until(new, bool, 20, f"`{text}` does not appear")[0]

    def again(self):
        assert self.driver.execute_async_script(AGAIN, *self.last) == 200

    @staticmethod
    def shown(message):
        return Shown(message["id"], plain(message["text"]), message["buttons"], message["edited"])

    def thread(self, thread):
        found = [t for t in self.threads() if t["id"] == thread]
        return [self.shown(message) for t in found for message in t["messages"] if message["bot"]]

    def roots(self):
        return [self.shown(t["messages"][0]) for t in self.threads() if t["messages"] and t["messages"][0]["bot"]]

    def press(self, by, card, label, times=1):
        self.by = by
        read = lambda: [s for t in self.threads() for m in t["messages"] if m["id"] == card.id for s in [self.shown(m)]]  # noqa: E731
        until(read, lambda found: found and label in found[0].buttons, 10, f"there is no `{label}`")
        self.driver.execute_script(PRESS, card.id, label, times)

    def whole(self, thread):
        """The files that a thread offers, as the browser gets them."""
        links = self.driver.execute_script(
            "return [...document.querySelectorAll(`[id='m-${arguments[0]}'] p.file a`)].map((a) => a.href)", thread
        )
        get = "const done = arguments[1]; fetch(arguments[0]).then((r) => r.text()).then(done)"
        return [self.driver.execute_async_script(get, link) for link in links]


PLACES = {
    "slack": {"platform": "slack", "workspace": WORKSPACE},
    "teams": {"platform": "microsoft_teams", "workspace": TEAM, "tenant": TENANT, "channel_id": CHANNEL},
    "room": {"platform": "chime", "workspace": ""},
}
