import { describe, expect, it } from "vitest";
import { IDLE, pod } from "./ground/pods.ts";
import { TEST_IMAGES } from "./ground/test-images.ts";
import { testNamespace } from "./ground/test-namespace.ts";

const { here, secrets } = testNamespace("e2e-vault-agent");

const TEMPLATE = `{{- with secret "database/creds/app-role" -}}
I am {{ .Data.username }}
{{- end }}`;

describe.each([
  ["native", ["keycard-init", "keycard-agent"]],
  ["vault-agent", ["vault-agent-init", "vault-agent"]],
] as const)("a pod annotated for the Vault Agent Injector, under engine %s", (engine, names) => {
  it("gets its file from the agent of that engine", async () => {
    const annotations = {
      "vault.hashicorp.com/agent-inject": "true",
      "vault.hashicorp.com/role": "app",
      "vault.hashicorp.com/service": secrets().vault.address,
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
    expect(await secrets().logins()).toContain(login);
    await here.run("delete", "pod", engine, "--wait=true");
  });
});
