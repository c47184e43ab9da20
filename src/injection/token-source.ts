import { posix } from "node:path";
import type { InjectionRequest } from "../annotations/request.ts";
import type { TokenSource } from "../engines/engine.ts";
import { flavourNames } from "../engines/vault-agent/flavour.ts";
import { isJsonObject } from "../json.ts";
import type { Pod, Volume, VolumeMount } from "./pod.ts";

/** Where Kubernetes mounts a pod's service-account token. */
const DEFAULT_MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Name and place of the token volume that Keycard adds. */
export const TOKEN_VOLUME = "keycard-token";
const TOKEN_MOUNT_PATH = "/var/run/secrets/keycard.dev/serviceaccount";

/**
 * An hour. Not 3607 seconds, the lifetime of Kubernetes' own token volumes: API servers extend exactly that
 * one to a year for old clients.
 */
const TOKEN_LIFETIME_SECONDS = 3600;

export type TokenSourceResult =
  | { readonly kind: "found"; readonly token: TokenSource | undefined }
  | { readonly kind: "missing"; readonly message: string };

/**
 * The token source in the way of the Vault Agent Injector: a named volume, or the first path that looks
 * right. `isAddedLater`: a pod without one will get it from the API server, unless it forbids that.
 */
export function tokenSourceByPath(
  pod: Pod,
  request: InjectionRequest,
  isAddedLater: boolean,
): TokenSourceResult {
  if (request.auth.tokenVolume !== "") {
    return namedVolume(pod, request);
  }
  const mount = firstMount(pod, ({ mountPath }) => mountPath.includes("serviceaccount"));
  if (mount !== undefined) {
    return { kind: "found", token: tokenAt(mount.name, mount.mountPath, "token") };
  }
  if (isAddedLater && pod.spec.automountServiceAccountToken !== false) {
    return { kind: "found", token: { tokenPath: `${DEFAULT_MOUNT_PATH}/token` } };
  }
  return {
    kind: "missing",
    message:
      "failed to find service account volume mount: no container of the pod mounts a service-account token " +
      "(automountServiceAccountToken is off); mount one, or name its volume here",
  };
}

/**
 * The token source by what it is: a named volume, a volume of our own when an audience is asked for, the
 * pod's projected service-account token for the API server, or a volume of our own when there is none and
 * the login needs one.
 */
export function tokenSourceByKind(pod: Pod, request: InjectionRequest): TokenSourceResult {
  if (request.auth.tokenVolume !== "") {
    return namedVolume(pod, request);
  }
  if (request.auth.tokenAudience !== "") {
    return { kind: "found", token: ownToken(request.auth.tokenAudience) };
  }
  for (const volume of pod.spec.volumes ?? []) {
    const path = projectedTokenPath(volume, (audience) => audience === undefined);
    // Our own volume from an earlier pass is made anew below, with its mount path.
    if (path !== undefined && volume.name !== TOKEN_VOLUME) {
      const mount = firstMount(pod, ({ name }) => name === volume.name);
      return { kind: "found", token: tokenAt(volume.name, mount?.mountPath ?? DEFAULT_MOUNT_PATH, path) };
    }
  }
  // Clusters before 1.24, and pods that ask for it, mount the token from a Secret.
  const mount = firstMount(pod, ({ mountPath }) => mountPath === DEFAULT_MOUNT_PATH);
  if (mount !== undefined) {
    return { kind: "found", token: tokenAt(mount.name, mount.mountPath, "token") };
  }
  return { kind: "found", token: loginNeedsToken(request) ? ownToken("") : undefined };
}

function loginNeedsToken({ auth }: InjectionRequest): boolean {
  return (
    (auth.type === "kubernetes" && !auth.config.has("token_path")) ||
    (auth.type === "jwt" && !auth.config.has("path"))
  );
}

function namedVolume(pod: Pod, { auth, flavour }: InjectionRequest): TokenSourceResult {
  const name = auth.tokenVolume;
  const mount = firstMount(pod, (candidate) => candidate.name === name);
  const volume = pod.spec.volumes?.find((candidate) => candidate.name === name);
  if (volume === undefined) {
    return {
      kind: "missing",
      message:
        mount === undefined
          ? `failed to find service account volume ${JSON.stringify(name)}`
          : `failed to find volume ${JSON.stringify(name)} in Pod ${JSON.stringify(pod.metadata?.name ?? "")} volumes`,
    };
  }
  const path = projectedTokenPath(volume, () => true);
  if (path === undefined) {
    return {
      kind: "missing",
      message: `failed to find tokenPath for projected volume ${JSON.stringify(name)}`,
    };
  }
  const mountPath = mount?.mountPath ?? flavourNames(flavour).tokenMountPath;
  return { kind: "found", token: tokenAt(name, mountPath, path) };
}

function tokenAt(name: string, mountPath: string, path: string): TokenSource {
  return { mount: { name, mountPath, readOnly: true }, tokenPath: posix.join(mountPath, path) };
}

function ownToken(audience: string): TokenSource {
  const serviceAccountToken = {
    ...(audience === "" ? {} : { audience }),
    expirationSeconds: TOKEN_LIFETIME_SECONDS,
    path: "token",
  };
  return {
    ...tokenAt(TOKEN_VOLUME, TOKEN_MOUNT_PATH, "token"),
    volume: { name: TOKEN_VOLUME, projected: { sources: [{ serviceAccountToken }] } },
  };
}

function firstMount(pod: Pod, matches: (mount: VolumeMount) => boolean): VolumeMount | undefined {
  for (const container of pod.spec.containers) {
    const mount = container.volumeMounts?.find(matches);
    if (mount !== undefined) {
      return mount;
    }
  }
  return undefined;
}

/** `path` of a volume's first service-account token whose audience (undefined: the API server) is wanted. */
function projectedTokenPath(
  volume: Volume,
  wanted: (audience: string | undefined) => boolean,
): string | undefined {
  for (const source of volume.projected?.sources ?? []) {
    const token = source.serviceAccountToken;
    if (isJsonObject(token) && typeof token.path === "string" && token.path !== "") {
      const audience =
        typeof token.audience === "string" && token.audience !== "" ? token.audience : undefined;
      if (wanted(audience)) {
        return token.path;
      }
    }
  }
  return undefined;
}
