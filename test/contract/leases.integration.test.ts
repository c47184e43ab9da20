import pg from "pg";
import { expect, it } from "vitest";
import { at, describeVaults, refusal, textAt } from "../support/each-vault.ts";
import { clientToken, type Parts } from "../support/parts.ts";
import { issue, renew, validUntil } from "./issued.ts";

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
