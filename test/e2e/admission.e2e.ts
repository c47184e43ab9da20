import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { kubectl } from "./ground/context.ts";
import { collectOnFailure } from "./ground/diagnostics.ts";
import { KEYCARD, serving } from "./ground/installation.ts";
import { namespace, pod, serviceAccount } from "./ground/pods.ts";

const NAMESPACE = "e2e-admission";
const here = kubectl(NAMESPACE);
const DONE = "true";

beforeAll(async () => {
  await kubectl().mustApply(namespace(NAMESPACE));
  await here.mustApply(serviceAccount());
});

afterAll(() => kubectl().run("delete", "namespace", NAMESPACE, "--wait=false"));

beforeEach(() => collectOnFailure(NAMESPACE));

/** Nothing is stored, and everything is asked and checked. */
function dryRun(name: string, annotations: Readonly<Record<string, string>>) {
  const object = JSON.stringify({
    ...pod(name, { annotations, script: DONE }),
    metadata: { name, annotations },
  });
  return here.attempt(["apply", "--dry-run=server", "--output=json", "--filename=-"], object);
}

const ASKS = { "keycard.dev/inject": "true", "keycard.dev/role": "app" };

describe("kubectl apply of a pod", () => {
  it("with a good annotation gives the injected pod", async () => {
    const { code, stdout } = await dryRun("good", {
      ...ASKS,
      "keycard.dev/postgres-db": "database/creds/app-role",
    });
    expect(code).toBe(0);
    const { spec } = JSON.parse(stdout);
    expect(spec.initContainers.map((container: { name: string }) => container.name)).toEqual(
      expect.arrayContaining(["keycard-init", "keycard-agent"]),
    );
  });

  it("with bad annotations is refused, and every one of them is named", async () => {
    const { code, stderr } = await dryRun("bad", {
      ...ASKS,
      "keycard.dev/postgres-db": "database/creds/app-role",
      "keycard.dev/rotation-grace": "soon",
      "vault.hashicorp.com/agent-run-as-user": "root",
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain('admission webhook "pods.keycard.dev" denied the request');
    expect(stderr).toContain("keycard.dev/rotation-grace");
    expect(stderr).toContain("vault.hashicorp.com/agent-run-as-user");
  });

  it("with a misspelt annotation is warned about it", async () => {
    const { code, stderr } = await dryRun("misspelt", {
      ...ASKS,
      "keycard.dev/postgres-db": "database/creds/app-role",
      "vault.hashicorp.com/agent-init-frist": "true",
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/Warning: .*agent-init-frist.*agent-init-first/);
  });
});

describe("while no replica of the webhook runs", () => {
  beforeAll(async () => {
    const own = kubectl(KEYCARD);
    await own.run("scale", `deployment/${KEYCARD}`, "--replicas=0");
    await own.run(
      "wait",
      "--for=delete",
      "pod",
      `--selector=app.kubernetes.io/name=${KEYCARD}`,
      "--timeout=60s",
    );
  });

  afterAll(async () => {
    await kubectl(KEYCARD).run("scale", `deployment/${KEYCARD}`, "--replicas=2");
    await serving(kubectl());
  });

  it("a pod without annotations of ours starts all the same", async () => {
    await here.mustApply(pod("unconcerned", { script: DONE, restartPolicy: "Never" }));
    await here.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/unconcerned", "--timeout=60s");
  });

  it.each(["keycard.dev/inject", "vault.hashicorp.com/agent-inject", "openbao.org/agent-inject"])(
    "a pod with %s is refused",
    async (annotation) => {
      const { code, stderr } = await dryRun("concerned", { [annotation]: "true" });
      expect(code).not.toBe(0);
      expect(stderr).toContain('failed calling webhook "pods.keycard.dev"');
    },
  );
});

describe("when the registration is gone, the API server itself", () => {
  let registration = "";

  beforeAll(async () => {
    registration = await kubectl().run("get", `mutatingwebhookconfiguration/${KEYCARD}`, "--output=json");
    await kubectl().run("delete", `mutatingwebhookconfiguration/${KEYCARD}`);
  });

  afterAll(async () => {
    const { metadata, ...rest } = JSON.parse(registration);
    const { name, labels, annotations } = metadata;
    await kubectl().mustApply({ ...rest, metadata: { name, labels, annotations } });
    await serving(kubectl());
  });

  it.each(["keycard.dev/inject", "vault.hashicorp.com/agent-inject", "openbao.org/agent-inject"])(
    "refuses a pod with %s, because it has no agent",
    async (annotation) => {
      const { code, stderr } = await dryRun("bypassed", { [annotation]: "true" });
      expect(code).not.toBe(0);
      expect(stderr).toContain("ValidatingAdmissionPolicy 'keycard'");
      expect(stderr).toContain("asks for secrets but has no agent");
    },
  );

  it("lets a pod go that says it wants none", async () => {
    const { code } = await dryRun("declined", {
      "vault.hashicorp.com/agent-inject": "true",
      "keycard.dev/inject": "false",
    });
    expect(code).toBe(0);
  });

  it("lets a pod go that brings its agent along, as one restored from a backup does", async () => {
    const restored = pod("restored", { annotations: ASKS, script: DONE });
    restored["spec"].containers.push({ name: "keycard-agent", image: "example.test/keycard" });
    const { code } = await here.attempt(
      ["apply", "--dry-run=server", "--filename=-"],
      JSON.stringify(restored),
    );
    expect(code).toBe(0);
  });
});
