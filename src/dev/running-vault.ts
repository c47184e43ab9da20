/** A Vault under our control: the development Vault or a real `vault server -dev`. */
export interface RunningVault extends AsyncDisposable {
  readonly kind: "development" | "real";
  /** What it says of itself, e.g. `1.21.1`. */
  readonly version: string;
  /** e.g. `http://127.0.0.1:8200`. */
  readonly address: string;
  readonly rootToken: string;
  stop(): Promise<void>;
}
