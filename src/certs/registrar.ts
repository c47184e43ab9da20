import type { WebhookRegistration } from "../cluster/objects.ts";
import { bundled, certificatesIn, isValidAt, parsedCertificate } from "./bundle.ts";

/** How the registration's caBundles relate to what they should be. */
export type BundleState = "current" | "patched" | "missing";

/**
 * Makes every webhook of the registration trust a bundle. With `keepForeign`, the newest certificate that is
 * valid and not ours stays trusted beside it: pods of a former release or injector may still be serving by it.
 */
export async function ensureBundle(
  registration: WebhookRegistration,
  bundle: string,
  { now, keepForeign }: { readonly now: Date; readonly keepForeign: boolean },
): Promise<BundleState> {
  const read = await registration.read();
  if (!read) return "missing";
  const foreign = keepForeign ? newestForeign(read.bundles, bundle, now) : undefined;
  const wanted = foreign === undefined ? bundle : bundled([foreign, bundle]);
  if (read.bundles.every((present) => bundled([present]) === wanted)) return "current";
  await registration.setBundle(wanted, read);
  return "patched";
}

function newestForeign(present: readonly string[], ours: string, now: Date): string | undefined {
  const own = new Set(certificatesIn(ours));
  const foreign = [...new Set(present.flatMap(certificatesIn))].filter(
    (certificate) => !own.has(certificate) && isValidAt(certificate, now),
  );
  const start = (certificate: string): number => parsedCertificate(certificate)?.validFromDate.getTime() ?? 0;
  return foreign.sort((one, other) => start(other) - start(one))[0];
}
