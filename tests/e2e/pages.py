"""The pages as a person without a browser uses them: links are followed, forms are sent as they stand in the page."""

import html.parser
import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Element:
    """One element of a page: its attributes and what is in it."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def __getitem__(self, name):
        return self.attributes[name]

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    @property
    def classes(self):
        return (self.get("class") or "").split()

    @property
    def raw(self):
        """The text exactly as it stands."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    @property
    def text(self):
        """The text with white space folded."""
        return re.sub(r"\s+", " ", self.raw).strip()

    def walk(self):
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def all(self, tag=None, cls=None, **attributes):
        """Elements below this one, by tag, class and attributes."""
        return [
            element
            for element in self.walk()
            if (tag is None or element.tag == tag)
            and (cls is None or cls in element.classes)
            and all(element.get(name) == value for name, value in attributes.items())
        ]

    def one(self, *arguments, **attributes):
        found = self.all(*arguments, **attributes)
        assert len(found) == 1, f"{len(found)} of {arguments} {attributes} in: {self.text[:2000]}"
        return found[0]


class Reader(html.parser.HTMLParser):
    """Reads a page into elements; a page with unbalanced elements is a defect and fails."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("page", {}, None)
        self.feed(text)
        self.close()
        assert self.here is self.root, f"<{self.here.tag}> is not closed"

    def handle_starttag(self, tag, attributes):
        element = Element(tag, dict(attributes), self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag, attributes):
        self.here.children.append(Element(tag, dict(attributes), self.here))

    def handle_endtag(self, tag):
        assert tag == self.here.tag, f"</{tag}> closes <{self.here.tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


class Refused(Exception):
    """An answer that is not a page: its status and its words."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status, self.text = status, text


class StayHere(urllib.request.HTTPRedirectHandler):
    """A form's answer says where to look next; the answer itself is the acknowledgement."""

    def redirect_request(self, request, file, code, message, headers, address):
        if request.get_method() == "POST":
            return None
        return super().redirect_request(request, file, code, message, headers, address)


class Person:
    """Somebody who is signed in to the pages."""

    def __init__(self, url, link):
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), StayHere)
        self.home = self.get(link)

    def open(self, path, form=None, headers=None):
        """The answer's address and text; after a form, the address it leads to."""
        address = urllib.parse.urljoin(self.url, path)
        body, sent = None, {**(headers or {})}
        if form is not None:
            body = urllib.parse.urlencode(form).encode()
            sent = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", **sent}
        try:
            with self.opener.open(urllib.request.Request(address, data=body, headers=sent), timeout=30) as answer:
                return answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            if form is not None and error.code == 303:
                return error.headers["Location"], ""
            raise Refused(error.code, Reader(error.read().decode()).root.text) from None

    def get(self, path):
        return Reader(self.open(path)[1]).root

    def room(self, name):
        """A room, by its name."""
        links = {link.text: link["href"] for link in self.get("/console/rooms").all("a") if link.text.startswith("#")}
        return Room(self, name, links[f"#{name}"])


class Message:
    """A message as a page shows it."""

    def __init__(self, article):
        self.article = article
        self.id = article["data-message"]
        self.by_bot = "bot" in article.classes
        self.author = article.one("span", "author").text
        card = article.all("div", "card")
        self.card = card[0] if card else None
        self.text = (self.card or article.one("p", "said")).text
        self.edited = bool(article.all("span", "edited"))

    @property
    def tone(self):
        return next(name.removeprefix("tone-") for name in self.card.classes if name.startswith("tone-"))

    def part(self, cls):
        """The text of the one part with this class."""
        return self.card.one(cls=cls).text

    @property
    def facts(self):
        """The facts of a card, by name."""
        return pairs(self.card.all("dl", "facts"))

    @property
    def tree(self):
        """The lines of a readable answer, by name; a name without a value leads to the empty text."""
        lines = [line for tree in self.card.all("div", "tree") for line in tree.all("div", "line")]
        return [(line.one("dt").text, "".join(value.text for value in line.all("dd"))) for line in lines]

    @property
    def trace(self):
        """The steps of a trace: number, layer, verdict, note."""
        return [
            (int(step.one("span", "number").text), *(step.one("span", cls).text for cls in ("layer", "verdict", "note")))
            for step in self.card.one("ol", "trace").all("li")
        ]

    @property
    def code(self):
        """The preformatted text, exactly."""
        return self.card.one("pre").raw

    @property
    def buttons(self):
        found = {}
        for form in self.card.all("form"):
            found[form.all("button")[-1].text] = {
                field["name"]: field.get("value", "") for field in form.all("input", type="hidden")
            }
        return found

    def __repr__(self):
        return f"<{self.author}: {self.text}>"


def pairs(lists):
    """Names and values of definition lists."""
    found = {}
    for children in (block.children for block in lists):
        name = None
        for child in children:
            if isinstance(child, Element) and child.tag == "dt":
                name = child.text
            elif isinstance(child, Element) and child.tag == "dd":
                found[name] = child.text
    return found


class Room:
    """A room as one person sees it."""

    def __init__(self, person, name, path):
        self.person, self.name, self.path = person, name, path
        self.id = path.rsplit("/", 1)[1]
        self.form_token = self.page().all("input", name="form_token")[0]["value"]

    def page(self, query=""):
        return self.person.get(self.path + query)

    def threads(self):
        """All messages, by the first of each thread, oldest first."""
        found, query = {}, ""
        while query is not None:
            page = self.page(query)
            threads = {}
            for thread in page.all("li", "thread"):
                threads.setdefault(thread["data-thread"], []).extend(
                    Message(article) for article in thread.all("article", "message")
                )
            for root, messages in found.items():
                threads.setdefault(root, []).extend(messages)
            found = threads
            earlier = [link for link in page.all("a") if link.text == "Earlier messages"]
            query = earlier[0]["href"] if earlier else None
        return found

    def thread(self, message):
        """The messages of one thread, the first included."""
        page = self.person.get(f"{self.path}/threads/{message}")
        return [Message(article) for article in page.all("article", "message")]

    def post(self, text, thread=None, once=None):
        """Posts a message; its id."""
        form = {"form_token": self.form_token, "once": once or str(uuid.uuid4()), "text": text}
        if thread:
            form["thread"] = thread
        address, _ = self.person.open(f"{self.path}/messages", form)
        return urllib.parse.urlsplit(address).fragment.removeprefix("m-")

    def press(self, message, label):
        """Presses a button of a message."""
        fields = message.buttons[label]
        return self.person.open(f"{self.path}/presses", {**fields, "form_token": self.form_token})

    def replies(self, message, count=1, seconds=15):
        """The bot's messages in a thread, as soon as there are so many."""
        return until(lambda: [m for m in self.thread(message) if m.by_bot], lambda found: len(found) >= count, seconds)

    def ask(self, text, seconds=15):
        """Posts a message and waits for its one answer."""
        message = self.post(text)
        (answer,) = self.replies(message, seconds=seconds)
        return answer

    def cards(self):
        """The bot's messages that begin a thread, oldest first."""
        return [messages[0] for messages in self.threads().values() if messages[0].by_bot]


def until(read, enough, seconds=15):
    """Reads again and again until it is enough."""
    deadline = time.monotonic() + seconds
    while True:
        found = read()
        if enough(found):
            return found
        assert time.monotonic() < deadline, f"after {seconds} s there is only: {found}"
        time.sleep(0.05)
