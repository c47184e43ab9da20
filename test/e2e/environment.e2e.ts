import { expect, it } from "vitest";
import { databaseAnnotations, IDLE, pod } from "./ground/pods.ts";
import { testNamespace } from "./ground/test-namespace.ts";

const { here, secrets } = testNamespace("e2e-environment");

/** An app that knows its environment, and reads it once. The service file would win over it. */
const BY_ENVIRONMENT = [
  "unset PGSERVICE PGSERVICEFILE PGPASSFILE",
  "psql --no-psqlrc -Atc \"SELECT 'I am ' || current_user\"",
  IDLE,
].join("; ");

async function login(): Promise<string> {
  return here.until("the app's login", 60, async () => {
    const log = await here.run("logs", "by-environment", "--container=app");
    return /^I am (\S+)$/m.exec(log)?.[1];
  });
}

it("an app that reads its environment once is started anew, in place, with each new login", async () => {
  await secrets().setLifetime({ defaultTtlSeconds: 20, maxTtlSeconds: 40 });
  const annotations = databaseAnnotations(secrets().vault.address, secrets().databaseUrl, {
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
  expect(await secrets().logins()).toContain(second);

  await here.run("delete", "pod", "by-environment", "--wait=true");
  expect(await secrets().logins()).toEqual([]);
});
