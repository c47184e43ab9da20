import pg from "pg";
import { expect, it } from "vitest";
import { STATIC_LOGIN } from "../../src/dev/configure.ts";
import type { JsonObject } from "../../src/json.ts";
import { at, describeVaults, refusal, textAt } from "../support/each-vault.ts";

describeVaults("A static role", {}, (parts) => {
  const read = async (name = "app-static"): Promise<JsonObject> =>
    (await parts().root.call("GET", `database/static-creds/${name}`)).body;
  const canLogIn = async (password: string): Promise<boolean> => {
    const client = new pg.Client(parts().postgres.url(STATIC_LOGIN, password));
    client.on("error", () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  it("keeps its user name and has no lease", async () => {
    const body = await read();
    expect(body).toMatchObject({ lease_id: "", renewable: false, lease_duration: 0 });
    expect(body["data"]).toMatchObject({
      username: STATIC_LOGIN,
      rotation_period: 86_400,
      last_vault_rotation: expect.stringMatching(/Z$/),
    });
    expect(Number(at(body, "data", "ttl"))).toBeGreaterThan(86_000);
    expect(await canLogIn(textAt(body, "data", "password"))).toBe(true);
  });

  it("gives the same password until it is rotated, and then another", async () => {
    const before = textAt(await read(), "data", "password");
    expect(textAt(await read(), "data", "password")).toBe(before);
    expect((await parts().root.call("POST", "database/rotate-role/app-static")).status).toBe(204);
    const after = textAt(await read(), "data", "password");
    expect(after).not.toBe(before);
    expect([await canLogIn(before), await canLogIn(after)]).toEqual([false, true]);
  });

  it("is rotated by Vault on its own clock", async () => {
    const body = { db_name: "postgres", username: STATIC_LOGIN, rotation_period: "5s" };
    await parts().root.must("DELETE", "database/static-roles/app-static");
    await parts().root.must("POST", "database/static-roles/quick", body);
    const before = textAt(await read("quick"), "data", "password");
    expect(Number(at(await read("quick"), "data", "ttl"))).toBeLessThanOrEqual(5);
    await expect
      .poll(async () => textAt(await read("quick"), "data", "password"), { timeout: 20_000, interval: 250 })
      .not.toBe(before);
  });

  it("of another period than five seconds or more is refused", async () => {
    const body = { db_name: "postgres", username: STATIC_LOGIN, rotation_period: "1s" };
    const answer = await parts().root.call("POST", "database/static-roles/fast", { body });
    expect(refusal(answer)).toEqual({ status: 400, errors: ["rotation_period must be 5 seconds or more"] });
  });
});
