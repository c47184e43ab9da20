/** How to reach a Vault. File names are as seen by the process that connects. */
export interface VaultConnection {
  /** `https://host:port`, `http://…`, or `unix:///path`. */
  readonly address: string;
  /** Vault Enterprise (or HCP, OpenBao) namespace; `""`: none. */
  readonly namespace: string;
  readonly tls: {
    readonly caCertFile?: string;
    readonly caCertDirectory?: string;
    /** PEM. */
    readonly caCertBytes?: string;
    readonly clientCertFile?: string;
    readonly clientKeyFile?: string;
    readonly serverName?: string;
    readonly skipVerify: boolean;
  };
  /** `http://proxy:port`; `""`: direct. */
  readonly proxyAddress: string;
  readonly timeoutSeconds: number;
}

/** How to log in. `type` is Vault's name of the method; what `config` means depends on it. */
export interface VaultAuthConfig {
  readonly type: string;
  /** With the `auth/` prefix, e.g. `auth/kubernetes`. */
  readonly mountPath: string;
  readonly namespace: string;
  /** Keys as Vault Agent's auto_auth names them: `role`, `token_path`, `role_id_file_path`, … */
  readonly config: Readonly<Record<string, string>>;
}
