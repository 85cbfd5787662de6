#include "services/gateway/store/migrations.h"

#include <array>

namespace shouwang::gateway::store {
namespace {

// Role numbers as in shouwang/options/v1/options.proto; 6, 7 and 8 are the auditor and the two
// administrators.
constexpr std::string_view kAccounts = R"sql(
CREATE TABLE account (
    id text NOT NULL CONSTRAINT account_pk PRIMARY KEY,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    roles integer[] NOT NULL,
    region_prefix text NOT NULL,
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    password_changed_at timestamptz NOT NULL,
    CONSTRAINT account_has_role CHECK (cardinality(roles) BETWEEN 1 AND 8),
    CONSTRAINT account_admin_roles_exclude CHECK ((6 = ANY(roles))::int + (7 = ANY(roles))::int + (8 = ANY(roles))::int <= 1),
    CONSTRAINT account_region CHECK (region_prefix ~ '^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})?$')
);
CREATE TABLE client (
    id text NOT NULL CONSTRAINT client_pk PRIMARY KEY,
    display_name text NOT NULL,
    secret_hash text NOT NULL,
    department text NOT NULL,
    datasets text[] NOT NULL,
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL
);
COMMENT ON COLUMN client.datasets IS 'empty with a department: all datasets of the department';
)sql";

constexpr std::string_view kSessions = R"sql(
CREATE TABLE session (
    token_hash bytea NOT NULL CONSTRAINT session_pk PRIMARY KEY,
    id text NOT NULL CONSTRAINT session_id_unique UNIQUE,
    subject text NOT NULL,
    principal bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_by_subject ON session (subject) WHERE revoked_at IS NULL;
CREATE INDEX session_by_expiry ON session (expires_at);
CREATE TABLE sign_in_failure (
    key text NOT NULL CONSTRAINT sign_in_failure_pk PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_by_age ON sign_in_failure (last_at);
)sql";

constexpr std::array<pg::Migration, 2> kMigrations = {{
    {10, "accounts and clients", kAccounts},
    {11, "sessions and failed sign-ins", kSessions},
}};

}  // namespace

std::span<const pg::Migration> Migrations() { return kMigrations; }

}  // namespace shouwang::gateway::store
