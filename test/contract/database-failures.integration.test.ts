import pg from "pg";
import { expect, it } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import { describeVaults, refusal } from "../support/each-vault.ts";
import { issue, renew, validUntil } from "./issued.ts";

describeVaults("A database that refuses", {}, (parts) => {
  it("the creation statement: 500 with PostgreSQL's reason, and no lease", async () => {
    await writeDatabaseRole(parts().root, { name: "broken", creationStatements: ["CREATE NONSENSE"] });
    expect(refusal(await parts().root.call("GET", "database/creds/broken"))).toEqual({
      status: 500,
      errors: [
        '1 error occurred:\n\t* failed to execute query: ERROR: syntax error at or near "NONSENSE" (SQLSTATE 42601)\n\n',
      ],
    });
    expect(await parts().leases("broken")).toEqual([]);
  });

  it("half of the creation statements: none of them has happened", async () => {
    const creationStatements = ['CREATE ROLE "{{name}}" LOGIN; GRANT no_such_role TO "{{name}}";'];
    await writeDatabaseRole(parts().root, { name: "half", creationStatements });
    expect((await parts().root.call("GET", "database/creds/half")).status).toBe(500);
    expect(await parts().roles()).toEqual([]);
  });

  it("renewal and revocation: 400 with PostgreSQL's reason, and the lease stays", async () => {
    const statements = ["ALTER NONSENSE"];
    await writeDatabaseRole(parts().root, {
      name: "stuck",
      renewStatements: statements,
      revocationStatements: statements,
    });
    const issued = await issue(parts(), parts().vault.rootToken, "stuck");
    const reason = 'ERROR: syntax error at or near "NONSENSE" (SQLSTATE 42601)';
    expect(refusal(await renew(parts(), issued))).toEqual({
      status: 400,
      errors: [
        `failed to renew entry: resp: (*logical.Response)(nil) err: 1 error occurred:\n\t* ${reason}\n\n`,
      ],
    });
    const body = { lease_id: issued.leaseId };
    expect(refusal(await parts().root.call("PUT", "sys/leases/revoke", { body }))).toEqual({
      status: 400,
      errors: [`failed to revoke entry: resp: (*logical.Response)(nil) err: ${reason}`],
    });
    expect((await parts().root.call("PUT", "sys/leases/lookup", { body })).status).toBe(200);
    await writeDatabaseRole(parts().root, { name: "stuck" });
    expect((await parts().root.call("PUT", "sys/leases/revoke", { body })).status).toBe(204);
    expect(await parts().roles()).toEqual([]);
  });

  it("to drop a user that owns something, as Vault does by default", async () => {
    const { root, postgres } = parts();
    await postgres.query("CREATE SCHEMA owned; GRANT CREATE, USAGE ON SCHEMA owned TO PUBLIC");
    const issued = await issue(parts(), await parts().login());
    const client = new pg.Client(postgres.url(issued.username, issued.password));
    await client.connect();
    await client.query("CREATE TABLE owned.things (id int)");
    await client.end();
    const body = { lease_id: issued.leaseId };
    const { status, errors } = refusal(await root.call("PUT", "sys/leases/revoke", { body }));
    expect(status).toBe(400);
    expect(JSON.stringify(errors)).toContain("SQLSTATE");
    expect(await validUntil(parts(), issued.username)).toBeDefined();
    await postgres.query("DROP SCHEMA owned CASCADE");
    expect((await root.call("PUT", "sys/leases/revoke", { body })).status).toBe(204);
  });

  it("any connection: 500, and all is well when it is back", async () => {
    const token = await parts().login();
    await parts().postgres.down();
    const answer = await parts().root.call("GET", "database/creds/app-role", { token });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body["errors"])).toContain("1 error occurred");
    await parts().postgres.up();
    await expect
      .poll(async () => (await parts().root.call("GET", "database/creds/app-role", { token })).status, {
        timeout: 15_000,
      })
      .toBe(200);
  });
});
