import { describe, expect, it } from "vitest";
import { readClusterFeatures } from "../../src/cluster/kubernetes.ts";
import { configMapLock, leaseLock } from "../../src/cluster/kubernetes-locks.ts";
import { namespaceFeed } from "../../src/cluster/kubernetes-namespaces.ts";
import { namedRegistration } from "../../src/cluster/kubernetes-registration.ts";
import { namedSecret } from "../../src/cluster/kubernetes-secret.ts";
import type { LockRecord } from "../../src/cluster/objects.ts";
import { type ApiCall, apiServer, failure } from "./api-server.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("a Secret", () => {
  const stored = {
    kind: "Secret",
    apiVersion: "v1",
    type: "Opaque",
    metadata: { name: "certs", namespace: "k", resourceVersion: "7", labels: { app: "x" } },
    data: { "tls.crt": base64("certificate"), other: base64("kept") },
  };

  it("is read by name and decoded", async () => {
    await using server = await apiServer(() => [200, stored]);
    expect(await namedSecret(server.api, "k", "certs").read()).toEqual({
      data: { "tls.crt": "certificate", other: "kept" },
      resourceVersion: "7",
    });
    expect(server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /api/v1/namespaces/k/secrets/certs",
    ]);
  });

  it("keeps labels and other data when it is replaced, and names the version it was read at", async () => {
    await using server = await apiServer(() => [200, stored]);
    const secret = namedSecret(server.api, "k", "certs");
    await secret.read();
    await secret.replace({ "tls.crt": "new" }, "7");
    expect(server.calls.at(-1)).toMatchObject({
      method: "PUT",
      path: "/api/v1/namespaces/k/secrets/certs",
      body: {
        metadata: { resourceVersion: "7", labels: { app: "x" } },
        data: { "tls.crt": base64("new"), other: base64("kept") },
      },
    });
  });

  it("may be missing", async () => {
    await using server = await apiServer(() => failure(404));
    expect(await namedSecret(server.api, "k", "certs").read()).toBeUndefined();
  });

  it.each([
    [403, "forbidden"],
    [409, "conflict"],
    [422, "invalid"],
    [500, "unavailable"],
  ])("that fails with %i is told as %s", async (code, kind) => {
    await using server = await apiServer(() => failure(code));
    const secret = namedSecret(server.api, "k", "certs");
    await expect(secret.create({})).rejects.toMatchObject({ code: "KEYCARD_CLUSTER", kind });
  });
});

describe("a failed call", () => {
  it("keeps the API's reason, not its whole answer", async () => {
    await using server = await apiServer(() => failure(403));
    const error = await namedSecret(server.api, "k", "certs")
      .read()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ cause: { message: "HTTP 403: no" } });
  });

  it("may have been answered by something that is no API server", async () => {
    await using server = await apiServer(() => [502, "bad gateway"]);
    const error = await namedSecret(server.api, "k", "certs")
      .read()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "unavailable", cause: { message: "HTTP 502: no reason given" } });
  });
});

describe("a webhook registration", () => {
  it("is read with every webhook's bundle, and patched in every one at the version read", async () => {
    const found = {
      metadata: { name: "cfg", resourceVersion: "3" },
      webhooks: [
        { name: "a", clientConfig: { caBundle: base64("old") } },
        { name: "b", clientConfig: {} },
      ],
    };
    await using server = await apiServer(() => [200, found]);
    const registration = namedRegistration(server.api, "cfg");
    const read = await registration.read();
    expect(read).toEqual({ bundles: ["old", ""], resourceVersion: "3" });
    if (read) await registration.setBundle("new", read);
    expect(server.calls.at(-1)).toEqual({
      method: "PATCH",
      path: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cfg",
      contentType: "application/json-patch+json",
      body: [
        { op: "test", path: "/metadata/resourceVersion", value: "3" },
        { op: "add", path: "/webhooks/0/clientConfig/caBundle", value: base64("new") },
        { op: "add", path: "/webhooks/1/clientConfig/caBundle", value: base64("new") },
      ],
    });
  });

  it("that changed meanwhile is a conflict", async () => {
    await using server = await apiServer(() => failure(422));
    const patched = namedRegistration(server.api, "cfg").setBundle("x", {
      bundles: [""],
      resourceVersion: "1",
    });
    await expect(patched).rejects.toMatchObject({ kind: "conflict" });
  });
});

describe.each([
  ["Lease", leaseLock, "/apis/coordination.k8s.io/v1/namespaces/k/leases"],
  ["ConfigMap", configMapLock, "/api/v1/namespaces/k/configmaps"],
])("a lock on a %s", (_, lockOf, path) => {
  const record: LockRecord = {
    holder: "pod-1",
    durationSeconds: 10,
    acquiredAt: new Date("2026-01-01T00:00:00Z"),
    renewedAt: new Date("2026-01-01T00:00:05Z"),
    transitions: 2,
  };

  it("reads what it wrote, and replaces it at the version read", async () => {
    let stored: unknown;
    await using server = await apiServer(({ method, body }) => {
      if (method === "GET") return stored === undefined ? failure(404) : [200, stored];
      stored = {
        ...(body as object),
        metadata: { ...(body as { metadata: object }).metadata, resourceVersion: "9" },
      };
      return [200, stored];
    });
    const lock = lockOf(server.api, "k", "leader");
    expect(await lock.read()).toBeUndefined();
    await lock.create(record);
    expect(await lock.read()).toEqual({ record, resourceVersion: "9" });
    await lock.replace({ ...record, holder: "" }, "9");
    expect((await lock.read())?.record.holder).toBe("");
    expect(server.calls.map(({ method }) => method)).toEqual(["GET", "POST", "GET", "PUT", "GET"]);
    expect(server.calls.find(({ method }) => method === "PUT")).toMatchObject({
      path: `${path}/leader`,
      body: { metadata: { resourceVersion: "9" } },
    });
  });

  it("keeps what whoever made it put on it", async () => {
    const metadata = { labels: { "app.kubernetes.io/name": "keycard" }, annotations: { made: "by helm" } };
    await using server = await apiServer(() => [200, { metadata: { ...metadata, resourceVersion: "3" } }]);
    const lock = lockOf(server.api, "k", "leader");
    await lock.read();
    await lock.replace(record, "3");
    expect(server.calls.at(-1)).toMatchObject({
      method: "PUT",
      body: { metadata: { ...metadata, name: "leader", resourceVersion: "3" } },
    });
  });

  it("that somebody else took is a conflict", async () => {
    await using server = await apiServer(() => failure(409));
    await expect(lockOf(server.api, "k", "leader").replace(record, "1")).rejects.toMatchObject({
      kind: "conflict",
    });
  });
});

describe("a lock's record that cannot be read", () => {
  it.each(["", "{", "null", '{"holderIdentity":5,"renewTime":"never"}'])(
    "is as good as released: %j",
    async (text) => {
      const annotations = { "control-plane.alpha.kubernetes.io/leader": text };
      await using server = await apiServer(() => [200, { metadata: { annotations } }]);
      const found = await configMapLock(server.api, "k", "leader").read();
      expect(found?.record).toMatchObject({ holder: "", durationSeconds: 0, transitions: 0 });
    },
  );
});

describe("Namespaces", () => {
  const namespace = (name: string, annotations: object): object => ({
    metadata: { name, annotations, resourceVersion: "5" },
  });

  it("are listed page by page", async () => {
    await using server = await apiServer(({ path }: ApiCall) => {
      const second = path.includes("continue=more");
      const items = [second ? namespace("b", {}) : namespace("a", { "x/y": "z" })];
      return [200, { items, metadata: { resourceVersion: "10", ...(second ? {} : { continue: "more" }) } }];
    });
    expect(await namespaceFeed(server.api).list()).toEqual({
      namespaces: [
        { name: "a", annotations: { "x/y": "z" } },
        { name: "b", annotations: {} },
      ],
      resourceVersion: "10",
    });
  });

  it("are watched from a version to the stream's end", async () => {
    const lines = [
      { type: "ADDED", object: namespace("a", { k: "v" }) },
      { type: "DELETED", object: namespace("b", {}) },
      { type: "BOOKMARK", object: { metadata: { resourceVersion: "42" } } },
    ];
    await using server = await apiServer(() => (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
    });
    const events: unknown[] = [];
    const ended = new AbortController();
    const version = await namespaceFeed(server.api).watch("5", (event) => events.push(event), ended.signal);
    expect(version).toBe("42");
    expect(events).toEqual([
      { kind: "changed", namespace: { name: "a", annotations: { k: "v" } } },
      { kind: "deleted", namespace: { name: "b", annotations: {} } },
    ]);
    expect(server.calls[0]?.path).toMatch(/watch=true.*resourceVersion=5.*allowWatchBookmarks=true/);
  });

  it.each([
    ["a version too old", { type: "ERROR", object: { code: 410 } }, "gone"],
    ["an error in the stream", { type: "ERROR", object: { code: 500 } }, "unavailable"],
  ])("that are watched from %s fail", async (_, line, kind) => {
    await using server = await apiServer(() => (response) => response.end(`${JSON.stringify(line)}\n`));
    const watch = namespaceFeed(server.api).watch("5", () => {}, new AbortController().signal);
    await expect(watch).rejects.toMatchObject({ kind });
  });

  it("that may not be watched fail as forbidden", async () => {
    await using server = await apiServer(() => failure(403));
    const watch = namespaceFeed(server.api).watch("5", () => {}, new AbortController().signal);
    await expect(watch).rejects.toMatchObject({ kind: "forbidden" });
  });

  it("stop being watched when told to", async () => {
    const ended = new AbortController();
    await using server = await apiServer(() => (response) => {
      response.writeHead(200);
      response.write("\n");
      setImmediate(() => ended.abort());
    });
    expect(await namespaceFeed(server.api).watch("5", () => {}, ended.signal)).toBe("5");
  });
});

describe("the cluster's version", () => {
  const features = (nativeSidecar: boolean, envFromFile: boolean, restartInPlace: boolean) => ({
    nativeSidecar,
    envFromFile,
    restartInPlace,
  });

  it.each([
    ["1", "28", features(false, false, false)],
    ["1", "29", features(true, false, false)],
    ["1", "34", features(true, false, false)],
    ["1", "35", features(true, true, false)],
    ["1", "36+", features(true, true, true)],
    ["2", "0", features(true, true, true)],
  ])("%s.%s tells what it can do for pods", async (major, minor, expected) => {
    await using server = await apiServer(() => [200, { major, minor }]);
    expect(await readClusterFeatures(server.api)).toEqual(expected);
  });
});
