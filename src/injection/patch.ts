import type { Operation } from "fast-json-patch";
import type { AnnotationProblem } from "../annotations/problem.ts";
import type { InjectionRequest } from "../annotations/request.ts";
import type { InjectionSettings } from "../annotations/settings.ts";
import type { Additions, EnvGroup } from "../engines/engine.ts";
import { annotationOperations } from "./annotation-patch.ts";
import type { Container, EnvVar, Pod, Volume, VolumeMount } from "./pod.ts";

/** Mounts and variables beyond what any cluster takes in a pod; keeps a hostile review from multiplying itself. */
const MOST_ADDED = 20_000;
const TOO_MANY = "the pod asks for more mounts and variables of secrets than a pod can have";

/** The patch from a pod as it came to the pod with the additions, or why the two do not fit together. */
export interface PodPatch {
  readonly operations: readonly Operation[];
  readonly problems: readonly AnnotationProblem[];
  /** The app's containers that see the secrets, whether or not they did before. */
  readonly containers: readonly string[];
}

/**
 * Builds the operations directly, adding only what the pod does not have yet. Containers that are not ours
 * are never written as a whole, so that fields we know nothing of stay as they are.
 */
export function patchPod(
  pod: Pod,
  additions: Additions,
  request: InjectionRequest,
  settings: InjectionSettings,
): PodPatch {
  const problems = sharedPaths([...additions.initContainers, ...additions.containers]);
  const ours = new Set([...additions.initContainers, ...additions.containers].map(({ name }) => name));
  const chosen = request.containers === undefined ? undefined : new Set(request.containers);
  const app = new Set(
    pod.spec.containers.filter(({ name }) => !ours.has(name) && (chosen?.has(name) ?? true)),
  );
  const others = new Set((pod.spec.initContainers ?? []).filter(({ name }) => !ours.has(name)));
  const added = additions.appMounts.length + additions.appEnv.length;
  if ((app.size + others.size) * added > MOST_ADDED) {
    return { operations: [], problems: [{ annotation: "", message: TOO_MANY }], containers: [] };
  }
  const operations = [
    ...volumeOperations(pod, additions.volumes, problems),
    ...sightOperations("containers", pod, app, additions.appMounts, additions.appEnv, problems),
    ...sightOperations("initContainers", pod, others, additions.initMounts, additions.initEnv, problems),
    ...initContainerOperations(pod, additions, problems),
    ...containerOperations(pod, additions, problems),
    ...processNamespaceOperations(pod, request.shareProcessNamespace),
    ...annotationOperations(pod, request, settings),
  ];
  return {
    operations,
    problems: problems.map((message) => ({ annotation: "", message })),
    containers: [...app].map(({ name }) => name),
  };
}

/** Paths at which the agent's containers would mount two volumes, which Kubernetes refuses. */
function sharedPaths(agents: readonly Container[]): string[] {
  const problems = new Set<string>();
  for (const { volumeMounts = [] } of agents) {
    const volumes = new Map<string, string>();
    for (const { mountPath, name } of volumeMounts) {
      const other = volumes.get(mountPath);
      volumes.set(mountPath, name);
      if (other === undefined) continue;
      problems.add(
        `the agent needs both its volume ${quote(other)} and ${quote(name)} at ${mountPath}: ` +
          "choose another secret-volume-path",
      );
    }
  }
  return [...problems];
}

function volumeOperations(pod: Pod, wanted: readonly Volume[], problems: string[]): Operation[] {
  const present = pod.spec.volumes ?? [];
  const byName = new Map(present.map((volume) => [volume.name, volume]));
  const missing: Volume[] = [];
  for (const volume of wanted) {
    const found = byName.get(volume.name);
    if (found === undefined) {
      missing.push(volume);
    } else if (!holdTheSame(found, volume)) {
      problems.push(`the pod already has a volume ${quote(volume.name)} of its own: rename it`);
    }
  }
  return appendOperations("/spec/volumes", present, missing);
}

/** Judged by what an API server's defaults never change. On disk a secret would outlive its pod. */
function holdTheSame(one: Volume, other: Volume): boolean {
  return (
    sourceKind(one) === sourceKind(other) &&
    one.emptyDir?.medium === other.emptyDir?.medium &&
    one.secret?.secretName === other.secret?.secretName &&
    one.configMap?.name === other.configMap?.name
  );
}

/** `emptyDir`, `secret`, … */
function sourceKind(volume: Volume): string | undefined {
  return Object.keys(volume).find((key) => key !== "name");
}

/** Lets containers see the secrets: the mounts and variables that they lack. */
function sightOperations(
  list: "containers" | "initContainers",
  pod: Pod,
  selected: ReadonlySet<Container>,
  mounts: readonly VolumeMount[],
  env: readonly EnvGroup[],
  problems: string[],
): Operation[] {
  const operations: Operation[] = [];
  for (const [index, container] of (pod.spec[list] ?? []).entries()) {
    if (!selected.has(container)) {
      continue;
    }
    const path = `/spec/${list}/${index}`;
    const presentMounts = container.volumeMounts ?? [];
    const presentEnv = container.env ?? [];
    operations.push(
      ...appendOperations(
        `${path}/volumeMounts`,
        presentMounts,
        missingMounts(container, presentMounts, mounts, problems),
      ),
      ...appendOperations(`${path}/env`, presentEnv, missingVariables(presentEnv, env)),
    );
  }
  return operations;
}

function missingMounts(
  container: Container,
  present: readonly VolumeMount[],
  wanted: readonly VolumeMount[],
  problems: string[],
): VolumeMount[] {
  const volumes = new Map(present.map(({ mountPath, name }) => [mountPath, name]));
  return wanted.filter((mount) => {
    const taken = volumes.get(mount.mountPath);
    if (taken !== undefined && taken !== mount.name) {
      problems.push(
        `container ${quote(container.name)} already mounts volume ${quote(taken)} at ${mount.mountPath}: ` +
          "move it, or choose another secret-volume-path",
      );
    }
    return taken === undefined;
  });
}

function missingVariables(present: readonly EnvVar[], wanted: readonly EnvGroup[]): EnvVar[] {
  const names = new Set(present.map(({ name }) => name));
  return wanted.filter((group) => !group.some(({ name }) => names.has(name))).flat();
}

/** Keeps ours together and in their order, among those of ours that are there already. */
function initContainerOperations(pod: Pod, additions: Additions, problems: string[]): Operation[] {
  const present = pod.spec.initContainers ?? [];
  const missing = missingContainers(pod, additions.initContainers, additions, problems);
  if (present.length === 0) {
    return appendOperations("/spec/initContainers", present, missing);
  }
  const names = present.map(({ name }) => name);
  const first = additions.initContainers.map(({ name }) => names.indexOf(name)).find((index) => index !== -1);
  let position = first ?? additions.initIndex;
  const operations: Operation[] = [];
  for (const container of additions.initContainers) {
    const index = names.indexOf(container.name);
    if (index !== -1) {
      position = index + operations.length + 1;
    } else if (missing.includes(container)) {
      operations.push({ op: "add", path: `/spec/initContainers/${position++}`, value: container });
    }
  }
  return operations;
}

function containerOperations(pod: Pod, additions: Additions, problems: string[]): Operation[] {
  const missing = missingContainers(pod, additions.containers, additions, problems);
  return appendOperations("/spec/containers", pod.spec.containers, missing);
}

/** A container of our name is ours when it mounts one of our volumes; a stranger's cannot be replaced. */
function missingContainers(
  pod: Pod,
  wanted: readonly Container[],
  { volumes }: Additions,
  problems: string[],
): Container[] {
  const present = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return wanted.filter((container) => {
    const found = present.find(({ name }) => name === container.name);
    const isOurs = found?.volumeMounts?.some((mount) => volumes.some(({ name }) => name === mount.name));
    if (found !== undefined && isOurs !== true) {
      problems.push(`the pod already has a container ${quote(container.name)} of its own: rename it`);
    }
    return found === undefined;
  });
}

function processNamespaceOperations(pod: Pod, wanted: boolean | undefined): Operation[] {
  if (wanted === undefined || wanted === pod.spec.shareProcessNamespace) {
    return [];
  }
  return [{ op: "add", path: "/spec/shareProcessNamespace", value: wanted }];
}

/** Appends to a list, which an `add` to `/-` can do only where there is one. */
function appendOperations<Item>(
  path: string,
  present: readonly Item[],
  missing: readonly Item[],
): Operation[] {
  if (missing.length === 0) {
    return [];
  }
  return present.length === 0
    ? [{ op: "add", path, value: missing }]
    : missing.map((value) => ({ op: "add", path: `${path}/-`, value }));
}

function quote(name: string): string {
  return JSON.stringify(name);
}
