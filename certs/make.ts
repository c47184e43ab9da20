import { writeFile } from "node:fs/promises";
import { createAuthority, issueServingCertificate } from "../src/certs/authority.ts";

const hosts = process.argv.length > 2 ? process.argv.slice(2) : ["localhost", "127.0.0.1", "::1"];
const validity = { now: new Date(), lifetimeDays: 30 };
const authority = await createAuthority(validity);
const serving = await issueServingCertificate(authority, { ...validity, hosts });

const folder = new URL(".", import.meta.url);
await writeFile(new URL("ca.crt", folder), authority.certificate);
await writeFile(new URL("tls.crt", folder), serving.certificate);
await writeFile(new URL("tls.key", folder), serving.privateKey, { mode: 0o600 });
console.log(`Wrote ca.crt, tls.crt and tls.key for ${hosts.join(", ")} into ${folder.pathname}`);
