/** Something a template asked Vault for. Two with the same `key` are one read and one lease. */
export type Dependency =
  | {
      readonly kind: "secret";
      readonly key: string;
      /** As written in the template, without a leading slash, e.g. `database/creds/app-role`. */
      readonly path: string;
      /** `secret "path" "name=value"`: a write with these parameters; absent: a read. */
      readonly parameters?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "secrets"; readonly key: string; readonly path: string }
  | {
      readonly kind: "pkiCert";
      readonly key: string;
      readonly path: string;
      readonly parameters: Readonly<Record<string, string>>;
    };
