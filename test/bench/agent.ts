/**
 * Start to credential on disk, memory and CPU of the renewing agent: Keycard's, a bare Node script that does
 * the two HTTP calls and a renewal, and `vault agent` where `KEYCARD_VAULT_BIN` names a Vault. Interleaved
 * runs, medians. Usage: node test/bench/agent.ts [--rounds N] [--seconds N] [--json]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { plainAgentConfig, plainTemplate } from "../../src/dev/agent-config.ts";
import type { AgentConfig } from "../../src/engines/native/agent-config.ts";
import { type Parts, startParts } from "../support/parts.ts";

const TEMPLATE =
  '{{ with secret "database/creds/app-role" }}{{ .Data.username }}:{{ .Data.password }}{{ end }}';

/** Where there is one, as kubelet's volumes in memory are: what is written to a disk takes the disk's time. */
const MEMORY_FILE_SYSTEM = "/dev/shm";

/** One program that is measured. */
interface Contender {
  readonly name: string;
  /** Prepares a fresh directory. */
  prepare(directory: string): Promise<{
    readonly command: readonly string[];
    readonly env: Record<string, string>;
    /** Appears when the credential is there. */
    readonly file: string;
  }>;
}

interface Sample {
  readonly startMs: number;
  readonly privateMiB: number;
  readonly residentMiB: number;
  readonly cpuMs: number;
}

function keycard(parts: Parts, name: string, change: (directory: string) => Partial<AgentConfig>): Contender {
  return {
    name,
    async prepare(directory) {
      const config = { ...plainAgentConfig(directory, parts.vault.address), ...change(directory) };
      return {
        command: [process.execPath, "dist/keycard-agent.cjs", "agent"],
        env: { KEYCARD_AGENT_CONFIG: JSON.stringify(config) },
        file: config.templates[0]?.destination ?? join(directory, "secrets", "db", "..data", "username"),
      };
    },
  };
}

function keycards(parts: Parts): readonly Contender[] {
  const { host, port, database } = parts.postgres;
  const postgres = (directory: string) => ({
    name: "db",
    path: "database/creds/app-role",
    directory: join(directory, "secrets", "db"),
    verifyFailure: "keep" as const,
  });
  return [
    keycard(parts, "keycard, a template", (directory) => ({
      templates: [plainTemplate(directory, "db", TEMPLATE)],
    })),
    keycard(parts, "keycard, PostgreSQL files", (directory) => ({
      postgres: [{ ...postgres(directory), verify: false }],
    })),
    keycard(parts, "keycard, PostgreSQL files, login tried first", (directory) => ({
      postgres: [{ ...postgres(directory), verify: true, url: `postgresql://${host}:${port}/${database}` }],
    })),
  ];
}

/** What any Node program must at least do. */
const BARE_SCRIPT = `
const http = process.getBuiltinModule("node:http");
const fs = process.getBuiltinModule("node:fs");
const [address, directory] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const send = (method, path, token, body) => new Promise((resolve, reject) => {
  const request = http.request(address + "/v1/" + path, { method, agent, headers: token ? { "x-vault-token": token } : {} }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (part) => { text += part; }).on("end", () => resolve(JSON.parse(text)));
  });
  request.on("error", reject);
  request.end(body && JSON.stringify(body));
});
const jwt = fs.readFileSync(directory + "/token", "utf8");
const { auth } = await send("POST", "auth/kubernetes/login", undefined, { role: "app", jwt });
const secret = await send("GET", "database/creds/app-role", auth.client_token);
fs.writeFileSync(directory + "/secrets/.new", secret.data.username + ":" + secret.data.password);
fs.renameSync(directory + "/secrets/.new", directory + "/secrets/db");
setInterval(() => send("PUT", "sys/leases/renew", auth.client_token, { lease_id: secret.lease_id, increment: secret.lease_duration }),
  secret.lease_duration * 667);
`;

function bareNode(parts: Parts): Contender {
  return {
    name: "bare Node script",
    async prepare(directory) {
      const script = join(directory, "bare.mjs");
      await writeFile(script, BARE_SCRIPT);
      return {
        command: [process.execPath, script, parts.vault.address, directory],
        env: {},
        file: join(directory, "secrets", "db"),
      };
    },
  };
}

function vaultAgent(parts: Parts, binary: string): Contender {
  return {
    name: "vault agent",
    async prepare(directory) {
      const file = join(directory, "secrets", "db");
      const configuration = `
        exit_after_auth = false
        vault { address = "${parts.vault.address}" }
        auto_auth {
          method "kubernetes" {
            mount_path = "auth/kubernetes"
            config = { role = "app", token_path = "${join(directory, "token")}" }
          }
          sink "file" { config = { path = "${join(directory, "sink")}" } }
        }
        template {
          destination = "${file}"
          contents = ${JSON.stringify(TEMPLATE)}
        }`;
      const path = join(directory, "agent.hcl");
      await writeFile(path, configuration);
      return {
        command: [binary, "agent", `-config=${path}`, "-log-level=info"],
        env: { HOME: directory, SKIP_SETCAP: "true" },
        file,
      };
    },
  };
}

async function untilThere(file: string, child: ChildProcess): Promise<void> {
  while (!existsSync(file)) {
    if (child.exitCode !== null)
      throw new Error(`ended with ${child.exitCode} before there was a credential`);
    await new Promise((resolve) => setTimeout(resolve, 0.2));
  }
}

function statusMiB(pid: number, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) / 1024;
}

/** User and system time of a process; the kernel counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function measure(contender: Contender, parts: Parts, seconds: number): Promise<Sample> {
  const volumes = existsSync(MEMORY_FILE_SYSTEM) ? MEMORY_FILE_SYSTEM : tmpdir();
  const directory = await mkdtemp(join(volumes, "keycard-"));
  for (const volume of ["secrets", "state"]) await mkdir(join(directory, volume), { mode: 0o700 });
  await writeFile(join(directory, "token"), parts.serviceAccountToken());
  const { command, env, file } = await contender.prepare(directory);
  const [program = "", ...args] = command;
  const from = performance.now();
  // A pipe for the log, as in a pod.
  const child = spawn(program, args, {
    env: { PATH: "/usr/bin:/bin", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.resume();
  child.stderr.resume();
  const closed = once(child, "close");
  try {
    await untilThere(file, child);
    const startMs = performance.now() - from;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const pid = child.pid ?? 0;
    return {
      startMs,
      privateMiB: statusMiB(pid, "RssAnon"),
      residentMiB: statusMiB(pid, "VmRSS"),
      cpuMs: cpuMs(pid),
    };
  } finally {
    child.kill("SIGTERM");
    await closed;
    await rm(directory, { recursive: true, force: true });
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function medians(samples: readonly Sample[]): Sample {
  return {
    startMs: median(samples.map(({ startMs }) => startMs)),
    privateMiB: median(samples.map(({ privateMiB }) => privateMiB)),
    residentMiB: median(samples.map(({ residentMiB }) => residentMiB)),
    cpuMs: median(samples.map(({ cpuMs: cpu }) => cpu)),
  };
}

function printTable(results: ReadonlyMap<string, Sample>, seconds: number): void {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  console.log(
    row(["", "start to credential, ms", "private, MiB", "resident, MiB", `CPU in ${seconds} s, ms`]),
  );
  console.log(row(["---", "---:", "---:", "---:", "---:"]));
  for (const [name, { startMs, privateMiB, residentMiB, cpuMs: cpu }] of results) {
    console.log(
      row([name, startMs.toFixed(0), privateMiB.toFixed(1), residentMiB.toFixed(1), cpu.toFixed(0)]),
    );
  }
  for (const floor of ["bare Node script", "vault agent"]) {
    const base = results.get(floor);
    if (!base) continue;
    console.log(`\nTimes ${floor}:`);
    for (const [name, sample] of results) {
      if (name === floor) continue;
      const ratio = (key: keyof Sample): string => (sample[key] / base[key]).toFixed(2);
      console.log(
        `  ${name}: start ${ratio("startMs")}, private ${ratio("privateMiB")}, resident ${ratio("residentMiB")}, CPU ${ratio("cpuMs")}`,
      );
    }
  }
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
// Short leases, so that every program renews several times while it is looked at.
await using parts = await startParts({ database: { defaultTtlSeconds: 2, maxTtlSeconds: 3600 } });
const binary = process.env["KEYCARD_VAULT_BIN"] ?? "";
const contenders = [
  bareNode(parts),
  ...keycards(parts),
  ...(binary === "" ? [] : [vaultAgent(parts, binary)]),
];
const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
// The first round warms the disk's cache and is not counted.
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const contender of contenders) {
    const sample = await measure(contender, parts, round === 0 ? 0.5 : seconds);
    if (round > 0) samples.get(contender.name)?.push(sample);
  }
}
const results = new Map([...samples].map(([name, list]) => [name, medians(list)]));
if (values.json) console.log(JSON.stringify(Object.fromEntries(results)));
else {
  console.log(
    `Vault: ${parts.vault.kind} ${parts.vault.version}; Node ${process.version}; ${values.rounds} rounds, medians\n`,
  );
  printTable(results, seconds);
}
