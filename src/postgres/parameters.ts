/** A connection parameter as libpq names it, and what the other formats call it. */
interface Parameter {
  /** libpq's environment variable; absent: it has none. */
  readonly env?: string;
  /** Entries of a pgJDBC URL for a value; absent: pgJDBC has no counterpart. */
  readonly jdbc?: (value: string) => readonly (readonly [string, string])[];
}

const as = (name: string) => (value: string) => [[name, value] as const];

/** libpq's `target_session_attrs` as pgJDBC's `targetServerType`. */
const TARGET_SERVER_TYPES: ReadonlyMap<string, string> = new Map([
  ["any", "any"],
  ["read-write", "primary"],
  ["primary", "primary"],
  ["read-only", "secondary"],
  ["standby", "secondary"],
  ["prefer-standby", "preferSecondary"],
]);

/** pgJDBC knows no `system`: Java's own trust store is a socket factory there. */
function jdbcRootCertificate(value: string): readonly (readonly [string, string])[] {
  return value === "system"
    ? [["sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory"]]
    : [["sslrootcert", value]];
}

/**
 * The parameters libpq takes (PostgreSQL 18, "Parameter Key Words"), apart from who logs in, how, and where.
 */
export const PARAMETERS: ReadonlyMap<string, Parameter> = new Map<string, Parameter>([
  ["application_name", { env: "PGAPPNAME", jdbc: as("ApplicationName") }],
  ["channel_binding", { env: "PGCHANNELBINDING", jdbc: as("channelBinding") }],
  ["client_encoding", { env: "PGCLIENTENCODING" }],
  ["connect_timeout", { env: "PGCONNECT_TIMEOUT", jdbc: as("connectTimeout") }],
  ["fallback_application_name", {}],
  ["gssdelegation", { env: "PGGSSDELEGATION" }],
  ["gssencmode", { env: "PGGSSENCMODE", jdbc: as("gssEncMode") }],
  ["gsslib", { env: "PGGSSLIB", jdbc: as("gsslib") }],
  ["hostaddr", { env: "PGHOSTADDR" }],
  ["keepalives", { jdbc: (value) => [["tcpKeepAlive", value === "0" ? "false" : "true"]] }],
  ["keepalives_count", {}],
  ["keepalives_idle", {}],
  ["keepalives_interval", {}],
  ["krbsrvname", { env: "PGKRBSRVNAME", jdbc: as("kerberosServerName") }],
  [
    "load_balance_hosts",
    {
      env: "PGLOADBALANCEHOSTS",
      jdbc: (value) => [["loadBalanceHosts", value === "random" ? "true" : "false"]],
    },
  ],
  ["max_protocol_version", { env: "PGMAXPROTOCOLVERSION" }],
  ["min_protocol_version", { env: "PGMINPROTOCOLVERSION" }],
  ["options", { env: "PGOPTIONS", jdbc: as("options") }],
  ["replication", { jdbc: as("replication") }],
  ["require_auth", { env: "PGREQUIREAUTH" }],
  ["requirepeer", { env: "PGREQUIREPEER" }],
  ["ssl_max_protocol_version", { env: "PGSSLMAXPROTOCOLVERSION" }],
  ["ssl_min_protocol_version", { env: "PGSSLMINPROTOCOLVERSION" }],
  ["sslcert", { env: "PGSSLCERT", jdbc: as("sslcert") }],
  ["sslcertmode", { env: "PGSSLCERTMODE" }],
  ["sslcompression", { env: "PGSSLCOMPRESSION" }],
  ["sslcrl", { env: "PGSSLCRL" }],
  ["sslcrldir", { env: "PGSSLCRLDIR" }],
  ["sslkey", { env: "PGSSLKEY", jdbc: as("sslkey") }],
  ["sslmode", { env: "PGSSLMODE", jdbc: as("sslmode") }],
  ["sslnegotiation", { env: "PGSSLNEGOTIATION", jdbc: as("sslNegotiation") }],
  ["sslrootcert", { env: "PGSSLROOTCERT", jdbc: jdbcRootCertificate }],
  ["sslsni", { env: "PGSSLSNI" }],
  [
    "target_session_attrs",
    {
      env: "PGTARGETSESSIONATTRS",
      jdbc: (value) => [["targetServerType", TARGET_SERVER_TYPES.get(value) ?? "any"]],
    },
  ],
  ["tcp_user_timeout", {}],
]);

/** Parameters that say who logs in and with what: Keycard's to fill in. */
export const CREDENTIAL_PARAMETERS: ReadonlySet<string> = new Set([
  "user",
  "password",
  "passfile",
  "service",
  "servicefile",
  "sslpassword",
  "scram_client_key",
  "scram_server_key",
]);

/** Parameters with a fixed set of values. */
export const PARAMETER_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ["sslmode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]],
  ["target_session_attrs", ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]],
  ["channel_binding", ["disable", "prefer", "require"]],
  ["sslnegotiation", ["postgres", "direct"]],
  ["load_balance_hosts", ["disable", "random"]],
]);
