import { request } from "node:https";
import jsonPatch, { type Operation } from "fast-json-patch";
import { KeycardError } from "../../errors.ts";
import type { Pod } from "../../injection/pod.ts";
import { isJsonObject } from "../../json.ts";

/** What a webhook answered to one AdmissionReview. */
export interface Admission {
  readonly allowed: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
  readonly operations: readonly Operation[];
}

export interface WebhookEndpoint {
  /** `https://host:port` of the webhook. */
  readonly origin: string;
  /** PEM of the CA that signed its certificate, as `caBundle` would hold it. */
  readonly caBundle: string;
}

/**
 * Gives a pod what the API server's ServiceAccount admission gives every pod before webhooks see it: the
 * projected token volume, mounted into every container.
 */
export function admitServiceAccount(pod: Pod): Pod {
  const mount = {
    name: "kube-api-access-demo0",
    mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
    readOnly: true,
  };
  const volume = {
    name: mount.name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ],
    },
  };
  const containers = pod.spec.containers.map((container) => ({
    ...container,
    volumeMounts: [...(container.volumeMounts ?? []), mount],
  }));
  return {
    ...pod,
    spec: { ...pod.spec, containers, volumes: [...(pod.spec.volumes ?? []), volume] },
    status: {},
  };
}

/**
 * Sends the AdmissionReview for the creation of `pod`, over HTTPS and verified against `caBundle`.
 * @throws KeycardError when the answer is not an AdmissionReview for this request.
 */
export async function reviewPod(pod: Pod, uid: string, endpoint: WebhookEndpoint): Promise<Admission> {
  const podKind = { group: "", version: "v1", kind: "Pod" };
  const podResource = { group: "", version: "v1", resource: "pods" };
  const review = {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid,
      kind: podKind,
      resource: podResource,
      requestKind: podKind,
      requestResource: podResource,
      name: pod.metadata?.name,
      namespace: pod.metadata?.namespace ?? "default",
      operation: "CREATE",
      userInfo: { username: "demo", groups: ["system:authenticated"] },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    },
  };
  return readAnswer(
    await post(`${endpoint.origin}/mutate?timeout=10s`, JSON.stringify(review), endpoint.caBundle),
    uid,
  );
}

/** The pod after the patch; the original stays as it is. @throws when an operation does not apply. */
export function applyPatch(pod: Pod, operations: readonly Operation[]): Pod {
  return jsonPatch.applyPatch(structuredClone(pod), operations, true).newDocument;
}

function readAnswer(text: string, uid: string): Admission {
  const answer: unknown = JSON.parse(text);
  const response = isJsonObject(answer) ? answer["response"] : undefined;
  if (!isJsonObject(response) || response["uid"] !== uid) {
    throw new KeycardError(
      "KEYCARD_DEV_ADMISSION",
      `The webhook's answer is no AdmissionReview for ${uid}: ${text}`,
    );
  }
  const status = response["status"];
  const patch =
    typeof response["patch"] === "string" ? Buffer.from(response["patch"], "base64").toString() : "[]";
  return {
    allowed: response["allowed"] === true,
    message: isJsonObject(status) ? String(status["message"] ?? "") : "",
    warnings: Array.isArray(response["warnings"]) ? response["warnings"].map(String) : [],
    operations: JSON.parse(patch) as Operation[],
  };
}

function post(url: string, body: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "user-agent": "kube-apiserver-admission" };
    const outgoing = request(url, { method: "POST", ca, headers, timeout: 10_000 }, (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => resolve(text));
      answer.on("error", reject);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer from ${url} in 10 s`)));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
