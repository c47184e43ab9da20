/** A Vault under our control: the development Vault or a real server. */
export interface RunningVault extends AsyncDisposable {
  readonly kind: "development" | "real";
  /** What it says of itself, e.g. `1.21.1`. */
  readonly version: string;
  /** e.g. `http://127.0.0.1:8200`; the same after `down` and `up`. */
  readonly address: string;
  readonly rootToken: string;
  /** The one key that `sys/unseal` takes. */
  readonly unsealKey: string;
  /** Whether `down` and `up` keep mounts, tokens and leases. */
  readonly persistent: boolean;
  /** Ends the server as a crash would: connections are reset, nothing is revoked. */
  down(): Promise<void>;
  /** Starts it again at the same address, unsealed. */
  up(): Promise<void>;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}
