/** What can be taken along: files in every format, everything at once, and the same as a command. */

import { addressOf, apiKey } from './api.js';
import { el, icon, refill, saveFile, stemOf } from './dom.js';
import { everythingOf, fileOf, FORMATS } from './downloads.js';
import { t } from './words.js';

// Formats that `POST v1/parse` gives, in the order of the menu
const CURL_FORMATS = {
  mosaic: '.jpg',
  overlay: '.jpg',
  json: '.json',
  labels: '.png',
  instances: '.png',
  cutouts: '.zip',
};

/**
 * @typedef {object} DownloadListener
 * @property {(text: string) => void} onSay
 * @property {(error: Error) => void} onError
 */
export class DownloadPanel {
  #item = null;
  #busy = new Set();
  #curlFormat = 'mosaic';

  /** @param {HTMLElement} panel @param {import('./queue.js').PhotoQueue} queue @param {DownloadListener} listener */
  constructor(panel, queue, listener) {
    this.panel = panel;
    this.queue = queue;
    this.listener = listener;
  }

  show(item) {
    this.#item = item;
    this.render();
  }

  render() {
    const item = this.#item;
    if (!item?.photo) {
      this.panel.replaceChildren();
      return;
    }
    const finished = this.queue.items.filter((other) => other.photo);
    refill(
      this.panel,
      item.photo.isCorrected && el('p', { class: 'chip' }, icon('brush'), el('span', { text: t('corrected') })),
      this.#entry(
        'everything',
        'archive',
        t('everything'),
        t('everything-text'),
        async () => {
          return [`${stemOf(item.name)}.zip`, await everythingOf([item])];
        },
        [item],
      ),
      finished.length > 1 &&
        this.#entry(
          'all-photos',
          'archive',
          t('all-photos', finished.length),
          t('all-photos-text'),
          async () => {
            return ['fittingroom.zip', await everythingOf(finished)];
          },
          finished,
        ),
      el(
        'ul',
        { class: 'formats' },
        ...Object.keys(FORMATS).map((format) =>
          el(
            'li',
            {},
            this.#entry(format, 'download', t(format), t(`${format}-text`), () => fileOf(item, format), [item]),
          ),
        ),
      ),
      this.#curl(item),
    );
  }

  #entry(key, iconName, title, text, make, items) {
    const isBusy = this.#busy.has(key);
    return el(
      'button',
      {
        type: 'button',
        class: `entry${iconName === 'archive' ? ' entry-main' : ''}${isBusy ? ' busy' : ''}`,
        'data-key': key,
        'aria-busy': isBusy ? 'true' : null,
        on: { click: () => this.#save(key, title, make, items) },
      },
      el('span', { class: 'entry-icon' }, icon(iconName)),
      el('span', { class: 'stacked' }, el('b', { text: title }), el('small', { text })),
    );
  }

  async #save(key, title, make, items) {
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    this.render();
    this.listener.onSay(t('saving', title));
    try {
      const [name, blob] = await make();
      saveFile(blob, name);
      for (const item of items) item.isSaved = true;
      this.listener.onSay(t('saved', name));
    } catch (error) {
      this.listener.onError(error);
    } finally {
      this.#busy.delete(key);
      this.render();
    }
  }

  #curl(item) {
    const command = curlCommand(item.name, this.#curlFormat);
    const select = el(
      'select',
      {
        'data-key': 'curl-format',
        'aria-label': t('curl-format'),
        on: {
          change: (event) => {
            this.#curlFormat = event.target.value;
            this.render();
          },
        },
      },
      ...Object.keys(CURL_FORMATS).map((format) =>
        el('option', { value: format, text: t(format), selected: format === this.#curlFormat }),
      ),
    );
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(command);
        this.listener.onSay(t('copied'));
      } catch {
        // Browsers give the clipboard to localhost and https only: leave the command selected for the keyboard.
        getSelection().selectAllChildren(this.panel.querySelector('.command'));
      }
    };
    return el(
      'section',
      { class: 'curl' },
      el('h2', { text: t('curl-title') }),
      el('p', { class: 'fine', text: t('curl-text') }),
      el(
        'pre',
        { class: 'command', tabindex: 0, 'data-key': 'command', 'aria-label': t('curl-title'), role: 'region' },
        el('code', { text: command }),
      ),
      el(
        'div',
        { class: 'curl-actions' },
        select,
        el(
          'button',
          { type: 'button', class: 'button', 'data-key': 'copy', on: { click: copy } },
          icon('copy'),
          el('span', { text: t('copy-curl') }),
        ),
      ),
    );
  }
}

/** The command for a POSIX shell. */
export function curlCommand(fileName, format) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const output = stemOf(fileName) + (format === 'json' ? '' : `-${format}`) + CURL_FORMATS[format];
  // curl itself reads , and ; in a file name unless it is in double quotes.
  const path = `image=@"${fileName.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const key = apiKey.get() ? "--header 'Authorization: Bearer YOUR-KEY' \\\n  " : '';
  const address = quoted(addressOf(`v1/parse?format=${format}`));
  return `curl --form ${quoted(path)} \\\n  ${key}${address} \\\n  --output ${quoted(output)}`;
}
