"""Streams go on for ever, and schemathesis reads answers to their end: so they are ended."""

import threading
import urllib.error

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
