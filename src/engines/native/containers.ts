import { notificationsOf } from "../../annotations/notify.ts";
import type { InjectionRequest } from "../../annotations/request.ts";
import type { Container, VolumeMount } from "../../injection/pod.ts";
import { copiedMounts, resourceRequirements, securityContext } from "../agent-container.ts";
import { type CloudIdentity, cloudIdentity } from "../cloud-identity.ts";
import type { InjectionPlan } from "../engine.ts";
import { fieldVariable, POD_VARIABLES } from "../pod-variables.ts";
import type { SecretVolumes } from "../secret-volumes.ts";
import { AGENT_CONFIG_VARIABLE, RESTART_EXIT_CODE } from "./agent-config.ts";
import { type PodFacts, podFacts } from "./configuration.ts";
import {
  EXTRA_SECRET_MOUNT_PATH,
  EXTRA_SECRET_VOLUME,
  NATIVE_INIT_CONTAINER,
  NATIVE_SIDECAR,
  STATE_DIRECTORY,
  STATE_VOLUME,
  TLS_MOUNT_PATH,
  TLS_VOLUME,
} from "./names.ts";

/** Init container and sidecar of the native agent: one image, one configuration, two ways to run. */
export function agentContainers(
  plan: InjectionPlan,
  rendered: SecretVolumes,
  encodedConfig: (facts: PodFacts) => string,
): { readonly init: Container | undefined; readonly sidecar: Container | undefined } {
  const { request } = plan;
  const facts = podFacts(plan);
  const common = commonParts(plan, rendered, encodedConfig(facts));
  const port = facts.healthPort;
  return {
    init:
      request.prePopulate && request.native.initContainer
        ? { name: NATIVE_INIT_CONTAINER, args: ["agent", "--once"], ...common }
        : undefined,
    sidecar: request.prePopulateOnly
      ? undefined
      : {
          name: NATIVE_SIDECAR,
          args: ["agent"],
          ...common,
          ...(port === 0 ? {} : { ports: [{ name: "keycard-health", containerPort: port }] }),
          ...(request.native.sidecar ? { restartPolicy: "Always" } : {}),
          ...(request.prePopulate && !request.native.initContainer ? { lifecycle: HOLD_THE_APP } : {}),
          ...(restarts(request) ? { restartPolicyRules: [RESTART_RULE] } : {}),
        },
  };
}

/**
 * Kubelet starts no further container of the pod before this hook of the sidecar has ended, and goes on at once
 * then; it looks whether an init container has ended, or a startup probe passes, only once a second.
 */
const HOLD_THE_APP = { postStart: { exec: { command: ["/usr/local/bin/keycard", "agent", "wait"] } } };

/** Has Kubernetes start the whole pod anew, in place, when the sidecar ends with the code for it (KEP-5532). */
const RESTART_RULE = {
  action: "RestartAllContainers",
  exitCodes: { operator: "In", values: [RESTART_EXIT_CODE] },
};

function restarts({ native }: InjectionRequest): boolean {
  return notificationsOf(native).some(({ kind }) => kind === "restart");
}

function commonParts(
  plan: InjectionPlan,
  rendered: SecretVolumes,
  config: string,
): Omit<Container, "name" | "args"> {
  const { agent } = plan.request;
  const identity = cloudIdentity(plan);
  return {
    image: agent.image,
    env: [
      ...identity.variables,
      ...POD_VARIABLES,
      fieldVariable("KEYCARD_POD_NAME", "metadata.name"),
      fieldVariable("KEYCARD_POD_NAMESPACE", "metadata.namespace"),
      { name: AGENT_CONFIG_VARIABLE, value: config },
    ],
    resources: resourceRequirements(agent.limits, agent.requests),
    volumeMounts: mounts(plan, rendered, identity),
    // The agent writes why it failed; should it die before that, the end of its log has to do.
    terminationMessagePolicy: "FallbackToLogsOnError",
    ...(agent.setSecurityContext ? { securityContext: securityContext(plan, true) } : {}),
  };
}

function mounts(
  plan: InjectionPlan,
  rendered: SecretVolumes,
  identity: CloudIdentity,
): readonly VolumeMount[] {
  const { request, token, pod } = plan;
  const own: VolumeMount[] = [
    { name: STATE_VOLUME, mountPath: STATE_DIRECTORY },
    ...(token?.mount === undefined ? [] : [token.mount]),
    ...identity.mounts,
    ...rendered.mounts,
  ];
  if (request.vault.tlsSecret !== "") {
    own.push({ name: TLS_VOLUME, mountPath: TLS_MOUNT_PATH, readOnly: true });
  }
  if (request.agent.extraSecret !== "") {
    own.push({ name: EXTRA_SECRET_VOLUME, mountPath: EXTRA_SECRET_MOUNT_PATH, readOnly: true });
  }
  return [...own, ...copiedMounts(pod, request.copyVolumeMountsFrom, own)];
}
