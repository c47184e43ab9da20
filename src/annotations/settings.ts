/** Which program serves the pod: our own agent, or the official Vault (or OpenBao) image. */
export type EngineName = "native" | "vault-agent";

/** Whose names and paths engine `vault-agent` uses. */
export type Flavour = "vault" | "openbao";

/** Kubernetes quantities as written, e.g. `500m`, `128Mi`; `""` leaves the entry out. */
export interface ResourceQuantities {
  readonly cpu: string;
  readonly memory: string;
  readonly ephemeralStorage: string;
}

/**
 * What the operator may lock. Each names the annotation values that are refused; an empty list or `false`
 * locks nothing. A refusal names the policy by its setting.
 */
export interface InjectionPolicy {
  /** `KEYCARD_POLICY_ALLOWED_IMAGES`: exact names or prefixes ending in `*`. Empty: any image. */
  readonly allowedImages: readonly string[];
  /** `KEYCARD_POLICY_ALLOWED_VAULT_ADDRESSES`: exact origins. Empty: any address. */
  readonly allowedVaultAddresses: readonly string[];
  /** `KEYCARD_POLICY_ALLOWED_AUTH_PATHS`: exact mount paths. Empty: any. */
  readonly allowedAuthPaths: readonly string[];
  /** `KEYCARD_POLICY_DENY_ROOT`: no uid or gid 0 for the agent. */
  readonly denyRoot: boolean;
  /** `KEYCARD_POLICY_DENY_TLS_SKIP_VERIFY`. */
  readonly denyTlsSkipVerify: boolean;
  /** `KEYCARD_POLICY_DENY_JSON_PATCH`: no JSON patches of the agent's containers. */
  readonly denyJsonPatch: boolean;
  /** `KEYCARD_POLICY_LOCKED_ANNOTATIONS`: names without prefix that no pod may set. */
  readonly lockedAnnotations: readonly string[];
}

/**
 * The operator's settings that reach a pod: the defaults of the annotations and how the engines build
 * containers. Made once at start by `src/settings.ts`; values are already checked there.
 */
export interface InjectionSettings {
  readonly engine: EngineName;
  readonly flavour: Flavour;
  /** Engine `vault-agent`: apply the hardening that engine `native` always applies (`KEYCARD_HARDEN`). */
  readonly harden: boolean;
  /** Prefixes, without the slash, under which the Vault Agent Injector's annotations are read; first wins. */
  readonly vaultPrefixes: readonly string[];
  /** Prefix, without the slash, of Keycard's own annotations. */
  readonly keycardPrefix: string;
  /** Engine `native`: run the sidecar as an init container with `restartPolicy: Always` (Kubernetes >= 1.29). */
  readonly nativeSidecar: boolean;
  /** Engine `native`: an init container writes the first credentials; false: the sidecar, while the app waits. */
  readonly initContainer: boolean;
  /** The cluster restarts a pod in place at an exit code of its sidecar (Kubernetes >= 1.36). */
  readonly restartInPlace: boolean;
  /** The cluster takes the values of variables from files, `fileKeyRef` (Kubernetes >= 1.35). */
  readonly envFromFile: boolean;
  /** Image of engine `native`'s agent. */
  readonly keycardImage: string;
  readonly vaultImage: string;
  readonly vaultAddress: string;
  readonly vaultNamespace: string;
  /** CA certificates in PEM, or base64 of PEM; `""` for none. */
  readonly vaultCaCertBytes: string;
  readonly authType: string;
  readonly authPath: string;
  readonly proxyAddress: string;
  readonly defaultTemplate: "map" | "json";
  readonly revokeOnShutdown: boolean;
  readonly runAsUser: string;
  readonly runAsGroup: string;
  readonly runAsSameUser: boolean;
  readonly setSecurityContext: boolean;
  /** Engine `vault-agent`'s defaults; engine `native` has its own, smaller ones. */
  readonly requests: ResourceQuantities;
  readonly limits: ResourceQuantities;
  readonly nativeRequests: ResourceQuantities;
  readonly nativeLimits: ResourceQuantities;
  readonly exitOnRetryFailure: boolean;
  readonly staticSecretRenderInterval: string;
  readonly maxConnectionsPerHost: number;
  /** 0: leave it to the agent. The Vault Agent Injector reads this setting and never applies it. */
  readonly leaseRenewalThreshold: number;
  /** Go durations as written; `""` for none. */
  readonly authMinBackoff: string;
  readonly authMaxBackoff: string;
  readonly disableIdleConnections: string;
  readonly disableKeepAlives: string;
  /** OpenBao flavour: rename `vault.hashicorp.com/` annotations to `openbao.org/` in the patch. */
  readonly rewriteVaultAnnotations: boolean;
  readonly policy: InjectionPolicy;
}
