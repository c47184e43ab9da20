import type { AgentConfig, AgentNotify } from "../../engines/native/agent-config.ts";
import type { Output } from "../publishing/publish.ts";

/** The part of the configuration that says who is told of what. */
export type Ways = Pick<AgentConfig, "notify" | "postgres" | "templates" | "tokenFile">;

/** Who is to be told, of which entries. */
export interface Audience {
  readonly notify: AgentNotify;
  readonly entries: readonly string[];
}

const TOKEN = "token";

/** What an output belongs to, in words that logs and the state file keep: `login NAME`, `secret NAME` or `token`. */
export function entryOf(output: Output, { tokenFile }: Ways): string {
  if (output.kind === "directory") return `login ${output.name}`;
  return output.path === tokenFile ? TOKEN : `secret ${output.name}`;
}

/** Groups entries by how the app is told of them: whatever has the same way is told of at once. */
export function audiencesOf(entries: Iterable<string>, ways: Ways): ReadonlyMap<string, Audience> {
  const own = new Map<string, AgentNotify | undefined>([
    ...ways.postgres.map(({ name, notify }) => [`login ${name}`, notify] as const),
    ...ways.templates.map(({ name, notify }) => [`secret ${name}`, notify] as const),
  ]);
  const audiences = new Map<string, Audience>();
  for (const entry of new Set(entries)) {
    const notify = own.get(entry) ?? ways.notify;
    if (notify.kind === "none") continue;
    const key = JSON.stringify(notify);
    audiences.set(key, { notify, entries: [...(audiences.get(key)?.entries ?? []), entry] });
  }
  return audiences;
}
