/** Levenshtein distance, ignoring case. */
function distance(left: string, right: string): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The name that was probably meant: one typing mistake away, two in a long name. */
export function closestName(name: string, names: readonly string[]): string | undefined {
  if (name.length > 64) return undefined;
  const bound = name.length >= 7 ? 2 : 1;
  return names.find((candidate) => distance(name, candidate) <= bound);
}
