//! The table of all settings: variable, default, meaning.

/// One setting as `--help`, the documentation and the reader below know it.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What holds when it is not set; empty where there is no default.
    pub default: &'static str,
    /// What it means, with its unit.
    pub meaning: &'static str,
}

/// All settings, in the order in which `--help` shows them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "DATABASE_URL",
        default: "",
        meaning: "Postgres to work in: postgres://user:password@host:port/database. sslmode is disable, prefer (default), require, verify-ca or verify-full, with sslrootcert=FILE for a private authority",
    },
    Setting {
        name: "DATABASE_PASSWORD_FILE",
        default: "",
        meaning: "file with the password for DATABASE_URL, read at each new connection, so that `integratedb rotate-password` needs no restart",
    },
    Setting { name: "DATABASE_POOL_SIZE", default: "10", meaning: "connections to it at most" },
    Setting {
        name: "DATABASE_POOL_TIMEOUT_SECONDS",
        default: "5",
        meaning: "how long a request waits for one of them before it is answered 503",
    },
    Setting { name: "HOST", default: "127.0.0.1", meaning: "address to listen on" },
    Setting { name: "PORT", default: "4000", meaning: "port to listen on; 0 takes a free one" },
    Setting {
        name: "SECRET_KEY_BASE",
        default: "",
        meaning: "what tokens are signed with, 32 characters or more; another value ends all tokens",
    },
    Setting {
        name: "BOOTSTRAP_SECRET",
        default: "",
        meaning: "when set, creating the first user takes it in the header X-Bootstrap-Secret, 16 characters or more",
    },
    Setting {
        name: "TOKEN_LIFETIME_MINUTES",
        default: "60",
        meaning: "how long a bearer token is good",
    },
    Setting {
        name: "REFRESH_TOKEN_LIFETIME_DAYS",
        default: "30",
        meaning: "how long a refresh token is good",
    },
    Setting {
        name: "SESSION_LIFETIME_HOURS",
        default: "12",
        meaning: "how long a session of a browser lasts",
    },
    Setting {
        name: "SESSION_IDLE_MINUTES",
        default: "60",
        meaning: "how long it lasts when nothing is done in it",
    },
    Setting {
        name: "LOCK_TIMEOUT_MS",
        default: "5000",
        meaning: "how long a change of claims waits for a running migration before it answers 503",
    },
    Setting {
        name: "GATE",
        default: "as-is",
        meaning: "`enable` puts the gate in force at start, if the role may; as-is leaves it alone",
    },
    Setting {
        name: "CHANGES_RETENTION_HOURS",
        default: "72",
        meaning: "how long changes are kept for channels that can't be told",
    },
    Setting {
        name: "CHANGES_RETENTION_MB",
        default: "4096",
        meaning: "how much of them is kept at most, in megabytes",
    },
    Setting {
        name: "CHANGES_LARGEST_MB",
        default: "64",
        meaning: "how large a single change may be, in megabytes, of a row old and new; instead of a larger one everybody is told of a gap",
    },
    Setting {
        name: "CHANGES_STUCK_SECONDS",
        default: "60",
        meaning: "how long Postgres may fail to decode the same place of its log, before everybody is told of a gap and what comes after it",
    },
    Setting {
        name: "WEBHOOK_ALLOW_PRIVATE",
        default: "false",
        meaning: "true lets webhooks be at private addresses, such as 10.0.0.0/8 and localhost",
    },
    Setting {
        name: "REDIS_ALLOW_PRIVATE",
        default: "true",
        meaning: "false keeps REDIS channels away from private addresses",
    },
    Setting {
        name: "TRUSTED_PROXIES",
        default: "",
        meaning: "addresses or networks of proxies, with commas between, whose X-Forwarded-For is believed",
    },
    Setting {
        name: "TLS_CERTIFICATE",
        default: "",
        meaning: "PEM file with the server's certificate and those that lead to its authority; with it the server speaks only TLS",
    },
    Setting { name: "TLS_KEY", default: "", meaning: "PEM file with the key of that certificate" },
    Setting {
        name: "REQUEST_TIMEOUT_SECONDS",
        default: "30",
        meaning: "how long a request may take before it answers 503; at least LOCK_TIMEOUT_MS and 2 seconds",
    },
    Setting {
        name: "STAKEHOLDER_DATABASE_URL",
        default: "",
        meaning: "where stakeholders find the database, if not where DATABASE_URL says, such as behind a pooler: postgres://host[:port][/database][?parameters]",
    },
    Setting {
        name: "HOUSEKEEPING_INTERVAL_SECONDS",
        default: "30",
        meaning: "how often expired credentials are removed, and what else is to be done now and then",
    },
    Setting {
        name: "SHUTDOWN_TIMEOUT_SECONDS",
        default: "30",
        meaning: "how long running requests may take to finish after SIGTERM",
    },
    Setting {
        name: "INTEGRATEDB_SERVER",
        default: "",
        meaning: "the server that the commands of a client speak to, instead of the profile's: https://host:port",
    },
    Setting {
        name: "INTEGRATEDB_PROFILE",
        default: "",
        meaning: "which profile they use, instead of the one that logged in last",
    },
    Setting {
        name: "INTEGRATEDB_TOKEN",
        default: "",
        meaning: "an API key that they use instead of a profile's login, for programs: idbk_...",
    },
    Setting {
        name: "METRICS_TOKEN",
        default: "",
        meaning: "when set, GET /metrics takes it as bearer token, 16 characters or more, beside the credentials of users",
    },
    Setting {
        name: "OTEL_EXPORTER_OTLP_ENDPOINT",
        default: "",
        meaning: "collector that traces of requests go to, by OTLP over HTTP (protobuf): http://collector:4318",
    },
    Setting {
        name: "OTEL_EXPORTER_OTLP_HEADERS",
        default: "",
        meaning: "headers for it, key=value with commas between, values percent-encoded",
    },
    Setting {
        name: "OTEL_SERVICE_NAME",
        default: "integratedb",
        meaning: "what traces call this program",
    },
    Setting {
        name: "OTEL_RESOURCE_ATTRIBUTES",
        default: "",
        meaning: "what else they say of it, written as the headers are",
    },
    Setting {
        name: "OTEL_TRACES_SAMPLER",
        default: "parentbased_always_on",
        meaning: "which requests are traced: always_on, always_off, traceidratio, or one of these with parentbased_ before it",
    },
    Setting {
        name: "OTEL_TRACES_SAMPLER_ARG",
        default: "1",
        meaning: "what share of them traceidratio traces, from 0 to 1",
    },
    Setting { name: "LOG_LEVEL", default: "info", meaning: "error, warn, info, debug or trace" },
    Setting { name: "LOG_FORMAT", default: "text", meaning: "text or json" },
    Setting {
        name: "AUDIT_LOG",
        default: "false",
        meaning: "true writes each entry of the audit to the log as well",
    },
];

/// Those whose values are nobody else's business.
pub const SECRETS: &[&str] = &[
    "DATABASE_URL",
    "SECRET_KEY_BASE",
    "BOOTSTRAP_SECRET",
    "INTEGRATEDB_TOKEN",
    "METRICS_TOKEN",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// What holds when it is not set.
pub(super) fn default(name: &str) -> &'static str {
    setting(name).map_or("", |setting| setting.default)
}

/// What it means.
pub(super) fn meaning(name: &str) -> &'static str {
    setting(name).map_or("", |setting| setting.meaning)
}
