import type { Operation } from "fast-json-patch";
import type { InjectionRequest } from "../annotations/request.ts";
import type { InjectionSettings } from "../annotations/settings.ts";
import type { Pod } from "./pod.ts";

/** The value of the status annotation on a pod that has been injected. */
const INJECTED = "injected";

/** Marks the pod as injected and, where the operator wants it, moves old annotations to OpenBao's prefix. */
export function annotationOperations(
  pod: Pod,
  request: InjectionRequest,
  settings: InjectionSettings,
): Operation[] {
  const present = pod.metadata?.annotations;
  if (present === undefined || present === null) {
    const annotations = { [request.statusKey]: INJECTED };
    return pod.metadata === undefined || pod.metadata === null
      ? [{ op: "add", path: "/metadata", value: { annotations } }]
      : [{ op: "add", path: "/metadata/annotations", value: annotations }];
  }
  const operations = rewritten(present, request, settings);
  if (present[request.statusKey] !== INJECTED) {
    operations.push({ op: "add", path: pointer(request.statusKey), value: INJECTED });
  }
  return operations;
}

/** `vault.hashicorp.com/…` becomes `openbao.org/…`; a key that is there already wins. */
function rewritten(
  present: Readonly<Record<string, string>>,
  request: InjectionRequest,
  settings: InjectionSettings,
): Operation[] {
  if (request.flavour !== "openbao" || !settings.rewriteVaultAnnotations) {
    return [];
  }
  const target = request.statusKey.slice(0, request.statusKey.indexOf("/"));
  const old = settings.vaultPrefixes.filter((prefix) => prefix !== target);
  const operations: Operation[] = [];
  for (const [key, value] of Object.entries(present)) {
    const slash = key.indexOf("/");
    if (!old.includes(key.slice(0, slash))) {
      continue;
    }
    const renamed = `${target}${key.slice(slash)}`;
    if (!Object.hasOwn(present, renamed) && renamed !== request.statusKey) {
      operations.push({ op: "add", path: pointer(renamed), value });
    }
    operations.push({ op: "remove", path: pointer(key) });
  }
  return operations;
}

function pointer(key: string): string {
  return `/metadata/annotations/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
