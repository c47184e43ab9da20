export const NATIVE_INIT_CONTAINER = "keycard-init";
export const NATIVE_SIDECAR = "keycard-agent";

export const SECRETS_VOLUME = "vault-secrets";
export const STATE_VOLUME = "keycard-state";
export const TLS_VOLUME = "vault-tls-secrets";
export const EXTRA_SECRET_VOLUME = "extra-secrets";

/** Where init container and sidecar hand over token and leases; no other container mounts it. */
export const STATE_DIRECTORY = "/run/keycard";
export const TLS_MOUNT_PATH = "/vault/tls";
export const EXTRA_SECRET_MOUNT_PATH = "/vault/custom";
