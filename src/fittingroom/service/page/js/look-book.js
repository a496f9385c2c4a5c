/** Favourites and saved looks: they live in this browser, and nowhere else unless the visitor wants a profile. */

import { el, iconButton } from './dom.js';

const WORDS = {
  en: {
    book: 'Look book',
    'save-look': 'Save this look',
    'no-looks': 'Looks that you save stay in this browser.',
    wear: (name) => `Wear ${name}`,
    'look-name': (name) => `Name of ${name}`,
    remove: (name) => `Remove ${name}`,
    saved: (name) => `${name} is in your look book`,
    removed: (name) => `${name} is removed`,
    untitled: 'A look',
    more: (n) => `${n} more`,
  },
  zh: {
    book: '造型册',
    'save-look': '保存这套造型',
    'no-looks': '保存的造型只留在这个浏览器里。',
    wear: (name) => `穿上${name}`,
    'look-name': (name) => `${name}的名称`,
    remove: (name) => `移除${name}`,
    saved: (name) => `${name}已存入造型册`,
    removed: (name) => `已移除${name}`,
    untitled: '一套造型',
    more: (n) => `等 ${n} 件`,
  },
};

const KEY = 'fittingroom.look-book';
const MOST_LOOKS = 200;

/**
 * @typedef {object} Look
 * @property {string} id @property {string} name
 * @property {{item: string}[]} layers what one person wears, from inside out; `right`, `down`, `scale` and `angle_deg` where moved
 *
 * Fires `change` when anything in it has changed, here or in another tab, and, for what is changed here, `favourite`,
 * `look` and `remove` with the item or look as detail.
 */
export class LookBook extends EventTarget {
  /** Kind by item id. @type {Map<string, string>} */
  favourites = new Map();
  /** The latest first. @type {Look[]} */
  looks = [];

  constructor() {
    super();
    this.#read();
    addEventListener('storage', ({ key }) => {
      if (key !== KEY) return;
      this.#read();
      this.dispatchEvent(new Event('change'));
    });
  }

  toggleFavourite({ id, kind }) {
    if (!this.favourites.delete(id)) this.favourites.set(id, kind);
    this.#write('favourite', id);
  }

  save(name, layers) {
    const look = { id: crypto.randomUUID?.() ?? randomId(), name, layers };
    this.looks = [look, ...this.looks].slice(0, MOST_LOOKS);
    this.#write('look', look);
  }

  rename(look, name) {
    look.name = name;
    this.#write('look', look);
  }

  remove(look) {
    this.looks = this.looks.filter((other) => other !== look);
    this.#write('remove', look);
  }

  #read() {
    try {
      const { favourites = [], looks = [] } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
      this.favourites = new Map(favourites);
      this.looks = looks.filter(({ id, layers }) => typeof id === 'string' && Array.isArray(layers));
    } catch {
      // Another program's entry, or a browser that keeps nothing: then the book lasts as long as the page.
      this.favourites = new Map();
      this.looks = [];
    }
  }

  #write(name, detail) {
    try {
      localStorage.setItem(KEY, JSON.stringify({ favourites: [...this.favourites], looks: this.looks }));
    } catch {
      // As above
    }
    this.dispatchEvent(new CustomEvent(name, { detail }));
    this.dispatchEvent(new Event('change'));
  }
}

/** Browsers offer randomUUID on localhost and https only. */
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @typedef {object} Wardrobe what the panel around the book knows and does
 * @property {() => {item: string}[]} worn what the chosen person wears
 * @property {(layers: {item: string}[]) => void} wear
 * @property {(id: string) => string} nameOf
 * @property {(layers: {item: string}[]) => void} onKept
 */

/** The looks as a part of the try-on panel. */
export class LooksView {
  #book;
  #wardrobe;
  #host;
  #language = 'en';

  /** @param {LookBook} book @param {Wardrobe} wardrobe @param {import('./panels.js').Host} host */
  constructor(book, wardrobe, host) {
    this.#book = book;
    this.#wardrobe = wardrobe;
    this.#host = host;
  }

  #word(key, ...values) {
    const found = WORDS[this.#language][key];
    return typeof found === 'function' ? found(...values) : found;
  }

  /** @returns {HTMLElement} */
  render(language) {
    this.#language = language;
    const { looks } = this.#book;
    return el(
      'section',
      { class: 'tryon-worn tryon-looks', 'aria-labelledby': 'tryon-looks' },
      el(
        'div',
        { class: 'tryon-bar' },
        el('h3', { id: 'tryon-looks', text: this.#word('book') }),
        el('button', {
          type: 'button',
          class: 'quiet-button',
          'data-key': 'save-look',
          disabled: this.#wardrobe.worn().length === 0,
          text: this.#word('save-look'),
          on: { click: () => this.#save() },
        }),
      ),
      looks.length === 0 && el('p', { class: 'fine', text: this.#word('no-looks') }),
      looks.length > 0 && el('ul', {}, ...looks.map((look) => this.#row(look))),
    );
  }

  #row(look) {
    const name = look.name || this.#word('untitled');
    return el(
      'li',
      {},
      el('input', {
        type: 'text',
        class: 'tryon-look-name',
        maxlength: 100,
        'data-key': `name-${look.id}`,
        'aria-label': this.#word('look-name', name),
        value: name,
        on: { change: (event) => this.#book.rename(look, event.target.value.trim()) },
      }),
      iconButton('hanger', this.#word('wear', name), () => this.#wardrobe.wear(look.layers), {
        'data-key': `wear-${look.id}`,
      }),
      iconButton('close', this.#word('remove', name), () => this.#remove(look, name), { 'data-key': `remove-${look.id}` }),
    );
  }

  #save() {
    const layers = this.#wardrobe.worn();
    const names = [...layers].reverse().map(({ item }) => this.#wardrobe.nameOf(item));
    const [first, second, ...others] = names;
    const more = others.length > 0 ? this.#word('more', others.length) : null;
    const name = [first, second, more].filter(Boolean).join(this.#language === 'zh' ? '、' : ', ');
    this.#book.save(name, layers);
    this.#wardrobe.onKept(layers);
    this.#host.say(this.#word('saved', name));
  }

  #remove(look, name) {
    this.#book.remove(look);
    this.#host.say(this.#word('removed', name));
    // The button that was pressed is gone.
    document.querySelector('.tryon-looks [data-key=save-look]:not(:disabled), .tryon-looks input')?.focus();
  }
}
