import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { groundContext, kubectl } from "./ground/context.ts";
import { collectOnFailure } from "./ground/diagnostics.ts";
import { INJECTOR_REGISTRATION, injectorObjects } from "./ground/injector-objects.ts";
import { type Installation, install, uninstall } from "./ground/installation.ts";
import { IDLE, namespace, pod, serviceAccount } from "./ground/pods.ts";
import { type Secrets, startSecrets } from "./ground/secrets.ts";
import { TEST_IMAGES } from "./ground/test-images.ts";

const NAMESPACE = "e2e-migration";
const INJECTOR_NAMESPACE = "e2e-vault";
const here = kubectl(NAMESPACE);

let secrets: Secrets;
let installation: Installation;

beforeAll(async () => {
  await kubectl().mustApply(namespace(NAMESPACE), namespace(INJECTOR_NAMESPACE));
  await here.mustApply(serviceAccount());
  secrets = await startSecrets(NAMESPACE);
  installation = { image: groundContext().image, vaultAddress: secrets.vault.address };
  await uninstall(kubectl(), installation);
});

afterAll(async () => {
  await kubectl().attempt([
    "delete",
    "mutatingwebhookconfiguration",
    INJECTOR_REGISTRATION,
    "--ignore-not-found",
  ]);
  await kubectl().attempt([
    "delete",
    "clusterrole,clusterrolebinding",
    "vault-injector",
    "--ignore-not-found",
  ]);
  await kubectl().run("delete", "namespace", NAMESPACE, INJECTOR_NAMESPACE, "--wait=true");
  await install(kubectl(), installation);
  await secrets[Symbol.asyncDispose]();
});

beforeEach(() => collectOnFailure(NAMESPACE, INJECTOR_NAMESPACE));

/** A pod as users of the Vault Agent Injector have it. */
async function startPod(name: string): Promise<readonly string[]> {
  const annotations = {
    "vault.hashicorp.com/agent-inject": "true",
    "vault.hashicorp.com/role": "app",
    "vault.hashicorp.com/agent-inject-secret-db": "database/creds/app-role",
  };
  await here.mustApply(pod(name, { annotations, script: `cat /vault/secrets/db && ${IDLE}` }));
  await here.run("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=90s");
  return containersOf(name);
}

async function containersOf(name: string): Promise<readonly string[]> {
  const { spec } = await here.get(`pod/${name}`);
  return [...(spec.initContainers ?? []), ...spec.containers].map(
    (each: { readonly name: string }) => each.name,
  );
}

describe("uninstalling Keycard", () => {
  it("leaves nothing of it in the cluster", async () => {
    const kinds = await kubectl().run("api-resources", "--verbs=list", "--output=name");
    // Events are the cluster's own record of what was.
    const all = kinds.split("\n").filter((kind) => kind && !kind.startsWith("events"));
    const { stdout } = await kubectl().attempt([
      ...["get", all.join(","), "--all-namespaces", "--ignore-not-found", "--no-headers"],
      "--output=custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name",
    ]);
    // The node has the cluster's own name, which is not ours.
    const left = stdout
      .split("\n")
      .filter((line) => /keycard/.test(line) && !/keycard-node|keycard-admin/.test(line));
    expect(left).toEqual([]);
  });
});

describe("coming from the Vault Agent Injector", () => {
  it("its own Deployment runs with nothing but the image changed", async () => {
    await kubectl().mustApply(
      ...injectorObjects({
        namespace: INJECTOR_NAMESPACE,
        image: installation.image,
        vaultAddress: secrets.vault.address,
        vaultImage: TEST_IMAGES.vault,
      }),
    );
    const injector = kubectl(INJECTOR_NAMESPACE);
    await injector.run("rollout", "status", "deployment/vault-injector", "--timeout=90s");
    await kubectl().until("the registration's caBundle", 60, async () => {
      const registration = await kubectl().get(`mutatingwebhookconfiguration/${INJECTOR_REGISTRATION}`);
      return Boolean(registration["webhooks"][0].clientConfig.caBundle);
    });
    expect(await startPod("before")).toEqual(["vault-agent-init", "app", "vault-agent"]);
  });

  it("Keycard is installed beside it, running pods go on, and a new pod is injected once", async () => {
    await install(kubectl(), installation);
    expect(await startPod("between")).toEqual(["keycard-init", "keycard-agent", "app"]);
    const before = await here.get("pod/before");
    expect(
      before["status"].containerStatuses.map((each: { restartCount: number }) => each.restartCount),
    ).toEqual([0, 0]);
  });

  it("it is removed, and pods of before and after go on", async () => {
    await kubectl().run("delete", "mutatingwebhookconfiguration", INJECTOR_REGISTRATION);
    await kubectl(INJECTOR_NAMESPACE).run("delete", "deployment", "vault-injector", "--wait=true");
    expect(await startPod("after")).toEqual(["keycard-init", "keycard-agent", "app"]);
    const { status } = await here.get("pod/before");
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
  });
});
