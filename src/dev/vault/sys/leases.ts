import { type Call, children, keys, type MaybeAnswer, text } from "../call.ts";
import type { Core } from "../core.ts";
import { durationSeconds } from "../durations.ts";
import { describeLease } from "../envelope.ts";
import { folder } from "../kv/v1.ts";
import { badRequest } from "../refusal.ts";
import type { Handler, Route } from "../router.ts";

/** `sys/leases/…`, and the older names of the same. */
export function leaseRoutes(core: Core): readonly Route[] {
  const { leases, tokens } = core;
  const revoke: Handler = (call) => revokeLease(core, leaseId(call), call.body["sync"] !== false);
  const renew: Handler = async (call) => {
    const increment = durationSeconds(call.body["increment"], "increment");
    const { lease, warnings } = await leases.renew(leaseId(call), increment);
    return { lease, warnings };
  };
  const revokePrefix: Handler = async (call, { prefix = "" }) => {
    const under = folder(prefix);
    for (const id of [...leases.idsUnder(under), ...idsOf(core, prefix)]) {
      await revokeLease(core, id, call.body["sync"] !== false);
    }
    for (const token of tokens.leaseIdsUnder(under).values()) tokens.revoke(token);
    return undefined;
  };
  return [
    {
      pattern: "leases/lookup",
      update: (call) => {
        const lease = leases.find(leaseId(call));
        if (lease === undefined) throw badRequest("invalid lease");
        return { data: describeLease(lease, core.clock.now()) };
      },
    },
    {
      pattern: "leases/lookup/*prefix",
      list: (_call, { prefix = "" }) => {
        const under = folder(prefix);
        const ids = [...leases.idsUnder(under), ...tokens.leaseIdsUnder(under).keys()];
        return keys(children(ids, under));
      },
    },
    ...["leases/renew", "renew"].map((pattern): Route => ({ pattern, update: renew })),
    ...["leases/revoke", "revoke"].map((pattern): Route => ({ pattern, update: revoke })),
    ...["leases/renew/*id", "renew/*id"].map(
      (pattern): Route => ({
        pattern,
        update: (call, { id = "" }) => renew({ ...call, body: { ...call.body, lease_id: id } }, {}),
      }),
    ),
    ...["leases/revoke-prefix/*prefix", "revoke-prefix/*prefix"].map(
      (pattern): Route => ({
        pattern,
        update: revokePrefix,
      }),
    ),
    {
      pattern: "leases/revoke-force/*prefix",
      update: async (_call, { prefix = "" }) => {
        for (const id of leases.idsUnder(folder(prefix))) await leases.forget(id);
        return undefined;
      },
    },
  ];
}

function leaseId(call: Call): string {
  const id = text(call.body["lease_id"]);
  if (id === "") throw badRequest("lease_id must be specified");
  return id;
}

/** A prefix may be the id of one lease. */
function idsOf(core: Core, prefix: string): readonly string[] {
  return core.leases.find(prefix) === undefined ? [] : [prefix];
}

/** Vault waits for the origin unless asked not to, and a lease whose origin refuses stays as it is. */
async function revokeLease(core: Core, id: string, sync: boolean): Promise<MaybeAnswer> {
  if (sync) await core.leases.revokeNow(id);
  else core.leases.revoke(id);
  return undefined;
}
