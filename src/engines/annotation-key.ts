import type { InjectionRequest } from "../annotations/request.ts";
import type { Pod } from "../injection/pod.ts";

/** The full key of an annotation as the pod has it, or else under the prefix of the status annotation. */
export function annotationKey(
  { pod, request }: { readonly pod: Pick<Pod, "metadata">; readonly request: InjectionRequest },
  name: string,
): string {
  const annotations = pod.metadata?.annotations ?? {};
  const usual = `${request.statusKey.slice(0, request.statusKey.indexOf("/"))}/${name}`;
  if (Object.hasOwn(annotations, usual)) {
    return usual;
  }
  return Object.keys(annotations).find((key) => key.endsWith(`/${name}`)) ?? usual;
}
