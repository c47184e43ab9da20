import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import pg from "pg";
import { describe, expect, test } from "vitest";
import type { PostgresLogin } from "../../src/postgres/details.ts";
import {
  POSTGRES_FILES,
  type PostgresFileName,
  postgresFileMode,
  postgresFiles,
} from "../../src/postgres/formats.ts";
import { readFileKeyRef, readPgpass, readProperties, readServiceFile } from "./readers.ts";

const login = { username: "v-kube-app-x1", password: "A1a-b2" };
const url =
  "postgresql://db.prod:5432,[fd00::2]:5433/app?sslmode=verify-full&sslrootcert=/ca.crt&target_session_attrs=read-write";
const target = { name: "orders", url, applicationName: "shop/orders-0" };

describe("the files of a login", () => {
  test("are these, each with all that the URL says", () => {
    expect(Object.fromEntries(postgresFiles(login, target))).toEqual({
      username: "v-kube-app-x1",
      password: "A1a-b2",
      url:
        "postgresql://v-kube-app-x1:A1a-b2@db.prod:5432,[fd00::2]:5433/app" +
        "?sslmode=verify-full&sslrootcert=%2Fca.crt&target_session_attrs=read-write&application_name=shop%2Forders-0",
      env:
        "PGUSER='v-kube-app-x1'\nPGPASSWORD='A1a-b2'\nPGHOST='db.prod,fd00::2'\nPGPORT='5432,5433'\nPGDATABASE='app'\n" +
        "PGSSLMODE='verify-full'\nPGSSLROOTCERT='/ca.crt'\nPGTARGETSESSIONATTRS='read-write'\n" +
        "PGAPPNAME='shop/orders-0'\n" +
        "DATABASE_URL='postgresql://v-kube-app-x1:A1a-b2@db.prod:5432,[fd00::2]:5433/app" +
        "?sslmode=verify-full&sslrootcert=%2Fca.crt&target_session_attrs=read-write" +
        "&application_name=shop%2Forders-0'\n",
      json: expect.stringMatching(/^\{.*\}\n$/),
      pgpass: "db.prod:5432:*:v-kube-app-x1:A1a-b2\nfd00\\:\\:2:5433:*:v-kube-app-x1:A1a-b2\n",
      "pg_service.conf":
        "[orders]\nhost=db.prod,fd00::2\nport=5432,5433\ndbname=app\nsslmode=verify-full\nsslrootcert=/ca.crt\n" +
        "target_session_attrs=read-write\napplication_name=shop/orders-0\nuser=v-kube-app-x1\npassword=A1a-b2\n",
      "jdbc.properties": expect.stringContaining("user=v-kube-app-x1\n"),
    });
  });

  test("as JSON have every part by name", () => {
    expect(JSON.parse(postgresFiles(login, target).get("json") ?? "")).toEqual({
      username: "v-kube-app-x1",
      password: "A1a-b2",
      host: "db.prod",
      port: 5432,
      hosts: [
        { host: "db.prod", port: 5432 },
        { host: "fd00::2", port: 5433 },
      ],
      database: "app",
      parameters: {
        sslmode: "verify-full",
        sslrootcert: "/ca.crt",
        target_session_attrs: "read-write",
        application_name: "shop/orders-0",
      },
      url: postgresFiles(login, target).get("url"),
      applicationName: "shop/orders-0",
    });
  });

  test("for Java name pgJDBC's parameters, and what Spring reads", () => {
    const properties = readProperties(postgresFiles(login, target).get("jdbc.properties") ?? "");
    const jdbcUrl =
      "jdbc:postgresql://db.prod:5432,[fd00::2]:5433/app" +
      "?sslmode=verify-full&sslrootcert=%2Fca.crt&targetServerType=primary&ApplicationName=shop%2Forders-0";
    expect(Object.fromEntries(properties)).toEqual({
      url: jdbcUrl,
      user: login.username,
      username: login.username,
      password: login.password,
      "spring.datasource.url": jdbcUrl,
      "spring.datasource.username": login.username,
      "spring.datasource.password": login.password,
    });
  });

  test.each([
    ["sslrootcert=system", "sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory"],
    ["keepalives=0", "tcpKeepAlive=false"],
    ["load_balance_hosts=random", "loadBalanceHosts=true"],
    ["target_session_attrs=prefer-standby", "targetServerType=preferSecondary"],
    ["connect_timeout=3", "connectTimeout=3"],
    ["currentSchema=x", "currentSchema=x"],
    ["gsslib=gssapi", "gsslib=gssapi"],
  ])("for Java turn %s into %s", (parameter, jdbc) => {
    const files = postgresFiles(login, { name: "db", url: `postgresql://db/app?${parameter}` });
    const properties = readProperties(files.get("jdbc.properties") ?? "");
    expect(properties.get("url")).toBe(`jdbc:postgresql://db:5432/app?${jdbc}`);
  });

  test("of a Unix socket are found in the password file as libpq looks for them, in its own default directory too", () => {
    const url = "postgresql://%2Fvar%2Frun%2Fpostgresql/app";
    const files = postgresFiles(login, { name: "orders", url });
    expect(files.get("pgpass")).toBe(
      "/var/run/postgresql:5432:*:v-kube-app-x1:A1a-b2\nlocalhost:5432:*:v-kube-app-x1:A1a-b2\n",
    );
  });

  test("without a URL hold no host", () => {
    const files = postgresFiles(login, { name: "orders", applicationName: "shop/orders-0" });
    expect([...files.keys()].sort()).toEqual(POSTGRES_FILES.filter((name) => name !== "url").sort());
    expect(files.get("env")).toBe("PGUSER='v-kube-app-x1'\nPGPASSWORD='A1a-b2'\nPGAPPNAME='shop/orders-0'\n");
    expect(files.get("pgpass")).toBe("*:*:*:v-kube-app-x1:A1a-b2\n");
    expect(files.get("pg_service.conf")).toBe(
      "[orders]\napplication_name=shop/orders-0\nuser=v-kube-app-x1\npassword=A1a-b2\n",
    );
    expect(readProperties(files.get("jdbc.properties") ?? "").has("url")).toBe(false);
    expect(JSON.parse(files.get("json") ?? "")).toEqual({ ...login, applicationName: "shop/orders-0" });
  });

  test("for a Unix socket leave Java without a URL: it cannot go there", () => {
    const files = postgresFiles(login, { name: "db", url: "postgresql://%2Frun%2Fpg/app" });
    expect(files.get("url")).toBe("postgresql://v-kube-app-x1:A1a-b2@%2Frun%2Fpg:5432/app");
    expect(files.get("pg_service.conf")).toContain("host=/run/pg\n");
    expect(readProperties(files.get("jdbc.properties") ?? "").has("url")).toBe(false);
  });

  test("keep parameters of one driver in the URLs, where libpq's own files would fail on them", () => {
    const files = postgresFiles(login, { name: "db", url: "postgresql://db/app?pool_max_conns=5" });
    expect(files.get("url")).toContain("?pool_max_conns=5");
    expect(files.get("pg_service.conf")).not.toContain("pool_max_conns");
    expect(
      files
        .get("env")
        ?.split("\n")
        .filter((line) => line.includes("pool")),
    ).toHaveLength(1);
  });

  test("keep the scheme as written", () => {
    const files = postgresFiles(login, { name: "db", url: "postgres://db/app" });
    expect(files.get("url")).toMatch(/^postgres:\/\//);
  });

  test("need mode 0600 for the password file alone", () => {
    expect(POSTGRES_FILES.filter((name) => postgresFileMode(name) !== undefined)).toEqual(["pgpass"]);
    expect(postgresFileMode("pgpass")).toBe(0o600);
  });
});

describe("application_name", () => {
  test("of the URL wins", () => {
    const files = postgresFiles(login, { ...target, url: "postgresql://db/app?application_name=mine" });
    expect(readServiceFile(files.get("pg_service.conf") ?? "").values.get("application_name")).toBe("mine");
  });

  test.each([
    ["x".repeat(80), "x".repeat(63)],
    ["é".repeat(40), "é".repeat(31)],
    ["short", "short"],
  ])("%s is cut to what PostgreSQL keeps", (applicationName, kept) => {
    const files = postgresFiles(login, { name: "db", url: "postgresql://db/app", applicationName });
    expect(readServiceFile(files.get("pg_service.conf") ?? "").values.get("application_name")).toBe(kept);
  });
});

describe("a login that no format can hold is refused", () => {
  test.each([
    [{ username: "a\nb", password: "x" }, "user name from Vault holds a control character"],
    [{ username: "a", password: "x\r" }, "password from Vault holds a control character"],
    [{ username: "a", password: "x\0" }, "password from Vault holds a control character"],
    [{ username: "a", password: "\ud800" }, "password from Vault holds a control character"],
    [{ username: "", password: "x" }, "empty or begins or ends with white space"],
    [{ username: " a", password: "x" }, "empty or begins or ends with white space"],
  ])("%o", (hostile, problem) => {
    const write = (): unknown => postgresFiles(hostile, target);
    expect(write).toThrow(problem);
  });

  test("a name that would break out of its section, too", () => {
    expect(() => postgresFiles(login, { name: "a]\nhost=evil" })).toThrow("cannot be a service's");
  });

  test("a URL whose parameter ends with white space, too", () => {
    const trailing = { name: "db", url: "postgresql://db/app?options=-c%20x%3D1%20" };
    expect(() => postgresFiles(login, trailing)).toThrow("parameter options");
  });
});

const text = fc.string({ unit: "binary", maxLength: 40 });
const nasty = fc.string({
  unit: fc.constantFrom(..."'\"\\ $`:=#!%&+?/@*;[]{}()<>|~^,-aZ9é€😀".split(""), "😀", "\\u0041", "''"),
  maxLength: 30,
});
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out.
const allowed = (value: string): boolean => !/[\u0000-\u001f\u007f]/.test(value) && value.isWellFormed();
const password = fc.oneof(text, nasty).filter(allowed);
const username = password.filter((value) => value !== "" && value === value.trim());
const anyLogin = fc.record({ username, password });

/** Tried in every run: what the formats treat specially at a line's beginning or end. */
const examples = [" lead", "trail ", "#x", "!x", "*", "=", "a\\", "'", "[x]", "${x}"].map(
  (hostile): [PostgresLogin] => [{ username: hostile.trim(), password: hostile }],
);

describe("whatever characters a login has, it comes back from", () => {
  const of = (value: PostgresLogin, name: PostgresFileName): string =>
    postgresFiles(value, target).get(name) ?? "";

  test("the plain files", () => {
    fc.assert(
      fc.property(anyLogin, (value) => {
        expect([of(value, "username"), of(value, "password")]).toEqual([value.username, value.password]);
      }),
      { examples },
    );
  });

  test("the URL, as the pg client reads it", () => {
    fc.assert(
      fc.property(anyLogin, (value) => {
        const single = { ...target, url: "postgresql://db.prod:5433/app" };
        const client = new pg.Client({ connectionString: postgresFiles(value, single).get("url") ?? "" });
        expect([client.user, client.host, client.port, client.database]).toEqual([
          value.username,
          "db.prod",
          5433,
          "app",
        ]);
        if (value.password !== "") expect(client.password).toBe(value.password);
      }),
      { examples },
    );
  });

  test("the URL, as the URL standard reads it", () => {
    fc.assert(
      fc.property(anyLogin, (value) => {
        const single = { ...target, url: "postgresql://[::1]:5433/app" };
        const parsed = new URL(postgresFiles(value, single).get("url") ?? "");
        expect([parsed.username, parsed.password].map(decodeURIComponent)).toEqual([
          value.username,
          value.password,
        ]);
        expect(parsed.searchParams.get("application_name")).toBe("shop/orders-0");
      }),
      { examples },
    );
  });

  test("JSON", () => {
    fc.assert(
      fc.property(anyLogin, (value) => {
        expect(JSON.parse(of(value, "json"))).toMatchObject(value);
      }),
      { examples },
    );
  });

  test("the password file", () => {
    fc.assert(
      fc.property(anyLogin, (value) => {
        expect(readPgpass(of(value, "pgpass"))).toEqual([
          ["db.prod", "5432", "*", value.username, value.password],
          ["fd00::2", "5433", "*", value.username, value.password],
        ]);
      }),
      { examples },
    );
  });

  test("the service file, but for a password that ends in white space, which the password file has", () => {
    fc.assert(
      fc.property(anyLogin, (value) => {
        const { name, values } = readServiceFile(of(value, "pg_service.conf"));
        expect([name, values.get("user")]).toEqual(["orders", value.username]);
        const held = value.password !== "" && !/\s$/.test(value.password);
        expect(values.get("password")).toBe(held ? value.password : undefined);
      }),
      { examples },
    );
  });

  test("Java's properties", () => {
    fc.assert(
      fc.property(anyLogin, (value) => {
        const properties = readProperties(of(value, "jdbc.properties"));
        expect([properties.get("user"), properties.get("password")]).toEqual([
          value.username,
          value.password,
        ]);
      }),
      { examples },
    );
  });

  test("fileKeyRef, but for quotes, which it cannot express", () => {
    fc.assert(
      fc.property(anyLogin, (value) => {
        const env = of(value, "env");
        for (const [key, expected] of [
          ["PGUSER", value.username],
          ["PGPASSWORD", value.password],
        ] as const) {
          if (expected.includes("'")) expect(() => readFileKeyRef(env, key)).toThrow();
          else expect(readFileKeyRef(env, key)).toBe(expected);
        }
        expect(readFileKeyRef(env, "DATABASE_URL")).toContain("@db.prod:5432");
      }),
      { examples },
    );
  });

  test("a shell", () => {
    const directory = mkdtempSync(join(tmpdir(), "keycard-env-"));
    try {
      const values = fc.sample(anyLogin, { numRuns: 100, seed: 1 });
      const script = values.map((value, index) => {
        const file = join(directory, String(index));
        writeFileSync(file, of(value, "env"));
        return `. '${file}'; printf '%s\\0%s\\0' "$PGUSER" "$PGPASSWORD"`;
      });
      const printed = execFileSync("sh", ["-c", script.join("\n")], { encoding: "utf8" });
      expect(printed.split("\0").slice(0, -1)).toEqual(
        values.flatMap((value) => [value.username, value.password]),
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
