import type { QueryTotals } from "./query-log.ts";
import type { VaultCounts } from "./vault-meter.ts";

/** Everything the demo counted, from outside the agent. */
export interface Observations {
  readonly vault: Readonly<VaultCounts>;
  readonly queries: QueryTotals;
  /** How often the agent says it put a new login in place of one that was out. */
  readonly replacements: number;
  /** As PostgreSQL's log tells them. */
  readonly rolesCreated: number;
  readonly rolesLeft: number;
  readonly leasesLeft: number;
  readonly revokedBehindItsBack: number;
  /** From the revocation to the first query answered with a new login; undefined: never. */
  readonly repairSeconds: number | undefined;
  readonly exitCodes: ReadonlyMap<string, number>;
}

/** One row of the closing table: what was counted, and whether it is what was promised. */
export interface Row {
  readonly what: string;
  readonly counted: string;
  readonly promised: string;
  readonly kept: boolean;
}

/** Holds what was counted against what Keycard promises. */
export function judge(observations: Observations): readonly Row[] {
  const { vault, queries, replacements } = observations;
  const exact = (what: string, counted: number, promised: number): Row => ({
    what,
    counted: String(counted),
    promised: String(promised),
    kept: counted === promised,
  });
  const atLeast = (what: string, counted: number, least: number): Row => ({
    what,
    counted: String(counted),
    promised: `at least ${least}`,
    kept: counted >= least,
  });
  const failures = [...observations.exitCodes].filter(([, exitCode]) => exitCode !== 0);
  return [
    exact("logins to Vault", vault.logins, 1),
    atLeast("lease renewals", vault.leaseRenewals, 3),
    atLeast("rotations at max_ttl", replacements - observations.revokedBehindItsBack, 2),
    exact("leases revoked behind the agent's back", observations.revokedBehindItsBack, 1),
    {
      what: "  a new login was in use after",
      counted:
        observations.repairSeconds === undefined ? "never" : `${observations.repairSeconds.toFixed(1)} s`,
      promised: "at most 3 s",
      kept: (observations.repairSeconds ?? Number.POSITIVE_INFINITY) <= 3,
    },
    exact("leases issued: one, and one for each replacement", vault.credentialsIssued, 1 + replacements),
    exact("roles created in PostgreSQL", observations.rolesCreated, vault.credentialsIssued),
    atLeast("queries, each with a new connection", queries.queries, 300),
    exact("failed queries", queries.failed, 0),
    exact("queries that had to retry, but for the revocation", queries.retriedUnexpectedly, 0),
    exact("leases left in Vault", observations.leasesLeft, 0),
    exact("roles left in PostgreSQL", observations.rolesLeft, 0),
    {
      what: "containers ended cleanly",
      counted: failures.length === 0 ? "all" : failures.map(([name, code]) => `${name}: ${code}`).join(", "),
      promised: "all",
      kept: failures.length === 0,
    },
  ];
}
