import type { Volume, VolumeMount } from "../../injection/pod.ts";
import { AGENT_SIZE_LIMIT, SECRETS_SIZE_LIMIT } from "../agent-container.ts";
import type { InjectionPlan } from "../engine.ts";
import { memoryVolume, type SecretVolumes, secretVolumes } from "../secret-volumes.ts";
import { hasPersistentCache } from "./config.ts";
import {
  CACHE_MOUNT_PATH,
  CONFIG_MOUNT_PATH,
  EXTRA_SECRET_MOUNT_PATH,
  type FlavourNames,
  TLS_MOUNT_PATH,
} from "./flavour.ts";

export const INIT_HOME_VOLUME = "home-init";
export const SIDECAR_HOME_VOLUME = "home-sidecar";
const EXTRA_SECRET_VOLUME = "extra-secrets";

/** The volumes of rendered files, with a size limit when hardened. */
export function renderedVolumes(plan: InjectionPlan, names: FlavourNames): SecretVolumes {
  const limit = plan.harden ? SECRETS_SIZE_LIMIT : undefined;
  return secretVolumes(plan.request, `${names.volumePrefix}-secrets`, limit);
}

/** Every volume that the pod gets, in the order of the Vault Agent Injector. */
export function agentVolumes(plan: InjectionPlan, names: FlavourNames, rendered: SecretVolumes): Volume[] {
  const { request, harden, token } = plan;
  const homeLimit = harden ? AGENT_SIZE_LIMIT : undefined;
  const volumes: Volume[] = [];
  if (request.prePopulate) {
    volumes.push(memoryVolume(INIT_HOME_VOLUME, homeLimit));
  }
  if (!request.prePopulateOnly) {
    volumes.push(memoryVolume(SIDECAR_HOME_VOLUME, homeLimit));
  }
  volumes.push(...rendered.volumes);
  if (request.agent.configMap !== "") {
    volumes.push({ name: `${names.volumePrefix}-config`, configMap: { name: request.agent.configMap } });
  }
  if (request.agent.extraSecret !== "") {
    volumes.push({ name: EXTRA_SECRET_VOLUME, secret: { secretName: request.agent.extraSecret } });
  }
  if (request.vault.tlsSecret !== "") {
    volumes.push({
      name: `${names.volumePrefix}-tls-secrets`,
      secret: { secretName: request.vault.tlsSecret },
    });
  }
  if (hasPersistentCache(plan)) {
    volumes.push(memoryVolume(`${names.volumePrefix}-agent-cache`, harden ? SECRETS_SIZE_LIMIT : undefined));
  }
  if (token?.volume !== undefined) {
    volumes.push(token.volume);
  }
  return volumes;
}

/** Mounts of the agent's own volumes, before and after those it copies from another container. */
export function agentMounts(
  { request }: InjectionPlan,
  names: FlavourNames,
): { readonly extra: readonly VolumeMount[]; readonly last: readonly VolumeMount[] } {
  const extra: VolumeMount[] = [];
  const last: VolumeMount[] = [];
  if (request.agent.extraSecret !== "") {
    extra.push({ name: EXTRA_SECRET_VOLUME, mountPath: EXTRA_SECRET_MOUNT_PATH, readOnly: true });
  }
  if (request.agent.configMap !== "") {
    last.push({ name: `${names.volumePrefix}-config`, mountPath: CONFIG_MOUNT_PATH, readOnly: true });
  }
  if (request.vault.tlsSecret !== "") {
    last.push({ name: `${names.volumePrefix}-tls-secrets`, mountPath: TLS_MOUNT_PATH, readOnly: true });
  }
  return { extra, last };
}

/** The mount of the persistent cache's volume. */
export function cacheMount(names: FlavourNames): VolumeMount {
  return { name: `${names.volumePrefix}-agent-cache`, mountPath: CACHE_MOUNT_PATH };
}
