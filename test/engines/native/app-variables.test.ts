import { describe, expect, it } from "vitest";
import type { InjectionRequest, LoginPart, VariableRequest } from "../../../src/annotations/request.ts";
import { appVariables, withVariables } from "../../../src/engines/native/app-variables.ts";
import { nativeEngine } from "../../../src/engines/native/engine.ts";
import { secretVolumes } from "../../../src/engines/secret-volumes.ts";
import { postgresFiles } from "../../../src/postgres/formats.ts";
import { requestOf } from "../../injection/request-builder.ts";
import { additionsOf, loginOf, planOf, secretOf } from "../plan-builder.ts";

const { native } = requestOf();

function asking(variables: readonly VariableRequest[], request: Partial<InjectionRequest>) {
  return requestOf({ ...request, native: { ...native, variables } });
}

function placesOf(variables: readonly VariableRequest[], request: Partial<InjectionRequest>) {
  const whole = asking(variables, request);
  return appVariables(whole, secretVolumes(whole, "vault-secrets", undefined)).map(
    ({ valueFrom }) => valueFrom?.["fileKeyRef"],
  );
}

const secret = (name: string): VariableRequest => ({
  variable: "X",
  from: { kind: "secret", name, key: "KEY" },
});

describe("a variable", () => {
  it.each([
    ["username", "shop"],
    ["password", "pw"],
    ["host", "db"],
    ["port", "5433"],
    ["database", "app"],
    ["url", "postgresql://shop:pw@db:5433/app"],
  ] as const)("for the %s of a login is found in what the agent writes", (part: LoginPart, value) => {
    const [place] = placesOf([{ variable: "X", from: { kind: "login", name: "main", part } }], {
      postgres: [loginOf("main")],
    });
    expect(place).toEqual({ volumeName: "vault-secrets", path: "main/env", key: expect.any(String) });
    const files = postgresFiles(
      { username: "shop", password: "pw" },
      { name: "main", url: "postgresql://db:5433/app" },
    );
    const { key } = place as { readonly key: string };
    expect(files.get("env")?.split("\n")).toContain(`${key}='${value}'`);
  });

  it.each([
    ["the pod's directory", {}, { volumeName: "vault-secrets", path: "a", key: "KEY" }],
    [
      "a directory under it",
      { destination: "/vault/secrets/deep/down.env" },
      { volumeName: "vault-secrets", path: "deep/down.env", key: "KEY" },
    ],
    [
      "a volume of its own",
      { directory: "/own", destination: "/own/x/a" },
      { volumeName: "vault-secrets-custom-0", path: "x/a", key: "KEY" },
    ],
    [
      "a volume inside of the pod's",
      { directory: "/vault/secrets/own", destination: "/vault/secrets/own/a" },
      { volumeName: "vault-secrets-custom-0", path: "a", key: "KEY" },
    ],
  ])("from %s is found in its volume", (_, overrides, place) => {
    expect(placesOf([secret("a")], { secrets: [secretOf("a", overrides)] })).toEqual([place]);
  });
});

describe("the app's containers", () => {
  const service = [
    { name: "PGSERVICEFILE", value: "/f" },
    { name: "PGSERVICE", value: "main" },
  ];
  const passwords = [{ name: "PGPASSFILE", value: "/p" }];
  const variable = (name: string) => ({ name, valueFrom: { fileKeyRef: { path: "main/env" } } });

  it("get what they ask for, each for itself, and no group that it is part of", () => {
    const [own, other] = [variable("PGSERVICE"), variable("PGUSER")];
    expect(withVariables([service, passwords], [own, other])).toEqual([[own], [other], passwords]);
    expect(withVariables([service, passwords], [])).toEqual([service, passwords]);
  });

  it("get them, and the pod's own init containers do not", () => {
    const variables: VariableRequest[] = [
      { variable: "DB_USER", from: { kind: "login", name: "main", part: "username" } },
    ];
    const request = asking(variables, { postgres: [loginOf("main")] });
    const { appEnv, initEnv } = additionsOf(nativeEngine, planOf(request));
    expect(appEnv.flat().map(({ name }) => name)).toEqual([
      "DB_USER",
      "PGSERVICEFILE",
      "PGSERVICE",
      "PGPASSFILE",
    ]);
    expect(initEnv.flat().map(({ name }) => name)).toEqual(["PGSERVICEFILE", "PGSERVICE", "PGPASSFILE"]);
  });
});
