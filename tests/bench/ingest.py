"""Bench `ingest` on a private product instance (tests/product.sh); see ingest.sh. Prints a table and one JSON object."""
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

SCALE, ROWS, RUNS = float(os.environ["SCALE"]), int(os.environ["ROWS"]), int(os.environ["RUNS"])
RATE, RATE_SECONDS = int(os.environ["RATE"]), int(os.environ["RATE_SECONDS"])
STATE, SECRETS, BIN = os.environ["PRODUCT_STATE"], os.environ["PRODUCT_SECRETS"], os.environ["PRODUCT_BIN"]
HTTP, GRPC, KAFKA = os.environ["PRODUCT_HTTP"], os.environ["PRODUCT_GRPC"], os.environ["PRODUCT_KAFKA"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TICKS = os.sysconf("SC_CLK_TCK")


class Psql:
    """One psql process that answers one-value queries."""

    def __init__(self):
        conninfo = re.search(r'conninfo = "([^"]*)"', open(f"{STATE}/config/monitoring.toml").read()).group(1)
        self.process = subprocess.Popen(["psql", "-qAtX", conninfo], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def one(self, sql):
        return self.meta(sql + ";")

    def rows(self, sql):
        return [line.split("|") for line in self.lines(sql + ";")]

    def meta(self, line):
        lines = self.lines(line)
        return lines[0] if lines else ""

    def lines(self, line):
        self.process.stdin.write(line + "\n\\echo <end>\n")
        lines = []
        while (answer := self.process.stdout.readline().rstrip("\n")) != "<end>":
            lines.append(answer)
        return lines


def pids():
    """The instance's processes by name; PostgreSQL with its backends."""
    found = {}
    for name in ("monitoring", "gateway", "kafka", "redis"):
        path = f"{STATE}/run/{name}.pid"
        if os.path.exists(path):
            found[name] = [int(open(path).read().split()[0])]
    postmaster = int(subprocess.run(["pgrep", "-o", "-f", f"postgres -D {STATE}/postgres/data"], capture_output=True, text=True).stdout.split()[0])
    children = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True).stdout.split()
    found["postgres"] = [postmaster, *map(int, children)]
    return found


def cpu(found):
    """CPU seconds used so far, by name."""
    out = {}
    for name, ids in found.items():
        total = 0
        for i, pid in enumerate(ids):
            try:
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
            except FileNotFoundError:
                continue
            total += int(fields[11]) + int(fields[12])
            if name == "postgres" and i == 0:
                total += int(fields[13]) + int(fields[14])  # backends that have ended
        out[name] = total / TICKS
    return out


def peak_mb(found):
    out = {}
    for name, ids in found.items():
        if name != "postgres":
            out[name] = int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{ids[0]}/status").read()).group(1)) // 1024
    return out


def push(*arguments):
    command = [f"{BIN}/push_rows", "--http", HTTP, "--grpc", GRPC, "--manifest", f"{PROVINCE}/manifest.json", "--secrets", SECRETS, *arguments]
    before = os.times()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit("push_rows failed")
    after = os.times()
    result = json.loads(done.stdout)
    result["cpu"] = after.children_user + after.children_system - before.children_user - before.children_system
    return result


def quiet(psql):
    """Every received row has its outcome, and every event is acknowledged by the bus."""
    return psql.one("SELECT (SELECT coalesce(sum(received - accepted), 0) FROM feed_batch) + (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 1) o)") == "0"


def measure(psql, *arguments):
    found = pids()
    before, begin = cpu(found), time.monotonic()
    result = push(*arguments)
    while not quiet(psql):
        time.sleep(0.02)
    seconds = time.monotonic() - begin
    found = pids()
    after = cpu(found)
    used = {name: after[name] - before.get(name, 0) for name in after}
    used["client"] = result["cpu"]
    million = result["rows"] / 1e6
    return {"rows": result["rows"], "seconds": seconds, "rate": result["rows"] / seconds, "door_rate": result["rows"] / result["seconds"],
            "cpu_per_million": sum(used.values()) / million, "cpu": {k: v / million for k, v in used.items()}, "peak_mb": peak_mb(found)}


def copy_baseline(psql, rows):
    """COPY of the same rows into an equally indexed table; rows a second."""
    path = f"{STATE}/bench.copy"
    psql.meta(f"\\copy (SELECT * FROM feed_row ORDER BY recorded_at DESC LIMIT {rows}) TO '{path}' (FORMAT binary)")
    psql.one("CREATE TABLE bench_copy (LIKE feed_row INCLUDING ALL)")
    begin = time.monotonic()
    psql.meta(f"\\copy bench_copy FROM '{path}' (FORMAT binary)")
    seconds = time.monotonic() - begin
    counted = int(psql.one("SELECT count(*) FROM bench_copy"))
    psql.one("DROP TABLE bench_copy")
    os.remove(path)
    return counted / seconds


def kafka_baseline():
    """Kafka's own producer perf tool, acks=all, 200-byte records, the feed topic's partitions; records a second."""
    java = ["java", "-cp", f"{ROOT}/.shouwang/kafka/libs/*"]
    subprocess.run([*java, "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", KAFKA, "--create", "--if-not-exists", "--topic", "bench", "--partitions", "8"],
                   check=True, capture_output=True)
    out = subprocess.run([*java, "org.apache.kafka.tools.ProducerPerformance", "--topic", "bench", "--num-records", str(max(ROWS, 1000000)), "--record-size", "200",
                          "--throughput", "-1", "--producer-props", f"bootstrap.servers={KAFKA}", "acks=all", "linger.ms=5", "compression.type=lz4"],
                         check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"([\d.]+) records/sec", out)[-1])


def latency(psql):
    """From the moment a small batch is due to be sent to its lead on an operator's open page (Connect stream), at RATE rows a second; ms."""
    environment = dict(os.environ, SHOUWANG_SESSION=f"{tempfile.mkdtemp()}/session")
    ctl = [f"{BIN}/shouwangctl", "--server", HTTP]
    subprocess.run([*ctl, "login", "--account", "operator", "--secret-file", f"{SECRETS}/account-operator"], check=True, env=environment)
    watch = subprocess.Popen([f"{BIN}/shouwangctl", "--json", "leads", "watch"], stdout=subprocess.PIPE, text=True, env=environment)
    seen = {}

    def read():
        for line in watch.stdout:
            seen.setdefault(json.loads(line)["lead"]["name"], time.time() * 1000)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    time.sleep(1)
    pushed = push("--period", "2021-06", "--dataset", "medical_settlement", "--rows", str(RATE * RATE_SECONDS), "--rate", str(RATE), "--tag", "rate")
    while not quiet(psql):
        time.sleep(0.1)
    time.sleep(2)
    watch.terminate()
    thread.join(5)
    # A lead is opened in the transaction that records its row; of several batches in it, the first one counts.
    opened = psql.rows("SELECT 'households/' || l.household_id || '/leads/' || l.lead_id, split_part(b.name, '/', 3) FROM feed_batch b "
                       "JOIN feed_row r ON r.batch_id = b.batch_id JOIN member m ON m.person_id = r.subject_id "
                       "JOIN lead l ON l.household_id = m.household_id AND l.opened_at = r.recorded_at WHERE b.name LIKE 'batches/%/rate-%'")
    begun = {}
    for name, batch in opened:
        begun[name] = min(begun.get(name, float("inf")), pushed["begun"][batch])
    missing = [name for name in begun if name not in seen]
    if missing:
        raise SystemExit(f"{len(missing)} of {len(begun)} leads were never seen on the open page")
    took = [seen[name] - at for name, at in begun.items()]
    if len(took) < 20:
        raise SystemExit(f"only {len(took)} leads: too few for a percentile")
    cuts = statistics.quantiles(took, n=100)
    return {"rows": pushed["rows"], "rate": pushed["rows"] / pushed["seconds"], "leads": len(took), "p50": cuts[49], "p99": cuts[98], "max": max(took)}


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


PROVINCE = f"{STATE}/bench-province"
shutil.rmtree(PROVINCE, ignore_errors=True)
# The tiny demo that the instance starts with has the same household numbers: other months, another seed, none of its persons.
subprocess.run([f"{BIN}/shouwang-province", "--out", PROVINCE, "--scale", str(SCALE), "--months", "2021-06..2021-06", "--format", "rows", "--seed", "7"], check=True, cwd=ROOT)
# Medical bills are kept for the latency: they raise leads. Everything else of the month is for the rate.
june = [f for f in json.load(open(f"{PROVINCE}/manifest.json"))["files"] if "/2021-06/" in f["path"]]
OTHERS = [a for f in june if f["dataset"] != "medical_settlement" for a in ("--dataset", f["dataset"])]
at_hand = sum(f["rows"] for f in june if f["dataset"] != "medical_settlement")
needed = ROWS * (RUNS + 1)
if needed > at_hand:
    raise SystemExit(f"scale {SCALE} has {at_hand} rows in June, {needed} are needed: fewer ROWS or RUNS, or a larger SCALE")
psql = Psql()
# The demo declares its files complete for the whole province, and would so call everybody else in it uninsured.
psql.one("DELETE FROM feed_coverage")
registry = measure(psql, "--period", "2021-05", "--dataset", "registry_member", "--tag", "registry")
print(f"registry: {registry['rows']} rows, {registry['rate']:.0f} rows/s, {registry['cpu_per_million']:.1f} CPU-s per million", flush=True)
for table in ("household", "member", "person", "person_identity", "feed_row"):
    psql.one(f"ANALYZE {table}")
runs = []
for i in range(RUNS + 1):  # the first is the warm-up
    run = measure(psql, "--period", "2021-06", "--skip", str(i * ROWS), "--rows", str(ROWS), "--tag", f"run{i}", *OTHERS)
    print(f"run {i}: {run['rows']} rows, {run['rate']:.0f} rows/s (door {run['door_rate']:.0f}), {run['cpu_per_million']:.1f} CPU-s per million "
          + " ".join(f"{k}={v:.1f}" for k, v in run["cpu"].items()) + " peak MB " + " ".join(f"{k}={v}" for k, v in run["peak_mb"].items()), flush=True)
    runs.append(run)
counted = runs[1:]
copy = [copy_baseline(psql, ROWS) for _ in range(3)]
result = {"scale": SCALE, "rows": ROWS, "registry": registry["rate"], "ingest": spread([r["rate"] for r in counted]),
          "cpu_per_million": spread([r["cpu_per_million"] for r in counted]), "peak_mb": counted[-1]["peak_mb"], "copy": spread(copy)}
result["of_copy"] = result["ingest"]["median"] / result["copy"]["median"]
if KAFKA:
    result["kafka_producer"] = kafka_baseline()
result["latency_ms"] = latency(psql)
print(json.dumps(result, indent=1))
