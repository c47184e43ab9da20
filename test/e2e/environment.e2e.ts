import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { kubectl } from "./ground/context.ts";
import { collectOnFailure } from "./ground/diagnostics.ts";
import { databaseAnnotations, IDLE, namespace, pod, serviceAccount } from "./ground/pods.ts";
import { type Secrets, startSecrets } from "./ground/secrets.ts";

const NAMESPACE = "e2e-environment";
const here = kubectl(NAMESPACE);

/** An app that knows its environment, and reads it once. The service file would win over it. */
const BY_ENVIRONMENT = [
  "unset PGSERVICE PGSERVICEFILE PGPASSFILE",
  "psql --no-psqlrc -Atc \"SELECT 'I am ' || current_user\"",
  IDLE,
].join("; ");

let secrets: Secrets;

beforeAll(async () => {
  await kubectl().mustApply(namespace(NAMESPACE));
  await here.mustApply(serviceAccount());
  secrets = await startSecrets(NAMESPACE);
});

afterAll(async () => {
  await kubectl().run("delete", "namespace", NAMESPACE, "--wait=true");
  await secrets[Symbol.asyncDispose]();
});

beforeEach(() => collectOnFailure(NAMESPACE));

async function login(): Promise<string> {
  return here.until("the app's login", 60, async () => {
    const log = await here.run("logs", "by-environment", "--container=app");
    return /^I am (\S+)$/m.exec(log)?.[1];
  });
}

it("an app that reads its environment once is started anew, in place, with each new login", async () => {
  await secrets.setLifetime({ defaultTtlSeconds: 20, maxTtlSeconds: 40 });
  const annotations = databaseAnnotations(secrets.vault.address, secrets.databaseUrl, {
    "keycard.dev/env-db": "PGHOST=host,PGPORT=port,PGDATABASE=database,PGUSER=username,PGPASSWORD=password",
    "keycard.dev/notify": "restart",
    "keycard.dev/rotation-grace": "5s",
  });
  await here.mustApply(pod("by-environment", { annotations, script: BY_ENVIRONMENT }));
  const before = await here.get("pod/by-environment");
  const first = await login();

  const second = await here.until("another login in the same pod", 120, async () => {
    const now = await login();
    return now !== first && now;
  });
  const after = await here.get("pod/by-environment");
  expect(after.metadata?.uid).toBe(before.metadata?.uid);
  expect(after["status"].containerStatuses[0].restartCount).toBeGreaterThanOrEqual(1);
  expect(await secrets.logins()).toContain(second);

  await here.run("delete", "pod", "by-environment", "--wait=true");
  expect(await secrets.logins()).toEqual([]);
});
