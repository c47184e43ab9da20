import { describe, expect, test } from "vitest";
import { bcrypt } from "../../src/templates/cryptography/index.ts";
import { failureOf, render } from "./render.ts";

const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The salt that stands in a hash, and its cost. */
function settingOf(hash: string): readonly [salt: Buffer, cost: number] {
  const [, cost, digits = ""] = /^\$2a\$(\d\d)\$(.{22})/.exec(hash) ?? [];
  const base64 = digits.replace(/./g, (digit) => STANDARD[ALPHABET.indexOf(digit)] ?? "");
  return [Buffer.from(base64, "base64"), Number(cost)];
}

const verifies = (hash: string, password: string): boolean =>
  bcrypt(Buffer.from(password), ...settingOf(hash)) === hash;

describe("bcrypt", () => {
  test.each([
    ["", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."],
    ["a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"],
    ["abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"],
    ["abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"],
    ["allmine", "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga"],
  ])("of %j is the published one", (password, hash) => {
    expect(verifies(hash, password)).toBe(true);
    expect(verifies(hash, `${password}.`)).toBe(false);
  });

  test("in a template verifies, and has its salt from the context", async () => {
    const { output } = await render('{{ sprig_bcrypt "s3cr3t" }}');
    expect(output).toMatch(/^\$2a\$10\$[./\w]{53}$/);
    expect(verifies(output, "s3cr3t")).toBe(true);
    const other = await render('{{ sprig_bcrypt "s3cr3t" }}', {
      randomBytes: (count) => Buffer.alloc(count),
    });
    expect(other.output).not.toBe(output);
    expect(verifies(other.output, "s3cr3t")).toBe(true);
  });

  test("is the second half of a line of htpasswd", async () => {
    const { output } = await render('{{ sprig_htpasswd "bob" "s3cr3t" }}');
    expect(output.startsWith("bob:")).toBe(true);
    expect(verifies(output.slice("bob:".length), "s3cr3t")).toBe(true);
  });
});

test.each([
  '{{ range loop 100 }}{{ sprig_bcrypt "x" }}{{ end }}',
  '{{ range loop 9 }}{{ sprig_genPrivateKey "rsa" }}{{ end }}',
])("%s is stopped before it takes long", async (text) => {
  const error = await failureOf(text, { limits: { steps: 50_000 } });
  expect(error.code).toBe("KEYCARD_TEMPLATE_LIMIT");
});
