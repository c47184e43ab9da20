import type { VaultApi } from "../../src/dev/vault-api.ts";

const APP = {
  username: "bob",
  password: "p<w&d\"'x",
  port: 5432,
  ratio: 1.5,
  exp: 1000,
  on: true,
  none: null,
  empty: "",
  list: ["b", "a", 1, 2.5, null, true, { k: "v" }],
  strings: ["x", "y", "z"],
  nested: { a: { b: { c: "deep" } }, n: 7 },
  json: '{"a":1,"b":[1,2.5,"x",null,true],"c":{"d":1e21}}',
  yaml: "a: 1\nb: [x, y]\nc: yes\n",
  unicode: "héllo wörld ✓ 日本",
  multi: "line1\nline2\n\nline4\n",
  b64: "aGVsbG8=",
  path: "a/b/c",
  csv: "a,b,,c",
  "a-b": "dash",
  emptylist: [],
  emptymap: {},
};

/** What services keep: every form of value, as deep as they nest it. */
const SERVICE = {
  name: "billing",
  replicas: 3,
  enabled: true,
  weight: 0.25,
  big: 9007199254740991,
  tiny: 1e-7,
  negative: -42,
  exponent: 1e21,
  hosts: [
    { name: "db-1", port: 5432, tags: ["primary", "eu"] },
    { name: "db-2", port: 5433, tags: ["replica"], weight: null },
  ],
  matrix: [[1, 2], [3], []],
  labels: { "app.kubernetes.io/name": "billing", Zone: "b", team: "pay", "": "empty" },
  limits: { cpu: "500m", memory: "64Mi", nested: { deep: [true, false, null] } },
  pem: "-----BEGIN X-----\nAAAA\nBBBB\n-----END X-----\n",
  quoted: `it's "quoted" \\ back\tslash $HOME %41 \u2028 <&>`,
  url: "postgresql://bob:p%40ss@db.example:5432/app?sslmode=verify-full&x=1#top",
  date: "2024-02-29T23:59:58.123456789Z",
  list: "a, b ,c,,d",
  version: "1.14.2-rc.1+build.5",
  toml: "title = 'x'",
  spaces: "  padded\t\n",
  number: "007",
  empty: {},
};

/** Puts into a fresh development Vault what the corpus reads. */
export async function seedCorpusSecrets(vault: VaultApi): Promise<void> {
  await vault.must("POST", "sys/mounts/kv", { type: "kv", options: { version: "1" } });
  await vault.must("POST", "kv/app", APP);
  await vault.must("POST", "kv/other", { x: "y" });
  await vault.must("POST", "kv/deep/er", { x: "y" });
  await vault.must("POST", "secret/data/app", { data: { username: "first", password: "old" } });
  await vault.must("POST", "secret/data/app", { data: { username: "alice", password: "s3cr3t" } });
  await vault.must("POST", "secret/data/team/db", {
    data: { host: "db.example.com", port: 5432, tls: true },
  });
  await vault.must("POST", "secret/data/team/cache", { data: { host: "cache.example.com" } });
  await vault.must("POST", "secret/data/bin", { data: { keystore: "/v3+7QECAwT/AP8=" } });
  await vault.must("POST", "secret/data/deleted", { data: { x: "y" } });
  await vault.must("DELETE", "secret/data/deleted");
  await vault.must("POST", "sys/mounts/written", { type: "kv", options: { version: "2" } });
  await vault.must("POST", "sys/mounts/written-once", { type: "kv", options: { version: "1" } });
  await vault.must("POST", "kv/service", SERVICE);
  await vault.must("POST", "secret/data/service", { data: SERVICE });
  await vault.must("POST", "secret/data/team/with space", { data: { "a key": "a value", ü: "ö" } });
  await vault.must("POST", "secret/metadata/team/db", { custom_metadata: { owner: "pay", tier: "1" } });
  await vault.must("POST", "sys/mounts/transit", { type: "transit" });
  await vault.must("POST", "sys/mounts/teams/shared/kv", { type: "kv", options: { version: "2" } });
  await vault.must("POST", "teams/shared/kv/data/app", { data: { shared: "yes" } });
  await vault.must("POST", "sys/mounts/pki", { type: "pki" });
  await vault.must("POST", "pki/root/generate/internal", {
    common_name: "Corpus CA",
    ttl: "24h",
    key_type: "ec",
  });
  await vault.must("POST", "pki/roles/site", { allow_any_name: true, max_ttl: "2h", key_type: "ec" });
}
