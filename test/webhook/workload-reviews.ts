import type { Admitted } from "../injection/admitted-pods.ts";

export const UIDS = ["def6138a-31e8-4a7b-babf-ad5a1fce9a99", "00000000-0000-4000-8000-00000000000a"] as const;
export const TIMES = ["2026-11-24T07:41:31Z", "2031-01-02T00:00:00Z"] as const;

/** The review of a pod as an API server sends it, with what is another in each. */
export function reviewText(
  { namespace, pod, isUpdate = false }: Pick<Admitted, "namespace" | "pod" | "isUpdate">,
  uid: string = UIDS[0],
  time: string = TIMES[0],
): string {
  const managedFields = [{ manager: "kube-controller-manager", operation: "Update", time, fieldsV1: {} }];
  const isUsual = typeof pod === "object" && pod !== null && !Array.isArray(pod) && pod.metadata != null;
  const object = isUsual ? { ...pod, metadata: withFields(pod.metadata, managedFields) } : pod;
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid,
      namespace,
      operation: isUpdate ? "UPDATE" : "CREATE",
      userInfo: { username: "system" },
      object,
    },
  });
}

function withFields(metadata: unknown, managedFields: object): unknown {
  if (typeof metadata !== "object") return metadata;
  const ownerReferences = [{ kind: "ReplicaSet", name: "web", uid: "11111111-2222-4333-8444-555555555555" }];
  return { ...metadata, ownerReferences, managedFields };
}
