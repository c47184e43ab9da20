import type { AgentConfig, AgentPostgres } from "../engines/native/agent-config.ts";
import type { SlotRequest } from "../leases/index.ts";
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
  | { readonly kind: "failed"; readonly cause: "rejected" | "unreachable"; readonly reason: string };

function describe(check: Exclude<LoginCheck, { readonly kind: "ok" }>): string {
  const said = "message" in check ? `${check.message} (SQLSTATE ${check.sqlstate})` : check.reason;
  return check.host === "" ? said : `${check.host}: ${said}`;
}

/** Tries a new login against every PostgreSQL whose directory will show it. @throws PostgresUrlError, PostgresFormatError */
export async function verifyLogin(
  config: AgentConfig,
  reading: StoredReading,
  applicationName: string,
): Promise<Verification> {
  const login = loginIn(reading.answer);
  // Rendering will say what is wrong with it.
  if (!login) return { kind: "passed" };
  let result: Verification = { kind: "passed" };
  for (const { name, url } of verifiedBy(config, reading.dependency.key)) {
    const check = await checkLogin({ name, url, applicationName }, login, {
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    if (check.kind === "ok") continue;
    if (check.kind === "impossible") {
      result = { kind: "impossible", reason: describe(check) };
      continue;
    }
    const cause = check.kind === "refused" ? "rejected" : "unreachable";
    return { kind: "failed", cause, reason: describe(check) };
  }
  return result;
}
