import { posix } from "node:path";
import type { InjectionRequest, VariableRequest } from "../../annotations/request.ts";
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
export function appVariables(request: InjectionRequest, rendered: SecretVolumes): readonly EnvVar[] {
  return request.native.variables.flatMap(({ variable, from }) => {
    const place = placeOf(request, rendered, from);
    return place === undefined ? [] : [{ name: variable, valueFrom: { fileKeyRef: place } }];
  });
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

interface FileKey {
  readonly [member: string]: string;
  readonly volumeName: string;
  readonly path: string;
  readonly key: string;
}

function placeOf(
  { postgres, secrets }: InjectionRequest,
  { mounts }: SecretVolumes,
  from: VariableRequest["from"],
): FileKey | undefined {
  const isMeant = ({ name }: { readonly name: string }): boolean => name === from.name;
  const directory = postgres.find(isMeant)?.directory;
  const file =
    from.kind === "secret"
      ? secrets.find(isMeant)?.destination
      : directory === undefined
        ? undefined
        : posix.join(directory, ENV_FILE);
  if (file === undefined) return undefined;
  // One volume may be mounted inside of another: the file is in the innermost.
  const [volume] = mounts
    .filter(({ mountPath }) => file.startsWith(mountPath === "/" ? "/" : `${mountPath}/`))
    .sort((left, right) => right.mountPath.length - left.mountPath.length);
  if (volume === undefined) return undefined;
  const key = from.kind === "secret" ? from.key : POSTGRES_ENV_KEYS[from.part];
  return { volumeName: volume.name, path: posix.relative(volume.mountPath, file), key };
}
