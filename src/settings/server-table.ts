import { certificateHost, listenAddress, urlPath } from "./address.ts";
import { cipherSuite } from "./cipher-suites.ts";
import { duration } from "./duration.ts";
import { boolean, byteSize, listOf, oneOf, oneOfMeaning, optionalWord, word } from "./grammar.ts";
import { injectorSetting, keycardSetting, type SettingTable } from "./setting.ts";

const LOG_LEVELS = {
  trace: "trace",
  debug: "debug",
  info: "info",
  notice: "info",
  "": "info",
  warn: "warn",
  warning: "warn",
  err: "error",
  error: "error",
} as const;

/** The settings of the server itself: where it listens, its certificates, its place in the cluster. */
export const serverTable = {
  listen: injectorSetting("listen", "LISTEN", listenAddress, ":8080", "Address to listen on."),
  logLevel: injectorSetting(
    "log-level",
    "LOG_LEVEL",
    oneOfMeaning(LOG_LEVELS),
    "info",
    "Least level logged.",
  ),
  logFormat: {
    ...injectorSetting(
      "log-format",
      "LOG_FORMAT",
      oneOf("standard", "json"),
      "json",
      "Log lines for people, or JSON.",
    ),
    dropInFallback: "standard",
  },
  telemetryPath: injectorSetting(
    "telemetry-path",
    "TELEMETRY_PATH",
    urlPath,
    "/metrics",
    "Path of the Prometheus metrics; empty, by flag: none.",
  ),
  tlsCertFile: injectorSetting(
    "tls-cert-file",
    "TLS_CERT_FILE",
    optionalWord,
    "",
    "Serving certificate with its chain, in PEM; watched for changes. Needs -tls-key-file.",
  ),
  tlsKeyFile: injectorSetting(
    "tls-key-file",
    "TLS_KEY_FILE",
    optionalWord,
    "",
    "Private key of the certificate file.",
  ),
  tlsCaCertFile: injectorSetting(
    "tls-ca-cert-file",
    "TLS_CA_CERT_FILE",
    optionalWord,
    "",
    "CA of the certificate file, written as caBundle into the registration that -tls-auto names.",
  ),
  tlsAuto: injectorSetting(
    "tls-auto",
    "TLS_AUTO",
    optionalWord,
    "",
    "MutatingWebhookConfiguration whose caBundle is kept current; empty: none.",
  ),
  tlsAutoHosts: injectorSetting(
    "tls-auto-hosts",
    "TLS_AUTO_HOSTS",
    listOf(certificateHost),
    "",
    "DNS names and IP addresses of the serving certificate that Keycard makes when no certificate file is given.",
  ),
  tlsMinVersion: injectorSetting(
    "tls-min-version",
    "TLS_MIN_VERSION",
    oneOf("tls10", "tls11", "tls12", "tls13"),
    "tls12",
    "Lowest TLS version spoken.",
  ),
  tlsCipherSuites: injectorSetting(
    "tls-cipher-suites",
    "TLS_CIPHER_SUITES",
    listOf(cipherSuite),
    "",
    "TLS cipher suites by their IANA names; empty: the runtime's own choice.",
  ),
  useLeaderElector: injectorSetting(
    "use-leader-elector",
    "USE_LEADER_ELECTOR",
    boolean,
    "false",
    "Several replicas: one of them, elected, renews certificates and patches the registration.",
  ),
  leaderLock: keycardSetting(
    "LEADER_LOCK",
    oneOf("lease", "configmap"),
    "lease",
    "Kind of the object that the election is held on; configmap is what the Vault Agent Injector's Role grants.",
    "configmap",
  ),
  leaderLockName: keycardSetting(
    "LEADER_LOCK_NAME",
    word,
    "keycard-webhook-leader",
    "Name of the object that the election is held on.",
  ),
  certSecret: keycardSetting(
    "CERT_SECRET",
    word,
    "keycard-webhook-certs",
    "Secret that keeps Keycard's own CA and serving certificate.",
  ),
  namespace: {
    flags: [],
    variables: ["NAMESPACE"],
    grammar: word,
    fallback: "default",
    help: "Namespace of the webhook itself.",
  },
  podName: {
    flags: [],
    variables: ["POD_NAME", "HOSTNAME"],
    grammar: optionalWord,
    fallback: "",
    help: "Name of the webhook's pod, its identity in the election.",
  },
  watchNamespaces: keycardSetting(
    "WATCH_NAMESPACES",
    boolean,
    "true",
    "Take defaults from annotations of the pod's Namespace; needs a cluster and the right to watch Namespaces.",
    "false",
  ),
  bodyLimit: keycardSetting("BODY_LIMIT", byteSize, "8Mi", "Largest request body taken."),
  headersTimeout: keycardSetting(
    "HEADERS_TIMEOUT",
    duration("1s", "5m"),
    "10s",
    "A connection that has not sent its request headers by then is closed.",
  ),
  requestTimeout: keycardSetting(
    "REQUEST_TIMEOUT",
    duration("1s", "5m"),
    "30s",
    "A connection that has not sent its whole request by then is closed.",
  ),
  handlerTimeout: keycardSetting(
    "HANDLER_TIMEOUT",
    duration("100ms", "5m"),
    "10s",
    "An admission is answered within this or, when shorter, the API server's own timeout, or refused.",
  ),
  keepAliveTimeout: keycardSetting(
    "KEEP_ALIVE_TIMEOUT",
    duration("1s", "1h"),
    "2m",
    "Idle connections are closed after this; longer than the 90s after which API servers close them.",
  ),
  shutdownDelay: keycardSetting(
    "SHUTDOWN_DELAY",
    duration("0s", "5m"),
    "5s",
    "After SIGTERM the server is unready but still serves for this long, until nobody sends it new requests.",
  ),
  shutdownTimeout: keycardSetting(
    "SHUTDOWN_TIMEOUT",
    duration("1s", "5m"),
    "15s",
    "Then requests in flight get this long to finish.",
  ),
} satisfies SettingTable;
