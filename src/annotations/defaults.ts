import type { InjectionSettings } from "./settings.ts";

/**
 * The settings of an operator who set nothing but the address of Vault: the Vault Agent Injector's compiled-in
 * defaults for engine `vault-agent`, our manifests' for engine `native`.
 */
export function defaultInjectionSettings(): InjectionSettings {
  return {
    engine: "native",
    flavour: "vault",
    harden: false,
    vaultPrefixes: ["vault.hashicorp.com", "openbao.org"],
    keycardPrefix: "keycard.dev",
    nativeSidecar: true,
    initContainer: true,
    restartInPlace: true,
    envFromFile: true,
    keycardImage: "keycard:latest",
    vaultImage: "hashicorp/vault:2.0.4",
    vaultAddress: "https://vault.vault.svc:8200",
    vaultNamespace: "",
    vaultCaCertBytes: "",
    authType: "kubernetes",
    authPath: "auth/kubernetes",
    proxyAddress: "",
    defaultTemplate: "map",
    revokeOnShutdown: false,
    runAsUser: "100",
    runAsGroup: "1000",
    runAsSameUser: false,
    setSecurityContext: true,
    requests: { cpu: "250m", memory: "64Mi", ephemeralStorage: "" },
    limits: { cpu: "500m", memory: "128Mi", ephemeralStorage: "" },
    // The agent idles; a CPU limit would only slow its start. Memory: about 50 MiB resident, and room.
    nativeRequests: { cpu: "10m", memory: "48Mi", ephemeralStorage: "" },
    nativeLimits: { cpu: "", memory: "128Mi", ephemeralStorage: "" },
    exitOnRetryFailure: true,
    staticSecretRenderInterval: "",
    maxConnectionsPerHost: 0,
    leaseRenewalThreshold: 0,
    authMinBackoff: "",
    authMaxBackoff: "",
    disableIdleConnections: "",
    disableKeepAlives: "",
    rewriteVaultAnnotations: true,
    policy: {
      allowedImages: [],
      allowedVaultAddresses: [],
      allowedAuthPaths: [],
      denyRoot: false,
      denyTlsSkipVerify: false,
      denyJsonPatch: false,
      lockedAnnotations: [],
    },
  };
}
