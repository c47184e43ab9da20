import type { AgentConfig, AgentPostgres } from "../engines/native/agent-config.ts";
import { KeycardError } from "../errors.ts";
import type { SlotRequest } from "../leases/index.ts";
import type { PostgresLogin } from "../postgres/details.ts";
import { checkLogin, type LoginCheck } from "../postgres/login-check.ts";
import type { Dependency } from "../templates/index.ts";
import { postgresDependency } from "./rendering.ts";
import { loginIn, type StoredReading } from "./secret-store.ts";

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
export type Verification =
  | { readonly kind: "passed" }
  /** The check cannot be done from here; that says nothing about the login. */
  | { readonly kind: "impossible"; readonly reason: string }
  | { readonly kind: "failed"; readonly cause: "rejected" | "unreachable"; readonly error: unknown };

function describe(check: Exclude<LoginCheck, { readonly kind: "ok" }>): string {
  const said = "message" in check ? `${check.message} (SQLSTATE ${check.sqlstate})` : check.reason;
  return check.host === "" ? said : `${check.host}: ${said}`;
}

async function tryLogin(
  { name, url }: Verified,
  login: PostgresLogin,
  applicationName: string,
): Promise<Verification> {
  try {
    const target = { name, url, applicationName };
    const check = await checkLogin(target, login, { timeoutSeconds: TIMEOUT_SECONDS });
    if (check.kind === "ok") return { kind: "passed" };
    const reason = describe(check);
    if (check.kind === "impossible") return { kind: "impossible", reason };
    const error = new KeycardError(
      "KEYCARD_AGENT_LOGIN_CHECK",
      `PostgreSQL does not take the new login of postgres-${name}: ${reason}`,
    );
    return { kind: "failed", cause: check.kind === "refused" ? "rejected" : "unreachable", error };
  } catch (error) {
    // A login or URL that no client could use.
    return { kind: "failed", cause: "rejected", error };
  }
}

/** Tries a new login against every PostgreSQL whose directory will show it. */
export async function verifyLogin(
  config: AgentConfig,
  reading: StoredReading,
  applicationName: string,
): Promise<Verification> {
  const login = loginIn(reading.answer);
  // Rendering will say what is wrong with it.
  if (!login) return { kind: "passed" };
  let result: Verification = { kind: "passed" };
  for (const target of verifiedBy(config, reading.dependency.key)) {
    const verification = await tryLogin(target, login, applicationName);
    if (verification.kind === "failed") return verification;
    if (verification.kind === "impossible") result = verification;
  }
  return result;
}
