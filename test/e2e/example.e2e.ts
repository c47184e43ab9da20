import { resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { kubectl } from "./ground/context.ts";
import { collectOnFailure } from "./ground/diagnostics.ts";
import type { KubernetesObject } from "./ground/kubectl.ts";
import { namespace } from "./ground/pods.ts";
import { type Secrets, startSecrets } from "./ground/secrets.ts";
import { TEST_IMAGES } from "./ground/test-images.ts";

const NAMESPACE = "e2e-example";
const here = kubectl(NAMESPACE);

let secrets: Secrets;

beforeAll(async () => {
  await kubectl().mustApply(namespace(NAMESPACE, { "pod-security.kubernetes.io/enforce": "restricted" }));
  secrets = await startSecrets(NAMESPACE);
});

afterAll(async () => {
  await kubectl().run("delete", "namespace", NAMESPACE, "--wait=true");
  await secrets[Symbol.asyncDispose]();
});

beforeEach(() => collectOnFailure(NAMESPACE));

/** examples/app as it is, but for what only this cluster can know. */
async function example(): Promise<readonly KubernetesObject[]> {
  const folder = resolve(import.meta.dirname, "../../examples/app");
  const text = (await kubectl().run("kustomize", folder))
    .replaceAll("docker.io/library/postgres:18-alpine", TEST_IMAGES.psql)
    .replaceAll(/postgresql:\/\/\S+/g, secrets.databaseUrl)
    .replaceAll("namespace: default", `namespace: ${NAMESPACE}`);
  return parseAllDocuments(text).map((document) => {
    const object = document.toJS() as KubernetesObject;
    const annotations = object["spec"]?.template.metadata.annotations;
    if (annotations) annotations["vault.hashicorp.com/service"] = secrets.vault.address;
    return object;
  });
}

it("the example application runs as it is documented", async () => {
  await here.mustApply(...(await example()));
  await here.run("rollout", "status", "deployment/app", "--timeout=90s");
  await here.run("wait", "--for=condition=complete", "job/migration", "--timeout=90s");
  expect(await here.run("logs", "job/migration", "--container=migration")).toMatch(/migrated by v-/);
  await here.until("a connection of each replica", 30, async () => {
    const log = await here.run("logs", "--selector=app=app", "--container=app", "--prefix");
    return (
      new Set([...log.matchAll(/^\[pod\/(\S+)\/app\] .* is connected$/gm)].map((match) => match[1])).size ===
      2
    );
  });
});
