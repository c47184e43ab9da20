import type { InjectionRequest } from "../../annotations/request.ts";
import type { EnvGroup } from "../engine.ts";

/**
 * Variables with which `psql` and every other libpq client connect by themselves: they point at the pod's
 * first PostgreSQL login. libpq reads the files anew at each connection, and so picks up a rotation.
 */
export function postgresEnvironment({ postgres: [first] }: InjectionRequest): readonly EnvGroup[] {
  if (first === undefined) {
    return [];
  }
  return [
    [
      { name: "PGSERVICEFILE", value: literal(`${first.directory}/pg_service.conf`) },
      { name: "PGSERVICE", value: literal(first.name) },
    ],
    [{ name: "PGPASSFILE", value: literal(`${first.directory}/pgpass`) }],
  ];
}

/** Kubernetes expands `$(NAME)` in values; a doubled `$` stands for one. */
export function literal(value: string): string {
  return value.replaceAll("$", "$$$$");
}
