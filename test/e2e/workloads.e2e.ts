import { describe, expect, it } from "vitest";
import { kubectl } from "./ground/context.ts";
import type { KubernetesObject } from "./ground/kubectl.ts";
import { databaseAnnotations, IDLE, namespace, pod, serviceAccount, template } from "./ground/pods.ts";
import { testNamespace } from "./ground/test-namespace.ts";

const NAMESPACE = "e2e-workloads";
const { here, secrets } = testNamespace(NAMESPACE);

/** Logs in with the rendered files and says who it is; fails when it cannot. */
const LOG_IN = 'psql "$(cat /vault/secrets/db/url)" --no-psqlrc -Atc "SELECT \'I am \' || current_user"';

function annotations(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return databaseAnnotations(secrets().vault.address, secrets().databaseUrl, more);
}

function workload(apiVersion: string, kind: string, name: string, spec: object): KubernetesObject {
  return { apiVersion, kind, metadata: { name }, spec: spec as unknown };
}

/** The login that a pod of a workload says it has. */
function login(selector: string): Promise<string> {
  return here.until(`a login in the log of ${selector}`, 60, async () => {
    const log = await here.run("logs", `--selector=${selector}`, "--container=app", "--tail=-1");
    return /^I am (\S+)$/m.exec(log)?.[1];
  });
}

function noLogins(): Promise<true> {
  return here
    .until("every login to be gone", 60, async () => (await secrets().logins()).length === 0 || undefined)
    .then(() => true as const);
}

describe("a workload gets a login that works, and leaves none behind:", () => {
  it("Deployment", async () => {
    const script = `${LOG_IN} && ${IDLE}`;
    await here.mustApply(
      workload("apps/v1", "Deployment", "web", {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: template({ labels: { app: "web" }, annotations: annotations(), script }),
      }),
    );
    await here.run("rollout", "status", "deployment/web", "--timeout=90s");
    expect(await login("app=web")).toMatch(/^v-/);
    expect(await secrets().logins()).toHaveLength(2);
    expect(await secrets().leases()).toHaveLength(2);

    await here.run("delete", "deployment", "web", "--wait=true");
    await noLogins();
  });

  it("StatefulSet", async () => {
    const script = `${LOG_IN} && ${IDLE}`;
    await here.mustApply(
      workload("apps/v1", "StatefulSet", "store", {
        serviceName: "store",
        selector: { matchLabels: { app: "store" } },
        template: template({ labels: { app: "store" }, annotations: annotations(), script }),
      }),
    );
    await here.run("rollout", "status", "statefulset/store", "--timeout=90s");
    const own = await login("app=store");
    expect(await secrets().logins()).toEqual([own]);

    await here.run("delete", "statefulset", "store", "--wait=true");
    await noLogins();
  });

  it("Job, which completes", async () => {
    const job = {
      template: template({ annotations: annotations(), script: LOG_IN, restartPolicy: "Never" }),
    };
    await here.mustApply(workload("batch/v1", "Job", "once", job));
    await here.run("wait", "--for=condition=complete", "job/once", "--timeout=90s");
    expect(await login("job-name=once")).toMatch(/^v-/);
    await noLogins();
    expect(await secrets().leases()).toEqual([]);
  });

  it("CronJob, whose next run is not held up by the last", async () => {
    await here.mustApply(
      workload("batch/v1", "CronJob", "nightly", {
        schedule: "0 3 * * *",
        concurrencyPolicy: "Forbid",
        jobTemplate: {
          spec: {
            template: template({ annotations: annotations(), script: LOG_IN, restartPolicy: "Never" }),
          },
        },
      }),
    );
    for (const run of ["nightly-1", "nightly-2"]) {
      await here.run("create", "job", run, "--from=cronjob/nightly");
      await here.run("wait", "--for=condition=complete", `job/${run}`, "--timeout=90s");
    }
    expect(await login("job-name=nightly-1")).not.toBe(await login("job-name=nightly-2"));
    await noLogins();
  });
});

describe("a pod", () => {
  it("connects with psql and no configuration at all", async () => {
    const script = "psql --no-psqlrc -Atc \"SELECT 'I am ' || current_user\"";
    await here.mustApply(pod("plain-psql", { annotations: annotations(), script, restartPolicy: "Never" }));
    await here.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/plain-psql", "--timeout=60s");
    expect(await here.run("logs", "plain-psql", "--container=app")).toMatch(/^I am v-/);
  });

  it("makes one login, one lease and one role, and takes them along when it is deleted", async () => {
    await noLogins();
    await here.mustApply(pod("short", { annotations: annotations(), script: `${LOG_IN} && ${IDLE}` }));
    await here.run("wait", "--for=condition=Ready", "pod/short", "--timeout=60s");
    expect(await secrets().logins()).toHaveLength(1);
    expect(await secrets().leases()).toHaveLength(1);

    await here.run("delete", "pod", "short", "--wait=true");
    expect(await secrets().logins()).toEqual([]);
    expect(await secrets().leases()).toEqual([]);
  });

  it("keeps its login until its app has ended", async () => {
    // The app needs a while to say goodbye, and the database to do it.
    const goodbye = `sleep 3; psql --no-psqlrc -Atc "SELECT 'goodbye from ' || current_user"; sleep 1; exit 0`;
    const script = `trap '${goodbye.replaceAll("'", `'"'"'`)}' TERM; ${LOG_IN}; while :; do sleep 1 & wait $!; done`;
    await here.mustApply(pod("slow", { annotations: annotations(), script }));
    await here.run("wait", "--for=condition=Ready", "pod/slow", "--timeout=60s");
    await login("app=app");

    const log = here.attempt(["logs", "slow", "--container=app", "--follow"]);
    await here.run("delete", "pod", "slow", "--wait=true");
    expect((await log).stdout).toMatch(/^goodbye from v-/m);
    await noLogins();
  });

  it("may run where the pod security standard is restricted", async () => {
    const restricted = kubectl("e2e-restricted");
    await kubectl().mustApply(
      namespace("e2e-restricted", { "pod-security.kubernetes.io/enforce": "restricted" }),
    );
    await restricted.mustApply(serviceAccount());
    await secrets().api.must("POST", "auth/kubernetes/role/app", {
      bound_service_account_names: ["app"],
      bound_service_account_namespaces: [NAMESPACE, "e2e-restricted"],
      token_policies: ["app"],
      token_period: 3600,
    });
    await restricted.mustApply(
      pod("strict", { annotations: annotations(), script: LOG_IN, restartPolicy: "Never" }),
    );
    await restricted.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/strict", "--timeout=60s");
    await kubectl().run("delete", "namespace", "e2e-restricted", "--wait=true");
    await noLogins();
  });
});
