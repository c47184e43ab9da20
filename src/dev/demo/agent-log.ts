import { isJsonObject, type JsonObject } from "../../json.ts";

/** What a person wants to see of the agent's events, by event; anything else stays in the log. */
const TOLD: ReadonlyMap<string, (entry: JsonObject) => string> = new Map<
  string,
  (entry: JsonObject) => string
>([
  ["logged-in", () => "logged in to Vault"],
  ["resumed", () => "took over token and leases: no second login"],
  ["secret-read", (entry) => `was issued ${String(entry["username"])}`],
  [
    "lease-renewed",
    (entry) => `renewed the lease of ${String(entry["username"])}, ${String(entry["ttlSeconds"])} s`,
  ],
  ["secret-rotated", (entry) => `published ${String(entry["username"])} in place of the old login`],
  ["lease-revoked", (entry) => `revoked the lease of ${String(entry["username"])}`],
  ["token-revoked", () => "revoked its token, and with it what hung on it"],
]);

/** Reads the agent's log as it comes: tells the events a person cares for, and counts replaced logins. */
export class AgentLog {
  readonly #tell: (line: string) => void;
  #replacements = 0;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  /** How often the agent published another login in place of one that was out. */
  get replacements(): number {
    return this.#replacements;
  }

  /** Takes one line of a container's output; what is no log line of the agent is told as it is. */
  add(container: string, line: string): void {
    const entry = parseEntry(line);
    if (entry === undefined) {
      this.#tell(`${container}: ${line}`);
      return;
    }
    if (entry["event"] === "secret-rotated") this.#replacements += 1;
    const told = TOLD.get(String(entry["event"]));
    if (told) this.#tell(`${container} ${told(entry)}`);
    else if (Number(entry["level"]) >= 40) this.#tell(`${container}: ${String(entry["msg"])}`);
  }
}

function parseEntry(line: string): JsonObject | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return isJsonObject(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}
