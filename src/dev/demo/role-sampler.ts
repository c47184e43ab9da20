import type { DevelopmentPostgres } from "../postgres.ts";

const SAMPLE_MILLISECONDS = 200;

/** Watches pg_roles for the logins that Vault makes: their names begin with `v-`. */
export interface RoleSampler extends AsyncDisposable {
  /** How many different ones were ever seen. */
  readonly seen: number;
  /** Looks now. */
  sample(): Promise<readonly string[]>;
}

export function startRoleSampler(postgres: DevelopmentPostgres): RoleSampler {
  const seen = new Set<string>();
  const sample = async (): Promise<readonly string[]> => {
    const rows = await postgres.query<{ rolname: string }>(
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'v-%'",
    );
    for (const { rolname } of rows) seen.add(rolname);
    return rows.map(({ rolname }) => rolname);
  };
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = sample().catch(() => {});
  }, SAMPLE_MILLISECONDS);
  return {
    get seen() {
      return seen.size;
    },
    sample,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
