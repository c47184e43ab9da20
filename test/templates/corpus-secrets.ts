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
  await vault.must("POST", "sys/mounts/pki", { type: "pki" });
  await vault.must("POST", "pki/root/generate/internal", {
    common_name: "Corpus CA",
    ttl: "24h",
    key_type: "ec",
  });
  await vault.must("POST", "pki/roles/site", { allow_any_name: true, max_ttl: "2h", key_type: "ec" });
}
