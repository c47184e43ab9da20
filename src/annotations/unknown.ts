import type { Findings } from "./findings.ts";
import { printableKey } from "./printable.ts";
import type { InjectionSettings } from "./settings.ts";
import type { Form } from "./spec.ts";
import { type Match, nearest, nearestMatch } from "./suggest.ts";
import { ANNOTATIONS, identify, OWN_PREFIX } from "./table.ts";
import { keyOf, type WrittenAnnotations } from "./written.ts";

const OWN = `${OWN_PREFIX}/`;

/** Names without prefix, apart for Keycard's own and the others: what all have alike makes nothing similar. */
function namesWith(forms: readonly Form[], own: boolean): readonly string[] {
  return ANNOTATIONS.filter(({ form, name }) => forms.includes(form) && name.startsWith(OWN) === own).map(
    ({ name }) => (own ? name.slice(OWN.length) : name),
  );
}

const [OTHERS, OURS] = [namesOf(false), namesOf(true)];

function namesOf(own: boolean) {
  return {
    plain: namesWith(["plain", "both"], own),
    openEnded: namesWith(["per-secret", "both", "family"], own),
  };
}

/** Warns of annotations under our prefixes that there are not, each with the name that may have been meant. */
export function warnOfUnknown(
  { unknown }: WrittenAnnotations,
  settings: InjectionSettings,
  findings: Findings,
): void {
  for (const { key, name } of unknown) {
    const meant = findings.isFull ? undefined : nearestAnnotation(name);
    const hint = meant === undefined ? "" : `; did you mean ${keyFor(settings, key, name, meant)}?`;
    findings.warn(`${printableKey(key)} is unknown and has no effect${hint}`);
  }
}

/**
 * The annotation nearest to a name that is none, with its NAME or PARAM, as the table calls it; undefined
 * when nothing is near. `name` has no prefix, or `keycard.dev/` for Keycard's own.
 */
export function nearestAnnotation(name: string): string | undefined {
  const isOwn = name.startsWith(OWN);
  const bare = isOwn ? name.slice(OWN.length) : name;
  const elsewhere = isOwn ? bare : OWN + bare;
  if (identify(elsewhere) !== undefined) return elsewhere;
  const { plain, openEnded } = isOwn ? OURS : OTHERS;
  const meant = nearest(bare, plain) ?? nearestOpenEnded(bare, openEnded);
  return meant === undefined ? undefined : (isOwn ? OWN : "") + meant;
}

/** Tries the name up to each of its hyphens as the misspelt part, and takes the rest for NAME or PARAM. */
function nearestOpenEnded(name: string, candidates: readonly string[]): string | undefined {
  const words = name.split("-", MOST_WORDS);
  let best: (Match & { readonly rest: string }) | undefined;
  for (let count = 1; count < words.length; count++) {
    const head = words.slice(0, count).join("-");
    const match = nearestMatch(head, candidates);
    const rest = name.slice(head.length + 1);
    if (match !== undefined && rest !== "" && match.distance < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { ...match, rest };
    }
  }
  return best === undefined ? undefined : `${best.candidate}-${best.rest}`;
}

/** No name in the table has more words than this, less the first of NAME. */
const MOST_WORDS = 8;

/** Under the prefix that the misspelt key has, or the one that the meant name belongs under. */
function keyFor(settings: InjectionSettings, key: string, name: string, meant: string): string {
  return meant.startsWith(OWN) || name.startsWith(OWN)
    ? keyOf(settings, meant)
    : key.slice(0, key.length - name.length) + meant;
}
