import type { V1Secret } from "@kubernetes/client-node";
import { call, callForObject, type KubernetesApi } from "./kubernetes.ts";
import type { SecretStore } from "./objects.ts";

/** A Secret by name. What it carries besides its data (labels, owners) is kept. */
export function namedSecret({ core }: KubernetesApi, namespace: string, name: string): SecretStore {
  const title = `Secret ${namespace}/${name}`;
  let last: V1Secret | undefined;
  return {
    async read() {
      last = await callForObject(`read ${title}`, () => core.readNamespacedSecret({ namespace, name }));
      return last && { data: decoded(last.data), resourceVersion: last.metadata?.resourceVersion ?? "" };
    },
    async create(data) {
      const body: V1Secret = {
        metadata: { name, namespace, labels: { "app.kubernetes.io/managed-by": "keycard" } },
        type: "Opaque",
        data: encoded(data),
      };
      await call(`create ${title}`, () => core.createNamespacedSecret({ namespace, body }));
    },
    async replace(data, resourceVersion) {
      const body: V1Secret = {
        ...last,
        metadata: { ...last?.metadata, name, namespace, resourceVersion },
        data: { ...last?.data, ...encoded(data) },
      };
      await call(`replace ${title}`, () => core.replaceNamespacedSecret({ namespace, name, body }));
    },
  };
}

function decoded(data: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return mapped(data ?? {}, (value) => Buffer.from(value, "base64").toString("utf8"));
}

function encoded(data: Readonly<Record<string, string>>): Record<string, string> {
  return mapped(data, (value) => Buffer.from(value, "utf8").toString("base64"));
}

function mapped(
  data: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, change(value)]));
}
