import { describe, expect, it } from "vitest";
import { scramVerifier } from "../../../src/dev/vault/database/scram.ts";
import { formatExpiration, queriesOf } from "../../../src/dev/vault/database/statements.ts";

const BLOCK = "DO $$ BEGIN IF true THEN DROP ROLE x; END IF; END $$;";

describe("A role's statements", () => {
  it.each([
    ["are cut at semicolons", ["SELECT 1; SELECT 2;", "SELECT 3"], ["SELECT 1", "SELECT 2", "SELECT 3"]],
    ["are not cut where END stands between spaces", [BLOCK], [BLOCK]],
    ["are cut where END is only part of a line", ["DO\nEND;\nSELECT 1"], ["DO\nEND", "SELECT 1"]],
    ["are cut where END is only in quotes", ["SELECT ' END '; SELECT 1"], ["SELECT ' END '", "SELECT 1"]],
    ["leave out what is empty", [" ; ;", ""], []],
  ])("%s", (_name, statements, queries) => {
    expect(queriesOf(statements, {})).toEqual(queries);
  });

  it("get every value at every place, taken literally", () => {
    const values = { name: "v-app", password: "$&-$1", expiration: "2026-01-01 00:00:00+0000" };
    expect(queriesOf([`{{name}} {{name}} '{{password}}' '{{expiration}}' {{other}}`], values)).toEqual([
      "v-app v-app '$&-$1' '2026-01-01 00:00:00+0000' {{other}}",
    ]);
  });

  it("get the time in UTC", () => {
    expect(formatExpiration(Date.UTC(2026, 1, 3, 4, 5, 6, 789))).toBe("2026-02-03 04:05:06+0000");
  });

  it("may get what PostgreSQL stores of a password", () => {
    // RFC 7677's example: user "user", password "pencil".
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    expect(scramVerifier("pencil", salt)).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });
});
