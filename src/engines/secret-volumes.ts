import type { InjectionRequest } from "../annotations/request.ts";
import type { Volume, VolumeMount } from "../injection/pod.ts";

/** An in-memory volume; `sizeLimit` bounds what it may take of the pod's memory. */
export function memoryVolume(name: string, sizeLimit: string | undefined): Volume {
  return { name, emptyDir: sizeLimit === undefined ? { medium: "Memory" } : { medium: "Memory", sizeLimit } };
}

/** The volumes that carry rendered files, and where they are mounted. */
export interface SecretVolumes {
  readonly volumes: readonly Volume[];
  readonly mounts: readonly VolumeMount[];
}

/**
 * One memory volume for the pod's secret directory and one, `NAME-custom-N`, for each other directory that
 * a secret asks for with `secret-volume-path-NAME`.
 */
export function secretVolumes(
  request: InjectionRequest,
  name: string,
  sizeLimit: string | undefined,
): SecretVolumes {
  const directories = new Set([
    request.secretVolumePath,
    ...request.secrets.map(({ directory }) => directory),
  ]);
  const mounts = [...directories].map((mountPath, index) => ({
    name: index === 0 ? name : `${name}-custom-${index - 1}`,
    mountPath,
  }));
  return { volumes: mounts.map((mount) => memoryVolume(mount.name, sizeLimit)), mounts };
}

/** The same mounts, read-only. */
export function readOnly(mounts: readonly VolumeMount[]): readonly VolumeMount[] {
  return mounts.map((mount) => ({ ...mount, readOnly: true }));
}
