import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { AGENT_CONFIG_VARIABLE } from "../../src/engines/native/agent-config.ts";
import { NATIVE_INIT_CONTAINER, NATIVE_SIDECAR } from "../../src/engines/native/names.ts";
import { flavourNames } from "../../src/engines/vault-agent/flavour.ts";
import { MANIFESTS, type Manifest, objectsOf, parseManifests, yamlFiles } from "./manifest-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const objects = await objectsOf("base");

function only(kind: string): Manifest {
  const found = objects.filter((object) => object.kind === kind);
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`expected one ${kind}, found ${found.length}`);
  return first;
}

it.each(await yamlFiles(MANIFESTS))("%s is YAML", async (file) => {
  expect(parseManifests(await readFile(file, "utf8")).length).toBeGreaterThan(0);
});

describe("the webhook's rights", () => {
  const rules = objects
    .filter((object) => object.kind === "Role" || object.kind === "ClusterRole")
    .flatMap((role) => role["rules"] as readonly Record<string, readonly string[]>[]);

  it("are bound to names, but for the Namespaces it reads", () => {
    const unbound = rules.filter((rule) => !rule["resourceNames"]);
    expect(unbound).toEqual([{ apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] }]);
  });

  it("let it create and delete nothing", () => {
    const verbs = new Set(rules.flatMap((rule) => rule["verbs"] ?? []));
    expect([...verbs].sort()).toEqual(["get", "list", "patch", "update", "watch"]);
  });

  it("are enough: what it would have to create is there", () => {
    const named = rules.flatMap((rule) =>
      rule["apiGroups"]?.[0] === "" ? (rule["resourceNames"] ?? []) : [],
    );
    expect(named).toEqual([only("Secret").metadata.name]);
    expect(only("Lease").metadata.name).toBe("keycard");
  });
});

describe("the registration", () => {
  const webhook = only("MutatingWebhookConfiguration")["webhooks"][0];

  it("holds back a pod that asks for secrets when the webhook does not answer", () => {
    expect(webhook.failurePolicy).toBe("Fail");
    expect(webhook.timeoutSeconds).toBe(10);
  });

  it("is asked about pods that are created, and no others", () => {
    expect(webhook.rules).toEqual([
      {
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: ["CREATE"],
        resources: ["pods"],
        scope: "Namespaced",
      },
    ]);
    expect(webhook.matchConditions).toHaveLength(1);
  });

  it("leaves out its own namespace by a label that nobody else can set", () => {
    expect(webhook.namespaceSelector).toEqual({
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["keycard"] }],
    });
  });

  it("may be asked twice and does nothing but patch", () => {
    expect(webhook.reinvocationPolicy).toBe("IfNeeded");
    expect(webhook.sideEffects).toBe("None");
  });

  it("is called where the Service is", () => {
    const service = only("Service");
    expect(webhook.clientConfig.service).toMatchObject({
      name: service.metadata.name,
      namespace: service.metadata.namespace,
      port: service["spec"].ports[0].port,
    });
  });
});

describe("the second line", () => {
  const { variables } = only("ValidatingAdmissionPolicy")["spec"];
  const injected: string = variables.find(({ name }: { name: string }) => name === "injected").expression;

  it.each([
    NATIVE_INIT_CONTAINER,
    NATIVE_SIDECAR,
    AGENT_CONFIG_VARIABLE,
    ...(["vault", "openbao"] as const)
      .map(flavourNames)
      .flatMap((names) => [names.initContainer, names.sidecar, `${names.variablePrefix}_CONFIG`]),
  ])("knows an agent by %s", (name) => {
    expect(injected).toContain(`'${name}'`);
  });
});

describe("the Deployment", () => {
  const { spec } = only("Deployment");
  const pod = spec.template.spec;
  const container = pod.containers[0];
  const environment = new Map(
    container.env.map((entry: { name: string; value?: string }) => [entry.name, entry.value]),
  );

  it("satisfies the pod security standard of its namespace", () => {
    expect(only("Namespace").metadata).toMatchObject({
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
    expect(pod.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("never has fewer replicas ready during a rollout", () => {
    expect(spec.replicas).toBe(2);
    expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  });

  it("names the Secret, the Lease and the registration that it has rights to", () => {
    expect(environment.get("KEYCARD_CERT_SECRET")).toBe(only("Secret").metadata.name);
    expect(environment.get("KEYCARD_LEADER_LOCK_NAME")).toBe(only("Lease").metadata.name);
    expect(environment.get("AGENT_INJECT_TLS_AUTO")).toBe(only("MutatingWebhookConfiguration").metadata.name);
  });

  it("has no CPU limit, which would turn a burst of pods into time-outs", () => {
    expect(container.resources.limits).toEqual({ memory: "256Mi" });
  });

  it("listens where its probes and its port look", () => {
    expect(environment.get("AGENT_INJECT_LISTEN")).toBe(`:${container.ports[0].containerPort}`);
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      expect(container[probe].httpGet).toMatchObject({ port: container.ports[0].name, scheme: "HTTPS" });
    }
  });

  it("is selected by what belongs to it", () => {
    const { labels } = spec.template.metadata;
    expect(labels).toEqual(spec.selector.matchLabels);
    expect(labels).toMatchObject(only("Service")["spec"].selector);
    expect(labels).toMatchObject(only("PodDisruptionBudget")["spec"].selector.matchLabels);
    expect(labels).toMatchObject(only("NetworkPolicy")["spec"].podSelector.matchLabels);
  });
});

it("names one version everywhere", async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { version: string };
  const [kustomization] = parseManifests(await readFile(join(MANIFESTS, "base/kustomization.yaml"), "utf8"));
  const [chart] = parseManifests(await readFile(join(MANIFESTS, "helm/keycard/Chart.yaml"), "utf8"));
  expect(kustomization?.["images"]).toEqual([{ name: "keycard.dev/keycard", newTag: version }]);
  expect(chart).toMatchObject({ version, appVersion: version });
});
