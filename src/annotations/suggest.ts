/** Longer words than any annotation's name are not worth the comparison. */
const LONGEST_WORD = 80;

/** A candidate and how many edits make it of the word. */
export interface Match {
  readonly candidate: string;
  readonly distance: number;
}

/**
 * The candidate nearest to `word`, if a person could have meant it: at most three edits away, and at most half
 * of its letters. Of equally near ones the first.
 */
export function nearestMatch(word: string, candidates: Iterable<string>): Match | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  let best: Match | undefined;
  for (const candidate of candidates) {
    const limit = best?.distance ?? Math.min(3, Math.floor(word.length / 2)) + 1;
    const distance = editDistance(word, candidate, limit);
    if (distance < limit) best = { candidate, distance };
  }
  return best;
}

/** The name of the nearest match. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return nearestMatch(word, candidates)?.candidate;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment);
 * any number of at least `limit` when there are that many.
 */
export function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let distance = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) distance = Math.min(distance, at(beforeLast, column - 2) + 1);
      current.push(distance);
      least = Math.min(least, distance);
    }
    if (least >= limit) return limit;
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
