import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import type { InjectionSettings } from "../../src/annotations/settings.ts";
import { createInjector, injectPod } from "../../src/injection/inject.ts";
import type { Pod, PodSpec } from "../../src/injection/pod.ts";
import { containerOf, TOKEN_MOUNT, TOKEN_VOLUME } from "./pod-builder.ts";

/** Mostly the first, so that most pods are injected and many share all parts but one. */
function mostly<Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

const annotations = fc
  .record({
    "vault.hashicorp.com/agent-inject": mostly("true", "false", "maybe"),
    "vault.hashicorp.com/role": mostly("web", ""),
    "vault.hashicorp.com/agent-inject-secret-a": fc.constantFrom("secret/a", "secret/b"),
    "vault.hashicorp.com/agent-inject-template-a": mostly("{{ . }}", "{{ if }}", "$(HOME)", undefined),
    "vault.hashicorp.com/agent-inject-containers": fc.constantFrom(undefined, "late", "migrate"),
    "vault.hashicorp.com/agent-copy-volume-mounts": mostly(undefined, "late"),
    "vault.hashicorp.com/agent-json-patch": mostly(undefined, '[{"op":"add","path":"/tty","value":true}]'),
    "vault.hashicorp.com/agent-run-as-same-user": mostly(undefined, "true"),
    "keycard.dev/postgres-main": mostly("database/creds/a", "database/creds/b", undefined),
    "keycard.dev/health-port": mostly(undefined, "8079", "1"),
    "keycard.dev/engine": mostly(undefined, "native", "vault-agent"),
    "example.com/other": mostly(undefined, "1", "2"),
  })
  .map((chosen): Record<string, string> => JSON.parse(JSON.stringify(chosen)));

const tokenNames = fc.constantFrom("kube-api-access-x1", "kube-api-access-x2");

const specs: fc.Arbitrary<PodSpec> = fc
  .record({
    token: tokenNames,
    mountPath: mostly(TOKEN_MOUNT.mountPath, "/elsewhere/serviceaccount"),
    names: fc.constantFrom(["app"], ["app", "late"]),
    initNames: fc.constantFrom([], ["migrate"], ["istio-proxy"]),
    user: fc.constantFrom(undefined, 7, 0),
    grace: fc.constantFrom(undefined, 3, 60),
    hostNetwork: fc.constantFrom(undefined, true),
  })
  .map(({ token, mountPath, names, initNames, user, grace, hostNetwork }) => {
    const volumeMounts = [{ ...TOKEN_MOUNT, name: token, mountPath }];
    const securityContext = user === undefined ? undefined : { runAsUser: user };
    const container = (name: string) => containerOf(name, { volumeMounts });
    const spec = {
      containers: names.map((name) => ({ ...container(name), securityContext })),
      initContainers: initNames.map(container),
      volumes: [{ ...TOKEN_VOLUME, name: token }],
      terminationGracePeriodSeconds: grace,
      hostNetwork,
    };
    return JSON.parse(JSON.stringify(spec));
  });

const admissions = fc.record({
  pod: fc.record({ metadata: fc.record({ annotations }), spec: specs }) satisfies fc.Arbitrary<Pod>,
  namespace: mostly("shop", "bank", "kube-system"),
  namespaceAnnotations: mostly<Record<string, string>>(
    {},
    { "vault.hashicorp.com/role": "from-namespace" },
    { "vault.hashicorp.com/log-level": "debug" },
  ),
});

const settings: fc.Arbitrary<InjectionSettings> = fc
  .record({ nativeSidecar: fc.boolean(), engine: fc.constantFrom("native" as const, "vault-agent" as const) })
  .map((chosen) => ({ ...defaultInjectionSettings(), ...chosen }));

describe("an injector", () => {
  it("decides about every pod as if it had seen no other", () => {
    fc.assert(
      fc.property(settings, fc.array(admissions, { maxLength: 40 }), (chosen, each) => {
        const inject = createInjector(chosen);
        for (const { pod, ...context } of [...each, ...each]) {
          const alone = injectPod(pod, { ...context, settings: chosen });
          expect(JSON.stringify(inject(pod, context))).toBe(JSON.stringify(alone));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("is tried with pods of which many are injected", () => {
    const sample = fc.sample(fc.tuple(settings, admissions), { numRuns: 500, seed: 1 });
    const injected = sample.filter(([chosen, { pod, ...context }]) => {
      return injectPod(pod, { ...context, settings: chosen }).kind === "injected";
    });
    expect(injected.length).toBeGreaterThan(150);
  });

  it("tells of a template's mistake under the key that each pod wrote", () => {
    const inject = createInjector({
      ...defaultInjectionSettings(),
      vaultPrefixes: ["a.example", "b.example"],
    });
    const keys = ["a.example", "b.example"].map((prefix) => {
      const written = { inject: "true", "inject-secret-x": "secret/x", "inject-template-x": "{{ if }}" };
      const own = Object.entries(written).map(([name, value]) => [`${prefix}/agent-${name}`, value]);
      const pod = {
        metadata: { annotations: { ...Object.fromEntries(own), [`${prefix}/role`]: "web" } },
        spec: { containers: [containerOf("app")], volumes: [TOKEN_VOLUME] },
      };
      const outcome = inject(pod, { namespace: "shop", namespaceAnnotations: {} });
      return outcome.kind === "denied" ? outcome.problems.map(({ annotation }) => annotation) : [];
    });
    expect(keys).toEqual([["a.example/agent-inject-template-x"], ["b.example/agent-inject-template-x"]]);
  });
});
