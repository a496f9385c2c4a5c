/** The list of people and their parts: names, scores, areas; each to light up, show, hide, show alone, cut out. */

import { el, icon, iconButton, refill } from './dom.js';
import { drawSwatch } from './layer.js';
import { personOf } from './parsed-photo.js';
import { compact, currentLanguage, percent, t } from './words.js';

// With more rows than these, only the person in question is opened.
const MOST_ROWS_AT_ONCE = 16;

/**
 * @typedef {object} ListListener
 * @property {(key: number) => void} onHover
 * @property {(key: number) => void} onPick
 * @property {(key: number) => void} onCutOut
 */
export class PeopleList {
  #photo = null;
  #open = new Set();
  #selection = 0;

  /** @param {HTMLElement} panel @param {ListListener} listener */
  constructor(panel, listener) {
    this.panel = panel;
    this.listener = listener;
    panel.addEventListener('pointerover', (event) => this.#hover(event.target));
    panel.addEventListener('pointerleave', () => listener.onHover(0));
    panel.addEventListener('focusin', (event) => this.#hover(event.target));
    panel.addEventListener('focusout', () => listener.onHover(0));
  }

  /** @param {import('./parsed-photo.js').ParsedPhoto | null} photo */
  show(photo) {
    this.#photo = photo;
    const rows = photo?.people.reduce((sum, person) => sum + person.parts.length, 0) ?? 0;
    const opened = rows <= MOST_ROWS_AT_ONCE ? photo?.people : photo?.people.slice(0, 1);
    this.#open = new Set(opened?.map((person) => person.id));
    this.#selection = 0;
    this.panel.scrollTop = 0;
    this.render();
  }

  /** The chosen part or person is opened and brought into sight; 0 chooses none. */
  select(key) {
    this.#selection = key;
    if (key) this.#open.add(personOf(key));
    this.render();
    const row = this.panel.querySelector('.chosen');
    if (row && !this.panel.contains(document.activeElement)) scrollWithin(this.panel, row);
  }

  render() {
    const photo = this.#photo;
    if (!photo) {
      this.panel.replaceChildren();
      return;
    }
    const parts = photo.people.reduce((sum, person) => sum + person.parts.length, 0);
    const isFiltered = photo.solo !== null || photo.hidden.size > 0;
    refill(
      this.panel,
      el(
        'div',
        { class: 'list-head' },
        el('p', { class: 'muted', text: t('list-summary', photo.people.length, parts) }),
        el('button', {
          type: 'button',
          class: 'quiet-button',
          'data-key': 'show-all',
          text: t('show-all'),
          disabled: !isFiltered,
          on: { click: () => photo.showAll() },
        }),
      ),
      photo.people.length === 0
        ? nobody()
        : el('ul', { class: 'people' }, ...photo.people.map((person) => this.#person(person))),
      el('p', { class: 'fine list-foot', text: t('left') }),
    );
  }

  #hover(target) {
    const row = target.closest('[data-part]');
    this.listener.onHover(row ? Number(row.dataset.part) : 0);
  }

  #person(person) {
    const isOpen = this.#open.has(person.id);
    const name = t('person', person.id);
    const area = t('area-photo', person.areaPx / (this.#photo.width * this.#photo.height));
    return el(
      'li',
      { class: 'person' },
      el(
        'div',
        { class: rowClass('person-row', person.key === this.#selection, this.#photo, person), 'data-part': person.key },
        iconButton('chevron', t('open-person', person.id), () => this.#toggle(person.id), {
          class: 'icon-button chevron',
          'aria-expanded': String(isOpen),
          'data-key': `open-${person.key}`,
        }),
        this.#chooser(person, [
          el('span', { class: 'badge', 'aria-hidden': 'true', text: String(person.id) }),
          el('span', { class: 'row-text' }, el('b', { text: name }), el('small', { text: area })),
          score(person.score),
        ]),
        this.#actions(person.key, name),
      ),
      isOpen && el('ul', { class: 'parts' }, ...person.parts.map((part) => this.#part(person, part))),
    );
  }

  #part(person, part) {
    const label = this.#photo.labelSet.nameOf(part.classId, currentLanguage());
    const swatch = el('canvas', { class: 'swatch', width: 20, height: 20, 'aria-hidden': 'true' });
    drawSwatch(swatch, this.#photo.labelSet, part.classId);
    const bar = el('span', { class: 'area-bar', 'aria-hidden': 'true' });
    bar.style.setProperty('--share', String(part.areaPx / person.areaPx));
    const area = el(
      'small',
      { title: t('pixels', part.areaPx.toLocaleString(currentLanguage())) },
      `${percent(part.areaPx / person.areaPx)} · ${t('pixels', compact(part.areaPx))}`,
    );
    return el(
      'li',
      { class: rowClass('part-row', part.key === this.#selection, this.#photo, part), 'data-part': part.key },
      this.#chooser(part, [
        swatch,
        el('span', { class: 'row-text' }, el('span', { class: 'part-name', text: label }), bar, area),
        score(part.score),
      ]),
      this.#actions(part.key, t('of-person', label, person.id)),
    );
  }

  #chooser(piece, children) {
    return el(
      'button',
      {
        type: 'button',
        class: 'row-open',
        'data-key': `pick-${piece.key}`,
        'aria-pressed': String(piece.key === this.#selection),
        on: { click: () => this.listener.onPick(piece.key) },
      },
      ...children,
    );
  }

  #actions(key, name) {
    const photo = this.#photo;
    const isHidden = photo.hidden.has(key);
    const button = (id, iconName, label, onClick, isPressed) =>
      iconButton(iconName, label, onClick, {
        'data-key': `${id}-${key}`,
        'aria-pressed': isPressed === undefined ? null : String(isPressed),
      });
    return el(
      'div',
      { class: 'row-actions' },
      button('hide', isHidden ? 'eye-off' : 'eye', t('hide', name), () => photo.toggleHidden(key), isHidden),
      button('solo', 'solo', t('solo', name), () => photo.toggleSolo(key), photo.solo === key),
      button('cut', 'scissors', t('cut-out', name), () => this.listener.onCutOut(key)),
    );
  }

  #toggle(id) {
    if (!this.#open.delete(id)) this.#open.add(id);
    this.render();
  }
}

function rowClass(kind, isChosen, photo, piece) {
  const isAbsent = piece.parts ? !piece.parts.some((part) => photo.isShown(part.key)) : !photo.isShown(piece.key);
  return `${kind}${isChosen ? ' chosen' : ''}${isAbsent ? ' absent' : ''}`;
}

/** How sure the model was; what the number means is read aloud and shown as a tip. */
function score(value) {
  const meaning = t('score', value);
  return el(
    'span',
    { class: 'score', title: meaning },
    el('span', { class: 'sr-only', text: meaning }),
    el('span', { 'aria-hidden': 'true', text: value === null ? '–' : percent(value) }),
  );
}

function nobody() {
  return el(
    'div',
    { class: 'empty' },
    icon('nobody'),
    el('h2', { text: t('no-people-title') }),
    el('p', { text: t('no-people-text') }),
  );
}

function scrollWithin(panel, row) {
  const [outer, inner] = [panel.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.top < outer.top + 40) panel.scrollTop += inner.top - outer.top - 60;
  else if (inner.bottom > outer.bottom) panel.scrollTop += inner.bottom - outer.bottom + 40;
}
