#!/usr/bin/env bash
# The private PostgreSQL: cluster under $SW_STATE/postgres, 127.0.0.1 and a unix socket. Sourced by lib.sh.
# SW_PG_PROFILE=test makes it small. Durability is never traded: fsync and synchronous_commit stay on.

SW_PG_BIN=/usr/lib/postgresql/15/bin

# PostgreSQL refuses to run as root: as root it runs as user postgres.
as_postgres() {
    if [[ $EUID -eq 0 ]]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

# The cluster's home. Where user postgres may not enter the checkout (it is below /root, say), or the path is too deep for a
# unix socket (107 bytes), it stands beside the package's own clusters, under a name made of the checkout's path.
pg_home() {
    local home="$SW_STATE/postgres"
    if ((${#home} > 75)) || { [[ $EUID -eq 0 ]] && ! as_postgres test -x "$SW_STATE" 2>/dev/null; }; then
        [[ $EUID -eq 0 ]] || fail "the checkout's path is too long for PostgreSQL's socket: $SW_STATE"
        home="/var/lib/postgresql/shouwang-$(sha256sum <<<"$SW_STATE" | cut -c1-12)"
    fi
    printf '%s' "$home"
}

pg_settings() {
    local home=$1 port=$2 memory_mb buffers_mb=512 wal=2GB compression=on
    memory_mb=$(awk '/^MemTotal:/ {print int($2 / 1024)}' /proc/meminfo)
    if [[ ${SW_PG_PROFILE:-} != test ]]; then
        buffers_mb=$((memory_mb / 8 < 2048 ? memory_mb / 8 : 2048))
        wal=8GB
    fi
    if as_postgres "$SW_PG_BIN/postgres" -D "$home/data" -c wal_compression=lz4 -C wal_compression >/dev/null 2>&1; then compression=lz4; fi
    cat <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$home/socket'
max_connections = 200
password_encryption = scram-sha-256
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = ${buffers_mb}MB
effective_cache_size = $((memory_mb / 2))MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = $wal
min_wal_size = 512MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
wal_compression = $compression
wal_buffers = 32MB
random_page_cost = 1.1
effective_io_concurrency = 200
jit = off
# Queues (outbox, embedded bus) turn over all the time: vacuum early and in small portions.
autovacuum_naptime = 15s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_vacuum_insert_scale_factor = 0.1
autovacuum_analyze_scale_factor = 0.05
autovacuum_vacuum_cost_limit = 2000
log_line_prefix = '%m [%p] %u@%d '
log_min_duration_statement = 5s
timezone = 'UTC'
CONF
}

pg_create_cluster() {
    local home=$1
    (umask 077 && mkdir -p "$home/socket") || fail "cannot create $home for PostgreSQL"
    if [[ $EUID -eq 0 ]]; then chown -R postgres:postgres "$home"; fi
    if ! as_postgres test -w "$home"; then fail "user postgres cannot write $home: move the checkout to a directory it may enter"; fi
    # The socket's directory is 0700: whoever can reach the socket owns the cluster.
    as_postgres "$SW_PG_BIN/initdb" -D "$home/data" -U postgres --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=trust --auth-host=scram-sha-256 >"$SW_STATE/log/initdb.log" 2>&1 ||
        fail "initdb failed: $(tail -n 3 "$SW_STATE/log/initdb.log" | tr '\n' ' ')"
    as_postgres sh -c "echo \"include_if_exists = 'shouwang.conf'\" >>'$home/data/postgresql.conf'"
}

postgres_pid() { as_postgres head -n 1 "$(pg_home)/data/postmaster.pid" 2>/dev/null; }
postgres_is_up() { as_postgres "$SW_PG_BIN/pg_ctl" status -D "$(pg_home)/data" >/dev/null 2>&1; }

start_postgres() {
    local home port log
    [[ -x $SW_PG_BIN/postgres ]] || fail "PostgreSQL 15 is not installed (package postgresql-15)"
    home=$(pg_home)
    postgres_is_up && return 0
    as_postgres test -f "$home/data/PG_VERSION" || pg_create_cluster "$home"
    [[ $home == "$SW_STATE"/* ]] || say "PostgreSQL's data is in $home: user postgres may not enter $SW_ROOT"
    port=$(port_to_start_on postgres)
    pg_settings "$home" "$port" | as_postgres sh -c "cat >'$home/data/shouwang.conf'"
    log="$home/postgres.log"
    as_postgres "$SW_PG_BIN/pg_ctl" start -D "$home/data" -l "$log" -w -t 120 -s 9>&- ||
        fail "PostgreSQL did not start: $(as_postgres tail -n 3 "$log" | tr '\n' ' ')"
    local password
    password=$(secret pg-postgres)
    printf "ALTER ROLE postgres PASSWORD '%s';\n" "$password" |
        as_postgres psql -X -q -v ON_ERROR_STOP=1 -h "$home/socket" -p "$port" -U postgres -d postgres ||
        fail "PostgreSQL's superuser password could not be set"
}

stop_postgres() {
    postgres_is_up || return 0
    as_postgres "$SW_PG_BIN/pg_ctl" stop -D "$(pg_home)/data" -m fast -w -t 60 -s ||
        fail "PostgreSQL did not stop in 60 s (pid $(postgres_pid))"
}

# libpq connection string of a role; its password comes from the secrets.
pg_conninfo() {
    local role=$1 database=$2
    printf 'host=127.0.0.1 port=%s user=%s dbname=%s password=%s' "$(port_of postgres)" "$role" "$database" "$(secret "pg-$role")"
}

pg_sql() { PGCONNECT_TIMEOUT=5 psql -X -q -A -t -v ON_ERROR_STOP=1 "$(pg_conninfo postgres postgres)" "$@"; }

# ensure_database NAME: a database and its owner role of the same name, with a generated password.
ensure_database() {
    local name=$1 password
    password=$(secret "pg-$name")
    pg_sql -v name="$name" -v password="$password" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'name', :'password') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'name') \gexec
SQL
}
