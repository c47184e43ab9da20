import type { KubernetesObject } from "./kubectl.ts";
import { TEST_IMAGES } from "./test-images.ts";

/** The pod of an app, with what tests vary. */
export interface AppPod {
  readonly annotations?: Readonly<Record<string, string>>;
  /** A shell script. */
  readonly script: string;
  readonly image?: string;
  readonly restartPolicy?: "Always" | "Never" | "OnFailure";
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Waits for ever, and ends at once when asked to. */
export const IDLE = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done";

/** What the pod security standard "restricted" wants of a container. */
const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 1001,
  runAsGroup: 1001,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** The `template` of a workload; for a Pod see `pod`. */
export function template(app: AppPod): KubernetesObject {
  return {
    metadata: { labels: { app: "app", ...app.labels }, annotations: app.annotations ?? {} },
    spec: {
      serviceAccountName: "app",
      dnsPolicy: "Default",
      terminationGracePeriodSeconds: 20,
      ...(app.restartPolicy ? { restartPolicy: app.restartPolicy } : {}),
      containers: [
        {
          name: "app",
          image: app.image ?? TEST_IMAGES.psql,
          imagePullPolicy: "Never",
          command: ["/bin/sh", "-c", app.script],
          securityContext: RESTRICTED,
          ...app.container,
        },
      ],
      ...app.spec,
    },
  };
}

export function pod(name: string, app: AppPod): KubernetesObject {
  const { metadata, spec } = template(app);
  return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name }, spec: spec as unknown };
}

export function serviceAccount(name = "app"): KubernetesObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): KubernetesObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** Keycard's own annotations for one PostgreSQL login under /vault/secrets/db. */
export function databaseAnnotations(
  vaultAddress: string,
  databaseUrl: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    "keycard.dev/inject": "true",
    "keycard.dev/role": "app",
    "vault.hashicorp.com/service": vaultAddress,
    "keycard.dev/postgres-db": "database/creds/app-role",
    "keycard.dev/postgres-db-url": databaseUrl,
    ...more,
  };
}
