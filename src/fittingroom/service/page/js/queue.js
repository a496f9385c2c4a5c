/** The photos of this visit: each waits, is sent, is parsed; two at a time. */

import { fetchLabelSet, parsePhoto, ServiceError } from './api.js';
import { ParsedPhoto } from './parsed-photo.js';

const AT_A_TIME = 2;

/**
 * @typedef {object} Item
 * @property {number} id
 * @property {File} file
 * @property {string} name
 * @property {string} url for showing the file itself
 * @property {'waiting' | 'sending' | 'parsing' | 'busy' | 'done' | 'failed' | 'cancelled'} status
 * @property {number} sent share of the file that has been sent, 0 to 1
 * @property {ServiceError | null} error
 * @property {ParsedPhoto | null} photo once it is done
 * @property {object | null} document what the service answered, without the maps
 * @property {boolean} isSaved whether nothing was corrected since it was last downloaded
 */

export class PhotoQueue extends EventTarget {
  /** @type {Item[]} */
  items = [];
  #nextId = 1;
  #running = new Map();
  #labelSets = new Map();

  /** Dispatches "change" with an `Item` as detail, or null when items came or went. */
  #changed(item) {
    this.dispatchEvent(new CustomEvent('change', { detail: item }));
  }

  /** @param {File[]} files @returns {Item[]} */
  add(files) {
    const items = files.map((file) => ({
      id: this.#nextId++,
      file,
      name: file.name || 'photo.jpg',
      url: URL.createObjectURL(file),
      status: 'waiting',
      sent: 0,
      error: null,
      photo: null,
      document: null,
      isSaved: true,
    }));
    this.items.push(...items);
    this.#changed(null);
    this.#fill();
    return items;
  }

  isActive(item) {
    return ['waiting', 'sending', 'parsing', 'busy'].includes(item.status);
  }

  retry(item) {
    if (item.status !== 'failed' && item.status !== 'cancelled') return;
    Object.assign(item, { status: 'waiting', error: null, sent: 0 });
    this.#changed(item);
    this.#fill();
  }

  cancel(item) {
    if (!this.isActive(item)) return;
    item.status = 'cancelled';
    this.#running.get(item)?.abort();
    this.#changed(item);
  }

  remove(item) {
    this.cancel(item);
    this.items = this.items.filter((other) => other !== item);
    URL.revokeObjectURL(item.url);
    this.#changed(null);
  }

  #fill() {
    for (const item of this.items) {
      if (this.#running.size >= AT_A_TIME) return;
      if (item.status === 'waiting' && !this.#running.has(item)) this.#run(item);
    }
  }

  async #run(item) {
    const controller = new AbortController();
    this.#running.set(item, controller);
    const step = (change) => {
      if (controller.signal.aborted) return;
      Object.assign(item, change);
      this.#changed(item);
    };
    try {
      const parsed = await parsePhoto(item.file, { signal: controller.signal, onProgress: step });
      const labelSet = await this.#labelSet(parsed.label_set.name);
      const { label_png: labels, person_png: persons, ...document } = parsed;
      step({
        photo: await ParsedPhoto.fromDocument(document, { labels, persons }, labelSet),
        document,
        status: 'done',
      });
      item.photo?.addEventListener('measure', () => {
        item.isSaved = !item.photo.isCorrected;
      });
    } catch (error) {
      const reason = error instanceof ServiceError ? error : new ServiceError('unreadable', { detail: error.message });
      step({ status: 'failed', error: reason });
    } finally {
      this.#running.delete(item);
      this.#fill();
    }
  }

  #labelSet(name) {
    if (!this.#labelSets.has(name)) {
      const fetching = fetchLabelSet(name);
      // A failure is not kept: the next photo asks again.
      fetching.catch(() => this.#labelSets.delete(name));
      this.#labelSets.set(name, fetching);
    }
    return this.#labelSets.get(name);
  }
}
