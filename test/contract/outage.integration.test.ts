import { expect, it } from "vitest";
import { describeVaults, textAt } from "../support/each-vault.ts";

describeVaults("A Vault that goes down and comes back with its storage", { storage: "file" }, (parts) => {
  it("knows its tokens and leases again", async () => {
    const { root, vault, postgres } = parts();
    const token = await parts().login();
    const issued = await root.call("GET", "database/creds/app-role", { token });
    const body = { lease_id: textAt(issued.body, "lease_id") };
    await vault.down();
    await expect(root.call("GET", "sys/health")).rejects.toThrow();
    await vault.up();
    expect((await root.call("PUT", "sys/leases/renew", { token, body })).status).toBe(200);
    expect((await root.call("PUT", "sys/leases/revoke", { token, body })).status).toBe(204);
    expect(await postgres.query("SELECT 1 FROM pg_roles WHERE rolname LIKE 'v-%'")).toEqual([]);
  });

  it("ends what fell due while it was away", async () => {
    const { root, vault } = parts();
    const role = {
      db_name: "postgres",
      creation_statements: ['CREATE ROLE "{{name}}" LOGIN'],
      default_ttl: 1,
    };
    await root.must("POST", "database/roles/short", role);
    await root.must("GET", "database/creds/short");
    await vault.down();
    expect(await parts().roles()).toHaveLength(1);
    await vault.up();
    await expect.poll(() => parts().roles(), { timeout: 15_000 }).toEqual([]);
  });
});
