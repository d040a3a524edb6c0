"""Streams go on for ever, and schemathesis reads answers to their end: so they are ended. And
what has become a websocket takes no further request."""

import threading
import urllib.error

from requests.adapters import HTTPAdapter

# How long an answer may take that is no stream.
PATIENCE = 0.5


class Ending:
    """Ends the streams of a stakeholder, by pausing its channels until `over` is called."""

    def __init__(self, api, stakeholder):
        self.api, self.path = api, f"/stakeholders/{stakeholder}/notifications"
        self.is_answered = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        if self.is_answered.wait(PATIENCE):
            return
        self.act("pause")
        self.is_answered.wait()
        self.act("resume")

    def act(self, what):
        try:
            self.api.ask("POST", f"{self.path}/{what}", {})
        except urllib.error.HTTPError:
            pass  # there is no such stakeholder, so there is no stream

    def over(self):
        self.is_answered.set()
        self.thread.join()


def part_with_websockets():
    """Has requests forget a connection that is a websocket from now on."""
    send = HTTPAdapter.send

    def sent(self, *arguments, **named):
        response = send(self, *arguments, **named)
        if response.status_code == 101:
            self.close()
        return response

    HTTPAdapter.send = sent
