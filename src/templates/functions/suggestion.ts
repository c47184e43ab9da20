/** How many single edits a misspelling may be away. */
const FURTHEST = 2;

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** `; did you mean …?` when one of the names is close to a misspelt one, else the empty string. */
export function suggestion(name: string, names: Iterable<string>): string {
  if (name.length > 40) return "";
  let best: string | undefined;
  let least = Math.min(FURTHEST, Math.ceil(name.length / 3)) + 1;
  for (const candidate of names) {
    const edits = candidate === `sprig_${name}` ? 1 : distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best === undefined ? "" : `; did you mean ${best}?`;
}
