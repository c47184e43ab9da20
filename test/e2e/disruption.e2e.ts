import { X509Certificate } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cluster, kubectl } from "./ground/context.ts";
import { collectOnFailure } from "./ground/diagnostics.ts";
import { KEYCARD, serving } from "./ground/installation.ts";
import { type PodStream, type StreamResult, streamPods } from "./ground/pod-stream.ts";
import { namespace, pod, serviceAccount } from "./ground/pods.ts";

const NAMESPACE = "e2e-disruption";
const own = kubectl(KEYCARD);
const WEBHOOK_PODS = `app.kubernetes.io/name=${KEYCARD}`;
const ALL_WELL = { refused: [], withoutAgent: 0 };

beforeAll(async () => {
  await kubectl().mustApply(namespace(NAMESPACE));
  await kubectl(NAMESPACE).mustApply(serviceAccount());
});

afterAll(() => kubectl().run("delete", "namespace", NAMESPACE, "--wait=false"));

beforeEach(() => collectOnFailure(NAMESPACE));

function start(): Promise<PodStream> {
  const annotations = {
    "keycard.dev/inject": "true",
    "keycard.dev/role": "app",
    "keycard.dev/postgres-db": "database/creds/app-role",
  };
  return streamPods(NAMESPACE, pod("one-of-many", { annotations, script: "true" }));
}

/** Until the stream has seen something of the state after a disturbance. */
async function settle(stream: PodStream): Promise<StreamResult> {
  const before = stream.admitted();
  await kubectl().until("more pods to be admitted", 60, async () => stream.admitted() > before + 50);
  return stream.stop();
}

async function trustedCertificates(): Promise<readonly X509Certificate[]> {
  const registration = await kubectl().get(`mutatingwebhookconfiguration/${KEYCARD}`);
  const bundle = Buffer.from(registration["webhooks"][0].clientConfig.caBundle, "base64").toString("utf8");
  return bundle.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));
}

describe("under a stream of pods that ask for secrets, none is refused and none starts without them while", () => {
  it("the webhook's pods are deleted, one after the other", async () => {
    const stream = await start();
    for (const { metadata } of await own.list("pods", WEBHOOK_PODS)) {
      await own.run("delete", "pod", metadata?.name ?? "", "--wait=true");
      await serving(kubectl());
    }
    expect(await settle(stream)).toMatchObject(ALL_WELL);
  });

  it("the Deployment is rolled over", async () => {
    const stream = await start();
    await own.run("rollout", "restart", `deployment/${KEYCARD}`);
    await serving(kubectl());
    expect(await settle(stream)).toMatchObject(ALL_WELL);
  });

  it("the API server is restarted", async () => {
    const stream = await start();
    await (await cluster()).restartApiServer();
    expect(await settle(stream)).toMatchObject(ALL_WELL);
  });

  it("the authority and its certificates are replaced, because their Secret was emptied", async () => {
    const stream = await start();
    const served = async (): Promise<string | undefined> =>
      (await own.get(`secret/${KEYCARD}-certs`))["data"]?.["tls.crt"];
    const old = await served();
    await own.run("patch", "secret", `${KEYCARD}-certs`, "--type=merge", '--patch={"data":null}');
    await kubectl().until("a certificate of a new authority", 120, async () => {
      const now = await served();
      return now !== undefined && now !== old;
    });
    // Every replica follows within seconds.
    await delay(10_000);
    expect(await settle(stream)).toMatchObject(ALL_WELL);
    expect((await trustedCertificates()).length).toBeGreaterThanOrEqual(2);
  });
});

describe("a thousand pods", () => {
  it("are admitted while everything happens at once", async () => {
    const stream = await start();
    await (await cluster()).restartApiServer();
    await own.run("rollout", "restart", `deployment/${KEYCARD}`);
    await kubectl().until("a thousand pods", 150, async () => stream.admitted() >= 1000);
    await serving(kubectl());
    const result = await settle(stream);
    expect(result).toMatchObject(ALL_WELL);
    expect(result.admitted).toBeGreaterThanOrEqual(1000);
  });
});

describe("when a replica is killed without notice", () => {
  it("the other one takes the lead within seconds, and pods are admitted again", async () => {
    const lease = await own.get(`lease/${KEYCARD}`);
    const leader: string = lease["spec"].holderIdentity;
    const pods = await own.list("pods", WEBHOOK_PODS);
    const killed = pods.find((each) => leader.includes(each.metadata?.name ?? "?"));
    if (!killed) throw new Error(`the lease is held by ${leader}, which is no replica`);
    await own.run("delete", "pod", killed.metadata?.name ?? "", "--grace-period=0", "--force");
    await own.until("another leader", 40, async () => {
      const now = (await own.get(`lease/${KEYCARD}`))["spec"].holderIdentity;
      return Boolean(now) && now !== leader;
    });
    await serving(kubectl());
    expect(await settle(await start())).toMatchObject(ALL_WELL);
  });
});
