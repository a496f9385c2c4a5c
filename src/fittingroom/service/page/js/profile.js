/** A profile at the service, for visitors who want one: what they try on, keep and like, with their consent. */

import { ask, findAppearance } from './api.js';
import { el } from './dom.js';

const WORDS = {
  en: {
    profile: 'Recommendations that know you',
    offer: 'A profile has no name and no photo. It is off until you want it, and you can delete it at any time.',
    history: 'Remember what I try on, keep and like',
    appearance: 'Remember the colours of my hair, skin and clothes',
    learning: 'Let my choices count for others too, without me',
    begin: 'Begin a profile',
    'needs-history': 'Tick at least the first one.',
    begun: 'What you try on is remembered now',
    on: 'Your profile is on in this browser.',
    export: 'Save what is stored',
    forget: 'Delete it all',
    forgotten: 'Your profile is deleted, with everything about it',
  },
  zh: {
    profile: '更懂你的推荐',
    offer: '档案不含姓名，也不含照片。除非你想要，否则不会开启；随时可以删除。',
    history: '记住我试穿、留下和喜欢的物品',
    appearance: '记住我头发、肤色和衣服的颜色',
    learning: '让我的选择也帮助别人（不含我的身份）',
    begin: '开启档案',
    'needs-history': '请至少勾选第一项。',
    begun: '现在会记住你试穿的物品',
    on: '此浏览器已开启你的档案。',
    export: '保存已存储的内容',
    forget: '全部删除',
    forgotten: '你的档案及全部内容已删除',
  },
};
const PURPOSES = ['history', 'appearance', 'learning'];

const KEY = 'fittingroom.profile';

/** Fires `change` when there is a profile now, or none any more. */
export class Profile extends EventTarget {
  #id = read();
  #consent = null;
  /** Ids of events by item, of which it is not known yet what becomes of them. @type {Map<string, Promise<string>>} */
  #undecided = new Map();
  /** Shares of parts by photo and person. @type {WeakMap<object, Map<number, Promise<object>>>} */
  #shares = new WeakMap();

  get isOn() {
    return this.#id !== '';
  }

  /** For `ask`: says whose request it is. */
  get headers() {
    return this.isOn ? { 'X-Profile': this.#id } : {};
  }

  /** @param {{history: boolean, appearance: boolean, learning: boolean}} consent */
  async begin(consent) {
    const { id } = await ask('POST', 'v1/profiles', { body: { consent } });
    this.#consent = consent;
    this.#keep(id);
  }

  /** Everything that is stored, as a JSON file. @returns {Promise<Blob>} */
  async export() {
    const document = await ask('GET', 'v1/profiles/mine/export', { headers: this.headers });
    return new Blob([JSON.stringify(document, null, 2)], { type: 'application/json' });
  }

  /** Delete it at the service; if it is gone there already, so much the better. */
  async forget() {
    try {
      await ask('DELETE', 'v1/profiles/mine', { headers: this.headers });
    } catch (error) {
      if (error.kind !== 'no-profile') throw error;
    }
    this.#keep('');
  }

  /**
   * Something is on.
   *
   * @param {() => Promise<{file: Blob, labels: Blob, persons: Blob}>} maps of the photo
   * @param {{photo: object, person: number}} where `person` counts from 1
   */
  tried(item, maps, where) {
    if (!this.isOn || this.#undecided.has(item)) return;
    const event = this.#sharesOf(maps, where).then((shares) =>
      this.#quietly('POST', 'events', { events: [{ item, source: 'page', part_shares: shares }] }),
    );
    this.#undecided.set(item, event.then((answer) => answer?.ids[0]));
  }

  /** @param {'kept' | 'discarded'} outcome */
  async settle(item, outcome) {
    const event = this.#undecided.get(item);
    if (!this.isOn || !event) return;
    if (outcome === 'discarded') this.#undecided.delete(item);
    const id = await event;
    if (id) await this.#quietly('PATCH', `events/${id}`, { outcome });
  }

  rate(item, isFavourite) {
    if (isFavourite) return this.#quietly('PUT', `ratings/${item}`, { stars: 5 });
    return this.#quietly('DELETE', `ratings/${item}`);
  }

  saveLook({ id, name, layers }) {
    const outfit = { format: 1, layers: layers.map((layer) => ({ ...layer, person: 1 })) };
    return this.#quietly('PUT', `looks/${id}`, { name: name.slice(0, 100), outfit });
  }

  removeLook({ id }) {
    return this.#quietly('DELETE', `looks/${id}`);
  }

  /** What the photo shows of a person; their colours are stored if they allow that. */
  #sharesOf(maps, { photo, person }) {
    if (!this.#shares.has(photo)) this.#shares.set(photo, new Map());
    const known = this.#shares.get(photo);
    if (!known.has(person)) {
      const found = maps()
        .then((parts) => findAppearance(parts, person))
        .then(async ({ colours, part_shares: shares }) => {
          this.#consent ??= (await ask('GET', 'v1/profiles/mine', { headers: this.headers })).consent;
          if (this.#consent.appearance) await this.#quietly('PUT', 'appearance', { colours });
          return shares;
        })
        .catch(() => null);
      known.set(person, found);
    }
    return known.get(person);
  }

  /** Remembering comes second: trying on goes on if it fails. A profile that is gone at the service is forgotten. */
  async #quietly(method, path, body) {
    if (!this.isOn) return null;
    try {
      return await ask(method, `v1/profiles/mine/${path}`, { body, headers: this.headers });
    } catch (error) {
      const isGone = error.kind === 'no-profile' && !/^(events|looks)\//.test(path);
      if (isGone) this.#keep('');
      return null;
    }
  }

  #keep(id) {
    this.#id = id;
    if (!id) this.#consent = null;
    this.#undecided.clear();
    this.#shares = new WeakMap();
    try {
      if (id) localStorage.setItem(KEY, id);
      else localStorage.removeItem(KEY);
    } catch {
      // Then the profile lasts as long as the page.
    }
    this.dispatchEvent(new Event('change'));
  }
}

function read() {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

/** The profile as a part of the try-on panel: an offer, or what can be done with it. */
export class ProfileView {
  #book;
  #profile;
  #host;
  #render;
  #language = 'en';
  #isOpen = false;
  #isBusy = false;
  #chosen = new Set();

  /**
   * What changes in the book changes in the profile too.
   *
   * @param {import('./look-book.js').LookBook} book
   * @param {Profile} profile
   * @param {import('./panels.js').Host} host
   * @param {() => void} render draws the panel around it
   */
  constructor(book, profile, host, render) {
    this.#book = book;
    this.#profile = profile;
    this.#host = host;
    this.#render = render;
    book.addEventListener('favourite', ({ detail }) => profile.rate(detail, book.favourites.has(detail)));
    book.addEventListener('look', ({ detail }) => profile.saveLook(detail));
    book.addEventListener('remove', ({ detail }) => profile.removeLook(detail));
  }

  #word(key) {
    return WORDS[this.#language][key];
  }

  /** @returns {HTMLElement} */
  render(language) {
    this.#language = language;
    const section = el(
      'details',
      {
        class: 'tryon-profile',
        open: this.#isOpen,
        on: { toggle: (event) => (this.#isOpen = event.target.open) },
      },
      el('summary', { 'data-key': 'profile', text: this.#word('profile') }),
    );
    section.append(...(this.#profile.isOn ? this.#known() : this.#offer()));
    return section;
  }

  #offer() {
    return [
      el('p', { class: 'fine', text: this.#word('offer') }),
      ...PURPOSES.map((purpose) =>
        el(
          'label',
          { class: 'tryon-consent' },
          el('input', {
            type: 'checkbox',
            'data-key': purpose,
            checked: this.#chosen.has(purpose),
            on: {
              change: (event) => {
                if (event.target.checked) this.#chosen.add(purpose);
                else this.#chosen.delete(purpose);
              },
            },
          }),
          el('span', { text: this.#word(purpose) }),
        ),
      ),
      this.#button('begin', () => this.#begin()),
    ];
  }

  #known() {
    return [
      el('p', { class: 'fine', text: this.#word('on') }),
      el(
        'div',
        { class: 'tryon-bar' },
        this.#button('export', () => this.#export()),
        this.#button('forget', () => this.#forget()),
      ),
    ];
  }

  #button(key, onClick) {
    return el(
      'button',
      { type: 'button', class: 'button', 'data-key': key, disabled: this.#isBusy, on: { click: onClick } },
      el('span', { text: this.#word(key) }),
    );
  }

  #begin() {
    if (!this.#chosen.has('history')) {
      this.#host.say(this.#word('needs-history'), 'alert');
      return;
    }
    this.#do(async () => {
      await this.#profile.begin(Object.fromEntries(PURPOSES.map((purpose) => [purpose, this.#chosen.has(purpose)])));
      // What the browser knows already
      for (const item of this.#book.favourites.keys()) await this.#profile.rate(item, true);
      for (const look of [...this.#book.looks].reverse()) await this.#profile.saveLook(look);
      this.#host.say(this.#word('begun'));
    });
  }

  #export() {
    this.#do(async () => this.#host.save(await this.#profile.export(), 'profile.json'));
  }

  #forget() {
    this.#do(async () => {
      await this.#profile.forget();
      this.#chosen.clear();
      this.#host.say(this.#word('forgotten'));
    });
  }

  async #do(work) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#render();
    try {
      await work();
    } catch (error) {
      this.#host.fail(error);
    } finally {
      this.#isBusy = false;
      this.#render();
      document.querySelector('.tryon-profile summary')?.focus();
    }
  }
}
