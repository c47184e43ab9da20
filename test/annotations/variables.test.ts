import { describe, expect, test } from "vitest";
import { complaints, DROP_IN, NATIVE, requestOf, warningsOf } from "./annotated-pod.ts";

const LOGIN = {
  "keycard.dev/postgres-orders": "database/creds/orders",
  "keycard.dev/postgres-orders-url": "postgresql://db:5432/orders",
  "keycard.dev/notify-orders": "restart",
};
const TEMPLATE = { "agent-inject-template-db": "KEY='{{ .x }}'", "keycard.dev/notify-db": "restart" };

function variablesOf(value: string, name = "orders", annotations: Record<string, string> = LOGIN) {
  return requestOf({ ...annotations, [`keycard.dev/env-${name}`]: value }, NATIVE).native.variables;
}

function complaintsOf(value: string, annotations: Record<string, string> = LOGIN): readonly string[] {
  return complaints({ ...annotations, "keycard.dev/env-orders": value }, NATIVE).map((text) =>
    text.replace("keycard.dev/env-orders: ", ""),
  );
}

describe("variables of a login", () => {
  test.each(["username", "password", "host", "port", "database", "url"])("can hold its %s", (part) => {
    expect(variablesOf(`X=${part}`)).toEqual([
      { variable: "X", from: { kind: "login", name: "orders", part } },
    ]);
  });

  test("are as many as are asked for, with blanks between them or not", () => {
    const names = variablesOf("PGUSER=username, PGPASSWORD = password,spring.datasource.url=url");
    expect(names.map(({ variable }) => variable)).toEqual(["PGUSER", "PGPASSWORD", "spring.datasource.url"]);
  });

  test("are none where nobody asks", () => {
    expect(requestOf(LOGIN, NATIVE).native.variables).toEqual([]);
  });

  test.each([
    "",
    "PGUSER",
    "=username",
    "1X=username",
    "A B=username",
    "X=username=password",
    "X=username,,",
  ])("cannot be written as %j", (value) => {
    expect(complaintsOf(value)).toEqual([
      expect.stringMatching(/^expected VARIABLE=PART with commas between/),
    ]);
  });

  test.each(["user", "toString", "PGUSER", ""])("cannot hold %j", (part) => {
    expect(complaintsOf(`X=${part}`)).toEqual([
      `a login has username, password, host, port, database, url, not "${part}"`,
    ]);
  });

  test("know the place of the database from the URL only", () => {
    const { "keycard.dev/postgres-orders-url": _, ...withoutUrl } = LOGIN;
    expect(complaintsOf("X=host,Y=username", withoutUrl)).toEqual([
      "host is known only from the login's URL: add keycard.dev/postgres-orders-url",
    ]);
    const withoutDatabase = {
      ...LOGIN,
      "keycard.dev/postgres-orders-url": "postgresql://db?sslmode=require",
    };
    expect(complaintsOf("X=database,Y=host", withoutDatabase)).toEqual([
      "keycard.dev/postgres-orders-url names no database",
    ]);
    const elsewhere = "postgresql:///?host=db&dbname=orders";
    expect(complaintsOf("X=database", { ...LOGIN, "keycard.dev/postgres-orders-url": elsewhere })).toEqual(
      [],
    );
  });

  test("of the same name cannot be asked for twice", () => {
    expect(complaintsOf("X=username,X=password")).toEqual(['"X" is asked for twice']);
    const both = { ...LOGIN, ...TEMPLATE, "keycard.dev/env-db": "X=KEY" };
    expect(complaintsOf("X=username", both)).toEqual(['"X" is asked for twice']);
  });
});

describe("variables of a secret", () => {
  test("are keys of what its template renders", () => {
    expect(variablesOf("API_KEY=KEY", "db", TEMPLATE)).toEqual([
      { variable: "API_KEY", from: { kind: "secret", name: "db", key: "KEY" } },
    ]);
    expect(complaints({ ...TEMPLATE, "keycard.dev/env-db": "X=a b" }, NATIVE)).toEqual([
      `keycard.dev/env-db: "a b" is no key of a file with KEY='value' lines`,
    ]);
  });

  test("cannot be read from the default template's file", () => {
    expect(complaints({ "keycard.dev/env-db": "X=KEY" }, NATIVE)).toEqual([
      `keycard.dev/env-db: the file of "db" has no KEY='value' lines: add ` +
        "vault.hashicorp.com/agent-inject-template-db that renders them, " +
        "or use keycard.dev/postgres-db for a PostgreSQL login",
    ]);
  });
});

describe("variables", () => {
  test("of nothing that is declared are refused", () => {
    expect(complaints({ "keycard.dev/env-nope": "X=username" }, NATIVE)).toEqual([
      'keycard.dev/env-nope: no secret or login "nope" is declared: ' +
        "add keycard.dev/postgres-nope or vault.hashicorp.com/agent-inject-secret-nope with its Vault path",
    ]);
  });

  test("need a cluster that reads them from files, and say since when they do", () => {
    const settings = { ...NATIVE.settings, envFromFile: false };
    expect(complaints({ ...LOGIN, "keycard.dev/env-orders": "X=username" }, { settings })).toEqual([
      expect.stringMatching(/^keycard\.dev\/env-orders: this cluster .* 1\.35.* KEYCARD_ENV_FROM_FILE/),
    ]);
  });

  test("need the init container", () => {
    const annotations = { ...TEMPLATE, "keycard.dev/notify-db": "none", "agent-pre-populate": "false" };
    expect(complaints({ ...annotations, "keycard.dev/env-db": "X=KEY" }, NATIVE)).toEqual([
      "keycard.dev/env-db: needs the init container, which writes the file first: remove agent-pre-populate",
    ]);
  });

  test("need engine native", () => {
    expect(complaints({ "keycard.dev/env-db": "X=KEY" }, DROP_IN)).toEqual([
      'keycard.dev/env-db: needs engine native: add keycard.dev/engine: "native"',
    ]);
  });
});

describe("variables that nobody renews", () => {
  const STALE = "keycard.dev/env-db is read only when a container starts, and the secret will change: ";
  const annotations = { ...TEMPLATE, "keycard.dev/notify-db": "none", "keycard.dev/env-db": "X=KEY" };

  test("are warned of, with the way out that the cluster has", () => {
    expect(warningsOf(annotations, NATIVE)).toEqual([`${STALE}add keycard.dev/notify-db: "restart"`]);
    const settings = { ...NATIVE.settings, restartInPlace: false };
    expect(warningsOf(annotations, { settings })).toEqual([`${STALE}let the app read the file`]);
  });

  test("are not where the pod starts anew, or where nothing changes", () => {
    expect(warningsOf({ ...annotations, "keycard.dev/notify-db": "restart" }, NATIVE)).toEqual([]);
    const once = { ...annotations, "agent-pre-populate-only": "true" };
    expect(warningsOf(once, NATIVE).filter((text) => text.includes("env-db"))).toEqual([]);
  });
});
