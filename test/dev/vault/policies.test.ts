import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAccessControl } from "../../../src/dev/vault/acl.ts";
import { HclError, parseHcl } from "../../../src/dev/vault/hcl.ts";
import { defaultPolicy, parsePolicy } from "../../../src/dev/vault/policies.ts";

describe("A policy in HCL", () => {
  it("may have comments of every kind, lists over lines and blocks in blocks", () => {
    const text = `
      # one
      // two
      /* three */ path "a" {
        capabilities = [
          "read", # why
          "list",
        ]
        nested { number = 1.5 flag = true text = "with \\"quotes\\"" }
      }`;
    expect(parseHcl(text)).toEqual([
      {
        kind: "block",
        name: "path",
        label: "a",
        entries: [
          { kind: "value", name: "capabilities", value: ["read", "list"] },
          {
            kind: "block",
            name: "nested",
            label: undefined,
            entries: [
              { kind: "value", name: "number", value: 1.5 },
              { kind: "value", name: "flag", value: true },
              { kind: "value", name: "text", value: 'with "quotes"' },
            ],
          },
        ],
      },
    ]);
  });

  it("is refused, and nothing else happens, whatever it is", () => {
    const pieces = fc.constantFrom(
      "path",
      '"a"',
      "{",
      "}",
      "[",
      "]",
      "=",
      ",",
      "x",
      "1",
      "#",
      '"',
      "\\",
      " ",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        try {
          parseHcl(parts.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(HclError);
        }
      }),
    );
  });

  it.each([
    ["an unclosed block", 'path "a" {', "got: EOF"],
    ["another block than path", 'role "a" { }', 'invalid key "role"'],
    ["a rule on parameters", 'path "a" { allowed_parameters = { } }', "expected"],
    [
      "a rule on parameters in a block",
      'path "a" { allowed_parameters { } }',
      "enforces no allowed_parameters",
    ],
  ])("is refused for %s", (_name, text, message) => {
    expect(() => parsePolicy("tried", text)).toThrow(message);
  });
});

describe("Several policies", () => {
  const access = (...texts: string[]) =>
    createAccessControl(texts.map((text, index) => parsePolicy(String(index), text)));

  it("add up on the same path, and deny takes all", () => {
    const read = 'path "a" { capabilities = ["read"] }';
    const list = 'path "a" { capabilities = ["list"] }';
    const deny = 'path "a" { capabilities = ["deny"] }';
    expect(access(read, list).capabilities("a")).toEqual(["list", "read"]);
    expect(access(read, deny, list).capabilities("a")).toEqual(["deny"]);
  });

  it("reach a mount when they allow anything in it", () => {
    const reader = access('path "secret/data/app" { capabilities = ["read"] }');
    expect([reader.reaches("secret/"), reader.reaches("database/")]).toEqual([true, false]);
    expect(access('path "+/data/*" { capabilities = ["read"] }').reaches("secret/")).toBe(true);
    expect(access('path "secret/*" { capabilities = ["deny"] }').reaches("secret/")).toBe(false);
  });

  it("give every token what policy default says", () => {
    const everybody = createAccessControl([defaultPolicy()]);
    expect(everybody.capabilities("sys/leases/renew")).toEqual(["update"]);
    expect(everybody.capabilities("sys/leases/revoke")).toEqual(["deny"]);
  });

  it("allow a list with and without the slash at its end", () => {
    const lister = access('path "secret/metadata/app" { capabilities = ["list"] }');
    expect(lister.capabilities("secret/metadata/app/", true)).toEqual(["list"]);
  });
});
