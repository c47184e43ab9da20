import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSecretStore } from "../../src/agent/secret-store.ts";
import { createStateFile, isMarkedReady } from "../../src/agent/state-file.ts";
import { initialState, startTimeline } from "../../src/leases/index.ts";

const CONFIG = '{"version":1}';
const NOTHING = { untold: [], restarting: false };
const MACHINE = initialState(startTimeline({ monotonicMs: 0, wallMs: 0 }), [
  { key: "read a", verify: "keep" },
]);

let root: string;
const directory = (): string => join(root, "state");
const file = (): string => join(directory(), "state.json");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keycard-state-"));
  const store = createSecretStore();
  store.tokens.set(1, "the-token");
  store.readings.set(7, {
    dependency: { kind: "secret", key: "read a", path: "a" },
    answer: undefined,
    value: undefined,
  });
  createStateFile(directory(), CONFIG).save(MACHINE, store, NOTHING);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("a state file", () => {
  test("gives back what was saved, with undefined left out", () => {
    const loaded = createStateFile(directory(), CONFIG).load();
    const saved = loaded.kind === "saved" ? loaded.saved : undefined;
    expect(saved?.tokens).toEqual([[1, "the-token"]]);
    expect(saved?.readings).toEqual([[7, { dependency: { kind: "secret", key: "read a", path: "a" } }]]);
    expect(saved?.machine).toEqual(MACHINE);
  });

  test("is for its owner alone", () => {
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(directory()).mode & 0o777).toBe(0o700);
  });

  const unusable = [
    { reason: "other-configuration", change: () => undefined, config: '{"version":1,"other":true}' },
    { reason: "damaged", change: () => writeFileSync(file(), "{"), config: CONFIG },
    { reason: "damaged", change: () => writeFileSync(file(), "[]"), config: CONFIG },
    {
      reason: "unreadable",
      change: () => {
        rmSync(directory(), { recursive: true });
        writeFileSync(directory(), "in the way");
      },
      config: CONFIG,
    },
    { reason: "open-to-others", change: () => chmodSync(file(), 0o644), config: CONFIG },
    {
      reason: "other-version",
      change: () =>
        writeFileSync(file(), readFileSync(file(), "utf8").replace(/^\{"version":\d+/, '{"version":0')),
      config: CONFIG,
    },
  ];
  test.each(unusable)("is not used: $reason", ({ reason, change, config }) => {
    change();
    expect(createStateFile(directory(), config).load()).toEqual({ kind: "unusable", reason });
  });

  test("that is gone is none", () => {
    const state = createStateFile(directory(), CONFIG);
    state.remove();
    expect(existsSync(file())).toBe(false);
    expect(state.load()).toEqual({ kind: "none" });
  });
});

describe("the mark of readiness", () => {
  test("comes and goes", () => {
    const state = createStateFile(directory(), CONFIG);
    expect(isMarkedReady(directory())).toBe(false);
    state.markReady(true);
    expect(isMarkedReady(directory())).toBe(true);
    state.markReady(false);
    expect(isMarkedReady(directory())).toBe(false);
  });
});
