import type { Operation } from "fast-json-patch";
import type { InjectionSettings } from "../../annotations/settings.ts";
import { injectPod } from "../../injection/inject.ts";
import type { Manifest } from "./manifest.ts";
import { podTemplates } from "./pod-templates.ts";
import { reportLines } from "./report.ts";

/** What became of a manifest. */
export interface InjectedManifest {
  /** The whole stream, with the resources that asked for it injected. */
  readonly text: string;
  /** One resource after another, for a person. */
  readonly report: readonly string[];
  /** At least one resource cannot be injected as it asks. */
  readonly denied: boolean;
}

/** Injects every pod and pod template of a manifest, by the code that the webhook runs. */
export function injectManifest(
  manifest: Manifest,
  defaultNamespace: string,
  settings: InjectionSettings,
): InjectedManifest {
  const report: string[] = [];
  let denied = false;
  const texts = manifest.map((document) => {
    const { templates, others } = podTemplates(document.value);
    const operations: Operation[] = [];
    for (const { resource, path, namespace, pod } of templates) {
      const outcome = injectPod(pod, {
        namespace: namespace ?? defaultNamespace,
        namespaceAnnotations: {},
        settings,
        tokenIsAddedLater: true,
      });
      denied ||= outcome.kind === "denied";
      report.push(...reportLines(resource, outcome));
      if (outcome.kind === "injected") {
        operations.push(...outcome.patch.map((operation) => ({ ...operation, path: path + operation.path })));
      }
    }
    report.push(...others.map((resource) => `${resource}: unchanged, it has no pod`));
    return document.patched(operations);
  });
  return { text: texts.join(""), report, denied };
}
