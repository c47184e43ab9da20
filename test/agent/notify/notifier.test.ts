import { describe, expect, test } from "vitest";
import { startHttpDouble } from "../../vault/doubles.ts";
import { HUP, loginOf, RESTART, recordedNotifier, templateOf } from "./recorder.ts";

const USR1 = { ...HUP, signal: "SIGUSR1" };
const NOTHING = { untold: [], restarting: false };

describe("an app that can be told", () => {
  test("is told once of all that changed together, and of nothing else", async () => {
    const ways = { notify: HUP, postgres: [loginOf("a"), loginOf("b")], templates: [templateOf("c", USR1)] };
    const { notifier, signals, logged, counts } = recordedNotifier(ways);
    notifier.changed(["login a", "login b"]);
    expect(signals).toEqual([]);
    await notifier.tell();
    expect(signals).toEqual(["nginx SIGHUP"]);
    expect(logged("app-notified")).toMatchObject([{ kind: "signal", of: "login a, login b" }]);
    expect(counts()).toEqual(['keycard_agent_notifications_total{kind="signal",result="delivered"} 1']);
    await notifier.tell();
    expect(signals).toHaveLength(1);
  });

  test("is told of a later change again", async () => {
    const { notifier, signals } = recordedNotifier({ notify: HUP, postgres: [loginOf("a")] });
    for (const times of [1, 2, 3]) {
      notifier.changed(["login a"]);
      await notifier.tell();
      expect(signals).toHaveLength(times);
    }
  });

  test("is told in each way that its secrets have", async () => {
    const { notifier, signals } = recordedNotifier({ notify: HUP, templates: [templateOf("c", USR1)] });
    notifier.changed(["token", "secret c"]);
    await notifier.tell();
    expect(signals.sort()).toEqual(["nginx SIGHUP", "nginx SIGUSR1"]);
  });
});

describe("an app that cannot be told", () => {
  test("is tried again after longer and longer pauses, then no more; each failure is told and counted", async () => {
    const { notifier, signals, pauses, logged, counts, goOn } = recordedNotifier({ notify: HUP }, () => 0);
    notifier.changed(["token"]);
    const told = notifier.tell();
    for (let pause = 0; pause < 4; pause++) await goOn();
    await told;
    expect(signals).toHaveLength(5);
    expect(pauses).toEqual([500, 1000, 2000, 4000]);
    expect(logged("app-not-notified")).toHaveLength(5);
    expect(logged("app-not-notified")[0]).toMatchObject({
      of: "token",
      msg: "no process named nginx is to be seen; does the pod share its process namespace?",
    });
    expect(counts()).toEqual(['keycard_agent_notifications_total{kind="signal",result="failed"} 5']);
    expect(notifier.outstanding()).toEqual(NOTHING);
  });

  test("because the kernel forbids it is no reason to stop anything", async () => {
    const forbid = (): never => {
      throw new Error("kill EPERM");
    };
    const { notifier, logged, goOn } = recordedNotifier({ notify: HUP }, forbid);
    notifier.changed(["token"]);
    const told = notifier.tell();
    for (let pause = 0; pause < 4; pause++) await goOn();
    await expect(told).resolves.toBeUndefined();
    expect(logged("app-not-notified")[0]).toMatchObject({ msg: "kill EPERM" });
  });

  test("is told of a later change in its place, and only once", async () => {
    let reached = 0;
    const { notifier, signals, goOn } = recordedNotifier(
      { notify: HUP, postgres: [loginOf("a")], templates: [templateOf("b")] },
      () => reached,
    );
    notifier.changed(["login a"]);
    const first = notifier.tell();
    reached = 1;
    notifier.changed(["secret b"]);
    await notifier.tell();
    await goOn();
    await first;
    expect(signals).toHaveLength(2);
    expect(notifier.outstanding()).toEqual(NOTHING);
  });
});

describe("a request", () => {
  const http = (url: string, others: object = {}) => ({
    notify: { kind: "http", method: "POST", url, timeoutSeconds: 5, retries: 0, ...others } as const,
  });

  test.each(["POST", "PUT", "GET"])("by %s goes to the path, and 204 is a success", async (method) => {
    await using app = await startHttpDouble(() => ({ status: 204 }));
    const { notifier, logged } = recordedNotifier(http(`${app.address}/-/reload?x=1`, { method }));
    notifier.changed(["token"]);
    await notifier.tell();
    expect(app.seen.map((seen) => `${seen.method} ${seen.url}`)).toEqual([`${method} /-/reload?x=1`]);
    expect(logged("app-notified")).toMatchObject([{ kind: "http", of: "token" }]);
  });

  test.each([302, 404, 500])("that is answered with %i has failed", async (status) => {
    await using app = await startHttpDouble(() => ({ status, headers: { location: "/elsewhere" } }));
    const { notifier, logged } = recordedNotifier(http(`${app.address}/`));
    notifier.changed(["token"]);
    await notifier.tell();
    expect(app.seen).toHaveLength(1);
    expect(logged("app-not-notified")).toMatchObject([
      { msg: `POST ${app.address}/ was answered with ${status}` },
    ]);
  });

  test("is repeated as often as was asked for", async () => {
    let calls = 0;
    await using app = await startHttpDouble(() => ({ status: ++calls < 3 ? 503 : 200 }));
    const { notifier, pauses, logged, goOn } = recordedNotifier(http(`${app.address}/`, { retries: 7 }));
    notifier.changed(["token"]);
    let done = false;
    const told = notifier.tell().then(() => {
      done = true;
    });
    while (!done) await goOn();
    await told;
    expect(app.seen).toHaveLength(3);
    expect(pauses).toEqual([500, 1000]);
    expect(logged("app-notified")).toHaveLength(1);
  });

  test("that is not answered in time has failed", async () => {
    await using app = await startHttpDouble(() => undefined);
    const { notifier, logged } = recordedNotifier(http(`${app.address}/`, { timeoutSeconds: 0.05 }));
    notifier.changed(["token"]);
    await notifier.tell();
    expect(logged("app-not-notified")).toMatchObject([
      { msg: `POST ${app.address}/ was not answered within 0.05 seconds` },
    ]);
  });
});

describe("what has not been told", () => {
  test("is kept until it was told, as one value as long as it is the same", async () => {
    const { notifier, goOn } = recordedNotifier({ notify: HUP, postgres: [loginOf("a")] }, () => 0);
    expect(notifier.outstanding()).toBe(notifier.outstanding());
    notifier.changed(["login a"]);
    const told = notifier.tell();
    const outstanding = notifier.outstanding();
    expect(outstanding).toEqual({ untold: ["login a"], restarting: false });
    expect(notifier.outstanding()).toBe(outstanding);
    for (let pause = 0; pause < 4; pause++) await goOn();
    await told;
    expect(notifier.outstanding()).toEqual(NOTHING);
  });

  test("is told by the next process", async () => {
    const { notifier, signals } = recordedNotifier({ notify: HUP, postgres: [loginOf("a")] });
    notifier.resume({ untold: ["login a"], restarting: false });
    await notifier.tell();
    expect(signals).toEqual(["nginx SIGHUP"]);
  });

  test("is nothing where nobody wants to be told", () => {
    const { notifier } = recordedNotifier({ postgres: [loginOf("a")] });
    notifier.changed(["login a"]);
    expect(notifier.outstanding()).toEqual(NOTHING);
  });
});

describe("a restart in place", () => {
  const ways = { notify: HUP, postgres: [loginOf("a", RESTART), loginOf("b", RESTART)] };

  test("is asked for by what changed, and tells everybody else as well", async () => {
    const { notifier, signals } = recordedNotifier(ways);
    notifier.changed(["token"]);
    expect(notifier.restartFor()).toEqual([]);
    notifier.changed(["login a"]);
    notifier.changed(["login b"]);
    expect(notifier.restartFor()).toEqual(["login a", "login b"]);
    await notifier.tell();
    expect(signals).toEqual([]);
    expect(notifier.outstanding().untold).toEqual(["token", "login a", "login b"]);
  });

  test("is asked for again by a process that comes after one that died before it", () => {
    const { notifier } = recordedNotifier(ways);
    notifier.resume({ untold: ["login a"], restarting: false });
    expect(notifier.restartFor()).toEqual(["login a"]);
  });

  test("that did not come is told and counted, not asked for again, and the others are told", async () => {
    const { notifier, signals, logged, counts } = recordedNotifier(ways);
    notifier.resume({ untold: ["login a", "token"], restarting: true });
    expect(notifier.restartFor()).toEqual([]);
    expect(logged("app-not-notified")).toMatchObject([
      {
        kind: "restart",
        of: "login a",
        msg: "the pod was not started anew: does its node run Kubernetes 1.36 or later?",
      },
    ]);
    expect(counts()).toEqual(['keycard_agent_notifications_total{kind="restart",result="failed"} 1']);
    await notifier.tell();
    expect(signals).toEqual(["nginx SIGHUP"]);
    expect(notifier.outstanding()).toEqual(NOTHING);
  });
});
