import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { type EncodedOutcome, encoded } from "../../src/injection/outcome.ts";
import { admissionMetrics } from "../../src/webhook/metrics.ts";
import type { ReviewHeader } from "../../src/webhook/review.ts";
import { INJECTED, reviewOf, runningServer } from "./running-server.ts";

const REVIEW: ReviewHeader = {
  apiVersion: "admission.k8s.io/v1",
  uid: "",
  namespace: "shop",
  podName: { name: "" },
};

async function textAfter(outcomes: readonly EncodedOutcome[], dropIn: boolean): Promise<string> {
  const registry = new Registry();
  const metrics = admissionMetrics(registry, dropIn);
  for (const outcome of outcomes) {
    metrics.started();
    metrics.finished(0.0123, { review: REVIEW, outcome });
  }
  return registry.metrics();
}

const DENIED: EncodedOutcome = {
  kind: "denied",
  problems: [{ annotation: "a", message: "m", policy: "P" }],
  warnings: [],
};

describe("metrics of admissions", () => {
  it("count decisions, skips, injections and denials", async () => {
    const skipped: EncodedOutcome = { kind: "skipped", reason: "disabled", warnings: [] };
    const text = await textAfter([encoded(INJECTED), encoded(INJECTED), skipped, DENIED], false);
    expect(text).toContain('keycard_admissions_total{decision="injected"} 2');
    expect(text).toContain(
      'keycard_injections_total{namespace="shop",engine="native",mode="init_and_sidecar"} 2',
    );
    expect(text).toContain('keycard_skips_total{reason="disabled"} 1');
    expect(text).toContain('keycard_denials_total{namespace="shop",reason="policy"} 1');
    expect(text).toContain("keycard_admission_duration_seconds_count 4");
    expect(text).toContain("keycard_admission_in_flight 0");
    expect(text).not.toContain("vault_agent_injector");
  });

  it("keep the Vault Agent Injector's names for a drop-in", async () => {
    const text = await textAfter([encoded(INJECTED), DENIED], true);
    expect(text).toContain(
      'vault_agent_injector_injections_by_namespace_total{namespace="shop",injection_type="init_and_sidecar"} 1',
    );
    expect(text).toContain('vault_agent_injector_failed_injections_by_namespace_total{namespace="shop"} 1');
    expect(text).toContain('vault_agent_injector_request_processing_duration_ms_bucket{le="25"} 2');
    expect(text).toContain("vault_agent_injector_request_queue_length 0");
  });

  it("are exact at each scrape, however many admissions came before it", async () => {
    const registry = new Registry();
    const metrics = admissionMetrics(registry, false);
    for (const total of [1, 300, 301, 1000]) {
      const text = await registry.metrics();
      const counted = Number(/^keycard_admission_duration_seconds_count (\d+)$/m.exec(text)?.[1]);
      for (let index = counted; index < total; index++) {
        metrics.started();
        metrics.finished(index / 1000, { review: REVIEW, outcome: encoded(INJECTED) });
      }
      const after = await registry.metrics();
      expect(after).toContain(`keycard_admission_duration_seconds_count ${total}`);
      expect(after).toContain(`keycard_admission_duration_seconds_bucket{le="0.1"} ${Math.min(total, 101)}`);
      expect(after).toContain(`keycard_admissions_total{decision="injected"} ${total}`);
    }
  });

  it("stay bounded, however many namespaces there are", async () => {
    const registry = new Registry();
    const metrics = admissionMetrics(registry, false);
    for (let index = 0; index < 1500; index++) {
      metrics.started();
      metrics.finished(0.001, { review: { ...REVIEW, namespace: `n${index}` }, outcome: DENIED });
    }
    const series = (await registry.metrics())
      .split("\n")
      .filter((line) => line.startsWith("keycard_denials_total{"));
    expect(series).toHaveLength(1001);
    expect(series.at(-1)).toBe('keycard_denials_total{namespace="_other",reason="policy"} 500');
  });

  it("are served, with the requests that were refused", async () => {
    await using webhook = await runningServer(() => INJECTED);
    await webhook.review(reviewOf({ spec: { containers: [] } }));
    await webhook.send("/mutate");
    const reply = await webhook.send("/metrics");
    expect(reply.headers["content-type"]).toMatch(/^text\/plain/);
    expect(reply.text).toContain('keycard_request_faults_total{code="405"} 1');
    expect(reply.text).toContain('keycard_admissions_total{decision="injected"} 1');
  });
});
