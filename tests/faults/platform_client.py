"""A running instance as the fault test sees it: processes, the door, the API, its tables and its lead events."""
import http.client
import json
import re
import subprocess
import threading
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSTANCE = Path(__file__).resolve().parent / "instance.sh"
REFUSED = {"invalid_argument", "permission_denied", "failed_precondition", "already_exists", "not_found", "unimplemented", "out_of_range"}


class Refused(Exception):
    """The platform said no, and would say it again."""


class Unavailable(Exception):
    """Not now: the sender tries again."""


def instance(verb, *args, check=True, quiet=False):
    done = subprocess.run([INSTANCE, verb, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"instance.sh {verb} {' '.join(args)}: {done.stdout.strip()}")
    return done.stdout.strip() if check else done.returncode == 0


class Platform:
    def __init__(self, name):
        self.name = name
        self.state = ROOT / ".shouwang" / "faults" / name
        self.tokens = {}
        self.token_lock = threading.Lock()

    # ---- processes
    def up(self, province, keys_from=None):
        instance("up", self.name, str(province), *([keys_from] if keys_from else []))

    def kill(self, process):
        return instance("kill", self.name, process).split()

    def start(self, process, fault=None):
        instance("start", self.name, process, *([fault] if fault else []))

    def is_running(self, process):
        return instance("running", self.name, process, check=False)

    def port(self, name):
        return re.search(rf"^{name}=(\d+)$", (self.state / "ports").read_text(), re.M).group(1)

    def secret(self, name):
        return (self.state / "secrets" / name).read_text().strip()

    @property
    def bus(self):
        return (self.state / "config" / "bus").read_text().strip()

    # ---- HTTP
    def post(self, path, body, content_type, token=None, timeout=60):
        headers = {"Content-Type": content_type}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", int(self.port("gateway_http")), timeout=timeout)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as e:
            raise Unavailable(f"{type(e).__name__}: {e}") from e
        finally:
            connection.close()
        if response.status == 200:
            return data
        text = data.decode(errors="replace")
        try:
            code = json.loads(text).get("code", "")
        except ValueError:
            code = ""
        if code == "unauthenticated":
            with self.token_lock:
                self.tokens = {k: v for k, v in self.tokens.items() if v != token}
            raise Unavailable(text)
        if code in REFUSED and "BATCH_BUSY" not in text:
            raise Refused(f"{path}: {response.status} {text[:500]}")
        raise Unavailable(f"{response.status} {text[:200]}")

    def call(self, method, request, who=None):
        return json.loads(self.post(f"/shouwang.{method}", json.dumps(request).encode(), "application/json", self.token(who) if who else None))

    def token(self, who):
        with self.token_lock:
            if who in self.tokens:
                return self.tokens[who]
        if who == "operator":
            answer = self.call("gateway.v1.AuthService/SignIn", {"account": who, "password": self.secret(f"account-{who}")})
        else:
            answer = self.call("gateway.v1.AuthService/IssueToken", {"clientId": who, "clientSecret": self.secret(f"clients/{who}")})
        with self.token_lock:
            self.tokens[who] = answer["token"]
        return answer["token"]

    def upload(self, batch):
        """One try. The receipt as bytes."""
        query = urllib.parse.urlencode(batch.query)
        kind = "text/csv" if batch.query["format"] == "csv" else "application/x-ndjson"
        return self.post(f"/feeds/{batch.dataset}/{batch.id}?{query}", batch.body, kind, self.token(batch.department))

    def leads(self):
        """All leads that are open, through the API."""
        request, leads = {"states": ["LEAD_STATE_GRADED", "LEAD_STATE_DISPATCHED", "LEAD_STATE_ACCEPTED", "LEAD_STATE_VISITED"], "pageSize": 1000}, []
        while True:
            answer = self.call("monitoring.v1.LeadService/ListLeads", request, "operator")
            leads += answer.get("leads", [])
            request["pageToken"] = answer.get("nextPageToken", "")
            if not request["pageToken"]:
                return leads

    # ---- tables
    def sql(self, query, database="monitoring"):
        """Rows as lists of strings. Unavailable while the server is."""
        conninfo = (f"host=127.0.0.1 port={self.port('postgres')} user={database} dbname={database} "
                    f"password={self.secret('pg-' + database)} connect_timeout=5")
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-F", "\x1f", conninfo, "-c", query],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(done.stderr.strip())
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    # ---- the lead topic
    def opened_lead_events(self):
        """How often each lead was announced as opened: {subject: events}."""
        counts = {}
        for text in self.lead_headers():
            if "LeadOpened" in text:
                subject = re.search(r"households/\d+/leads/\d+", text).group(0)
                counts[subject] = counts.get(subject, 0) + 1
        return counts

    def lead_headers(self):
        if self.bus == "kafka":
            return subprocess.run(["kcat", "-C", "-b", f"127.0.0.1:{self.port('kafka')}", "-t", "shouwang.monitoring.lead.v1", "-o", "beginning",
                                   "-e", "-q", "-f", "%h\n"], capture_output=True, text=True, check=True).stdout.splitlines()
        rows = self.sql("SELECT encode(m.headers, 'hex') FROM bus.message m JOIN bus.topic t ON t.id = m.topic_id "
                        "WHERE t.name = 'shouwang.monitoring.lead.v1'", "bus")
        return [bytes.fromhex(r[0]).decode("latin-1") for r in rows]
