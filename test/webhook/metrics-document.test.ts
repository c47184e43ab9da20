import { readFile } from "node:fs/promises";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { clusterMetrics } from "../../src/webhook/cluster-metrics.ts";
import { admissionMetrics } from "../../src/webhook/metrics.ts";

it("docs/metrics.md names every metric that the webhook serves, and no other", async () => {
  const registry = new Registry();
  admissionMetrics(registry, true);
  clusterMetrics(registry, {
    certificateValidUntil: () => undefined,
    isLeader: () => false,
    areNamespacesCurrent: () => true,
  });
  const served = registry.getMetricsAsArray().map(({ name }) => name);
  const text = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  const documented = new Set(text.match(/\b(keycard|vault_agent_injector)_[a-z_]+[a-z]/g));
  // Made with the process's registry, which has more than our own metrics in it.
  documented.delete("keycard_build_info");
  expect([...documented].sort()).toEqual(served.sort());
});
