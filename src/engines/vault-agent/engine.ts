import { patchContainers } from "../agent-container.ts";
import type { EngineResult, InjectionPlan, PodEngine } from "../engine.ts";
import { readOnly } from "../secret-volumes.ts";
import { initContainer, sidecarContainer } from "./containers.ts";
import { flavourNames } from "./flavour.ts";
import { agentVolumes, renderedVolumes } from "./volumes.ts";

/**
 * The official Vault (or OpenBao) image with a generated agent configuration: the containers that the Vault
 * Agent Injector would add, field for field. `docs/compatibility.md` lists the differences.
 */
export function vaultAgentEngine(): PodEngine {
  return build;
}

function build(plan: InjectionPlan): EngineResult {
  const { request } = plan;
  const names = flavourNames(request.flavour);
  const rendered = renderedVolumes(plan, names);
  const { problems, ...containers } = patchContainers(
    plan,
    request.prePopulate ? initContainer(plan, names, rendered.mounts) : undefined,
    request.prePopulateOnly ? undefined : sidecarContainer(plan, names, rendered.mounts),
  );
  const mounts = plan.harden ? readOnly(rendered.mounts) : rendered.mounts;
  return {
    problems,
    additions: {
      volumes: agentVolumes(plan, names, rendered),
      initContainers: containers.initContainer === undefined ? [] : [containers.initContainer],
      initIndex: request.initFirst ? 0 : (plan.pod.spec.initContainers?.length ?? 0),
      containers: containers.sidecar === undefined ? [] : [containers.sidecar],
      appMounts: mounts,
      appEnv: [],
      // Without an init container of ours the pod's own would find the directory empty.
      initMounts: request.prePopulate ? mounts : [],
      initEnv: [],
    },
  };
}
