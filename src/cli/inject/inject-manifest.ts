import type { Operation } from "fast-json-patch";
import { optInKeys } from "../../annotations/read.ts";
import type { InjectionSettings } from "../../annotations/settings.ts";
import { injectPod } from "../../injection/inject.ts";
import type { ChangedPart } from "./line-diff.ts";
import type { Manifest } from "./manifest.ts";
import { podTemplates } from "./pod-templates.ts";
import { misplacedLine, reportLines } from "./report.ts";

/** What became of a manifest. */
export interface InjectedManifest {
  /** Document after document; joined, the `after` texts are the whole stream with what asked for it injected. */
  readonly parts: readonly ChangedPart[];
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
  const optIns = optInKeys(settings);
  let denied = false;
  const parts = manifest.map((document) => {
    const { templates, others } = podTemplates(document.value);
    const operations: Operation[] = [];
    for (const { resource, path, namespace, outerAnnotations, pod } of templates) {
      const outcome = injectPod(pod, {
        namespace: namespace ?? defaultNamespace,
        namespaceAnnotations: {},
        settings,
        tokenIsAddedLater: true,
      });
      denied ||= outcome.kind === "denied";
      report.push(...reportLines(resource, outcome));
      if (outcome.kind === "skipped" && outcome.reason === "not-requested") {
        const misplaced = optIns.filter((key) => outerAnnotations.includes(key));
        report.push(...misplaced.map(misplacedLine));
      }
      if (outcome.kind === "injected") {
        operations.push(...outcome.patch.map((operation) => ({ ...operation, path: path + operation.path })));
      }
    }
    report.push(...others.map((resource) => `${resource}: unchanged, it has no pod`));
    const after = operations.length === 0 ? document.text : document.patched(operations);
    return { before: document.text, after };
  });
  return { parts, report, denied };
}
