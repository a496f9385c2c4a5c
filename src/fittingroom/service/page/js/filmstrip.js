/** The photos of this visit as a strip of small pictures with their progress. */

import { el, icon, iconButton, refill } from './dom.js';
import { currentLanguage, t } from './words.js';

/**
 * @param {HTMLUListElement} list
 * @param {import('./queue.js').PhotoQueue} queue
 * @param {(item: import('./queue.js').Item) => void} onOpen
 */
export class Filmstrip {
  #tiles = new Map();

  constructor(list, queue, onOpen) {
    this.list = list;
    this.queue = queue;
    this.onOpen = onOpen;
  }

  /** Progress changes the tiles that are there: one that was replaced under the pointer would miss its click. */
  render(current) {
    const tiles = new Map();
    for (const item of this.queue.items) {
      const state = [item.status, item === current, item.photo?.isCorrected, currentLanguage()].join();
      const known = this.#tiles.get(item);
      const tile = known?.state === state ? known : { state, element: this.#tile(item, item === current) };
      tile.element.style.setProperty('--sent', item.status === 'sending' ? String(item.sent) : '1');
      tile.element.querySelector('.tile-status').textContent = statusOf(item);
      tiles.set(item, tile);
    }
    this.#tiles = tiles;
    const elements = [...tiles.values()].map(({ element }) => element);
    const isSame =
      elements.length === this.list.children.length && elements.every((tile, i) => tile === this.list.children[i]);
    if (!isSame) refill(this.list, ...elements);
  }

  #tile(item, isCurrent) {
    const { queue } = this;
    const isActive = queue.isActive(item);
    const status = statusOf(item);
    const badge = {
      failed: icon('alert'),
      cancelled: icon('close'),
      done: item.photo?.isCorrected ? icon('brush') : null,
    }[item.status];
    return el(
      'li',
      { class: `tile ${item.status}${isActive ? ' active' : ''}` },
      el(
        'button',
        {
          type: 'button',
          class: 'tile-open',
          'data-key': `open-${item.id}`,
          title: item.name,
          'aria-current': isCurrent ? 'true' : null,
          'aria-label': t('open-photo', item.name, status),
          on: { click: () => this.onOpen(item) },
        },
        thumbnail(item),
        isActive && el('span', { class: 'ring' }),
        badge && el('span', { class: 'tile-badge' }, badge),
        el('span', { class: 'tile-status', text: status }),
      ),
      isActive && corner('close', t('cancel-photo', item.name), () => queue.cancel(item), item),
      !isActive && corner('trash', t('remove-photo', item.name), () => queue.remove(item), item),
    );
  }
}

function corner(name, label, onClick, item) {
  return iconButton(name, label, onClick, { class: 'tile-corner', 'data-key': `corner-${item.id}` });
}

/** A small picture of the file; an icon where the browser cannot read it. */
function thumbnail(item) {
  const placeholder = ({ target }) => target.replaceWith(icon('image'));
  return el('img', { src: item.url, alt: '', loading: 'lazy', decoding: 'async', on: { error: placeholder } });
}

/** What happens with a photo, in a word or two. */
export function statusOf(item) {
  if (item.status === 'done') return t('done', item.photo.people.length);
  if (item.status === 'sending') return t('sending', item.sent);
  return t(item.status === 'busy' ? 'busy-short' : item.status);
}
