import { describe, expect, test } from "vitest";
import { createLogger } from "../../src/agent/logger.ts";
import { createMetrics } from "../../src/agent/metrics.ts";
import { createReporter } from "../../src/agent/reporter.ts";
import { createSecretStore, forgetUnused } from "../../src/agent/secret-store.ts";
import {
  type Action,
  type Event,
  initialState,
  type LeaseSettings,
  type MachineState,
  startTimeline,
  step,
} from "../../src/leases/index.ts";
import { VaultError } from "../../src/vault/error.ts";
import { SETTINGS } from "../leases/simulation.ts";

const KEY = "read database/creds/app";

/** A machine whose actions the test answers, and a reporter that is told of everything. */
function reporting(settings: LeaseSettings = SETTINGS) {
  let now = 0;
  const lines: string[] = [];
  const store = createSecretStore();
  const metrics = createMetrics();
  const log = createLogger({ level: "info", base: {}, write: (line) => lines.push(line), now: () => now });
  const reporter = createReporter({ log, metrics, store, wallNow: () => 1_700_000_000_000 + now });
  const instant = () => ({ monotonicMs: now, wallMs: 1_700_000_000_000 + now });
  let state: MachineState = initialState(startTimeline(instant()), [{ key: KEY, verify: undefined }]);
  const dispatch = (event: Event): readonly Action[] => {
    const before = state;
    const stepped = step(before, event, instant(), () => 0.5, settings);
    state = stepped.state;
    reporter.happened(event, before, state);
    forgetUnused(store, event, before, state);
    return stepped.actions;
  };
  const kinds = (actions: readonly Action[]): readonly string[] => actions.map(({ kind }) => kind);
  const events = (): readonly string[] => lines.map((line) => JSON.parse(line).event);
  const page = (): readonly string[] => metrics.page([]).split("\n");
  const later = (milliseconds: number): readonly Action[] => {
    now += milliseconds;
    return dispatch({ kind: "tick" });
  };
  return { reporter, dispatch, later, kinds, events, lines, page, store };
}

type Reporting = ReturnType<typeof reporting>;

/** Answers a read with a lease of a minute. */
function read({ dispatch, store }: Reporting, serial: number): readonly Action[] {
  const leaseId = `database/creds/app/${serial}`;
  const answer = {
    status: 200,
    requestId: "r",
    leaseId,
    leaseDurationSeconds: 60,
    renewable: false,
    data: { username: `v-app-${serial}`, password: "p" },
    auth: null,
    wrapToken: null,
    warnings: [],
    body: "",
  };
  store.readings.set(serial, {
    dependency: { kind: "secret", key: KEY, path: "database/creds/app" },
    answer,
    value: undefined,
  });
  const grant = { kind: "lease", leaseId, durationSeconds: 60, renewable: false } as const;
  return dispatch({ kind: "secret-read", key: KEY, serial, sessionId: 1, grant, changed: true });
}

function publish({ dispatch }: Reporting, serial: number): readonly Action[] {
  const readings = [{ key: KEY, serial }];
  return dispatch({ kind: "published", readings, complete: true, hopeless: false });
}

/** Logged in, one secret read and published. */
function running(settings?: LeaseSettings): Reporting {
  const started = reporting(settings);
  started.dispatch({ kind: "tick" });
  started.dispatch({ kind: "logged-in", sessionId: 1, ttlSeconds: 3600, renewable: true });
  read(started, 1);
  publish(started, 1);
  return started;
}

const denied = new VaultError("denied", "it was refused", { status: 403 });

describe("what happens", () => {
  test("is in the log, with lease and user name, and in the metrics", () => {
    const { events, lines, page } = running();
    expect(events()).toEqual(["logged-in", "secret-read"]);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({
      secret: KEY,
      lease: "database/creds/app/1",
      username: "v-app-1",
      ttlSeconds: 60,
    });
    expect(page()).toContain("keycard_agent_logins_total 1");
  });

  test("is a rotation when one credential takes the place of another", () => {
    const agent = running();
    expect(agent.kinds(agent.later(50_000))).toEqual(["read"]);
    read(agent, 2);
    publish(agent, 2);
    expect(agent.events().slice(-2)).toEqual(["secret-read", "secret-rotated"]);
    expect(JSON.parse(agent.lines.at(-1) ?? "")).toMatchObject({ username: "v-app-2" });
    expect(agent.page()).toContain("keycard_agent_rotations_total 1");
  });

  test.each([
    [undefined, 30, "login-verified", "login verified"],
    ["no CA is known", 40, "login-not-verifiable", "no CA is known"],
  ])("is a login that was tried, or the reason why not: %j", (untried, level, event, msg) => {
    const agent = running();
    agent.dispatch({ kind: "verified", key: KEY, serial: 1, ...(untried === undefined ? {} : { untried }) });
    const line = JSON.parse(agent.lines.at(-1) ?? "");
    expect(line).toMatchObject({ level, event, msg, secret: KEY, username: "v-app-1" });
    expect(agent.events().filter((name) => name.startsWith("login-"))).toEqual([event]);
  });

  test("is told once when Vault goes, and once when it is back", () => {
    const agent = running();
    const failure = { kind: "unavailable" } as const;
    agent.later(50_000);
    agent.dispatch({ kind: "read-failed", key: KEY, failure });
    agent.later(30_000);
    agent.dispatch({ kind: "token-check-failed", sessionId: 1, failure });
    agent.later(30_000);
    agent.dispatch({ kind: "token-checked", sessionId: 1 });
    expect(agent.events().filter((event) => event.startsWith("vault-"))).toEqual([
      "vault-away",
      "vault-back",
    ]);
  });
});

describe("what failed", () => {
  test("is in the log and counted by reason, and unsolved until the same thing works", () => {
    const agent = running();
    const [action] = agent.later(50_000);
    if (action === undefined) throw new Error("nothing is due");
    agent.reporter.failed(action, denied);
    expect(agent.reporter.unsolved()).toEqual([denied.message]);
    expect(agent.page()).toContain('keycard_agent_failures_total{operation="read",reason="denied"} 1');
    read(agent, 2);
    expect(agent.reporter.unsolved()).toEqual([]);
  });

  test("is forgotten with the lease that it was about", () => {
    const graceMs = 5000;
    const agent = running({ ...SETTINGS, graceMs });
    agent.later(50_000);
    read(agent, 2);
    publish(agent, 2);
    const revocation = agent.later(graceMs).find(({ kind }) => kind === "revoke-lease");
    if (revocation === undefined) throw new Error("nothing is revoked");
    agent.reporter.failed(revocation, denied);
    expect(agent.reporter.unsolved()).toEqual([denied.message]);
    agent.dispatch({ kind: "lease-revocation-failed", serial: 1, failure: { kind: "denied" } });
    expect(agent.reporter.unsolved()).toEqual([]);
  });

  test("is told with its code when it is not Vault that failed", () => {
    const agent = running();
    const error = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    agent.reporter.failed({ kind: "publish", readings: [] }, error);
    expect(JSON.parse(agent.lines.at(-1) ?? "")).toMatchObject({
      event: "failed",
      reason: "ENOSPC",
      level: 40,
    });
  });
});
