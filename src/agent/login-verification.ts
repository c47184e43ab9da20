import type { AgentConfig, AgentPostgres } from "../engines/native/agent-config.ts";
import { KeycardError } from "../errors.ts";
import type { Action, Event, SlotRequest } from "../leases/index.ts";
import type { PostgresLogin } from "../postgres/details.ts";
import { checkLogin, type LoginCheck } from "../postgres/login-check.ts";
import type { Dependency } from "../templates/index.ts";
import { postgresDependency } from "./rendering.ts";
import { loginIn, type SecretStore, type StoredReading } from "./secret-store.ts";

/** For one host; a shorter `connect_timeout` of the URL wins. */
const TIMEOUT_SECONDS = 5;

type Verified = AgentPostgres & { readonly url: string };

function verifiedBy(config: AgentConfig, key: string): readonly Verified[] {
  return config.postgres.filter(
    (postgres): postgres is Verified =>
      postgres.verify && postgres.url !== undefined && postgresDependency(postgres).key === key,
  );
}

/** How a dependency is to be checked: where several directories show the same login, the strictest counts. */
export function slotRequestOf(config: AgentConfig, dependency: Dependency): SlotRequest {
  const checks = verifiedBy(config, dependency.key);
  if (checks.length === 0) return { key: dependency.key, verify: undefined };
  const publishes = checks.every(({ verifyFailure }) => verifyFailure === "publish");
  return { key: dependency.key, verify: publishes ? "publish" : "keep" };
}

/** What came of trying a new login everywhere it is going to be used. */
type Verification =
  | { readonly kind: "passed" }
  /** The check cannot be done from here; that says nothing about the login. */
  | { readonly kind: "impossible"; readonly reason: string }
  | { readonly kind: "failed"; readonly cause: "rejected" | "unreachable"; readonly error: unknown };

const PASSED: Verification = { kind: "passed" };

function describe(check: Exclude<LoginCheck, { readonly kind: "ok" }>): string {
  const said = "message" in check ? `${check.message} (SQLSTATE ${check.sqlstate})` : check.reason;
  return check.host === "" ? said : `${check.host}: ${said}`;
}

const FIXES: Readonly<Record<Exclude<LoginCheck["kind"], "ok" | "impossible">, string>> = {
  refused: "Check the URL's database, the creation statements of Vault's role, and pg_hba.conf.",
  unavailable: "The server takes nobody for now; it is asked again.",
  unreachable: "Check its URL, and that the network lets this pod reach it.",
  protocol: "Check that host and port of its URL are PostgreSQL's.",
  tls: "Check sslmode and sslrootcert of its URL, and the server's certificate.",
  "no-match": "Check target_session_attrs of its URL.",
};

async function tryLogin(
  { name, url }: Verified,
  login: PostgresLogin,
  applicationName: string,
): Promise<Verification> {
  try {
    const target = { name, url, applicationName };
    const check = await checkLogin(target, login, { timeoutSeconds: TIMEOUT_SECONDS });
    if (check.kind === "ok") return PASSED;
    const reason = describe(check);
    if (check.kind === "impossible") return { kind: "impossible", reason };
    const refused = check.kind === "refused";
    const what = refused ? "does not take" : "cannot be asked about";
    const error = new KeycardError(
      "KEYCARD_AGENT_LOGIN_CHECK",
      `PostgreSQL ${what} the new login of postgres-${name}: ${reason}. ${FIXES[check.kind]}`,
    );
    return { kind: "failed", cause: refused ? "rejected" : "unreachable", error };
  } catch (error) {
    // A login or URL that no client could use.
    return { kind: "failed", cause: "rejected", error };
  }
}

async function verifyLogin(
  config: AgentConfig,
  reading: StoredReading,
  applicationName: string,
): Promise<Verification> {
  const login = loginIn(reading.answer);
  // Rendering will say what is wrong with it.
  if (!login) return PASSED;
  let result = PASSED;
  for (const target of verifiedBy(config, reading.dependency.key)) {
    const verification = await tryLogin(target, login, applicationName);
    if (verification.kind === "failed") return verification;
    if (verification.kind === "impossible") result = verification;
  }
  return result;
}

/** Loads what trying the login will need, unless it is loaded: Node takes milliseconds for its cryptography. */
export function prepareVerification(config: AgentConfig, key: string): void {
  if (verifiedBy(config, key).length > 0) process.getBuiltinModule("node:crypto");
}

type VerifyAction = Extract<Action, { readonly kind: "verify" }>;

export interface VerificationOptions {
  readonly config: AgentConfig;
  readonly store: SecretStore;
  /** As which the check shows itself to PostgreSQL; `""`: as nobody. */
  readonly applicationName: string;
  /** Told of a login that does not work. */
  readonly failed: (action: VerifyAction, error: unknown) => void;
}

/** Tries a new login against every PostgreSQL whose directory will show it. Never rejects. */
export async function verifyReading(options: VerificationOptions, action: VerifyAction): Promise<Event> {
  const { config, store, applicationName } = options;
  const { key, serial } = action;
  const reading = store.readings.get(serial);
  const verification = reading ? await verifyLogin(config, reading, applicationName) : PASSED;
  if (verification.kind === "failed") {
    options.failed(action, verification.error);
    return { kind: "verification-failed", key, serial, cause: verification.cause };
  }
  const untried = verification.kind === "impossible" ? { untried: verification.reason } : {};
  return { kind: "verified", key, serial, ...untried };
}
