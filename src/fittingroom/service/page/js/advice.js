/** Which item to show next: the service's advice, or any that was not shown yet. */

import { ask } from './api.js';

const NOT_TRIED = { en: 'You have not tried it yet', zh: '你还没有试过这一件' };

/**
 * @param {{kind: string, items: {id: string}[], wearing: string[], without: string[]}} wish `items`: all of the kind
 * @param {{isOffered: boolean, headers: Record<string, string>}} service whether it recommends, and to whom
 * @returns {Promise<{item: string, en: string, zh: string} | null>} with the reason; null where nothing is left.
 */
export async function advise({ kind, items, wearing, without }, { isOffered, headers }) {
  const left = items.filter(({ id }) => !without.includes(id));
  if (isOffered) {
    const path = `v1/recommendations?${new URLSearchParams({ kind, count: 1, wearing, without })}`;
    const { recommendations } = await ask('GET', path, { headers }).catch((error) => {
      // Deleted elsewhere, or swept away: then as nobody
      if (error.kind === 'no-profile') return ask('GET', path);
      throw error;
    });
    const best = recommendations.find(({ item }) => left.some(({ id }) => id === item));
    if (best) return { item: best.item, en: best.reason, zh: best.reason_zh };
  }
  // Also where a profile has tried everything
  return left.length > 0 ? { item: left[Math.floor(Math.random() * left.length)].id, ...NOT_TRIED } : null;
}
