"""The least Bolt for Python needs to answer a mention in its thread, with its asyncio server or, by `wsgi()`, with Flask.

Environment: PORT, SLACK_API, SLACK_SIGNING_SECRET.
"""

import logging
import os

logging.basicConfig(level=logging.WARNING)
SECRET, API = os.environ["SLACK_SIGNING_SECRET"], os.environ["SLACK_API"]


def wsgi():
    from flask import Flask, request
    from slack_bolt import App
    from slack_bolt.adapter.flask import SlackRequestHandler
    from slack_sdk import WebClient

    client = WebClient(token="xoxb-fake", base_url=API)
    app = App(signing_secret=SECRET, client=client, token_verification_enabled=False)
    app.event("app_mention")(lambda event, say: say(text="ran: " + event["text"], thread_ts=event["ts"]) and None)
    flask, handler = Flask(__name__), SlackRequestHandler(app)
    flask.add_url_rule("/slack/events", view_func=lambda: handler.handle(request), methods=["POST"])
    return flask


if __name__ == "__main__":
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    app = AsyncApp(signing_secret=SECRET, client=AsyncWebClient(token="xoxb-fake", base_url=API))

    @app.event("app_mention")
    async def mention(event, say):
        await say(text="ran: " + event["text"], thread_ts=event["ts"])

    app.start(port=int(os.environ["PORT"]))
