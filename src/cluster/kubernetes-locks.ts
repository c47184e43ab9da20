import { type V1ConfigMap, type V1Lease, V1MicroTime } from "@kubernetes/client-node";
import { call, callForObject, type KubernetesApi } from "./kubernetes.ts";
import type { ElectionLock, LockRecord } from "./objects.ts";

/** A lock on a `coordination.k8s.io` Lease. What else it carries (labels, annotations) is kept. */
export function leaseLock({ coordination }: KubernetesApi, namespace: string, name: string): ElectionLock {
  const title = `Lease ${namespace}/${name}`;
  let last: V1Lease | undefined;
  const body = (record: LockRecord, version: { readonly resourceVersion?: string }): V1Lease => ({
    metadata: { ...last?.metadata, name, namespace, ...version },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.durationSeconds,
      acquireTime: new V1MicroTime(record.acquiredAt),
      renewTime: new V1MicroTime(record.renewedAt),
      leaseTransitions: record.transitions,
    },
  });
  return {
    async read() {
      last = await callForObject(`read ${title}`, () =>
        coordination.readNamespacedLease({ namespace, name }),
      );
      if (!last) return undefined;
      const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } =
        last.spec ?? {};
      const record = {
        holder: holderIdentity ?? "",
        durationSeconds: leaseDurationSeconds ?? 0,
        acquiredAt: dateOf(acquireTime),
        renewedAt: dateOf(renewTime),
        transitions: leaseTransitions ?? 0,
      };
      return { record, resourceVersion: last.metadata?.resourceVersion ?? "" };
    },
    async create(record) {
      await call(`create ${title}`, () =>
        coordination.createNamespacedLease({ namespace, body: body(record, {}) }),
      );
    },
    async replace(record, resourceVersion) {
      await call(`replace ${title}`, () =>
        coordination.replaceNamespacedLease({ namespace, name, body: body(record, { resourceVersion }) }),
      );
    },
  };
}

/** Where client-go kept a lock's record before there were Leases. */
const RECORD_ANNOTATION = "control-plane.alpha.kubernetes.io/leader";

/** A lock on a ConfigMap: the Vault Agent Injector's Role grants no Leases. What else it carries is kept. */
export function configMapLock({ core }: KubernetesApi, namespace: string, name: string): ElectionLock {
  const title = `ConfigMap ${namespace}/${name}`;
  let last: V1ConfigMap | undefined;
  const body = (record: LockRecord, version: { readonly resourceVersion?: string }): V1ConfigMap => ({
    ...last,
    metadata: {
      ...last?.metadata,
      name,
      namespace,
      annotations: {
        ...last?.metadata?.annotations,
        [RECORD_ANNOTATION]: JSON.stringify(writtenRecord(record)),
      },
      ...version,
    },
  });
  return {
    async read() {
      last = await callForObject(`read ${title}`, () => core.readNamespacedConfigMap({ namespace, name }));
      if (!last) return undefined;
      const record = readRecord(last.metadata?.annotations?.[RECORD_ANNOTATION]);
      return { record, resourceVersion: last.metadata?.resourceVersion ?? "" };
    },
    async create(record) {
      await call(`create ${title}`, () =>
        core.createNamespacedConfigMap({ namespace, body: body(record, {}) }),
      );
    },
    async replace(record, resourceVersion) {
      await call(`replace ${title}`, () =>
        core.replaceNamespacedConfigMap({ namespace, name, body: body(record, { resourceVersion }) }),
      );
    },
  };
}

function writtenRecord(record: LockRecord): Record<string, unknown> {
  return {
    holderIdentity: record.holder,
    leaseDurationSeconds: record.durationSeconds,
    acquireTime: record.acquiredAt.toISOString(),
    renewTime: record.renewedAt.toISOString(),
    leaderTransitions: record.transitions,
  };
}

/** A record as written by us or by client-go; one that cannot be read is as good as released. */
function readRecord(text: string | undefined): LockRecord {
  const written = parsed(text ?? "{}");
  const seconds = Number(written["leaseDurationSeconds"]);
  const transitions = Number(written["leaderTransitions"]);
  return {
    holder: typeof written["holderIdentity"] === "string" ? written["holderIdentity"] : "",
    durationSeconds: Number.isFinite(seconds) ? seconds : 0,
    acquiredAt: dateOf(written["acquireTime"]),
    renewedAt: dateOf(written["renewTime"]),
    transitions: Number.isFinite(transitions) ? transitions : 0,
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A time as written; the client hands out a Lease's times as text, whatever its types say. */
function dateOf(value: unknown): Date {
  const date = new Date(typeof value === "string" || value instanceof Date ? value : 0);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}
