import pg from "pg";
import { expect, it } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import type { JsonObject } from "../../src/json.ts";
import { at, describeVaults, refusal, textAt } from "../support/each-vault.ts";
import { clientToken, type Parts } from "../support/parts.ts";

interface Issued {
  readonly token: string;
  readonly leaseId: string;
  readonly username: string;
  readonly password: string;
  readonly body: JsonObject;
}

async function issue(parts: Parts, token: string, role = "app-role"): Promise<Issued> {
  const { status, body } = await parts.root.call("GET", `database/creds/${role}`, { token });
  expect(status).toBe(200);
  return {
    token,
    body,
    leaseId: textAt(body, "lease_id"),
    username: textAt(body, "data", "username"),
    password: textAt(body, "data", "password"),
  };
}

/** Milliseconds since 1970; undefined: there is no such role. */
async function validUntil(parts: Parts, username: string): Promise<number | undefined> {
  const sql = "SELECT rolvaliduntil AS until FROM pg_roles WHERE rolname = $1";
  const [row] = await parts.postgres.query<{ until: Date }>(sql, [username]);
  return row?.until.getTime();
}

function renew(parts: Parts, issued: Issued, increment?: number | string) {
  const body = { lease_id: issued.leaseId, ...(increment === undefined ? {} : { increment }) };
  return parts.root.call("PUT", "sys/leases/renew", { token: issued.token, body });
}

describeVaults(
  "A lease on a PostgreSQL login",
  { database: { defaultTtlSeconds: 600, maxTtlSeconds: 1200 } },
  (parts) => {
    it("comes with a user that can log in, named after who asked and for what", async () => {
      const issued = await issue(parts(), await parts().login());
      expect(issued.body).toMatchObject({ renewable: true, lease_duration: 600, warnings: null, auth: null });
      expect(issued.leaseId).toMatch(/^database\/creds\/app-role\/[A-Za-z0-9]{24}$/);
      expect(issued.username).toMatch(/^v-kubernet-app-role-[A-Za-z0-9]{20}-\d{10}$/);
      const client = new pg.Client(parts().postgres.url(issued.username, issued.password));
      await client.connect();
      const { rows } = await client.query("SELECT current_user AS name");
      await client.end();
      expect(rows).toEqual([{ name: issued.username }]);
    });

    it("gives the user five seconds more than the lease, so that it never ends first", async () => {
      const before = Date.now();
      const issued = await issue(parts(), await parts().login());
      const until = (await validUntil(parts(), issued.username)) ?? 0;
      // PostgreSQL is told whole seconds.
      expect(until).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000 + 605_000);
      expect(until).toBeLessThanOrEqual(Date.now() + 605_000);
    });

    it("is renewed for what is asked, and PostgreSQL's VALID UNTIL moves with it", async () => {
      const issued = await issue(parts(), await parts().login());
      const before = (await validUntil(parts(), issued.username)) ?? 0;
      const answer = await renew(parts(), issued, 900);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        lease_id: issued.leaseId,
        lease_duration: 900,
        renewable: true,
        data: null,
      });
      const after = (await validUntil(parts(), issued.username)) ?? 0;
      expect(after - before).toBeGreaterThanOrEqual(299_000);
    });

    it("is renewed for its default without an increment, and for durations in words", async () => {
      const issued = await issue(parts(), await parts().login());
      expect((await renew(parts(), issued)).body["lease_duration"]).toBe(600);
      expect((await renew(parts(), issued, "1m30s")).body["lease_duration"]).toBe(90);
      expect((await renew(parts(), issued, "120")).body["lease_duration"]).toBe(120);
    });

    it("is renewed no further than its maximum, with a warning", async () => {
      const issued = await issue(parts(), await parts().login());
      const { status, body } = await renew(parts(), issued, 100_000);
      expect(status).toBe(200);
      // What is left of 20 minutes: at most the whole, less the seconds since it was issued.
      expect(Number(body["lease_duration"])).toBeLessThanOrEqual(1200);
      expect(Number(body["lease_duration"])).toBeGreaterThan(1190);
      expect(body["warnings"]).toEqual([
        expect.stringMatching(
          /^TTL of "27h46m40s" exceeded the effective max_ttl of "(20m|19m5\ds)"; TTL value is capped accordingly$/,
        ),
      ]);
    });

    it("can be looked up by its holder", async () => {
      const issued = await issue(parts(), await parts().login());
      const lookUp = () =>
        parts().root.call("PUT", "sys/leases/lookup", {
          token: issued.token,
          body: { lease_id: issued.leaseId },
        });
      const { status, body } = await lookUp();
      expect(status).toBe(200);
      expect(body["data"]).toMatchObject({ id: issued.leaseId, last_renewal: null, renewable: true });
      expect(Number(at(body, "data", "ttl"))).toBeGreaterThan(590);
      await renew(parts(), issued);
      expect(at((await lookUp()).body, "data", "last_renewal")).toEqual(expect.any(String));
    });

    it("is found below its path", async () => {
      const issued = await issue(parts(), await parts().login());
      expect(await parts().leases()).toContain(issued.leaseId);
    });

    it("is gone at once when revoked, and its user with it", async () => {
      const issued = await issue(parts(), await parts().login());
      const body = { lease_id: issued.leaseId };
      const answer = await parts().root.call("PUT", "sys/leases/revoke", { token: issued.token, body });
      expect(answer.status).toBe(204);
      expect(await validUntil(parts(), issued.username)).toBeUndefined();
      expect(refusal(await renew(parts(), issued))).toEqual({ status: 400, errors: ["lease not found"] });
      const lookUp = await parts().root.call("PUT", "sys/leases/lookup", { token: issued.token, body });
      expect(refusal(lookUp)).toEqual({ status: 400, errors: ["invalid lease"] });
      // Revoking what is gone is no error.
      expect(
        (await parts().root.call("PUT", "sys/leases/revoke", { token: issued.token, body })).status,
      ).toBe(204);
    });

    it("is gone with all below a revoked prefix", async () => {
      const issued = [
        await issue(parts(), await parts().login()),
        await issue(parts(), await parts().login()),
      ];
      await parts().root.must("PUT", "sys/leases/revoke-prefix/database/creds/app-role");
      expect(await parts().leases()).toEqual([]);
      for (const { username } of issued) expect(await validUntil(parts(), username)).toBeUndefined();
    });

    it.each([
      [
        "revoke-self",
        (parts: Parts, token: string) => parts.root.call("PUT", "auth/token/revoke-self", { token }),
      ],
      [
        "revoke",
        (parts: Parts, token: string) => parts.root.call("PUT", "auth/token/revoke", { body: { token } }),
      ],
      [
        "revoke-accessor",
        async (parts: Parts, token: string) => {
          const self = await parts.root.call("GET", "auth/token/lookup-self", { token });
          const accessor = textAt(self.body, "data", "accessor");
          return parts.root.call("PUT", "auth/token/revoke-accessor", { body: { accessor } });
        },
      ],
    ])("dies with its token by %s", async (_name, revoke) => {
      const issued = await issue(parts(), await parts().login());
      expect((await revoke(parts(), issued.token)).status).toBe(204);
      await expect.poll(() => validUntil(parts(), issued.username), { timeout: 10_000 }).toBeUndefined();
      await expect.poll(() => parts().leases(), { timeout: 10_000 }).not.toContain(issued.leaseId);
    });

    it("dies with the token that its token descends from", async () => {
      const policies = ["app"];
      const parent = clientToken(await parts().root.must("POST", "auth/token/create", { ttl: "1h" }));
      const child = clientToken(
        (
          await parts().root.call("POST", "auth/token/create", {
            token: parent,
            body: { policies, ttl: "1h" },
          })
        ).body,
      );
      const issued = await issue(parts(), child);
      await parts().root.must("PUT", "auth/token/revoke", { token: parent });
      await expect.poll(() => validUntil(parts(), issued.username), { timeout: 10_000 }).toBeUndefined();
    });

    it("refuses a renewal that names no lease or no duration", async () => {
      const issued = await issue(parts(), await parts().login());
      const { root } = parts();
      const empty = await root.call("PUT", "sys/leases/renew", { token: issued.token, body: {} });
      expect(refusal(empty)).toEqual({ status: 400, errors: ["lease_id must be specified"] });
      const answer = await renew(parts(), issued, "soon");
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body["errors"])).toContain(
        'error converting input for field \\"increment\\"',
      );
    });

    it("may be renewed with Vault's default policy, but revoked only with a policy that says so", async () => {
      const token = clientToken(
        await parts().root.must("POST", "auth/token/create", { policies: ["default"], ttl: "1h" }),
      );
      const issued = await issue(parts(), await parts().login());
      const body = { lease_id: issued.leaseId };
      expect((await parts().root.call("PUT", "sys/leases/renew", { token, body })).status).toBe(200);
      expect((await parts().root.call("PUT", "sys/leases/revoke", { token, body })).status).toBe(403);
    });
  },
);

describeVaults("A short lease", { database: { defaultTtlSeconds: 1, maxTtlSeconds: 3 } }, (parts) => {
  it("ends on its own, and PostgreSQL loses the user", async () => {
    const issued = await issue(parts(), await parts().login());
    await expect.poll(() => validUntil(parts(), issued.username), { timeout: 15_000 }).toBeUndefined();
    expect(refusal(await renew(parts(), issued))).toEqual({ status: 400, errors: ["lease not found"] });
  });

  it("outlives its TTL by renewals and ends at its maximum", async () => {
    const issued = await issue(parts(), await parts().login());
    const started = Date.now();
    await expect
      .poll(async () => (await renew(parts(), issued)).status, { timeout: 15_000, interval: 200 })
      .toBe(400);
    expect(Date.now() - started).toBeGreaterThan(1900);
    await expect.poll(() => validUntil(parts(), issued.username), { timeout: 15_000 }).toBeUndefined();
  });
});

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
