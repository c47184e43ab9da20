import type { InjectionRequest } from "../annotations/request.ts";
import type { Pod } from "../injection/pod.ts";

/** The full key of an annotation as the pod has it, or else under the prefix of the status annotation. */
export function annotationKey(
  { pod, request }: { readonly pod: Pod; readonly request: InjectionRequest },
  name: string,
): string {
  const ending = `/${name}`;
  const written = Object.keys(pod.metadata?.annotations ?? {}).find((key) => key.endsWith(ending));
  return written ?? `${request.statusKey.slice(0, request.statusKey.indexOf("/"))}${ending}`;
}
