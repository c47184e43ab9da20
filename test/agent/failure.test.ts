import { describe, expect, test } from "vitest";
import { type Call, failureOf } from "../../src/agent/failure.ts";
import { VaultError, type VaultErrorKind } from "../../src/vault/error.ts";
import { LoginError } from "../../src/vault/login/login-method.ts";

interface Case {
  readonly kind: VaultErrorKind;
  readonly call: Call;
  readonly failure: string;
  readonly status?: number;
  readonly errors?: readonly string[];
}

const CASES: readonly Case[] = [
  { kind: "sealed", call: "read", failure: "unavailable", status: 503 },
  { kind: "rate-limited", call: "lease", failure: "unavailable", status: 429 },
  { kind: "stale", call: "token", failure: "unavailable", status: 412 },
  { kind: "server", call: "lease", failure: "unavailable", status: 502 },
  { kind: "server", call: "read", failure: "failed", status: 500 },
  { kind: "unreachable", call: "lease", failure: "unavailable" },
  { kind: "timeout", call: "login", failure: "unavailable" },
  { kind: "timeout", call: "read", failure: "uncertain" },
  { kind: "unreachable", call: "read", failure: "uncertain" },
  { kind: "denied", call: "lease", failure: "denied", status: 403 },
  { kind: "not-found", call: "read", failure: "refused", status: 404 },
  { kind: "not-found", call: "lease", failure: "gone", status: 404 },
  { kind: "invalid", call: "login", failure: "refused", status: 400 },
  { kind: "invalid", call: "lease", failure: "gone", status: 400, errors: ["lease not found"] },
  { kind: "invalid", call: "lease", failure: "refused", status: 400, errors: ["lease is not renewable"] },
];

describe("what a failure means for what comes next", () => {
  test.each(CASES)(
    "$kind ($status) at a $call: $failure",
    ({ kind, call, failure, status = 0, errors = [] }) => {
      expect(failureOf(new VaultError(kind, "it failed", { status, errors }), call).kind).toBe(failure);
    },
  );

  test("a read that was never sent did nothing", () => {
    const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    expect(failureOf(new VaultError("unreachable", "it failed", { cause }), "read").kind).toBe("unavailable");
  });

  test("what Vault asks for by Retry-After is passed on", () => {
    const error = new VaultError("rate-limited", "slow down", { status: 429, retryAfterSeconds: 7 });
    expect(failureOf(error, "read").retryAfterSeconds).toBe(7);
  });

  test("a login whose file may still appear is tried again, a wrong configuration refused", () => {
    expect(failureOf(new LoginError("no file", { retryable: true }), "login").kind).toBe("failed");
    expect(failureOf(new LoginError("no role", { retryable: false }), "login").kind).toBe("refused");
  });
});
