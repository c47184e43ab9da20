import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { kubectl } from "./ground/context.ts";
import { collectOnFailure } from "./ground/diagnostics.ts";
import { IDLE, namespace, pod, serviceAccount } from "./ground/pods.ts";
import { type Secrets, startSecrets } from "./ground/secrets.ts";
import { TEST_IMAGES } from "./ground/test-images.ts";

const NAMESPACE = "e2e-vault-agent";
const here = kubectl(NAMESPACE);

const TEMPLATE = `{{- with secret "database/creds/app-role" -}}
I am {{ .Data.username }}
{{- end }}`;

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

describe.each([
  ["native", ["keycard-init", "keycard-agent"]],
  ["vault-agent", ["vault-agent-init", "vault-agent"]],
] as const)("a pod annotated for the Vault Agent Injector, under engine %s", (engine, names) => {
  it("gets its file from the agent of that engine", async () => {
    const annotations = {
      "vault.hashicorp.com/agent-inject": "true",
      "vault.hashicorp.com/role": "app",
      "vault.hashicorp.com/service": secrets.vault.address,
      "vault.hashicorp.com/agent-inject-secret-db": "database/creds/app-role",
      "vault.hashicorp.com/agent-inject-template-db": TEMPLATE,
      ...(engine === "vault-agent"
        ? { "keycard.dev/engine": engine, "vault.hashicorp.com/agent-image": TEST_IMAGES.vault }
        : {}),
    };
    await here.mustApply(pod(engine, { annotations, script: `echo "$(cat /vault/secrets/db)"; ${IDLE}` }));
    await here.run("wait", "--for=condition=Ready", `pod/${engine}`, "--timeout=90s");
    const { spec } = await here.get(`pod/${engine}`);
    const containers = [...spec.initContainers, ...spec.containers].map(
      (each: { name: string }) => each.name,
    );
    expect(containers).toEqual(expect.arrayContaining([...names]));

    const log = await here.run("logs", engine, "--container=app");
    const login = /^I am (\S+)$/m.exec(log)?.[1];
    expect(await secrets.logins()).toContain(login);
    await here.run("delete", "pod", engine, "--wait=true");
  });
});
