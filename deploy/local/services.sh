#!/usr/bin/env bash
# Keys, first accounts, configuration and processes of the services. Sourced by stack.sh.

SW_SECRETS="$SW_STATE/secrets"
SW_CONFIG="$SW_STATE/config"

# ---- keys (formats: common/crypto/crypto.h) -----------------------------------------------------------------------------------

make_file() { # make_file PATH COMMAND…: the command's output, once, readable by us alone
    local path=$1
    shift
    [[ -s $path ]] || (umask 077 && "$@" >"$path.new" && mv "$path.new" "$path") || fail "cannot make $path"
}

key_ring() { printf 'k1 %s aes256gcm\n' "$(openssl rand -hex 32)"; }

make_keys() {
    make_file "$SW_SECRETS/sealing.keys" key_ring
    make_file "$SW_SECRETS/blind.keys" key_ring
    make_file "$SW_SECRETS/page.secret" openssl rand -hex 32
    make_file "$SW_SECRETS/principal.pem" openssl genpkey -algorithm ed25519
    make_file "$SW_SECRETS/principal.pub.pem" openssl pkey -in "$SW_SECRETS/principal.pem" -pubout
    make_file "$SW_SECRETS/receipt.pem" openssl genpkey -algorithm ed25519
}

# ---- the accounts and clients a new platform begins with (services/gateway/auth/bootstrap.h) -----------------------------------

# "department dataset" of every declared dataset, from the model itself.
declared_datasets() {
    awk '/option \(shouwang.options.v1.dataset\)/ {id = ""; department = ""; inside = 1}
         inside && $1 == "id:" {gsub(/"/, "", $2); id = $2}
         inside && $1 == "department:" {gsub(/"/, "", $2); department = $2}
         inside && $1 == "};" {if (id != "" && department != "") print department, id; inside = 0}' \
        "$SW_ROOT"/proto/shouwang/monitoring/feed/v1/*.proto | sort
}

bootstrap_account() { # id, name, role, region
    printf '[[accounts]]\nid = "%s"\ndisplay_name = "%s"\nroles = ["%s"]\nregion_prefix = "%s"\npassword = "%s"\n\n' \
        "$1" "$2" "$3" "$4" "$(password "account-$1")"
}

bootstrap_file() {
    (umask 077 && mkdir -p "$SW_SECRETS/clients")
    bootstrap_account operator 省级操作员 PROVINCE_OPERATOR 36
    # One line of regions from the city down to a village where the demo has red leads.
    bootstrap_account city 鹰潭市操作员 CITY_OPERATOR 3606
    bootstrap_account county 贵溪市操作员 COUNTY_OPERATOR 360681
    bootstrap_account township 鸿塘镇操作员 TOWNSHIP_OPERATOR 360681103
    bootstrap_account village 薯铺村网格员 VILLAGE_OPERATOR 360681103204
    bootstrap_account auditor 审计员 AUDITOR 36
    bootstrap_account admin 系统管理员 SYSTEM_ADMIN ""
    bootstrap_account security 安全管理员 SECURITY_ADMIN ""
    local department datasets
    for department in $(declared_datasets | cut -d' ' -f1 | uniq); do
        datasets=$(declared_datasets | sed -n "s/^$department \(.*\)/\"\1\"/p" | paste -sd, -)
        printf '[[clients]]\nid = "%s"\ndisplay_name = "%s"\ndepartment = "%s"\ndatasets = [%s]\nsecret = "%s"\n\n' \
            "$department" "$department" "$department" "$datasets" "$(secret "clients/$department")"
    done
}

# ---- configuration --------------------------------------------------------------------------------------------------------------

bus_address() {
    if [[ $1 == kafka ]]; then printf 'kafka://127.0.0.1:%s' "$(port_of kafka)"; else printf 'embedded:%s' "$(pg_conninfo bus bus)"; fi
}

common_config() { # service, bus, clock
    cat <<TOML
[pg]
conninfo = "$(pg_conninfo "$1" "$1")"
[bus]
address = "$(bus_address "$2")"
[redis]
address = "127.0.0.1:$(port_of redis)"
[rpc]
address = "127.0.0.1:$(port_of "$1_rpc")"
[metrics]
port = $(port_of "$1_metrics")
[clock]
start = "$3"
[regions]
dir = "$SW_ROOT/services/monitoring/data"
TOML
}

monitoring_config() {
    common_config monitoring "$1" "$2" | sed "/^\[bus\]/a topics_file = \"$SW_ROOT/deploy/kafka/topics.yaml\""
    cat <<TOML
[keys]
sealing = "$SW_SECRETS/sealing.keys"
blind = "$SW_SECRETS/blind.keys"
page = "$SW_SECRETS/page.secret"
principal = "$SW_SECRETS/principal.pub.pem"
TOML
}

gateway_config() {
    local console=""
    if [[ -f $SW_CONSOLE/dist/index.html ]]; then console="$SW_CONSOLE/dist"; fi
    common_config gateway "$1" "$2"
    cat <<TOML
[http]
address = "127.0.0.1:$(port_of gateway_http)"
[console]
dir = "$console"
[services]
targets = "shouwang.monitoring.v1=127.0.0.1:$(port_of monitoring_rpc)"
[bootstrap]
accounts = "$SW_SECRETS/accounts.toml"
[keys]
sealing = "$SW_SECRETS/sealing.keys"
blind = "$SW_SECRETS/blind.keys"
principal = "$SW_SECRETS/principal.pem"
receipt = "$SW_SECRETS/receipt.pem"
TOML
}

write_config() { # bus, clock, suffix of the files' names
    make_keys
    make_file "$SW_SECRETS/accounts.toml" bootstrap_file
    (umask 077 && monitoring_config "$1" "$2" >"$SW_CONFIG/monitoring.toml$3" && gateway_config "$1" "$2" >"$SW_CONFIG/gateway.toml$3")
}

# ---- processes ------------------------------------------------------------------------------------------------------------------

is_ready() { curl -fsS --max-time 2 "http://127.0.0.1:$(port_of "$1_metrics")/readyz"; }

# Both are started, then both are awaited: the gateway takes its time for the monitoring service anyway.
start_services() {
    local name
    for name in monitoring gateway; do
        start_process "$name" env -C "$SW_ROOT" "$SW_BIN/shouwang-$name" --config "$SW_CONFIG/$name.toml"
    done
    for name in monitoring gateway; do wait_for_process 120 "$name" is_ready "$name"; done
}

stop_services() {
    stop_process gateway 30
    stop_process monitoring 30
}

console_address() { printf 'http://127.0.0.1:%s/' "$(port_of gateway_http)"; }
