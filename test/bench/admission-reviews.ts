import { readFileSync } from "node:fs";

const RECORDED = JSON.stringify(
  JSON.parse(readFileSync(new URL("admission-review.json", import.meta.url), "utf8")),
);

/**
 * Reviews as an API server sends them while workloads start: each workload with its own names, Namespace and
 * annotations, each of its pods with its own uid and its own name of the token volume. A pod of every workload
 * in turn.
 */
export function reviewsOf(workloads: number, podsEach: number): readonly string[] {
  return Array.from({ length: workloads * podsEach }, (_, index) =>
    reviewOf(index % workloads, Math.floor(index / workloads)),
  );
}

function reviewOf(workload: number, pod: number): string {
  const number = String(workload).padStart(5, "0");
  const replacements: readonly (readonly [string, string])[] = [
    ["def6138a-31e8-4a7b-babf", `def6138a-${hexadecimal(workload)}-${hexadecimal(pod)}-babf`],
    ["kube-api-access-s8xqk", `kube-api-access-${letters(workload * 4099 + pod)}`],
    ["rec-deploy-7b6c6bc8b9", `rec-deploy-${number}`],
    ['"namespace":"default"', `"namespace":"team-${workload % 4}"`],
    ["db-creds", `db-creds-${number}`],
    ["database/creds/app-role", `database/creds/app-role-${number}`],
    ['"vault.hashicorp.com/role":"app"', `"vault.hashicorp.com/role":"app-${number}"`],
  ];
  return replacements.reduce((text, [from, to]) => text.replaceAll(from, to), RECORDED);
}

function hexadecimal(number: number): string {
  return number.toString(16).padStart(4, "0");
}

/** Five letters, as Kubernetes ends generated names. */
function letters(number: number): string {
  return number
    .toString(26)
    .replace(/[0-9]/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "")
    .padStart(5, "z");
}
