import type { InjectionRequest } from "../annotations/request.ts";
import { NATIVE_INIT_CONTAINER, NATIVE_SIDECAR } from "./native/names.ts";
import { flavourNames } from "./vault-agent/flavour.ts";

const NATIVE = [NATIVE_INIT_CONTAINER, NATIVE_SIDECAR];
const VAULT = [flavourNames("vault").initContainer, flavourNames("vault").sidecar];
const OPENBAO = [flavourNames("openbao").initContainer, flavourNames("openbao").sidecar];

/** Names of the containers that the engine of a request adds. */
export function agentContainerNames({ engine, flavour }: InjectionRequest): readonly string[] {
  if (engine === "native") {
    return NATIVE;
  }
  return flavour === "openbao" ? OPENBAO : VAULT;
}

/** Names of the containers that the other engines add. */
export function otherAgentContainerNames(request: InjectionRequest): readonly string[] {
  return OTHERS.get(agentContainerNames(request)) ?? [];
}

const OTHERS: ReadonlyMap<readonly string[], readonly string[]> = new Map([
  [NATIVE, [...VAULT, ...OPENBAO]],
  [VAULT, [...NATIVE, ...OPENBAO]],
  [OPENBAO, [...NATIVE, ...VAULT]],
]);
