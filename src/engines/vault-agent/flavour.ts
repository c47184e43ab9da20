import type { Flavour } from "../../annotations/settings.ts";

/** The names and paths by which the two injectors differ. Mount paths under `/vault` are the same in both. */
export interface FlavourNames {
  readonly initContainer: string;
  readonly sidecar: string;
  /** Prefix of the volumes `-secrets`, `-config`, `-tls-secrets` and `-agent-cache`. */
  readonly volumePrefix: string;
  /** Prefix of the agent's environment variables. */
  readonly variablePrefix: string;
  readonly home: string;
  readonly tokenFile: string;
  /** The command's name; it is on the image's PATH and in `/bin`. */
  readonly command: string;
  /** Where a named token volume is mounted that no container of the pod mounts. */
  readonly tokenMountPath: string;
}

const VAULT: FlavourNames = {
  initContainer: "vault-agent-init",
  sidecar: "vault-agent",
  volumePrefix: "vault",
  variablePrefix: "VAULT",
  home: "/home/vault",
  tokenFile: "/home/vault/.vault-token",
  command: "vault",
  tokenMountPath: "/var/run/secrets/vault.hashicorp.com/serviceaccount",
};

const OPENBAO: FlavourNames = {
  initContainer: "openbao-agent-init",
  sidecar: "openbao-agent",
  volumePrefix: "openbao",
  variablePrefix: "BAO",
  home: "/home/openbao",
  tokenFile: "/home/openbao/.openbao-token",
  command: "bao",
  tokenMountPath: "/var/run/secrets/openbao.openbao.org/serviceaccount",
};

/** Names of a flavour, as the injector of that flavour uses them. */
export function flavourNames(flavour: Flavour): FlavourNames {
  return flavour === "openbao" ? OPENBAO : VAULT;
}

export const CONFIG_MOUNT_PATH = "/vault/configs";
export const TLS_MOUNT_PATH = "/vault/tls";
export const EXTRA_SECRET_MOUNT_PATH = "/vault/custom";
export const CACHE_MOUNT_PATH = "/vault/agent-cache";
