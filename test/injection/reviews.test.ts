import { readFileSync } from "node:fs";
import { join } from "node:path";
import jsonPatch from "fast-json-patch";
import { describe, expect, it } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import type { EngineName } from "../../src/annotations/settings.ts";
import { injectPod } from "../../src/injection/inject.ts";
import type { InjectionOutcome } from "../../src/injection/outcome.ts";
import type { Pod } from "../../src/injection/pod.ts";

function review(name: string): { readonly object: Pod; readonly namespace: string } {
  return JSON.parse(readFileSync(join(import.meta.dirname, "reviews", `${name}.json`), "utf8")).request;
}

function admit(name: string, engine: EngineName): { readonly pod: Pod; readonly outcome: InjectionOutcome } {
  const { object: pod, namespace } = review(name);
  const settings = { ...defaultInjectionSettings(), engine };
  return { pod, outcome: injectPod(pod, { namespace, namespaceAnnotations: {}, settings }) };
}

function patched(name: string, engine: EngineName): Pod {
  const { pod, outcome } = admit(name, engine);
  if (outcome.kind !== "injected") {
    throw new Error(`${name} is not injected: ${JSON.stringify(outcome)}`);
  }
  return jsonPatch.applyPatch(pod, [...outcome.patch], true, false).newDocument;
}

describe("pods as a real API server sends them", () => {
  it.each([
    ["bare-pod-no-automount", "native"],
    ["deployment-pod", "native"],
    ["deployment-pod", "vault-agent"],
    ["dry-run-generate-name", "native"],
    ["dry-run-generate-name", "vault-agent"],
    ["job-pod", "native"],
  ] as const)("%s is served by engine %s, once", (name, engine) => {
    const pod = patched(name, engine);
    const context = { namespace: "default", namespaceAnnotations: {} };
    expect(injectPod(pod, { ...context, settings: { ...defaultInjectionSettings(), engine } })).toMatchObject(
      { kind: "skipped", reason: "already-injected" },
    );
  });

  it.each([
    ["bare-pod-no-automount", "agent-service-account-token-volume-name"],
    ["job-pod", "postgres-main"],
  ])("%s is refused by engine vault-agent, which cannot serve it", (name, annotation) => {
    const { outcome } = admit(name, "vault-agent");
    expect(outcome.kind === "denied" && outcome.problems.map((problem) => problem.annotation)).toEqual([
      expect.stringContaining(annotation),
    ]);
  });

  it("a pod whose ServiceAccount token is off logs in with a token of its agent's own", () => {
    const { spec } = patched("bare-pod-no-automount", "native");
    expect(spec.containers[0]?.volumeMounts?.map(({ name }) => name)).toEqual(["vault-secrets"]);
    expect(spec.initContainers?.map(({ volumeMounts }) => volumeMounts?.map(({ name }) => name))).toEqual([
      ["keycard-state", "keycard-token", "vault-secrets"],
      ["keycard-state", "keycard-token", "vault-secrets"],
    ]);
  });

  it.each(["native", "vault-agent"] as const)(
    "a pod of engine %s that a backup restores, with the API server's defaults in it, is left as it is",
    (engine) => {
      const { metadata, spec } = patched("deployment-pod", engine);
      const defaults = { imagePullPolicy: "Always", terminationMessagePath: "/dev/termination-log" };
      const restored = {
        metadata: { ...metadata, uid: "another" },
        spec: {
          ...spec,
          nodeName: "node-1",
          containers: spec.containers.map((container) => ({ ...container, ...defaults })),
          initContainers: spec.initContainers?.map((container) => ({ ...container, ...defaults })),
          volumes: spec.volumes?.map((volume) =>
            volume.secret === undefined
              ? volume
              : { ...volume, secret: { ...volume.secret, defaultMode: 420 } },
          ),
        },
        status: {},
      } as Pod;
      const settings = { ...defaultInjectionSettings(), engine };
      expect(injectPod(restored, { namespace: "default", namespaceAnnotations: {}, settings })).toMatchObject(
        {
          kind: "skipped",
          reason: "already-injected",
        },
      );
    },
  );

  it("a Job's pod gets a sidecar that does not keep it from completing", () => {
    const { spec } = patched("job-pod", "native");
    expect(spec.containers.map(({ name }) => name)).toEqual(["report"]);
    expect(spec.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ["keycard-init", undefined],
      ["keycard-agent", "Always"],
    ]);
  });
});
