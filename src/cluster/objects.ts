/** The data of a Secret, decoded, with the version that a replacement must name. */
export interface SecretData {
  readonly data: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

/**
 * One Secret, by name. Writes are refused with a `conflict` when the Secret is no longer what was read, so
 * two writers can never undo each other's work unnoticed. All methods reject with a `ClusterError`.
 */
export interface SecretStore {
  /** Undefined: there is no such Secret. */
  read(): Promise<SecretData | undefined>;
  create(data: Readonly<Record<string, string>>): Promise<void>;
  replace(data: Readonly<Record<string, string>>, resourceVersion: string): Promise<void>;
}

/** The caBundles of a MutatingWebhookConfiguration's webhooks, each in PEM, `""` for none. */
export interface RegisteredBundles {
  readonly bundles: readonly string[];
  readonly resourceVersion: string;
}

/** One MutatingWebhookConfiguration, by name. Methods reject with a `ClusterError`. */
export interface WebhookRegistration {
  /** Undefined: there is no such object (yet). */
  read(): Promise<RegisteredBundles | undefined>;
  /** Sets the caBundle of every webhook; refused with a `conflict` when the object changed since it was read. */
  setBundle(bundle: string, read: RegisteredBundles): Promise<void>;
}

/** Who holds a lock, as client-go's leader election writes it. */
export interface LockRecord {
  /** `""`: released. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquiredAt: Date;
  readonly renewedAt: Date;
  /** How often the lock changed hands. */
  readonly transitions: number;
}

/** The object that an election is held on. Methods reject with a `ClusterError`. */
export interface ElectionLock {
  read(): Promise<{ readonly record: LockRecord; readonly resourceVersion: string } | undefined>;
  create(record: LockRecord): Promise<void>;
  replace(record: LockRecord, resourceVersion: string): Promise<void>;
}
