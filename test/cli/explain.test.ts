import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { shownKey } from "../../src/annotations/describe.ts";
import { ANNOTATIONS } from "../../src/annotations/table.ts";
import { explainCommand } from "../../src/cli/explain.ts";

async function explain(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const code = await explainCommand.run(args, { env: {}, stdin: new PassThrough(), stdout, stderr, signal });
  return { code, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
}

describe("keycard explain", () => {
  test("lists every annotation", async () => {
    const { code, out } = await explain();
    expect(code).toBe(0);
    const listed = out.split("\n").filter((line) => /^ {2}\S/.test(line));
    expect(listed.map((line) => line.trim()).sort()).toEqual(ANNOTATIONS.map(shownKey).sort());
  });

  test.each([
    ["vault.hashicorp.com/agent-inject-secret-db", "vault.hashicorp.com/agent-inject-secret-NAME"],
    ["agent-inject-secret-NAME", "vault.hashicorp.com/agent-inject-secret-NAME"],
    ["agent-inject-secret", "vault.hashicorp.com/agent-inject-secret-NAME"],
    ["openbao.org/agent-inject", "vault.hashicorp.com/agent-inject"],
    ["auth-config-role-id", "vault.hashicorp.com/auth-config-PARAM"],
    ["keycard.dev/postgres-db-verify-failure", "keycard.dev/postgres-NAME-verify-failure"],
    ["postgres-db", "keycard.dev/postgres-NAME"],
    ["secret-volume-path-db", "vault.hashicorp.com/secret-volume-path[-NAME]"],
  ])("finds %s", async (asked, key) => {
    const { code, out } = await explain(asked);
    expect([code, out.split("\n")[0]]).toEqual([0, key]);
  });

  test("tells value, default with its settings, engines and notes", async () => {
    expect((await explain("agent-revoke-on-shutdown")).out).toBe(`vault.hashicorp.com/agent-revoke-on-shutdown
  Revokes the agent's token, and with it every lease, when the pod ends.

  Value:      boolean
  Default:    false; set by -revoke-on-shutdown, AGENT_INJECT_REVOKE_ON_SHUTDOWN
  Engines:    native, vault-agent
  Namespace:  may give the default

  Engine native revokes unless told otherwise: there only a written value counts, and
  keycard.dev/revoke-on-shutdown before it.
`);
  });

  test("explains both when a bare name means two", async () => {
    const { out } = await explain("role");
    expect(out).toContain("keycard.dev/role\n");
    expect(out).toContain("vault.hashicorp.com/role\n");
  });

  test.each([
    ["agent-inject-secert-db", "; did you mean agent-inject-secret-db?"],
    ["zzz", ""],
  ])("does not know %s", async (asked, hint) => {
    expect(await explain(asked)).toEqual({
      code: 2,
      out: "",
      err: `keycard explain: there is no annotation "${asked}"${hint}\n`,
    });
  });

  test.each([[["a", "b"]], [["--json"]]])("refuses %j", async (args) => {
    expect(await explain(...args)).toMatchObject({ code: 2, out: "" });
  });
});
