/** Counts the logins that a PostgreSQL server was asked to make. */
export interface RoleCounter {
  /** For the server's `settings`: its log has to name what was done. */
  readonly settings: Readonly<Record<string, string>>;
  /** For the server's `onLog`. */
  onLog(text: string): void;
  /** So far. */
  created(): number;
}

/**
 * A counter of the roles Vault created, dropped ones included. The log it reads names passwords: it is for
 * development servers only, and keeps nothing of it.
 */
export function createRoleCounter(): RoleCounter {
  let count = 0;
  let tail = "";
  return {
    settings: { log_statement: "ddl" },
    onLog: (text) => {
      const lines = (tail + text).split("\n");
      tail = lines.pop() ?? "";
      count += lines.filter((line) => /CREATE ROLE "v-/.test(line)).length;
    },
    created: () => count,
  };
}
