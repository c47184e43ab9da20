import { describe, expect, test } from "vitest";
import { PostgresUrlError, parsePostgresUrl } from "../../src/postgres/url.ts";

const hostsOf = (url: string): readonly string[] =>
  parsePostgresUrl(url).hosts.map(({ host, port }) => `${host} ${port}`);

describe("a connection URL", () => {
  test.each([
    ["postgresql://db", ["db 5432"]],
    ["postgres://db:6432/", ["db 6432"]],
    ["postgresql://db.prod.svc.cluster.local.:5432/app", ["db.prod.svc.cluster.local. 5432"]],
    ["postgresql://10.0.0.1/app", ["10.0.0.1 5432"]],
    ["postgresql://[::1]:5433/app", ["::1 5433"]],
    ["postgresql://[fe80::1%25eth0]/app", ["fe80::1%eth0 5432"]],
    ["postgresql://a,b:5433,[::1]/app", ["a 5432", "b 5433", "::1 5432"]],
    ["postgresql://%2Fvar%2Frun%2Fpostgresql/app", ["/var/run/postgresql 5432"]],
    ["postgresql:///app?host=db&port=6432", ["db 6432"]],
    ["postgresql:///app?host=a,b&port=1,2", ["a 1", "b 2"]],
    ["postgresql:///app?host=a,b&port=7", ["a 7", "b 7"]],
    ["postgresql:///app?host=/tmp", ["/tmp 5432"]],
  ])("%s leads to %o", (url, hosts) => {
    expect(hostsOf(url)).toEqual(hosts);
  });

  test.each([
    ["postgresql://db", ""],
    ["postgresql://db/app", "app"],
    ["postgresql://db/my%20app%2Fx", "my app/x"],
    ["postgresql://db/a/b", "a/b"],
    ["postgresql://db?dbname=other", "other"],
  ])("%s names database %j", (url, database) => {
    expect(parsePostgresUrl(url).database).toBe(database);
  });

  test("keeps every parameter, decoded, in order", () => {
    const url =
      "postgresql://db/app?sslmode=verify-full&options=-c%20search_path%3Da+b&pool_max_conns=10&connect_timeout=5";
    expect([...parsePostgresUrl(url).parameters]).toEqual([
      ["sslmode", "verify-full"],
      ["options", "-c search_path=a+b"],
      ["pool_max_conns", "10"],
      ["connect_timeout", "5"],
    ]);
  });

  test("understands JDBC's way to ask for TLS, as libpq does", () => {
    expect(parsePostgresUrl("postgresql://db?ssl=true").parameters.get("sslmode")).toBe("require");
  });

  test.each([
    ["mysql://db/app", "does not begin with postgresql://"],
    ["db:5432/app", "does not begin with postgresql://"],
    ["", "does not begin with postgresql://"],
    ["postgresql+psycopg://db/app", "does not begin with postgresql://"],
    ["postgresql:///app", "names no host"],
    ["postgresql://a,,b/app", "names no host"],
    ["postgresql://user:s3cret@db/app", "leave out user and password"],
    ["postgresql://user@db/app", "leave out user and password"],
    ["postgresql://db/app?user=s3cret", "leave out the parameter user"],
    ["postgresql://db/app?password=s3cret", "leave out the parameter password"],
    ["postgresql://db/app?passfile=/s3cret", "leave out the parameter passfile"],
    ["postgresql://db/app?service=s3cret", "leave out the parameter service"],
    ["postgresql://db/app?USER=s3cret", "leave out the parameter USER"],
    [`postgresql://${"db,".repeat(1000)}db/s3cret`, "longer than 2048 characters"],
    ["postgresql://db:0/app", "no number from 1 to 65535"],
    ["postgresql://db:65536/app", "no number from 1 to 65535"],
    ["postgresql://db:port/app", "no number from 1 to 65535"],
    ["postgresql://::1/app", "must stand in [brackets]"],
    ["postgresql://[db]/app", "no IPv6 address"],
    ["postgresql://[::1/app", "unmatched bracket"],
    ["postgresql://d b/app", "neither a name"],
    ["postgresql://db/%zz", "begins no valid escape"],
    ["postgresql://db/a%0Ab", "control character or line break"],
    ["postgresql://db/a%00b", "control character or line break"],
    ["postgresql://db?sslmode", "has no ="],
    ["postgresql://db?sslmode=verify", "sslmode must be one of disable, allow"],
    ["postgresql://db?target_session_attrs=master", "target_session_attrs must be one of"],
    ["postgresql://db?connect_timeout=5s", "whole number of seconds"],
    ["postgresql://db?sslmode=require&sslmode=disable", "stands there twice"],
    ["postgresql://db?sslmod=verify-full", "did you mean sslmode? Write it like"],
    ["postgresql://db?sslMode=verify-full", "did you mean sslmode?"],
    ["postgresql://db?ssl_mode=verify-full", "did you mean sslmode?"],
    ["postgresql://db?applicationname=x", "did you mean application_name?"],
    ["postgresql://db?a b=1", "other characters than letters"],
    ["postgresql:///x?host=a,b&port=1,2,3", "names 2 hosts but 3 ports"],
  ])("%s is refused: %s", (url, problem) => {
    const parse = (): unknown => parsePostgresUrl(url);
    expect(parse).toThrow(PostgresUrlError);
    expect(parse).toThrow(problem);
    expect(parse).not.toThrow("s3cret");
  });
});
