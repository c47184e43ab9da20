import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AgentOptions, type RunningAgent, startAgent } from "../../src/agent/agent.ts";
import { createLogger } from "../../src/agent/logger.ts";
import { createMetrics } from "../../src/agent/metrics.ts";
import { createRenderer } from "../../src/agent/rendering.ts";
import { createStateFile } from "../../src/agent/state-file.ts";
import { plainAgentConfig } from "../../src/dev/agent-config.ts";
import type { AgentConfig } from "../../src/engines/native/agent-config.ts";
import { VaultError } from "../../src/vault/error.ts";
import type { VaultRequest, VaultResponse } from "../../src/vault/response.ts";
import { loginDouble } from "./login-double.ts";
import { recordedNotifier } from "./notify/recorder.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keycard-agent-unit-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const EMPTY: VaultResponse = {
  status: 200,
  requestId: "request",
  leaseId: "",
  leaseDurationSeconds: 0,
  renewable: false,
  data: null,
  auth: null,
  wrapToken: null,
  warnings: [],
  body: "",
};

const AUTH = {
  clientToken: "hvs.token",
  accessor: "a",
  policies: [],
  leaseDurationSeconds: 3600,
  renewable: true,
  numUses: 0,
};

/** Vault as far as an agent with database logins needs it; counts its leases. */
function vaultDouble() {
  const asked: string[] = [];
  let leases = 0;
  const answer = ({ method, path, body }: VaultRequest): VaultResponse => {
    const lease = typeof body?.["lease_id"] === "string" ? ` ${body["lease_id"]}` : "";
    asked.push(`${method} ${path}${lease}`);
    if (path.endsWith("/login")) return { ...EMPTY, auth: AUTH };
    if (path.startsWith("database/creds/")) {
      const leaseId = `${path}/${++leases}`;
      const data = { username: `v-${leases}`, password: `password-${leases}` };
      return { ...EMPTY, leaseId, leaseDurationSeconds: 60, renewable: true, data };
    }
    if (path === "sys/leases/renew")
      return { ...EMPTY, leaseId: "l", leaseDurationSeconds: 60, renewable: true };
    return path.endsWith("/lookup-self") ? { ...EMPTY, data: {} } : EMPTY;
  };
  return { asked, answer };
}

interface Pod {
  readonly agent: RunningAgent;
  readonly clock: { monotonicMs: number; wallMs: number };
  readonly logged: () => readonly string[];
  file(login: string, name: string): string;
}

async function start(
  send: (request: VaultRequest) => VaultResponse | Promise<VaultResponse>,
  {
    mode = "serve",
    logins = ["db"],
    changes = {},
    parts = {},
  }: {
    readonly mode?: AgentOptions["mode"];
    readonly logins?: readonly string[];
    readonly changes?: Partial<AgentConfig>;
    /** In place of the usual ones. */
    readonly parts?: Partial<AgentOptions>;
  } = {},
): Promise<Pod> {
  const config: AgentConfig = {
    ...plainAgentConfig(root, "double"),
    postgres: logins.map((name) => ({
      name,
      path: `database/creds/${name}`,
      directory: join(root, "secrets", name),
      verify: false,
      verifyFailure: "keep",
    })),
    rotationGraceSeconds: 5,
    startTimeoutSeconds: 0,
    exitOnRetryFailure: false,
    logLevel: "debug",
    ...changes,
  };
  const lines: string[] = [];
  const log = createLogger({ level: "debug", base: {}, write: (line) => lines.push(line), now: () => 0 });
  const client = {
    address: "double",
    send: async (request: VaultRequest) => send(request),
    close: () => undefined,
  };
  const clock = { monotonicMs: 0, wallMs: 1_700_000_000_000 };
  const agent = await startAgent({
    config,
    mode,
    applicationName: "default/app-0",
    client,
    login: loginDouble(client, () => "jwt"),
    templates: undefined,
    renderer: await createRenderer({
      config,
      templates: undefined,
      applicationName: "",
      variables: new Map(),
    }),
    stateFile: createStateFile(config.stateDirectory, JSON.stringify(config)),
    notifier: recordedNotifier({}).notifier,
    log,
    metrics: createMetrics(),
    clock: () => ({ ...clock }),
    random: () => 0.5,
    ...parts,
  });
  return {
    agent,
    clock,
    logged: () => lines.map((line) => JSON.parse(line).event),
    file: (name, file) => readFileSync(join(root, "secrets", name, file), "utf8"),
  };
}

/** An answer that comes when the test says so. */
function held(): {
  readonly answer: Promise<VaultResponse>;
  readonly release: (answer: VaultResponse) => void;
} {
  const { promise, resolve } = Promise.withResolvers<VaultResponse>();
  return { answer: promise, release: resolve };
}

async function stopped({ agent }: Pod): Promise<void> {
  agent.stop();
  expect(await agent.ended).toEqual({ kind: "done" });
}

describe("an agent with many secrets", () => {
  test("logs in once, reads each once, and writes all of them", async () => {
    const vault = vaultDouble();
    const logins = Array.from({ length: 60 }, (_, index) => `db-${index}`);
    const pod = await start(vault.answer, { logins });
    await vi.waitUntil(() => pod.agent.isReady());
    expect(vault.asked.filter((line) => line.endsWith("/login"))).toHaveLength(1);
    expect(vault.asked.filter((line) => line.startsWith("GET database/creds/"))).toHaveLength(60);
    expect(new Set(logins.map((name) => pod.file(name, "username"))).size).toBe(60);
    expect(pod.logged().filter((event) => event === "files-changed")).toHaveLength(1);
    await stopped(pod);
    expect(vault.asked.filter((line) => line.startsWith("PUT sys/leases/revoke "))).toHaveLength(60);
  });

  test("reads two directories of one path once: one lease, one login", async () => {
    const vault = vaultDouble();
    const path = "database/creds/shared";
    const login = { path, verify: false, verifyFailure: "keep" } as const;
    const postgres = ["a", "b"].map((name) => ({ ...login, name, directory: join(root, "secrets", name) }));
    const pod = await start(vault.answer, { changes: { postgres } });
    await vi.waitUntil(() => pod.agent.isReady());
    expect(vault.asked).toEqual(["POST auth/kubernetes/login", `GET ${path}`]);
    expect(pod.file("a", "username")).toBe(pod.file("b", "username"));
    await stopped(pod);
  });
});

describe("readiness and the seconds that are left", () => {
  test("are those of the moment at which they are asked for", async () => {
    const pod = await start(vaultDouble().answer);
    await vi.waitUntil(() => pod.agent.isReady());
    expect(pod.agent.secrets()).toMatchObject([{ usable: true, expirySeconds: 60 }]);
    pod.clock.monotonicMs += 10_000;
    pod.clock.wallMs += 10_000;
    expect(pod.agent.secrets()).toMatchObject([{ usable: true, expirySeconds: 50 }]);
    pod.clock.monotonicMs += 50_000;
    pod.clock.wallMs += 50_000;
    expect(pod.agent.isReady()).toBe(false);
    expect(pod.agent.secrets()).toMatchObject([{ usable: false, expirySeconds: 0 }]);
    await stopped(pod);
  });

  test("are those of the token too, where the app reads it", async () => {
    const vault = vaultDouble();
    const auth = { ...AUTH, leaseDurationSeconds: 30, renewable: false };
    const changes = { tokenFile: join(root, "secrets", "token") };
    const pod = await start(
      (request) => (request.path.endsWith("/login") ? { ...EMPTY, auth } : vault.answer(request)),
      { logins: [], changes },
    );
    await vi.waitUntil(() => pod.agent.isReady());
    expect(pod.agent.secrets()).toEqual([{ secret: "token", usable: true, expirySeconds: 30 }]);
    pod.clock.monotonicMs += 30_000;
    pod.clock.wallMs += 30_000;
    expect(pod.agent.isReady()).toBe(false);
    expect(pod.agent.secrets()).toEqual([{ secret: "token", usable: false, expirySeconds: 0 }]);
    await stopped(pod);
  });
});

describe("an agent that is told to end", () => {
  test("while a login is under way revokes the token that it brings", async () => {
    const vault = vaultDouble();
    const { answer, release } = held();
    const pod = await start((request) => (request.path.endsWith("/login") ? answer : vault.answer(request)));
    pod.agent.stop();
    release({ ...EMPTY, auth: AUTH });
    expect(await pod.agent.ended).toEqual({ kind: "done" });
    expect(vault.asked).toEqual(["PUT auth/token/revoke-self"]);
  });

  test("while a read is under way revokes the lease that it brings, and then the token", async () => {
    const vault = vaultDouble();
    const { answer, release } = held();
    let reads = 0;
    const pod = await start((request) => {
      if (request.method !== "GET") return vault.answer(request);
      reads++;
      return answer;
    });
    await vi.waitUntil(() => reads === 1);
    pod.agent.stop();
    release({ ...EMPTY, leaseId: "database/creds/db/late", leaseDurationSeconds: 60, data: {} });
    expect(await pod.agent.ended).toEqual({ kind: "done" });
    expect(vault.asked.slice(1)).toEqual([
      "PUT sys/leases/revoke database/creds/db/late",
      "PUT auth/token/revoke-self",
    ]);
  });

  test("while a command of the init container runs revokes everything before it ends", async () => {
    const vault = vaultDouble();
    const { answer, release } = held();
    const { notifier } = recordedNotifier({});
    const command = Promise.withResolvers<void>();
    vi.spyOn(notifier, "run").mockReturnValue(command.promise);
    const output = {
      kind: "file",
      name: "a",
      path: join(root, "secrets", "a"),
      content: "a",
      mode: 0o644,
    } as const;
    const dependency = { kind: "secret", key: "read database/creds/db", path: "database/creds/db" } as const;
    const result = { kind: "outputs", outputs: [{ ...output, command: "true" }] } as const;
    const renderer = { render: () => [{ name: "a", dependencies: [dependency], result }] };
    const pod = await start(
      (request) => (request.path === "sys/leases/revoke" ? answer : vault.answer(request)),
      { mode: "once", parts: { notifier, renderer } },
    );
    await vi.waitUntil(() => pod.logged().includes("files-changed"));
    pod.agent.stop();
    command.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    release(EMPTY);
    expect(await pod.agent.ended).toEqual({ kind: "done" });
    expect(vault.asked.at(-1)).toBe("PUT auth/token/revoke-self");
    expect(pod.logged()).not.toContain("handed-over");
  });

  test("twice does so once", async () => {
    const vault = vaultDouble();
    const pod = await start(vault.answer);
    await vi.waitUntil(() => pod.agent.isReady());
    pod.agent.stop();
    await stopped(pod);
    expect(pod.logged().filter((event) => event === "shutting-down")).toHaveLength(1);
    expect(vault.asked.filter((line) => line.includes("revoke-self"))).toHaveLength(1);
  });

  test("and to keep what there is asks nothing more of Vault, and leaves it to the next process", async () => {
    const vault = vaultDouble();
    const changes = { revoke: false };
    const pod = await start(vault.answer, { changes });
    await vi.waitUntil(() => pod.agent.isReady());
    await stopped(pod);
    const next = await start(vault.answer, { changes });
    expect(next.agent.isReady()).toBe(true);
    await stopped(next);
    expect(vault.asked).toHaveLength(2);
  });
});

describe("what an earlier process left", () => {
  test("is taken over by the sidecar: it asks nothing of Vault", async () => {
    const vault = vaultDouble();
    const init = await start(vault.answer, { mode: "once" });
    expect(await init.agent.ended).toEqual({ kind: "done" });
    const before = vault.asked.length;
    const sidecar = await start(vault.answer);
    expect(sidecar.agent.isReady()).toBe(true);
    expect(vault.asked).toHaveLength(before);
    await stopped(sidecar);
    expect(vault.asked.slice(before)).toEqual([
      "PUT sys/leases/revoke database/creds/db/1",
      "PUT auth/token/revoke-self",
    ]);
  });

  test("is not used by an agent with another configuration", async () => {
    const vault = vaultDouble();
    const init = await start(vault.answer, { mode: "once" });
    await init.agent.ended;
    const other = await start(vault.answer, { changes: { rotationGraceSeconds: 6 } });
    await vi.waitUntil(() => other.agent.isReady());
    expect(other.logged()).toContain("state-not-used");
    expect(vault.asked.filter((line) => line.endsWith("/login"))).toHaveLength(2);
    await stopped(other);
  });
});

describe("an answer that is not Vault's", () => {
  test("is no secret: it is asked for again, and nothing is written meanwhile", async () => {
    const vault = vaultDouble();
    const foreign = { ...EMPTY, requestId: "", body: '{"status":"ok"}' };
    let reads = 0;
    const pod = await start((request) => {
      if (request.method === "GET" && request.path.startsWith("database/")) {
        reads++;
        if (reads === 1) return foreign;
      }
      return vault.answer(request);
    });
    await vi.waitUntil(() => pod.logged().includes("failed"));
    expect(pod.logged()).not.toContain("secret-read");
    await vi.waitUntil(
      () => {
        pod.clock.monotonicMs += 100;
        return pod.agent.isReady();
      },
      { timeout: 4000 },
    );
    expect(pod.file("db", "username")).toBe("v-1");
    await stopped(pod);
  });
});

describe("an init container that gives up", () => {
  test("says what failed, each thing once, the newest last", async () => {
    const refuse = (): never => {
      throw new VaultError("denied", "Vault said no", { status: 403 });
    };
    const pod = await start(refuse, { mode: "once", changes: { startTimeoutSeconds: 0.05 } });
    pod.clock.monotonicMs += 100;
    expect(await pod.agent.ended).toMatchObject({
      kind: "gave-up",
      reason: "start-timeout",
      problems: [expect.stringContaining("Vault said no")],
    });
  });
});
