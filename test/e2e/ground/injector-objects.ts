import type { KubernetesObject } from "./kubectl.ts";

/** What people have who come from the Vault Agent Injector, with whatever image. */
export interface InjectorInstallation {
  readonly namespace: string;
  readonly image: string;
  readonly vaultAddress: string;
  readonly vaultImage: string;
}

const NAME = "vault-injector";
const SERVICE = "vault-agent-injector-svc";
export const INJECTOR_REGISTRATION = "vault-agent-injector-cfg";

/** The objects of the Vault Agent Injector's own deployment: names, rights, arguments, environment, probes. */
export function injectorObjects(installation: InjectorInstallation): readonly KubernetesObject[] {
  const { namespace } = installation;
  const account = { kind: "ServiceAccount", name: NAME, namespace };
  const meta = { name: NAME, namespace };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "vault-injector-certs", namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: NAME },
      rules: [
        {
          apiGroups: ["admissionregistration.k8s.io"],
          resources: ["mutatingwebhookconfigurations"],
          verbs: ["get", "list", "watch", "patch"],
        },
        { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: meta,
      rules: [
        {
          apiGroups: [""],
          resources: ["secrets", "configmaps"],
          verbs: ["create", "get", "watch", "list", "update"],
        },
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "patch", "delete"] },
      ],
    },
    binding("ClusterRoleBinding", { name: NAME }, "ClusterRole", account),
    binding("RoleBinding", meta, "Role", account),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: SERVICE, namespace },
      spec: {
        selector: { "app.kubernetes.io/name": NAME },
        ports: [{ name: "https", port: 443, targetPort: 8080 }],
      },
    },
    deployment(installation),
    registration(namespace),
  ];
}

function binding(kind: string, metadata: object, roleKind: string, account: object): KubernetesObject {
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: roleKind, name: NAME };
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata, roleRef, subjects: [account] };
}

function deployment({ namespace, image, vaultAddress, vaultImage }: InjectorInstallation): KubernetesObject {
  const labels = { "app.kubernetes.io/name": NAME };
  const hosts = [SERVICE, `${SERVICE}.$(NAMESPACE)`, `${SERVICE}.$(NAMESPACE).svc`];
  const environment = {
    AGENT_INJECT_LISTEN: ":8080",
    AGENT_INJECT_LOG_LEVEL: "info",
    AGENT_INJECT_LOG_FORMAT: "standard",
    AGENT_INJECT_VAULT_ADDR: vaultAddress,
    AGENT_INJECT_VAULT_IMAGE: vaultImage,
    AGENT_INJECT_TLS_AUTO: INJECTOR_REGISTRATION,
    AGENT_INJECT_TLS_AUTO_HOSTS: hosts.join(","),
    AGENT_INJECT_USE_LEADER_ELECTOR: "true",
    AGENT_INJECT_DEFAULT_TEMPLATE: "map",
    AGENT_INJECT_CPU_REQUEST: "50m",
    AGENT_INJECT_MEM_REQUEST: "64Mi",
  };
  const probe = {
    httpGet: { path: "/health/ready", port: 8080, scheme: "HTTPS" },
    failureThreshold: 2,
    initialDelaySeconds: 5,
    periodSeconds: 2,
    timeoutSeconds: 5,
  };
  const field = (name: string, fieldPath: string): object => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          containers: [
            {
              name: "sidecar-injector",
              image,
              env: [
                field("NAMESPACE", "metadata.namespace"),
                field("POD_NAME", "metadata.name"),
                ...Object.entries(environment).map(([name, value]) => ({ name, value })),
              ],
              args: ["agent-inject", "2>&1"],
              livenessProbe: probe,
              readinessProbe: probe,
            },
          ],
        },
      },
    },
  };
}

function registration(namespace: string): KubernetesObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: INJECTOR_REGISTRATION },
    webhooks: [
      {
        name: "vault.hashicorp.com",
        admissionReviewVersions: ["v1", "v1beta1"],
        sideEffects: "None",
        clientConfig: { service: { name: SERVICE, namespace, path: "/mutate" } },
        rules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            operations: ["CREATE"],
            resources: ["pods"],
            scope: "Namespaced",
          },
        ],
        namespaceSelector: {},
        objectSelector: {
          matchExpressions: [{ key: "app.kubernetes.io/name", operator: "NotIn", values: [NAME] }],
        },
        failurePolicy: "Ignore",
      },
    ],
  };
}
