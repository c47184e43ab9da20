import { describe, expect, test } from "vitest";
import { createMetrics } from "../../src/agent/metrics.ts";

describe("the metrics page", () => {
  test("tells of each secret how long it lasts and whether it works", () => {
    const page = createMetrics().page([
      { secret: "read database/creds/app", expirySeconds: 12.5, usable: true },
      { secret: 'kv "odd"\\path', expirySeconds: undefined, usable: false },
    ]);
    expect(page).toContain('keycard_agent_secret_expiry_seconds{secret="read database/creds/app"} 12.500\n');
    expect(page).toContain('keycard_agent_secret_usable{secret="kv \\"odd\\"\\\\path"} 0\n');
    expect(page).not.toContain('expiry_seconds{secret="kv');
  });

  test("counts by label, and shows what has not happened yet as zero", () => {
    const metrics = createMetrics();
    metrics.count("failures", { operation: "read", reason: "denied" });
    metrics.count("failures", { operation: "read", reason: "denied" });
    const page = metrics.page([]);
    expect(page).toContain('keycard_agent_failures_total{operation="read",reason="denied"} 2\n');
    expect(page).toContain("keycard_agent_rotations_total 0\n");
  });

  test("sorts Vault's answers into cumulative buckets", () => {
    const metrics = createMetrics();
    for (const seconds of [0.004, 0.02, 3, 60]) metrics.observeVault(seconds);
    const page = metrics.page([]);
    expect(page).toContain('duration_seconds_bucket{le="0.005"} 1\n');
    expect(page).toContain('duration_seconds_bucket{le="2.5"} 2\n');
    expect(page).toContain('duration_seconds_bucket{le="+Inf"} 4\n');
    expect(page).toContain("duration_seconds_count 4\n");
  });

  test("describes every metric once", () => {
    const types =
      createMetrics()
        .page([])
        .match(/^# TYPE \S+/gm) ?? [];
    expect(new Set(types).size).toBe(types.length);
  });
});
