/** The panel in which things are tried on: pick, see, move, compare, undo, save. The service does the wearing. */

import { fetchItems, hasPreferences, ServiceError, tryOn } from './api.js';
import { el, icon, iconButton, refill, stemOf } from './dom.js';
import { LookBook, LooksView } from './look-book.js';
import { encodePng } from './png.js';

const WORDS = {
  en: {
    title: 'Try on',
    waiting: 'Add a photo with somebody in it, then dress them here.',
    nobody: 'There is nobody in this photo to dress.',
    who: 'Who',
    everybody: 'Everybody',
    person: (id) => `Person ${id}`,
    what: 'What',
    items: (kind) => `${kind} to try on`,
    loading: 'Fetching the items',
    'no-items': 'The items cannot be fetched.',
    retry: 'Try again',
    worn: 'Worn, from inside out',
    'nothing-worn': 'Nothing yet. Click an item above to see it on the photo at once.',
    choose: (name) => `Move and size ${name}`,
    off: (name) => `Take off ${name}`,
    'all-off': 'Take all off',
    refused: 'Cannot be worn',
    roughly: 'Fits roughly',
    unseen: 'nothing of it can be seen here',
    adjust: (name) => `Place of ${name}`,
    right: 'Right %',
    down: 'Down %',
    scale: 'Size %',
    angle_deg: 'Turn °',
    reset: 'Where it was',
    hint: 'Or drag it on the photo; the knob turns and sizes it. Keys there: arrows, +, −, [, ] and Escape to end.',
    'no-place': 'It goes where it belongs and cannot be moved.',
    undo: 'Undo',
    redo: 'Redo',
    before: 'Before',
    'save-picture': 'Save picture',
    'save-outfit': 'Save outfit',
    'open-outfit': 'Open outfit',
    saved: (name) => `Saved ${name}`,
    'not-outfit': 'This file is no outfit of ours',
    on: (name) => `${name} is on`,
    taken: (name) => `${name} is off`,
    cannot: (name, why) => `${name} cannot be worn: ${why}`,
    favourites: (n) => `Favourites (${n})`,
    'favourite-items': 'Your favourites',
    'no-favourites': 'Nothing yet. The heart beside an item makes it a favourite.',
    favourite: (name) => `Favourite: ${name}`,
    'something-else': 'Try something else',
    'nothing-else': 'There is nothing else of this kind',
    because: (name, reason) => `${name}: ${reason}`,
    groups: ['Head', 'Neck and ears', 'Clothes', 'Hair', 'Make-up', 'What is worn already'],
    others: 'More',
    kinds: {
      hat: 'Hats',
      cap: 'Caps',
      headscarf: 'Headscarves',
      glasses: 'Glasses',
      sunglasses: 'Sunglasses',
      earring: 'Earrings',
      necklace: 'Necklaces',
      scarf: 'Scarves',
      top: 'Tops',
      dress: 'Dresses',
      skirt: 'Skirts',
      trousers: 'Trousers',
      shoe: 'Shoes',
      glove: 'Gloves',
      hairstyle: 'Hairstyles',
      'hair-colour': 'Hair colours',
      'lip-colour': 'Lip colours',
      'eye-shadow': 'Eye shadows',
      blush: 'Blushes',
      'nail-colour': 'Nail colours',
      'garment-recolour': 'New colours and patterns',
    },
  },
  zh: {
    title: '试穿',
    waiting: '添加一张有人物的照片，然后在这里为其试穿。',
    nobody: '这张照片里没有可以试穿的人。',
    who: '人物',
    everybody: '所有人',
    person: (id) => `人物 ${id}`,
    what: '类别',
    items: (kind) => `可试穿：${kind}`,
    loading: '正在获取物品',
    'no-items': '无法获取物品。',
    retry: '重试',
    worn: '已穿戴（由内到外）',
    'nothing-worn': '还没有。点击上面的物品，立即在照片上看到效果。',
    choose: (name) => `移动和缩放${name}`,
    off: (name) => `取下${name}`,
    'all-off': '全部取下',
    refused: '无法穿戴',
    roughly: '大致贴合',
    unseen: '此处看不到它',
    adjust: (name) => `${name}的位置`,
    right: '向右 %',
    down: '向下 %',
    scale: '大小 %',
    angle_deg: '旋转 °',
    reset: '恢复原位',
    hint: '也可以在照片上拖动，圆点可旋转和缩放。焦点在照片上时：方向键、+、−、[、]，Esc 结束。',
    'no-place': '它的位置是固定的，不能移动。',
    undo: '撤销',
    redo: '重做',
    before: '试穿前',
    'save-picture': '保存图片',
    'save-outfit': '保存搭配',
    'open-outfit': '打开搭配',
    saved: (name) => `已保存 ${name}`,
    'not-outfit': '这个文件不是我们的搭配',
    on: (name) => `已穿上${name}`,
    taken: (name) => `已取下${name}`,
    cannot: (name, why) => `无法穿戴${name}：${why}`,
    favourites: (n) => `收藏（${n}）`,
    'favourite-items': '你的收藏',
    'no-favourites': '还没有。点击物品旁的心形即可收藏。',
    favourite: (name) => `收藏${name}`,
    'something-else': '换一件试试',
    'nothing-else': '这一类没有别的了',
    because: (name, reason) => `${name}：${reason}`,
    groups: ['头部', '颈部与耳部', '服装', '头发', '妆容', '已穿的衣服'],
    others: '其他',
    kinds: {},
  },
};

const GROUPS = [
  ['hat', 'cap', 'headscarf', 'glasses', 'sunglasses'],
  ['earring', 'necklace', 'scarf'],
  ['top', 'dress', 'skirt', 'trousers', 'shoe', 'glove'],
  ['hairstyle', 'hair-colour'],
  ['lip-colour', 'eye-shadow', 'blush', 'nail-colour'],
  ['garment-recolour'],
];
/** Kinds of which one excludes the other; of every kind one is worn at a time. */
const EITHER_OR = [
  ['hat', 'cap', 'headscarf'],
  ['glasses', 'sunglasses'],
  ['dress', 'top'],
  ['dress', 'skirt'],
  ['dress', 'trousers'],
  ['skirt', 'trousers'],
];
const NEUTRAL = { right: 0, down: 0, scale: 1, angle_deg: 0 };
/** What the number fields show for one unit of an adjustment, and how far they go. */
const FIELDS = {
  right: { factor: 100, min: -400, max: 400 },
  down: { factor: 100, min: -400, max: 400 },
  scale: { factor: 100, min: 25, max: 400 },
  angle_deg: { factor: 1, min: -180, max: 180 },
};
/** Longer sides are reduced for looking; what is saved is made from the photo itself. */
const PREVIEW_PX = 1280;
const MOST_STEPS = 100;
/** In the place of a kind. */
const FAVOURITES = 'favourites';

/** @type {import('./panels.js').Panel} */
export const tryonPanel = {
  id: 'tryon',
  title: (language) => WORDS[language].title,
  mount: (place, host) => new TryonPanel(place, host),
};

/**
 * @typedef {object} Worn one item on one person
 * @property {string} item @property {number} person of the page's photo
 * @property {number} right @property {number} down @property {number} scale @property {number} angle_deg
 */
class TryonPanel {
  #place;
  #host;
  #scene = { language: 'en', file: null, photo: null, selection: null };
  /** What is tried on in each photo of this visit. @type {WeakMap<object, object>} */
  #fittings = new WeakMap();
  #kinds = [];
  /** Lists of items by kind, once they have been asked for. */
  #lists = new Map();
  #items = new Map();
  #kind = 'hat';
  #isBefore = false;
  #isRunning = false;
  #isStale = false;
  #sources = { photo: null, parts: null };
  #book = new LookBook();
  #looksView;
  /** Whether the service recommends; null until it is known. */
  #isAdvised = null;
  /** Where it does. @type {import('./profile.js').Profile | null} */
  #profile = null;
  #profileView = null;
  /** What was shown in place of something else, by kind. @type {Map<string, Set<string>>} */
  #shown = new Map();
  /** Why the last one was. @type {{item: string, en: string, zh: string} | null} */
  #advice = null;

  constructor(place, host) {
    this.#place = place;
    this.#host = host;
    const wardrobe = {
      worn: () => this.#ownLayers(),
      wear: (layers) => this.#wearLook(layers),
      nameOf: (id) => this.#nameOf(id),
      onKept: (layers) => layers.forEach(({ item }) => this.#profile?.settle(item, 'kept')),
    };
    this.#looksView = new LooksView(this.#book, wardrobe, host);
    this.#book.addEventListener('change', () => this.#render());
    place.classList.add('tryon');
    // Undo here is about what is worn.
    place.addEventListener('keydown', (event) => {
      if (this.#undoKey(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
  }

  update(scene) {
    const before = this.#scene;
    this.#scene = scene;
    const { photo, selection } = scene;
    if (photo && !this.#fittings.has(photo)) {
      const who = photo.people[0]?.id ?? 0;
      this.#fittings.set(photo, { layers: [], active: -1, reports: [], undo: [], redo: [], who });
      // Corrected people are dressed anew.
      photo.addEventListener('measure', () => {
        if (this.#sources.photo === photo) this.#sources = { photo: null, parts: null };
        if (this.#scene.photo === photo && this.#fitting.layers.length > 0) this.#show();
      });
    }
    if (photo && selection && selection.personId !== before.selection?.personId) this.#fitting.who = selection.personId;
    if (photo !== before.photo) {
      this.#isBefore = false;
      this.#sources = { photo: null, parts: null };
      if (photo && this.#fitting.layers.length > 0) this.#show();
    }
    if (photo && photo.people.length > 0) {
      this.#fetchShown();
      this.#learnWhatIsOffered();
    }
    this.#render();
  }

  get #fitting() {
    return this.#fittings.get(this.#scene.photo);
  }

  #word(key, ...values) {
    const found = WORDS[this.#scene.language][key];
    return typeof found === 'function' ? found(...values) : found;
  }

  // ---- Items -------------------------------------------------------------------------------------------------------

  async #fetch(kind, isAgain = false) {
    if (this.#lists.has(kind) && !isAgain) return;
    this.#lists.set(kind, 'loading');
    try {
      const { kinds, items } = await fetchItems(kind);
      this.#kinds = kinds;
      this.#lists.set(kind, items);
      for (const item of items) this.#items.set(item.id, item);
    } catch {
      this.#lists.set(kind, 'failed');
    }
    this.#render();
  }

  /** The items that the grid is going to show. */
  #fetchShown() {
    const kinds = this.#kind === FAVOURITES ? new Set(this.#book.favourites.values()) : [this.#kind];
    for (const kind of kinds) this.#fetch(kind);
  }

  async #learnWhatIsOffered() {
    if (this.#isAdvised !== null) return;
    this.#isAdvised = false;
    this.#isAdvised = await hasPreferences().catch(() => false);
    if (!this.#isAdvised) return;
    const { Profile, ProfileView } = await import('./profile.js');
    const render = () => this.#render();
    this.#profile = new Profile();
    this.#profile.addEventListener('change', render);
    this.#profileView = new ProfileView(this.#book, this.#profile, this.#host, render);
    render();
  }

  #kindName(kind) {
    const own = WORDS[this.#scene.language].kinds[kind];
    return own ?? this.#kinds.find(({ name }) => name === kind)?.name_zh ?? kind;
  }

  #nameOf(id) {
    const item = this.#items.get(id);
    return (item && (this.#scene.language === 'zh' ? item.name_zh : item.name)) ?? id;
  }

  /** Place of an item in the order in which things are put on. */
  #depth(id) {
    const kind = this.#items.get(id)?.kind;
    return this.#kinds.findIndex(({ name }) => name === kind);
  }

  // ---- What is worn ------------------------------------------------------------------------------------------------

  /** People that are meant: one, or everybody. */
  get #who() {
    const { photo } = this.#scene;
    const { who } = this.#fitting;
    return photo.person(who) ? [who] : photo.people.map(({ id }) => id);
  }

  #isWorn(id) {
    const { layers } = this.#fitting;
    return this.#who.every((person) => layers.some((layer) => layer.item === id && layer.person === person));
  }

  #toggle(item) {
    const who = this.#who;
    const isOff = this.#isWorn(item.id);
    const rivals = new Set([item.kind, ...EITHER_OR.filter((kinds) => kinds.includes(item.kind)).flat()]);
    this.#change(() => {
      const fitting = this.#fitting;
      fitting.layers = fitting.layers.filter(
        (layer) => !(who.includes(layer.person) && rivals.has(this.#items.get(layer.item)?.kind)),
      );
      if (!isOff) {
        for (const person of who) fitting.layers.push({ item: item.id, person, ...NEUTRAL });
        fitting.layers.sort((a, b) => this.#depth(a.item) - this.#depth(b.item));
      }
      fitting.active = isOff ? -1 : fitting.layers.findIndex((l) => l.item === item.id && who.includes(l.person));
    });
    if (isOff) {
      this.#profile?.settle(item.id, 'discarded');
      this.#host.speak(this.#word('taken', this.#nameOf(item.id)));
    } else this.#announced = item.id;
  }

  // ---- Favourites, looks, advice -----------------------------------------------------------------------------------

  /** What the chosen person wears, without saying who it is; of everybody, the first who wears anything. */
  #ownLayers() {
    const { layers } = this.#fitting;
    const owner = this.#who.find((id) => layers.some(({ person }) => person === id));
    return layers
      .filter(({ person }) => person === owner)
      .map(({ item, ...layer }) => {
        const moved = Object.keys(NEUTRAL).filter((name) => layer[name] !== NEUTRAL[name]);
        return { item, ...Object.fromEntries(moved.map((name) => [name, layer[name]])) };
      });
  }

  async #wearLook(layers) {
    const who = this.#who;
    try {
      await this.#knowAll();
    } catch (error) {
      this.#host.fail(error);
      return;
    }
    const known = layers.filter(({ item }) => this.#items.has(item));
    this.#change(() => {
      const fitting = this.#fitting;
      const others = fitting.layers.filter(({ person }) => !who.includes(person));
      const own = who.flatMap((person) => known.map((layer) => ({ ...NEUTRAL, ...layer, person })));
      fitting.layers = [...others, ...own].sort((a, b) => this.#depth(a.item) - this.#depth(b.item));
      fitting.active = -1;
    });
  }

  /** Put on another item of the kind that is shown: what the service recommends, or else any that was not shown yet. */
  async #somethingElse() {
    const kind = this.#kind;
    if (!this.#shown.has(kind)) this.#shown.set(kind, new Set());
    const shown = this.#shown.get(kind);
    const rivals = new Set([kind, ...EITHER_OR.filter((kinds) => kinds.includes(kind)).flat()]);
    const worn = [...new Set(this.#fitting.layers.filter(({ person }) => this.#who.includes(person)).map((l) => l.item))];
    const isRival = (id) => rivals.has(this.#items.get(id)?.kind);
    const wearing = worn.filter((id) => !isRival(id));
    const replaced = worn.filter(isRival);
    const items = this.#lists.get(kind);
    const service = { isOffered: this.#isAdvised, headers: this.#profile?.headers ?? {} };
    let found;
    try {
      const { advise } = await import('./advice.js');
      found = await advise({ kind, items, wearing, without: [...shown, ...replaced] }, service);
      if (!found && shown.size > 0) {
        shown.clear();
        found = await advise({ kind, items, wearing, without: replaced }, service);
      }
    } catch (error) {
      this.#host.fail(error);
      return;
    }
    if (kind !== this.#kind) return;
    if (!found) {
      this.#host.say(this.#word('nothing-else'), 'alert');
      return;
    }
    shown.add(found.item);
    this.#advice = found;
    this.#toggle(this.#items.get(found.item));
  }

  /** Id of an item of which is to be said whether it could be put on. */
  #announced = null;

  /** Change what is worn; one step of undoing. */
  #change(make) {
    const fitting = this.#fitting;
    this.#remember();
    make();
    if (fitting.layers.length === 0) fitting.active = -1;
    this.#isBefore = false;
    this.#show();
    this.#render();
  }

  #remember() {
    const fitting = this.#fitting;
    fitting.undo.push(JSON.stringify(fitting.layers));
    if (fitting.undo.length > MOST_STEPS) fitting.undo.shift();
    fitting.redo = [];
  }

  #step(from, to) {
    const fitting = this.#fitting;
    if (!fitting || fitting[from].length === 0) return;
    fitting[to].push(JSON.stringify(fitting.layers));
    fitting.layers = JSON.parse(fitting[from].pop());
    if (fitting.active >= fitting.layers.length) fitting.active = -1;
    this.#show();
    this.#render();
  }

  #undoKey(event) {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== 'z' && key !== 'y')) return false;
    if (key === 'y' || event.shiftKey) this.#step('redo', 'undo');
    else this.#step('undo', 'redo');
    return true;
  }

  /** Number fields, drags and keys end here. */
  #adjust(change) {
    const layer = this.#active;
    for (const [name, value] of Object.entries(change)) {
      const { factor, min, max } = FIELDS[name];
      const turned = name === 'angle_deg' ? ((((value + 180) % 360) + 360) % 360) - 180 : value;
      layer[name] = Number(Math.min(max / factor, Math.max(min / factor, turned)).toFixed(4));
    }
    this.#show();
    this.#hold();
    this.#writeFields();
  }

  get #active() {
    const fitting = this.#fitting;
    return fitting?.layers[fitting.active] ?? null;
  }

  // ---- The picture -------------------------------------------------------------------------------------------------

  /** Have the service put everything on; while it works, only the last wish counts. */
  async #show() {
    this.#isStale = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        await this.#showOnce();
      }
    } catch (error) {
      this.#host.fail(error);
    } finally {
      this.#isRunning = false;
      this.#place.removeAttribute('aria-busy');
    }
  }

  async #showOnce() {
    const { photo } = this.#scene;
    if (!photo) return;
    const fitting = this.#fitting;
    const outfit = this.#outfit();
    if (outfit.layers.length === 0) {
      fitting.reports = [];
      fitting.picture = null;
      this.#paint();
      this.#render();
      return;
    }
    this.#place.setAttribute('aria-busy', 'true');
    const { scale, ...parts } = await this.#reduced();
    const sent = outfit.layers.map((layer) => layer.source);
    const answer = await tryOn('json', parts, outfitJson(outfit));
    const document = await answer.json();
    const reports = new Map(document.layers.map((report, i) => [sent[i], report]));
    let picture = null;
    if (document.patch_png) {
      const bytes = Uint8Array.from(atob(document.patch_png), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      picture = { bitmap, boxXyxy: document.changed_box_xyxy.map((v) => v / scale) };
    }
    // Meanwhile another photo may have been opened.
    if (photo !== this.#scene.photo) return;
    fitting.reports = fitting.layers.map((layer) => {
      const report = reports.get(layer);
      const place = report?.place && {
        middle: report.place.middle_xy.map((v) => v / scale),
        unitPx: report.place.unit_px / scale,
      };
      return report ? { ...report, place } : null;
    });
    fitting.picture = picture;
    this.#paint();
    this.#announce();
    this.#render();
  }

  #announce() {
    if (this.#announced === null || this.#isStale) return;
    const fitting = this.#fitting;
    const id = this.#announced;
    this.#announced = null;
    const reports = fitting.reports.filter((report) => report?.item === id);
    const refused = reports.find((report) => !report.is_worn);
    const why = refused?.refusal || this.#word('unseen');
    const name = this.#nameOf(id);
    const worn = reports.find((report) => report.is_worn);
    if (worn) {
      const reason = this.#advice?.item === id ? ` ${this.#advice[this.#scene.language]}` : '';
      this.#host.speak(`${this.#word('on', name)}.${reason}`);
      this.#profile?.tried(id, () => this.#reduced(), { photo: this.#scene.photo, person: worn.person });
    } else if (refused) this.#host.say(this.#word('cannot', name, why), 'alert');
  }

  #paint() {
    const picture = this.#fitting?.picture ?? null;
    this.#host.wear(this.#isBefore ? null : picture, picture !== null);
    this.#hold();
  }

  /** The outfit as the service counts people: from 1 in their order. `source` is the page's own layer. */
  #outfit() {
    const { people } = this.#scene.photo;
    const layers = this.#fitting.layers.flatMap((source) => {
      const person = people.findIndex(({ id }) => id === source.person) + 1;
      return person > 0 ? [{ ...source, person, source }] : [];
    });
    return { format: 1, layers };
  }

  /** The photo and its maps, reduced for looking. `scale`: pixels of it for one of the photo. */
  async #reduced() {
    const { photo } = this.#scene;
    if (this.#sources.photo !== photo) this.#sources = { photo, parts: this.#reduce() };
    return this.#sources.parts;
  }

  async #reduce() {
    const { photo, file } = this.#scene;
    const scale = Math.min(1, PREVIEW_PX / Math.max(photo.width, photo.height));
    const parts = await this.#host.maps();
    if (scale === 1) return { ...parts, scale };
    const [width, height] = [photo.width, photo.height].map((side) => Math.max(1, Math.round(side * scale)));
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
    } catch {
      // The service reads formats that this browser does not.
      return { ...parts, scale: 1 };
    }
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    bitmap.close();
    const { classMap, personMap } = photo.exportMaps();
    const small = (map) => {
      const values = new Uint8Array(width * height);
      for (let y = 0; y < height; y++) {
        const row = Math.floor(((y + 0.5) * photo.height) / height) * photo.width;
        for (let x = 0; x < width; x++) {
          values[y * width + x] = map[row + Math.floor(((x + 0.5) * photo.width) / width)];
        }
      }
      return encodePng(values, width, height);
    };
    const [labels, persons] = await Promise.all([small(classMap), small(personMap)]);
    const reduced = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.93 });
    return { file: reduced, labels, persons, scale: width / photo.width };
  }

  // ---- Moving on the photo -----------------------------------------------------------------------------------------

  /** Give the photo a handle on the chosen item, or take it away. */
  #hold() {
    const layer = this.#active;
    const report = layer && this.#fitting.reports[this.#fitting.active];
    // After an undo the report may still be that of another item.
    const place = report?.item === layer?.item && report?.place;
    if (!place || this.#isBefore) {
      this.#host.hold(null);
      return;
    }
    const { unitPx, middle } = place;
    let start = null;
    const begin = () => {
      if (start) return;
      start = { ...layer };
      this.#remember();
    };
    this.#host.hold({
      x: middle[0] + layer.right * unitPx,
      y: middle[1] + layer.down * unitPx,
      radius: (unitPx * layer.scale) / 2,
      angleDeg: layer.angle_deg,
      onMove: (dx, dy) => {
        begin();
        this.#adjust({ right: start.right + dx / unitPx, down: start.down + dy / unitPx });
      },
      onTurn: (degrees, factor) => {
        begin();
        this.#adjust({ angle_deg: start.angle_deg + degrees, scale: start.scale * factor });
      },
      onEnd: () => {
        start = null;
        this.#render();
      },
      onKey: (event) => this.#key(event),
    });
  }

  /** @returns {boolean} whether the key was for the item. */
  #key(event) {
    if (this.#undoKey(event)) return true;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const layer = this.#active;
    const step = event.shiftKey ? 0.01 : 0.05;
    const change = {
      ArrowLeft: () => ({ right: layer.right - step }),
      ArrowRight: () => ({ right: layer.right + step }),
      ArrowUp: () => ({ down: layer.down - step }),
      ArrowDown: () => ({ down: layer.down + step }),
      '+': () => ({ scale: layer.scale * 1.05 }),
      '=': () => ({ scale: layer.scale * 1.05 }),
      '-': () => ({ scale: layer.scale / 1.05 }),
      '[': () => ({ angle_deg: layer.angle_deg - 3 }),
      ']': () => ({ angle_deg: layer.angle_deg + 3 }),
    }[event.key];
    if (change) {
      this.#remember();
      this.#adjust(change());
      this.#render();
      return true;
    }
    if (event.key !== 'Escape') return false;
    this.#choose(-1);
    return true;
  }

  #choose(index) {
    this.#fitting.active = index;
    this.#hold();
    this.#render();
  }

  // ---- Saving ------------------------------------------------------------------------------------------------------

  async #savePicture() {
    const { photo, file } = this.#scene;
    const name = `${stemOf(file.name)}-tryon.png`;
    try {
      const outfit = outfitJson(this.#outfit());
      const parts = await this.#host.maps();
      this.#place.setAttribute('aria-busy', 'true');
      const answer = await tryOn('png', parts, outfit);
      this.#host.save(await answer.blob(), name);
      this.#host.say(this.#word('saved', name));
      for (const { item } of JSON.parse(outfit).layers) this.#profile?.settle(item, 'kept');
    } catch (error) {
      this.#host.fail(error);
    } finally {
      if (photo === this.#scene.photo) this.#place.removeAttribute('aria-busy');
    }
  }

  #saveOutfit() {
    const name = `${stemOf(this.#scene.file.name)}-outfit.json`;
    this.#host.save(new Blob([outfitJson(this.#outfit(), 2)], { type: 'application/json' }), name);
    this.#host.say(this.#word('saved', name));
  }

  async #openOutfit(file) {
    const { people } = this.#scene.photo;
    let layers;
    try {
      const document = JSON.parse(await file.text());
      if (document.format !== 1) throw new Error('another format');
      layers = document.layers.flatMap(({ item, person = 'all', ...place }) => {
        const persons = person === 'all' ? people : [people[person - 1]].filter(Boolean);
        return persons.map(({ id }) => ({ item: String(item), person: id, ...NEUTRAL, ...place }));
      });
      await this.#knowAll();
      if (layers.some(({ item }) => !this.#items.has(item))) throw new Error('unknown items');
    } catch (error) {
      if (error instanceof ServiceError) this.#host.fail(error);
      else this.#host.say(this.#word('not-outfit'), 'alert');
      return;
    }
    this.#change(() => Object.assign(this.#fitting, { layers, active: -1 }));
  }

  /** Names and kinds of all items, without their pictures. */
  async #knowAll() {
    const { kinds, items } = await fetchItems();
    this.#kinds = kinds;
    for (const item of items) if (!this.#items.has(item.id)) this.#items.set(item.id, item);
  }

  // ---- Drawing the panel -------------------------------------------------------------------------------------------

  #render() {
    const { photo } = this.#scene;
    if (!photo || photo.people.length === 0) {
      refill(this.#place, el('p', { class: 'fine', text: this.#word(photo ? 'nobody' : 'waiting') }));
      return;
    }
    const list = this.#place.querySelector('.tryon-items');
    const scrolled = list?.dataset.kind === this.#kind ? list.scrollTop : 0;
    const { language } = this.#scene;
    refill(
      this.#place,
      this.#toolbar(),
      this.#choosers(),
      this.#grid(),
      this.#otherwise(),
      this.#wornList(),
      this.#looksView.render(language),
      this.#profileView?.render(language),
      this.#saving(),
    );
    const fresh = this.#place.querySelector('.tryon-items');
    if (fresh) fresh.scrollTop = scrolled;
  }

  #toolbar() {
    const { undo, redo, layers } = this.#fitting;
    const step = (name, steps, from, to) =>
      iconButton(name, this.#word(name), () => this.#step(from, to), { 'data-key': name, disabled: steps.length === 0 });
    return el(
      'div',
      { class: 'tryon-bar' },
      step('undo', undo, 'undo', 'redo'),
      step('redo', redo, 'redo', 'undo'),
      el(
        'button',
        {
          type: 'button',
          class: 'toggle',
          'data-key': 'before',
          'aria-pressed': String(this.#isBefore),
          disabled: layers.length === 0,
          on: {
            click: () => {
              this.#isBefore = !this.#isBefore;
              this.#paint();
              this.#render();
            },
          },
        },
        icon('compare'),
        el('span', { text: this.#word('before') }),
      ),
      el('button', {
        type: 'button',
        class: 'quiet-button',
        'data-key': 'all-off',
        disabled: layers.length === 0,
        text: this.#word('all-off'),
        on: { click: () => this.#change(() => (this.#fitting.layers = [])) },
      }),
    );
  }

  #choosers() {
    const { people } = this.#scene.photo;
    const { who } = this.#fitting;
    const known = this.#kinds.map(({ name }) => name);
    const grouped = GROUPS.map((kinds, i) => [this.#word('groups')[i], kinds]);
    grouped.push([this.#word('others'), known.filter((kind) => !GROUPS.flat().includes(kind))]);
    return el(
      'div',
      { class: 'tryon-choosers' },
      people.length > 1 &&
        this.#select(
          'who',
          [el('option', { value: 0, text: this.#word('everybody'), selected: !this.#scene.photo.person(who) })].concat(
            people.map(({ id }) => el('option', { value: id, text: this.#word('person', id), selected: id === who })),
          ),
          (value) => {
            this.#fitting.who = Number(value);
            this.#render();
          },
        ),
      this.#select(
        'what',
        [
          el('option', {
            value: FAVOURITES,
            text: this.#word('favourites', this.#book.favourites.size),
            selected: this.#kind === FAVOURITES,
          }),
          ...grouped
          .filter(([, kinds]) => kinds.length > 0)
          .map(([label, kinds]) =>
            el(
              'optgroup',
              { label },
              ...kinds.map((kind) =>
                el('option', { value: kind, text: this.#kindName(kind), selected: kind === this.#kind }),
              ),
            ),
          ),
        ],
        (value) => {
          this.#kind = value;
          this.#fetchShown();
          this.#render();
        },
      ),
    );
  }

  #select(key, options, onChange) {
    return el(
      'label',
      { class: 'field' },
      el('span', { text: this.#word(key) }),
      el('select', { 'data-key': key, on: { change: (event) => onChange(event.target.value) } }, ...options),
    );
  }

  /** What the grid shows, or 'loading', or 'failed'. */
  #shownItems() {
    if (this.#kind !== FAVOURITES) return this.#lists.get(this.#kind) ?? 'loading';
    const lists = [...new Set(this.#book.favourites.values())].map((kind) => this.#lists.get(kind) ?? 'loading');
    const missing = lists.find((list) => typeof list === 'string');
    return missing ?? lists.flat().filter(({ id }) => this.#book.favourites.has(id));
  }

  #grid() {
    const items = this.#shownItems();
    if (items === 'loading') return el('p', { class: 'fine', text: this.#word('loading') });
    if (items === 'failed') {
      return el(
        'div',
        { class: 'tryon-bar' },
        el('p', { class: 'fine', text: this.#word('no-items') }),
        el('button', {
          type: 'button',
          class: 'quiet-button',
          'data-key': 'retry',
          text: this.#word('retry'),
          on: { click: () => this.#retry() },
        }),
      );
    }
    const isFavourites = this.#kind === FAVOURITES;
    if (isFavourites && items.length === 0) return el('p', { class: 'fine', text: this.#word('no-favourites') });
    const label = isFavourites ? this.#word('favourite-items') : this.#word('items', this.#kindName(this.#kind));
    return el(
      'ul',
      { class: 'tryon-items', 'data-kind': this.#kind, 'aria-label': label },
      ...items.map((item) =>
        el(
          'li',
          {},
          el(
            'button',
            {
              type: 'button',
              class: 'tryon-item',
              'data-key': `item-${item.id}`,
              'aria-pressed': String(this.#isWorn(item.id)),
              on: { click: () => this.#toggle(item) },
            },
            this.#thumbnail(item),
            el('span', { text: this.#nameOf(item.id) }),
          ),
          iconButton('heart', this.#word('favourite', this.#nameOf(item.id)), () => this.#book.toggleFavourite(item), {
            class: 'tryon-heart',
            'data-key': `heart-${item.id}`,
            'aria-pressed': String(this.#book.favourites.has(item.id)),
          }),
        ),
      ),
    );
  }

  #retry() {
    const kinds = this.#kind === FAVOURITES ? new Set(this.#book.favourites.values()) : [this.#kind];
    for (const kind of kinds) if (this.#lists.get(kind) === 'failed') this.#fetch(kind, true);
  }

  /** The button for something else, and why the last one came. */
  #otherwise() {
    if (!Array.isArray(this.#lists.get(this.#kind))) return null;
    const { language } = this.#scene;
    const advice = this.#advice && this.#isWorn(this.#advice.item) ? this.#advice : null;
    return el(
      'div',
      { class: 'tryon-otherwise' },
      el(
        'button',
        { type: 'button', class: 'button', 'data-key': 'something-else', on: { click: () => this.#somethingElse() } },
        icon('swap'),
        el('span', { text: this.#word('something-else') }),
      ),
      advice && el('p', { class: 'fine', text: this.#word('because', this.#nameOf(advice.item), advice[language]) }),
    );
  }

  #thumbnail(item) {
    const frame = el('span', { class: 'tryon-picture', 'aria-hidden': 'true' });
    if (item.thumbnail) {
      frame.append(el('img', { src: item.thumbnail, alt: '' }));
    } else {
      const dot = el('i');
      dot.style.backgroundColor = item.colour;
      frame.append(dot);
    }
    return frame;
  }

  #wornList() {
    const { layers, reports, active } = this.#fitting;
    const who = this.#who;
    const own = [...layers.entries()].filter(([, layer]) => who.includes(layer.person));
    const isAlone = who.length < 2;
    const chooser = el('input', {
      type: 'file',
      accept: 'application/json,.json',
      hidden: true,
      on: {
        change: () => {
          const [file] = chooser.files;
          if (file) this.#openOutfit(file);
          chooser.value = '';
        },
      },
    });
    return el(
      'section',
      { class: 'tryon-worn', 'aria-labelledby': 'tryon-worn' },
      el(
        'div',
        { class: 'tryon-bar' },
        el('h3', { id: 'tryon-worn', text: this.#word('worn') }),
        chooser,
        el('button', {
          type: 'button',
          class: 'quiet-button',
          'data-key': 'open-outfit',
          text: this.#word('open-outfit'),
          on: { click: () => chooser.click() },
        }),
      ),
      own.length === 0 && el('p', { class: 'fine', text: this.#word('nothing-worn') }),
      own.length > 0 &&
        el(
          'ul',
          {},
          ...own.map(([i, layer]) => {
            const name = this.#nameOf(layer.item);
            const full = isAlone ? name : `${name} · ${this.#word('person', layer.person)}`;
            const report = reports[i]?.item === layer.item ? reports[i] : null;
            const isRefused = report && !report.is_worn;
            const note = isRefused
              ? `${this.#word('refused')}: ${report.refusal || this.#word('unseen')}`
              : report?.warnings.length
                ? `${this.#word('roughly')}: ${report.warnings.join('; ')}`
                : '';
            return el(
              'li',
              { class: isRefused ? 'refused' : null },
              el(
                'button',
                {
                  type: 'button',
                  class: 'tryon-layer',
                  'data-key': `layer-${i}`,
                  'aria-pressed': String(i === active),
                  'aria-label': this.#word('choose', full),
                  on: { click: () => this.#choose(i === active ? -1 : i) },
                },
                el('b', { text: full }),
              ),
              iconButton(
                'close',
                this.#word('off', full),
                () => {
                  this.#profile?.settle(layer.item, 'discarded');
                  this.#change(() => {
                    this.#fitting.layers = layers.filter((other) => other !== layer);
                    this.#fitting.active = -1;
                  });
                },
                { 'data-key': `off-${i}` },
              ),
              note && el('small', { text: note }),
              i === active && this.#adjusting(),
            );
          }),
        ),
    );
  }

  #adjusting() {
    const layer = this.#active;
    if (!layer) return null;
    const report = this.#fitting.reports[this.#fitting.active];
    if (report && !report.is_worn) return null;
    const legend = el('legend', { class: 'sr-only', text: this.#word('adjust', this.#nameOf(layer.item)) });
    if (report && !report.place)
      return el('fieldset', { class: 'tryon-adjust' }, legend, el('p', { class: 'fine', text: this.#word('no-place') }));
    const isMoved = Object.entries(NEUTRAL).some(([name, value]) => layer[name] !== value);
    return el(
      'fieldset',
      { class: 'tryon-adjust' },
      legend,
      ...Object.entries(FIELDS).map(([name, { factor, min, max }]) =>
        el(
          'label',
          { class: 'field' },
          el('span', { text: this.#word(name) }),
          el('input', {
            type: 'number',
            'data-key': name,
            min,
            max,
            step: 1,
            value: shown(layer[name] * factor),
            on: {
              change: (event) => {
                const value = event.target.valueAsNumber;
                if (Number.isFinite(value)) {
                  this.#remember();
                  this.#adjust({ [name]: value / factor });
                }
                this.#render();
              },
            },
          }),
        ),
      ),
      el('p', { class: 'fine', text: this.#word('hint') }),
      el('button', {
        type: 'button',
        class: 'quiet-button',
        'data-key': 'reset',
        disabled: !isMoved,
        text: this.#word('reset'),
        on: { click: () => this.#change(() => Object.assign(layer, NEUTRAL)) },
      }),
    );
  }

  /** While something is dragged, the numbers follow without drawing the panel anew. */
  #writeFields() {
    const layer = this.#active;
    for (const [name, { factor }] of Object.entries(FIELDS)) {
      const input = this.#place.querySelector(`.tryon-adjust [data-key=${name}]`);
      if (input) input.value = shown(layer[name] * factor);
    }
  }

  #saving() {
    const isBare = this.#fitting.layers.length === 0;
    const button = (key, iconName, onClick, isDisabled, kind = 'button') =>
      el(
        'button',
        { type: 'button', class: kind, 'data-key': key, disabled: isDisabled, on: { click: onClick } },
        icon(iconName),
        el('span', { text: this.#word(key) }),
      );
    const isRefused = !this.#fitting.picture;
    return el(
      'div',
      { class: 'card-actions tryon-saving' },
      button('save-picture', 'download', () => this.#savePicture(), isBare || isRefused, 'button primary'),
      button('save-outfit', 'download', () => this.#saveOutfit(), isBare),
    );
  }
}

const shown = (number) => String(Number(number.toFixed(1)));

/** As `fittingroom tryon --outfit` reads it; what was not moved is not mentioned. */
function outfitJson({ format, layers }, indent) {
  const entries = layers.map(({ item, person, ...layer }) => {
    const moved = Object.keys(NEUTRAL).filter((name) => layer[name] !== NEUTRAL[name]);
    return { item, person, ...Object.fromEntries(moved.map((name) => [name, layer[name]])) };
  });
  return JSON.stringify({ format, layers: entries }, null, indent);
}
