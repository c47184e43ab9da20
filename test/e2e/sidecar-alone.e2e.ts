import { describe, expect, it } from "vitest";
import { databaseAnnotations, IDLE, pod } from "./ground/pods.ts";
import { TEST_IMAGES } from "./ground/test-images.ts";
import { testNamespace } from "./ground/test-namespace.ts";

const { here, secrets } = testNamespace("e2e-sidecar-alone");

const annotations = (more: Readonly<Record<string, string>> = {}) =>
  databaseAnnotations(secrets().vault.address, secrets().databaseUrl, {
    "keycard.dev/init-container": "false",
    ...more,
  });

const READ = 'echo "$(cat /vault/secrets/db/username)"';

describe("a pod whose sidecar writes the first credentials", () => {
  it("starts nothing before they are there, has one login, and leaves none", async () => {
    const spec = {
      initContainers: [
        {
          name: "migrate",
          image: TEST_IMAGES.psql,
          imagePullPolicy: "Never",
          command: ["/bin/sh", "-c", READ],
          securityContext: { runAsUser: 1001, runAsGroup: 1001 },
        },
      ],
    };
    await here.mustApply(pod("alone", { annotations: annotations(), script: `${READ}; ${IDLE}`, spec }));
    await here.run("wait", "--for=condition=Ready", "pod/alone", "--timeout=60s");
    const { spec: injected } = await here.get("pod/alone");
    expect(injected.initContainers.map((each: { readonly name: string }) => each.name)).toEqual([
      "keycard-agent",
      "migrate",
    ]);
    const [login, ...others] = await secrets().logins();
    expect(others).toEqual([]);
    for (const container of ["migrate", "app"]) {
      expect(await here.run("logs", "alone", `--container=${container}`)).toBe(`${login}\n`);
    }
    await here.run("delete", "pod", "alone", "--wait=true");
    expect(await secrets().logins()).toEqual([]);
  });

  it("of a Job completes, and leaves nothing", async () => {
    await here.mustApply(
      pod("job", {
        annotations: annotations(),
        restartPolicy: "Never",
        script: "psql --no-psqlrc -Atc 'SELECT 1'",
      }),
    );
    await here.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/job", "--timeout=60s");
    await here.until("no login left", 30, async () => (await secrets().logins()).length === 0 || undefined);
    await here.run("delete", "pod", "job", "--wait=true");
  });

  it("can be deleted while it waits", async () => {
    await secrets().vault.down();
    try {
      await here.mustApply(
        pod("waiting", { annotations: annotations({ "keycard.dev/start-timeout": "10s" }), script: IDLE }),
      );
      await here.until("the sidecar", 60, async () => {
        const events = await here.run("events", "--for=pod/waiting");
        return /Container started/.test(events) || undefined;
      });
      await here.run("delete", "pod", "waiting", "--timeout=40s");
    } finally {
      await secrets().vault.up();
    }
  });
});
