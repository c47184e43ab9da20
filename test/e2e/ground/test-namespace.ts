import { afterAll, beforeAll, beforeEach } from "vitest";
import { kubectl } from "./context.ts";
import { collectOnFailure } from "./diagnostics.ts";
import type { Kubectl } from "./kubectl.ts";
import { namespace, serviceAccount } from "./pods.ts";
import { type Secrets, startSecrets } from "./secrets.ts";

/** A Namespace of a test file's own, and what its pods need. */
export interface TestNamespace {
  readonly here: Kubectl;
  /** From the first test on. */
  readonly secrets: () => Secrets;
}

/**
 * Makes a Namespace with the service account `app`, a Vault and a PostgreSQL before a file's tests, and removes it all
 * after them; the pods first, so that they can still give back their logins. A failing test leaves what it was like.
 */
export function testNamespace(name: string): TestNamespace {
  const here = kubectl(name);
  let secrets: Secrets | undefined;
  beforeAll(async () => {
    await kubectl().mustApply(namespace(name));
    await here.mustApply(serviceAccount());
    secrets = await startSecrets(name);
  });
  afterAll(async () => {
    await kubectl().run("delete", "namespace", name, "--wait=true");
    await secrets?.[Symbol.asyncDispose]();
  });
  beforeEach(() => collectOnFailure(name));
  return {
    here,
    secrets() {
      if (secrets === undefined) throw new Error(`the secrets of ${name} are not there yet`);
      return secrets;
    },
  };
}
