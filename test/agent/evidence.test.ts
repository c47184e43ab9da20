import { describe, expect, test } from "vitest";
import { leaks } from "./evidence.ts";

const secret = { name: "password", value: 'A1a-"8rFh/q3+Z%k9Wd2' };

describe("a secret is found in what others may read", () => {
  const { value } = secret;
  test.each([
    ["as it is", `password=${value};`],
    ["within JSON", JSON.stringify({ msg: `connection with ${value} failed` })],
    ["within a URL", `postgresql://user:${encodeURIComponent(value)}@db/app`],
    ["in base64", Buffer.from(value).toString("base64")],
    ["in base64 behind something else", Buffer.from(`user:${value}`).toString("base64")],
    ["in hexadecimal", Buffer.from(value).toString("hex")],
    ["cut short", `"${value.slice(0, 12)}…"`],
    ["without its beginning", value.slice(9)],
  ])("%s", (_how, text) => {
    expect(leaks([{ where: "log", text: `before ${text} after` }], [secret])).toEqual(["password in log"]);
  });

  test("and nothing is found where nothing is", () => {
    const text = `{"level":30,"msg":"secret read","username":"v-kubernet-app-1","lease":"database/creds/app/x"}`;
    expect(leaks([{ where: "log", text }], [secret])).toEqual([]);
  });

  test("unless it is too short to tell", () => {
    expect(() => leaks([], [{ name: "token", value: "root" }])).toThrow("too short");
  });
});
