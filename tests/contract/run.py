"""Runs schemathesis over the contract of a server of its own, with a Postgres of its own.

Arguments: the program, a folder for what is written, and what goes to schemathesis.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import urllib.request

import psycopg

HERE = pathlib.Path(__file__).parent


def main(program, folder, arguments):
    data = pathlib.Path(folder) / "data"
    shutil.rmtree(data, ignore_errors=True)
    command = [program, "dev", "--data-dir", str(data), "--port", "0", "--postgres-port", "0"]
    log = pathlib.Path(folder) / "server.log"
    with log.open("w") as written:
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            base, owner = addresses(server, written)
            drain = subprocess.Popen(["cat"], stdin=server.stderr, stdout=written)
            with psycopg.connect(owner) as tables:
                tables.execute("create table public.orders (id bigint primary key, note text)")
            key = prepare(base)
            outcome = schemathesis(base, key, arguments, folder)
            ask(base, "GET", "/users", key)  # it is still there
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
        drain.wait()
    sys.exit(outcome)


def addresses(server, written):
    """Where the API is, and its Postgres for whoever owns the tables, once they are."""
    base = None
    for line in server.stderr:
        written.write(line)
        if found := re.search(r"The API is at +(http\S+)", line):
            base = found[1]
        if found := re.search(r"Your migrations run as +(postgres\S+)", line):
            return base, found[1]
    sys.exit("the server has ended before it listened")


def prepare(base):
    """Makes the first user, and a key of an admin; answers the key and its id."""
    user = {"user": {"username": "root", "password": "correct horse"}}
    token = ask(base, "POST", "/users", None, user)["token"]
    key = ask(base, "POST", "/keys", token, {"key": {"name": "contract", "role": "admin"}})
    return key["key"], key["id"]


def ask(base, method, path, token, body=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + (token if isinstance(token, str) else token[0])
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(base + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"]


def schemathesis(base, key, arguments, folder):
    secret, number = key
    command = [
        pathlib.Path(sys.executable).with_name("schemathesis"),
        "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{base}/openapi.json",
        "--header", f"Authorization: Bearer {secret}",
        "--checks", "all",
        *arguments,
    ]
    settings = {"PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks", "CONTRACT_KEY_ID": str(number)}
    return subprocess.run(command, cwd=folder, env={**os.environ, **settings}).returncode


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:])
