import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { call, callForObject, type KubernetesApi } from "./kubernetes.ts";
import type { WebhookRegistration } from "./objects.ts";

/** A MutatingWebhookConfiguration by name; needs the verbs get and patch on that one object. */
export function namedRegistration({ admission }: KubernetesApi, name: string): WebhookRegistration {
  const title = `MutatingWebhookConfiguration ${name}`;
  return {
    async read() {
      const found = await callForObject(`read ${title}`, () =>
        admission.readMutatingWebhookConfiguration({ name }),
      );
      if (!found) return undefined;
      const bundles = (found.webhooks ?? []).map(({ clientConfig }) =>
        Buffer.from(clientConfig.caBundle ?? "", "base64").toString("utf8"),
      );
      return { bundles, resourceVersion: found.metadata?.resourceVersion ?? "" };
    },
    async setBundle(bundle, { bundles, resourceVersion }) {
      const value = Buffer.from(bundle, "utf8").toString("base64");
      const body = [
        { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
        ...bundles.map((_, index) => ({
          op: "add",
          path: `/webhooks/${index}/clientConfig/caBundle`,
          value,
        })),
      ];
      const options = setHeaderOptions("Content-Type", PatchStrategy.JsonPatch, {
        middlewareMergeStrategy: "append",
      });
      const patch = () => admission.patchMutatingWebhookConfiguration({ name, body }, options);
      // 422: the test operation found another version.
      await call(`patch ${title}`, patch, "conflict");
    },
  };
}
