import type { InjectionRequest } from "../../annotations/request.ts";
import type { Volume } from "../../injection/pod.ts";
import { AGENT_SIZE_LIMIT, patchContainers, SECRETS_SIZE_LIMIT } from "../agent-container.ts";
import type { InjectionPlan, PodEngine } from "../engine.ts";
import { memoryVolume, readOnly, type SecretVolumes, secretVolumes } from "../secret-volumes.ts";
import { appVariables, withVariables } from "./app-variables.ts";
import { agentContainers } from "./containers.ts";
import { configEncoder } from "./encoded-config.ts";
import { EXTRA_SECRET_VOLUME, SECRETS_VOLUME, STATE_VOLUME, TLS_VOLUME } from "./names.ts";
import { agentPosition } from "./placement.ts";
import { postgresEnvironment } from "./postgres-environment.ts";
import { templateProblems } from "./template-check.ts";
import { urlProblems } from "./url-check.ts";

/** Keycard's own agent: one login and one lease per pod, handed from init container to sidecar. */
export function nativeEngine(
  request: InjectionRequest,
  annotations: Readonly<Record<string, string>>,
): PodEngine {
  const rendered = secretVolumes(request, SECRETS_VOLUME, SECRETS_SIZE_LIMIT);
  const encodedConfig = configEncoder(
    request,
    rendered.mounts.map(({ mountPath }) => mountPath),
  );
  const wrongTexts = [...templateProblems(request, annotations), ...urlProblems(request, annotations)];
  const appMounts = readOnly(rendered.mounts);
  const postgresEnv = postgresEnvironment(request);
  const appEnv = withVariables(postgresEnv, appVariables(request, rendered));
  return (plan) => {
    const { init, sidecar } = agentContainers(plan, rendered, encodedConfig);
    const patched = patchContainers(plan, init, sidecar);
    const started = [patched.initContainer].filter((container) => container !== undefined);
    const running = [patched.sidecar].filter((container) => container !== undefined);
    return {
      problems: [...wrongTexts, ...patched.problems],
      additions: {
        volumes: volumes(plan, rendered),
        initContainers: request.native.sidecar ? [...started, ...running] : started,
        initIndex: agentPosition(plan.pod.spec.initContainers ?? [], request.initFirst),
        containers: request.native.sidecar ? [] : running,
        appMounts,
        appEnv,
        initMounts: appMounts,
        // Init containers before ours would wait for a file that is written after them.
        initEnv: postgresEnv,
      },
    };
  };
}

function volumes({ request, token }: InjectionPlan, rendered: SecretVolumes): readonly Volume[] {
  const { tlsSecret } = request.vault;
  const { extraSecret } = request.agent;
  return [
    ...rendered.volumes,
    memoryVolume(STATE_VOLUME, AGENT_SIZE_LIMIT),
    ...(tlsSecret === "" ? [] : [{ name: TLS_VOLUME, secret: { secretName: tlsSecret } }]),
    ...(extraSecret === "" ? [] : [{ name: EXTRA_SECRET_VOLUME, secret: { secretName: extraSecret } }]),
    ...(token?.volume === undefined ? [] : [token.volume]),
  ];
}
