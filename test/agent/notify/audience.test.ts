import { describe, expect, test } from "vitest";
import { audiencesOf, entryOf } from "../../../src/agent/notify/audience.ts";
import type { Output } from "../../../src/agent/publishing/publish.ts";
import { HUP, loginOf, RESTART, templateOf } from "./recorder.ts";

const NONE = { kind: "none" } as const;

describe("what changed", () => {
  const file = (name: string, path: string): Output => ({
    kind: "file",
    name,
    path,
    content: "",
    mode: 0o644,
    command: undefined,
  });
  const ways = { notify: NONE, postgres: [], templates: [], tokenFile: "/secrets/token" };

  test.each([
    [{ kind: "directory", name: "db", path: "/secrets/db", files: new Map() } as const, "login db"],
    [file("db", "/secrets/db.conf"), "secret db"],
    [file("token", "/secrets/token"), "token"],
    [file("token", "/secrets/another"), "secret token"],
  ])("%o is told as %s", (output, entry) => {
    expect(entryOf(output, ways)).toBe(entry);
  });
});

describe("who is told", () => {
  const ways = {
    notify: HUP,
    postgres: [loginOf("db"), loginOf("own", RESTART), loginOf("quiet", NONE)],
    templates: [templateOf("db"), templateOf("same", { ...HUP })],
    tokenFile: "/secrets/token",
  };
  const told = (...entries: string[]) => [...audiencesOf(entries, ways).values()];

  test.each([
    ["whatever has no way of its own, in the pod's", ["login db"], [{ notify: HUP, entries: ["login db"] }]],
    ["the token, in the pod's", ["token"], [{ notify: HUP, entries: ["token"] }]],
    ["its own way", ["login own"], [{ notify: RESTART, entries: ["login own"] }]],
    ["nobody", ["login quiet"], []],
    [
      "one of all that go the same way, each once",
      ["login db", "secret same", "secret db", "login db"],
      [{ notify: HUP, entries: ["login db", "secret same", "secret db"] }],
    ],
    [
      "each in its way",
      ["login own", "secret db"],
      [
        { notify: RESTART, entries: ["login own"] },
        { notify: HUP, entries: ["secret db"] },
      ],
    ],
  ])("%s", (_, entries, audiences) => {
    expect(told(...entries)).toEqual(audiences);
  });
});
