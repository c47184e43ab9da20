import { expect, it } from "vitest";
import { at, describeVaults, refusal } from "../support/each-vault.ts";

describeVaults("Key-value secrets, version 1", {}, (parts) => {
  it("are read as written, with a hint how long they are good for", async () => {
    const { root } = parts();
    const data = { text: "a", number: 12, list: [1, "b"], nested: { deep: true, nothing: null } };
    expect((await root.call("POST", "kv/values", { body: data })).status).toBe(204);
    const { body } = await root.call("GET", "kv/values");
    expect(body).toMatchObject({
      data,
      lease_id: "",
      renewable: false,
      lease_duration: 2_764_800,
      mount_type: "kv",
    });
    await root.must("POST", "kv/hinted", { ttl: "30s", a: "b" });
    expect((await root.call("GET", "kv/hinted")).body["lease_duration"]).toBe(30);
  });

  it("are listed level by level, and gone when deleted", async () => {
    const { root } = parts();
    await root.must("POST", "kv/tree/leaf", { a: "b" });
    await root.must("POST", "kv/tree/branch/leaf", { a: "b" });
    expect(at((await root.call("LIST", "kv/tree")).body, "data", "keys")).toEqual(["branch/", "leaf"]);
    expect((await root.call("DELETE", "kv/tree/leaf")).status).toBe(204);
    expect(refusal(await root.call("GET", "kv/tree/leaf"))).toEqual({ status: 404, errors: [] });
  });

  it("need data", async () => {
    const answer = await parts().root.call("POST", "kv/empty", { body: {} });
    expect(refusal(answer)).toEqual({ status: 400, errors: ["missing data fields"] });
  });
});

describeVaults("Key-value secrets, version 2", {}, (parts) => {
  it("come with their metadata", async () => {
    const { root } = parts();
    const written = await root.call("POST", "secret/data/app", { body: { data: { a: "b" } } });
    expect(written.body["data"]).toMatchObject({
      version: 1,
      destroyed: false,
      deletion_time: "",
      custom_metadata: null,
    });
    const { status, body } = await root.call("GET", "secret/data/app");
    expect(status).toBe(200);
    expect(body).toMatchObject({ lease_id: "", renewable: false, lease_duration: 0 });
    expect(body["data"]).toEqual({
      data: { a: "b" },
      metadata: {
        created_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
        custom_metadata: null,
        deletion_time: "",
        destroyed: false,
        version: 1,
      },
    });
  });

  it("keep their versions", async () => {
    const { root } = parts();
    for (const value of ["one", "two"]) await root.must("POST", "secret/data/versions", { data: { value } });
    expect(at((await root.call("GET", "secret/data/versions")).body, "data", "data", "value")).toBe("two");
    expect(at((await root.call("GET", "secret/data/versions?version=1")).body, "data", "data", "value")).toBe(
      "one",
    );
    expect(refusal(await root.call("GET", "secret/data/versions?version=9"))).toEqual({
      status: 404,
      errors: [],
    });
    expect((await root.call("GET", "secret/metadata/versions")).body["data"]).toMatchObject({
      current_version: 2,
      versions: { 1: { destroyed: false }, 2: { destroyed: false } },
    });
  });

  it("answer 404 with metadata once deleted, and come back undeleted but not destroyed", async () => {
    const { root } = parts();
    await root.must("POST", "secret/data/gone", { data: { a: "b" } });
    expect((await root.call("DELETE", "secret/data/gone")).status).toBe(204);
    const deleted = await root.call("GET", "secret/data/gone");
    expect(deleted.status).toBe(404);
    expect(deleted.body["data"]).toMatchObject({
      data: null,
      metadata: { version: 1, destroyed: false, deletion_time: expect.stringMatching(/Z$/) },
    });
    await root.must("POST", "secret/undelete/gone", { versions: [1] });
    expect((await root.call("GET", "secret/data/gone")).status).toBe(200);
    await root.must("POST", "secret/destroy/gone", { versions: [1] });
    const destroyed = await root.call("GET", "secret/data/gone");
    expect(destroyed.status).toBe(404);
    expect(at(destroyed.body, "data", "metadata", "destroyed")).toBe(true);
  });

  it("are changed only at the version that was expected", async () => {
    const { root } = parts();
    await root.must("POST", "secret/data/checked", { data: { a: "b" }, options: { cas: 0 } });
    const stale = await root.call("POST", "secret/data/checked", {
      body: { data: { a: "c" }, options: { cas: 0 } },
    });
    expect(refusal(stale)).toEqual({
      status: 400,
      errors: ["check-and-set parameter did not match the current version"],
    });
  });

  it("are listed, with custom metadata, until their metadata is deleted", async () => {
    const { root } = parts();
    await root.must("POST", "secret/data/listed/one", { data: { a: "b" } });
    await root.must("POST", "secret/metadata/listed/one", { custom_metadata: { owner: "team" } });
    expect(at((await root.call("LIST", "secret/metadata/listed")).body, "data", "keys")).toEqual(["one"]);
    const { body } = await root.call("GET", "secret/data/listed/one");
    expect(at(body, "data", "metadata", "custom_metadata")).toEqual({ owner: "team" });
    await root.must("DELETE", "secret/metadata/listed/one");
    expect((await root.call("LIST", "secret/metadata/listed")).status).toBe(404);
  });

  it("read by a version 1 path answer 404 with a hint", async () => {
    const answer = await parts().root.call("GET", "secret/app");
    expect(answer.status).toBe(404);
    expect(answer.body["warnings"]).toEqual([
      expect.stringContaining("Invalid path for a versioned K/V secrets engine"),
    ]);
  });

  it("need their data below `data`", async () => {
    const answer = await parts().root.call("POST", "secret/data/flat", { body: { a: "b" } });
    expect(refusal(answer)).toEqual({ status: 400, errors: ["no data provided"] });
  });
});
