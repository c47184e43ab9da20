import { ClusterError } from "../../src/cluster/cluster-error.ts";
import type {
  ElectionLock,
  LockRecord,
  RegisteredBundles,
  SecretData,
  SecretStore,
  WebhookRegistration,
} from "../../src/cluster/objects.ts";

/** One object of the API: a value and the version that every write must name. */
class Stored<T> {
  #value: T | undefined;
  #version = 0;

  get value(): T | undefined {
    return this.#value;
  }

  get version(): string {
    return String(this.#version);
  }

  put(value: T): void {
    this.#value = value;
    this.#version++;
  }

  remove(): void {
    this.#value = undefined;
  }

  create(value: T): void {
    if (this.#value !== undefined) throw new ClusterError("conflict", "create");
    this.put(value);
  }

  replace(value: T, version: string): void {
    if (this.#value === undefined || version !== this.version) throw new ClusterError("conflict", "replace");
    this.put(value);
  }
}

/** A Kubernetes API in memory, with its optimistic concurrency, that can be taken away. */
export class FakeCluster {
  /** The API does not answer. */
  down = false;
  /** The service account may not patch the registration. */
  patchForbidden = false;
  /** The service account may not create Secrets. */
  createForbidden = false;
  readonly secretData = new Stored<Readonly<Record<string, string>>>();
  readonly caBundles = new Stored<readonly string[]>();
  readonly lockRecord = new Stored<LockRecord>();
  /** Every write, in order. */
  readonly writes: string[] = [];

  constructor(webhooks = 1) {
    if (webhooks > 0) this.caBundles.put(Array.from({ length: webhooks }, () => ""));
  }

  readonly secret: SecretStore = {
    read: async (): Promise<SecretData | undefined> => {
      this.#answer();
      const { value, version } = this.secretData;
      return value && { data: value, resourceVersion: version };
    },
    create: async (data) => {
      this.#answer();
      if (this.createForbidden) throw new ClusterError("forbidden", "create");
      this.secretData.create(data);
      this.writes.push("secret");
    },
    replace: async (data, version) => {
      this.#answer();
      this.secretData.replace(data, version);
      this.writes.push("secret");
    },
  };

  readonly registration: WebhookRegistration = {
    read: async (): Promise<RegisteredBundles | undefined> => {
      this.#answer();
      const { value, version } = this.caBundles;
      return value && { bundles: value, resourceVersion: version };
    },
    setBundle: async (bundle, read) => {
      this.#answer();
      if (this.patchForbidden) throw new ClusterError("forbidden", "patch");
      this.caBundles.replace(
        read.bundles.map(() => bundle),
        read.resourceVersion,
      );
      this.writes.push("registration");
    },
  };

  readonly lock: ElectionLock = {
    read: async () => {
      this.#answer();
      const { value, version } = this.lockRecord;
      return value && { record: value, resourceVersion: version };
    },
    create: async (record) => {
      this.#answer();
      this.lockRecord.create(record);
    },
    replace: async (record, version) => {
      this.#answer();
      this.lockRecord.replace(record, version);
    },
  };

  #answer(): void {
    if (this.down) throw new ClusterError("unavailable", "reach the API");
  }
}
