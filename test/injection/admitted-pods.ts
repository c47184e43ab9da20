import type { InjectionContext } from "../../src/injection/inject.ts";
import type { Pod } from "../../src/injection/pod.ts";
import { containerOf, TOKEN_MOUNT, TOKEN_VOLUME } from "./pod-builder.ts";

/** All that injection is told of a pod, but the settings. */
export type Admitted = Omit<InjectionContext, "settings"> & { readonly pod: Pod };

/** Names of token volumes as the API server makes them, one for each pod. */
export const TOKENS = ["kube-api-access-ab1cd", "kube-api-access-zz9zz", "kube-api-access-00000"] as const;

/** Annotations of workloads whose injection looks at different parts of the pod. */
const ANNOTATIONS: readonly Readonly<Record<string, string>>[] = [
  { "vault.hashicorp.com/agent-run-as-same-user": "true" },
  { "vault.hashicorp.com/agent-copy-volume-mounts": "app" },
  { "vault.hashicorp.com/agent-share-process-namespace": "true" },
  { "vault.hashicorp.com/auth-type": "aws" },
  { "vault.hashicorp.com/agent-service-account-token-volume-name": "own-token" },
  { "vault.hashicorp.com/agent-inject-status": "injected" },
  { "vault.hashicorp.com/ca-cert-bytes": TOKENS[0], "keycard.dev/postgres-main": "database/creds/a" },
  { "vault.hashicorp.com/ca-cert-bytes": btoa(TOKENS[1]) },
  {
    "vault.hashicorp.com/agent-json-patch":
      '[{"op":"copy","from":"/volumeMounts/1/name","path":"/workingDir"},{"op":"add","path":"/tty","value":true}]',
  },
  // Spells one of the names in its own way.
  {
    "vault.hashicorp.com/agent-json-patch": `[{"op":"test","path":"/volumeMounts/1/name","value":"\\u006b${TOKENS[0].slice(1)}"}]`,
  },
];

type WorkloadOf = (token: string) => Admitted;

const workloadWith =
  (annotations: Readonly<Record<string, string>>): WorkloadOf =>
  (token) => ({
    namespace: "shop",
    namespaceAnnotations: { "vault.hashicorp.com/role": "of-the-namespace" },
    pod: {
      metadata: {
        name: "web-0",
        generateName: "web-",
        labels: { pod: "web-0" },
        annotations: {
          "vault.hashicorp.com/agent-inject": "true",
          "vault.hashicorp.com/agent-inject-secret-a": "secret/a",
          ...annotations,
        },
      },
      spec: {
        containers: [
          containerOf("app", {
            volumeMounts: [
              { ...TOKEN_MOUNT, name: token },
              { name: "data", mountPath: "/data" },
            ],
            env: [{ name: "AWS_REGION", value: "eu" }],
            securityContext: { runAsUser: 7 },
          }),
          containerOf("late", { volumeMounts: [{ ...TOKEN_MOUNT, name: token }] }),
        ],
        initContainers: [containerOf("istio-proxy", { volumeMounts: [], restartPolicy: "Always" })],
        volumes: [
          { name: "data", ...{ persistentVolumeClaim: { claimName: "data-web-0" } } },
          { ...TOKEN_VOLUME, name: token },
          {
            name: "own-token",
            projected: { sources: [{ serviceAccountToken: { path: "jwt", audience: "vault" } }] },
          },
        ],
        terminationGracePeriodSeconds: 60,
        serviceAccountName: "web",
      },
    },
  });

/** A pod of each workload, rich in what injection looks at, with the name of its token volume. The first is plain. */
export const WORKLOADS: readonly [WorkloadOf, ...WorkloadOf[]] = [
  workloadWith({}),
  ...ANNOTATIONS.map(workloadWith),
];

/** A change of one place in what was admitted: the keys that lead to it, and what is there then. */
export interface Edit {
  readonly path: readonly string[];
  readonly value: unknown;
}

const pod = (...path: readonly string[]): readonly string[] => ["pod", ...path];
const app = (...path: readonly string[]): readonly string[] => pod("spec", "containers", "0", ...path);
const annotation = (name: string): readonly string[] =>
  pod("metadata", "annotations", `vault.hashicorp.com/${name}`);

/** What no injection looks at. */
export const NOISE: readonly Edit[] = [
  { path: pod("metadata", "name"), value: "web-1" },
  { path: pod("metadata", "labels"), value: { pod: "web-1" } },
  { path: pod("spec", "nodeName"), value: "node-1" },
  { path: pod("spec", "volumes", "0", "persistentVolumeClaim", "claimName"), value: "data-web-1" },
  { path: [...app("image")], value: "app:2" },
];

/** What JSON readers make of 1e999, and write as null. */
const INFINITY = Number.POSITIVE_INFINITY;

const places: readonly (readonly [readonly string[], ...(readonly unknown[])])[] = [
  [["namespace"], "bank", "kube-system"],
  [["namespaceAnnotations"], {}, { "vault.hashicorp.com/log-level": "debug" }],
  [["tokenIsAddedLater"], true],
  [["isUpdate"], true],
  [pod(), null, "pod", []],
  [pod("metadata"), undefined, null, {}, "x"],
  [pod("metadata", "generateName"), undefined, "api-", 7, { toString: "x" }],
  [pod("metadata", "annotations"), undefined, null, "x"],
  [annotation("agent-inject"), "false", "maybe", 7],
  [annotation("role"), "web", ""],
  [annotation("agent-inject-template-a"), "{{ . }}", "{{ if }}"],
  [annotation("agent-inject-status"), "injected"],
  [annotation("agent-inject-containers"), "late"],
  [annotation("agent-inject-secret-a"), undefined, "secret/b"],
  [annotation("agent-service-account-token-volume-name"), ...TOKENS],
  [pod("metadata", "annotations", TOKENS[1]), "as a key"],
  [pod("spec"), null, []],
  [pod("spec", "containers"), [], {}, null],
  [app("name"), "web", "vault-agent", "keycard-agent", ...TOKENS],
  [
    app("env"),
    undefined,
    null,
    [],
    [{ name: "PGSERVICE", value: "x" }],
    [{ name: "AWS_REGION", value: "us" }],
  ],
  [app("env", "0", "value"), undefined, TOKENS[0], TOKENS[1]],
  [app("env", "1"), { name: "AWS_ROLE_ARN", value: "a" }],
  [app("volumeMounts"), undefined, []],
  [app("volumeMounts", "0", "name"), "data", ...TOKENS],
  [app("volumeMounts", "0", "mountPath"), "/elsewhere/serviceaccount", "/vault/secrets"],
  [app("volumeMounts", "1", "subPath"), "a", TOKENS[0]],
  [app("volumeMounts", "2"), { name: TOKENS[1], mountPath: "/other" }],
  [app("securityContext"), undefined, null, {}, "x"],
  [app("securityContext", "runAsUser"), 0, 8, null, INFINITY],
  [pod("spec", "containers", "1"), undefined, null],
  [pod("spec", "initContainers"), undefined, null, []],
  [pod("spec", "initContainers", "0", "restartPolicy"), undefined],
  [pod("spec", "initContainers", "0", "name"), "migrate"],
  [pod("spec", "volumes"), undefined, null, []],
  [pod("spec", "volumes", "1", "projected"), undefined, { sources: [] }],
  [pod("spec", "volumes", "3"), { name: "vault-secrets", configMap: {} }, { name: TOKENS[1] }, "x"],
  [pod("spec", "shareProcessNamespace"), true, false],
  [pod("spec", "hostNetwork"), true],
  [pod("spec", "hostPID"), true, "yes"],
  [pod("spec", "os"), { name: "windows" }, { name: "linux" }, null],
  [pod("spec", "terminationGracePeriodSeconds"), undefined, 3, INFINITY],
  [pod("spec", "automountServiceAccountToken"), false],
  [pod("spec", "securityContext"), { runAsUser: 9 }, {}, null],
  [pod("status"), { phase: "Running" }, { phase: "Pending" }, {}, null],
];

/** Each part that an injection looks at, with edits that make it another, or wrong. */
export const EDITED_PLACES: readonly (readonly [string, readonly Edit[]])[] = places.map(
  ([path, ...values]) => [path.join("."), values.map((value) => ({ path, value }))],
);

export const EDITS: readonly Edit[] = EDITED_PLACES.flatMap(([, edits]) => edits);

/** A copy with edits; one whose path leads nowhere changes nothing. */
export function edited(original: Admitted, edits: readonly Edit[]): Admitted {
  const copy = structuredClone(original);
  for (const { path, value } of edits) {
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => member(at, key), copy);
    const last = path.at(-1) ?? "";
    if (typeof parent !== "object" || parent === null) continue;
    if (value === undefined && !Array.isArray(parent)) Reflect.deleteProperty(parent, last);
    else if (value === undefined && Array.isArray(parent)) parent.splice(Number(last), 1);
    else Reflect.set(parent, last, value);
  }
  return copy;
}

function member(of: unknown, key: string): unknown {
  return typeof of === "object" && of !== null ? Reflect.get(of, key) : undefined;
}
