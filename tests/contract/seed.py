"""What is there before schemathesis comes, so that whatever may be asked is found somewhere."""

import http.server
import json
import threading
import time
import urllib.request

ROWS = 12
SPARE = 12


class Api:
    """A server, asked with a token."""

    def __init__(self, base, token=None):
        self.base, self.token = base, token

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"]

    def made(self, path, envelope, names):
        """Makes several things; answers their ids."""
        return [self.ask("POST", path, {envelope: name})["id"] for name in names]


def seed(base, tables, redis):
    """Fills the database. `tables` is a connection of who owns them, `redis` an URL. Answers the
    key that is used from then on, and what there is by the names of the dictionaries."""
    with tables.transaction():
        tables.execute("create table public.orders (id bigint primary key, note text)")
        tables.execute("insert into public.orders select n, 'old' from generate_series(1, 5) n")
    user = {"username": "root", "password": "correct horse"}
    root = Api(base).ask("POST", "/users", {"user": user})
    api = Api(base, root["token"])
    key = api.ask("POST", "/keys", {"key": {"name": "contract", "role": "admin"}})
    api.token = key["key"]

    spare = [f"spare{number}" for number in range(SPARE)]
    spares = api.made("/stakeholders", "stakeholder", [{"name": name} for name in spare])
    # As the examples of documents have it.
    own = api.made("/stakeholders", "stakeholder", [{"name": "reporting"}])[0]
    channels = listen(api, own, redis)
    users = [{"username": name, "password": "correct horse"} for name in spare]
    there = {
        "stakeholders": [own],
        "spare_stakeholders": spares,
        "spare_users": api.made("/users", "user", users),
        "spare_keys": api.made("/keys", "key", [{"name": n, "role": "viewer"} for n in spare]),
        "tokens": api.made(f"/stakeholders/{own}/tokens", "token", [{"name": n} for n in spare]),
        "credentials": api.made(f"/stakeholders/{own}/credentials", "credential", [{}] * SPARE),
        "usernames": [user["username"]],
        "passwords": [user["password"]],
        "refresh_tokens": [root["refreshToken"]],
        "channels": channels,
        "signed_channels": ["WEBHOOK"],
        "sockets": ["SOCKET"],
        "matches": [0],
    }
    with tables.transaction():  # a migration, for the journal
        tables.execute("alter table public.orders add column amount numeric")
        tables.execute("select integratedb_validate_migration()")
    there["letters"] = letters(api, own, tables)
    there["events"] = [letter["event_id"] for letter in letters_of(api, own)]
    backfill = [{"match": 0}] * 3
    there["backfills"] = api.made(f"/stakeholders/{own}/notifications/backfill", "data", backfill)
    return key, there


def listen(api, own, redis):
    """Claims and hears of the table, by a channel of each kind and one that refuses everything."""
    match = {"path": "public.orders", "fields": ["id", "note"]}
    api.ask("PUT", f"/stakeholders/{own}/claims", {"data": {"match": [match]}})
    receiver = f"http://127.0.0.1:{receive()}"
    channels = [
        {"type": "SOCKET"},
        {"type": "WEBHOOK", "url": f"{receiver}/taken"},
        {"type": "WEBHOOK", "name": "REFUSED", "url": f"{receiver}/refused", "max_attempts": 1},
        {"type": "REDIS", "url": redis, "stream": "orders"},
    ]
    document = {
        "match": [{**match, "events": ["*"], "channels": ["*"]}],
        "channels": channels,
        "alerts": ["*"],
    }
    api.ask("PUT", f"/stakeholders/{own}/notifications", {"data": document})
    return [channel.get("name", channel["type"]) for channel in channels]


def letters(api, own, tables):
    """Writes rows until so many events were given up."""
    with tables.transaction():
        tables.execute(
            "insert into public.orders select n, 'new' from generate_series(100, 99 + %s::int) n", [ROWS]
        )
    deadline = time.monotonic() + 60
    while len(found := letters_of(api, own)) < ROWS:
        if time.monotonic() > deadline:
            raise SystemExit(f"of {ROWS} events only {len(found)} have become dead letters")
        time.sleep(0.05)
    return [letter["id"] for letter in found]


def letters_of(api, own):
    return api.ask("GET", f"/stakeholders/{own}/notifications/dead-letters")


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what is posted, but at /refused."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(400 if self.path.startswith("/refused") else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def receive():
    """Listens for as long as this runs; answers at which port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port
