import { posix } from "node:path";
import type { InjectionRequest } from "../../annotations/request.ts";
import type { EnvVar } from "../../injection/pod.ts";
import { POSTGRES_ENV_KEYS } from "../../postgres/formats.ts";
import type { EnvGroup } from "../engine.ts";
import type { SecretVolumes } from "../secret-volumes.ts";

/** The file of a login that has `KEY='value'` lines. */
const ENV_FILE = "env";

/**
 * Variables whose values kubelet reads from the rendered files when it starts a container (KEP-3721). It takes
 * a path inside the volume and follows links that stay in it, as those of a login's directory do.
 */
export function appVariables(request: InjectionRequest, { mounts }: SecretVolumes): readonly EnvVar[] {
  const directories = new Map(request.postgres.map(({ name, directory }) => [name, directory]));
  const files = new Map(request.secrets.map(({ name, destination }) => [name, destination]));
  // One volume may be mounted inside of another: a file is in the innermost.
  const innermostFirst = [...mounts].sort((left, right) => right.mountPath.length - left.mountPath.length);
  return request.native.variables.flatMap(({ variable, from }) => {
    const directory = directories.get(from.name) ?? "";
    const file = from.kind === "login" ? posix.join(directory, ENV_FILE) : (files.get(from.name) ?? "");
    const volume = innermostFirst.find(({ mountPath }) => isWithin(file, mountPath));
    if (volume === undefined) return [];
    const fileKeyRef = {
      volumeName: volume.name,
      path: posix.relative(volume.mountPath, file),
      key: from.kind === "login" ? POSTGRES_ENV_KEYS[from.part] : from.key,
    };
    return [{ name: variable, valueFrom: { fileKeyRef } }];
  });
}

function isWithin(file: string, directory: string): boolean {
  return file.startsWith(directory === "/" ? "/" : `${directory}/`);
}

/** Each variable for itself, and before the groups, which are left out where one of theirs is asked for. */
export function withVariables(
  groups: readonly EnvGroup[],
  variables: readonly EnvVar[],
): readonly EnvGroup[] {
  const asked = new Set(variables.map(({ name }) => name));
  const others = groups.filter((group) => !group.some(({ name }) => asked.has(name)));
  return [...variables.map((variable) => [variable]), ...others];
}
