"""Runs schemathesis over the contract of a server of its own, with a Postgres and a Redis of
its own, and says which operations it has never seen succeed.

Arguments: the program, a folder for what is written, and what goes to schemathesis.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import string
import subprocess
import sys
import urllib.request

import psycopg

from seed import Api, seed

HERE = pathlib.Path(__file__).parent

# However slow the machine is, nothing is refused for taking too long.
PATIENT = {**os.environ, "LOCK_TIMEOUT_MS": "60000", "REQUEST_TIMEOUT_SECONDS": "120"}


def main(program, folder, arguments):
    folder = pathlib.Path(folder)
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    command = [program, "dev", "--data-dir", str(data), "--port", "0", "--postgres-port", "0"]
    redis, url = start_redis()
    with (folder / "server.log").open("w") as written:
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=PATIENT)
        try:
            base, owner = addresses(server, written)
            drain = subprocess.Popen(["cat"], stdin=server.stderr, stdout=written)
            with psycopg.connect(owner) as tables:
                key, there = seed(base, tables, url)
            outcome = schemathesis(base, key, there, arguments, folder)
            missing = unreached(base, folder)
            # Who asks for a part of it knows.
            outcome = outcome or (0 if arguments else missing)
            Api(base, key["key"]).ask("GET", "/users")  # it is still there
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
            redis.kill()
            redis.wait()
        drain.wait()
    sys.exit(outcome)


def start_redis():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL), f"redis://127.0.0.1:{port}/0"


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


def schemathesis(base, key, there, arguments, folder):
    template = string.Template((HERE / "schemathesis.toml").read_text())
    config = folder / "schemathesis.toml"
    config.write_text(template.substitute({name: json.dumps(all) for name, all in there.items()}))
    command = [
        pathlib.Path(sys.executable).with_name("schemathesis"),
        "--config-file", str(config),
        "run", f"{base}/openapi.json",
        "--header", f"Authorization: Bearer {key['key']}",
        "--checks", "all",
        *arguments,
    ]
    settings = {
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "hooks",
        "CONTRACT_BASE": base,
        "CONTRACT_TOKEN": key["key"],
        "CONTRACT_KEY": str(key["id"]),
        "CONTRACT_STAKEHOLDER": str(there["stakeholders"][0]),
        "CONTRACT_ANSWERS": str(folder / "answers.json"),
    }
    return subprocess.run(command, cwd=folder, env={**os.environ, **settings}).returncode


def unreached(base, folder):
    """Says which operations have never succeeded; answers 1 if there are any."""
    with urllib.request.urlopen(f"{base}/openapi.json") as answer:
        paths = json.load(answer)["paths"]
    all = {f"{method.upper()} {path}" for path, item in paths.items() for method in item}
    answers = json.loads((folder / "answers.json").read_text())
    # A websocket that opens answers 101.
    succeeded = {
        operation
        for operation, statuses in answers.items()
        if any(status == "101" or status.startswith("2") for status in statuses)
    }
    # The document itself has been answered just now, and was what all of this began with.
    succeeded.add("GET /api/v1/openapi.json")
    missing = sorted(all - succeeded)
    for operation in missing:
        print(f"never succeeded: {operation}, which answered {answers.get(operation, {})}")
    if not missing:
        print(f"Each of the {len(all)} operations has succeeded at least once.")
    return 1 if missing else 0


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:])
