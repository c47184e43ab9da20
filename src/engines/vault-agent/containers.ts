import type { Container, VolumeMount } from "../../injection/pod.ts";
import type { JsonObject } from "../../json.ts";
import { copiedMounts, resourceRequirements, securityContext } from "../agent-container.ts";
import { awsRoleIdentity } from "../cloud-identity.ts";
import type { InjectionPlan } from "../engine.ts";
import { hasPersistentCache } from "./config.ts";
import { agentEnvironment } from "./environment.ts";
import { CONFIG_MOUNT_PATH, type FlavourNames } from "./flavour.ts";
import { agentMounts, cacheMount, INIT_HOME_VOLUME, SIDECAR_HOME_VOLUME } from "./volumes.ts";

/** The container that renders once, before the app starts. */
export function initContainer(
  plan: InjectionPlan,
  names: FlavourNames,
  rendered: readonly VolumeMount[],
): Container {
  const home = { name: INIT_HOME_VOLUME, mountPath: names.home };
  return agentContainer(plan, names, true, [
    home,
    ...tokenMount(plan),
    ...awsRoleIdentity(plan).mounts,
    ...rendered,
  ]);
}

/** The container that keeps the files fresh beside the app. */
export function sidecarContainer(
  plan: InjectionPlan,
  names: FlavourNames,
  rendered: readonly VolumeMount[],
): Container {
  const home = { name: SIDECAR_HOME_VOLUME, mountPath: names.home };
  return {
    ...agentContainer(plan, names, false, [
      ...tokenMount(plan),
      home,
      ...awsRoleIdentity(plan).mounts,
      ...rendered,
    ]),
    lifecycle: lifecycle(plan, names),
  };
}

function agentContainer(
  plan: InjectionPlan,
  names: FlavourNames,
  init: boolean,
  mounts: readonly VolumeMount[],
): Container {
  const { agent } = plan.request;
  const { extra, last } = agentMounts(plan, names);
  const own = [...mounts, ...extra, ...last, ...(hasPersistentCache(plan) ? [cacheMount(names)] : [])];
  const copied = copiedMounts(plan.pod, plan.request.copyVolumeMountsFrom, own);
  const beforeCopied = mounts.length + extra.length;
  return {
    name: init ? names.initContainer : names.sidecar,
    image: agent.image,
    command: ["/bin/sh", "-ec"],
    args: [startCommand(plan, names, init)],
    env: agentEnvironment(plan, names, init),
    resources: resourceRequirements(agent.limits, agent.requests),
    volumeMounts: [...own.slice(0, beforeCopied), ...copied, ...own.slice(beforeCopied)],
    ...(agent.setSecurityContext ? { securityContext: securityContext(plan, plan.harden) } : {}),
  };
}

function startCommand({ request }: InjectionPlan, names: FlavourNames, init: boolean): string {
  const { command, home } = names;
  if (request.agent.configMap !== "") {
    const file = init ? "config-init.hcl" : "config.hcl";
    return `touch ${names.tokenFile} && ${command} agent -config=${CONFIG_MOUNT_PATH}/${file}`;
  }
  const variable = `\${${names.variablePrefix}_CONFIG?}`;
  return `echo ${variable} | base64 -d > ${home}/config.json && ${command} agent -config=${home}/config.json`;
}

function tokenMount({ token }: InjectionPlan): readonly VolumeMount[] {
  return token?.mount === undefined ? [] : [token.mount];
}

function lifecycle({ request }: InjectionPlan, names: FlavourNames): JsonObject {
  if (!request.revokeOnShutdown) {
    return {};
  }
  const { vault } = request;
  const flags = [
    `-address=${vault.address}`,
    ...(vault.caCert === "" ? [] : [`-ca-cert=${vault.caCert}`]),
    ...(vault.clientCert === "" ? [] : [`-client-cert=${vault.clientCert}`]),
    ...(vault.clientKey === "" ? [] : [`-client-key=${vault.clientKey}`]),
    "-self",
  ];
  const revoke = `/bin/${names.command} token revoke ${flags.join(" ")}`;
  return {
    preStop: {
      exec: { command: ["/bin/sh", "-c", `/bin/sleep ${request.revokeGraceSeconds} && ${revoke}`] },
    },
  };
}
