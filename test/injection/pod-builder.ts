import type { Container, Pod, PodSpec, Volume } from "../../src/injection/pod.ts";

/** Where Kubernetes mounts the token of a pod's service account. */
export const TOKEN_MOUNT = {
  name: "kube-api-access-x1",
  readOnly: true,
  mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
};

/** The volume that the API server adds to a pod for its service-account token. */
export const TOKEN_VOLUME: Volume = {
  name: "kube-api-access-x1",
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    ],
  },
};

/** A container as the API server sends it: with the token mounted. */
export function containerOf(name: string, overrides: Partial<Container> = {}): Container {
  return { name, image: "app:1", volumeMounts: [TOKEN_MOUNT], ...overrides };
}

/** A pod as the API server sends it, with one app container unless told otherwise. */
export function podOf(annotations: Record<string, string> = {}, spec: Partial<PodSpec> = {}): Pod {
  return {
    metadata: { name: "web-1", namespace: "shop", annotations },
    spec: { containers: [containerOf("app")], volumes: [TOKEN_VOLUME], ...spec },
  };
}
