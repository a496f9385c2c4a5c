/** The service's HTTP API as this page uses it. Addresses are relative: the page also works below a path. */

import { LabelSet } from './label-set.js';

const KEY_NAME = 'fittingroom-key';
const TIMES_TO_WAIT_FOR_ROOM = 20;

/** An answer that is no result: a problem document (RFC 9457), or no answer at all. */
export class ServiceError extends Error {
  /**
   * @param {string} kind last part of the problem's type; "unreachable", "unreadable", "cancelled" are the page's own.
   * @param {{title?: string, detail?: string, hint?: string, request_id?: string}} problem
   * @param {number | null} retryAfterS seconds after which there may be room.
   */
  constructor(kind, problem = {}, retryAfterS = null) {
    super(problem.detail ?? kind);
    this.kind = kind;
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

/** The key that the service may ask for; kept until the browser tab is closed. */
export const apiKey = {
  get: () => sessionStorage.getItem(KEY_NAME) ?? '',
  set: (key) => sessionStorage.setItem(KEY_NAME, key),
};

function headers() {
  return apiKey.get() ? { Authorization: `Bearer ${apiKey.get()}` } : {};
}

/** The whole address, for other programs to call. */
export function addressOf(path) {
  return new URL(path, document.baseURI).href;
}

/**
 * What the label set's ids mean.
 *
 * @param {string} name as a parsed document gives it.
 * @returns {Promise<LabelSet>}
 */
export async function fetchLabelSet(name, signal) {
  const { label_sets: sets } = await (await request('v1/labels', { signal })).json();
  const description = sets.find((set) => set.name === name);
  if (!description) throw new ServiceError('unreadable', { detail: `v1/labels has no label set ${name}` });
  return new LabelSet(description);
}

/**
 * Parse a photo; while the service has no room, wait and ask again.
 *
 * @param {Blob} file
 * @param {{signal: AbortSignal, onProgress: (step: {status: 'sending' | 'parsing' | 'busy', sent?: number,
 *   waitS?: number}) => void}} options `sent` goes from 0 to 1.
 * @returns {Promise<object>} the JSON document, with `label_png` and `person_png` in base 64.
 */
export async function parsePhoto(file, { signal, onProgress }) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(file, signal, onProgress);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.retryAfterS === null || attempt === TIMES_TO_WAIT_FOR_ROOM)
        throw error;
      onProgress({ status: 'busy', waitS: error.retryAfterS });
      await pause(error.retryAfterS, signal);
    }
  }
}

/** XMLHttpRequest: fetch does not tell how much has been sent. */
function send(file, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', addressOf('v1/parse?format=json&maps=true'));
    for (const [name, value] of Object.entries({ Accept: 'application/json', ...headers() })) {
      xhr.setRequestHeader(name, value);
    }
    xhr.upload.onprogress = ({ loaded, total }) => onProgress({ status: 'sending', sent: total ? loaded / total : 0 });
    xhr.upload.onload = () => onProgress({ status: 'parsing' });
    xhr.onerror = () => reject(new ServiceError('unreachable'));
    xhr.onabort = () => reject(new ServiceError('cancelled'));
    xhr.onload = () => {
      try {
        const answer = JSON.parse(xhr.responseText);
        if (xhr.status === 200) resolve(answer);
        else reject(problem(xhr.status, answer, xhr.getResponseHeader('Retry-After')));
      } catch {
        reject(new ServiceError('unreadable', { detail: `HTTP ${xhr.status}` }));
      }
    };
    signal.addEventListener('abort', () => xhr.abort(), { once: true });
    if (signal.aborted) {
      reject(new ServiceError('cancelled'));
      return;
    }
    onProgress({ status: 'sending', sent: 0 });
    const form = new FormData();
    form.append('image', file);
    xhr.send(form);
  });
}

/**
 * A corrected photo in another form.
 *
 * @param {'mosaic' | 'overlay' | 'labels' | 'instances' | 'json' | 'cutouts' | 'training-data'} format
 * @param {{file: Blob, labels: Blob, persons: Blob}} parts the photo and both maps as grey PNG.
 * @returns {Promise<Blob>}
 */
export async function render(format, { file, labels, persons }, signal) {
  const form = new FormData();
  form.append('image', file);
  form.append('labels', labels, 'labels.png');
  form.append('persons', persons, 'persons.png');
  const answer = await request(`v1/render?format=${format}`, { method: 'POST', body: form, signal });
  return answer.blob();
}

/**
 * What can be tried on, with small pictures.
 *
 * @param {string} [kind] of one kind only; without it there are no pictures.
 * @returns {Promise<{kinds: {name: string, name_zh: string}[], items: {id: string, kind: string, name: string,
 *   name_zh: string, colour: string, thumbnail?: string | null}[]}>} kinds in the order in which they are put on.
 */
export async function fetchItems(kind, signal) {
  const query = kind ? `?thumbnails=true&kind=${encodeURIComponent(kind)}` : '';
  return (await request(`v1/items${query}`, { signal })).json();
}

/**
 * A photo with an outfit on.
 *
 * @param {'png' | 'jpeg' | 'json'} format
 * @param {{file: Blob, labels: Blob, persons: Blob}} parts the photo and both maps as grey PNG.
 * @param {string} outfit as JSON.
 */
export async function tryOn(format, { file, labels, persons }, outfit, signal) {
  const form = new FormData();
  form.append('image', file);
  form.append('labels', labels, 'labels.png');
  form.append('persons', persons, 'persons.png');
  form.append('outfit', outfit);
  return request(`v1/tryon?format=${format}`, { method: 'POST', body: form, signal });
}

/**
 * Colours of a person, and what the photo shows of them. Nothing of it is stored.
 *
 * @param {{file: Blob, labels: Blob, persons: Blob}} parts the photo and both maps as grey PNG.
 * @param {number} person from 1
 * @returns {Promise<{colours: Record<string, string>, part_shares: Record<string, number>}>}
 */
export async function findAppearance({ file, labels, persons }, person) {
  const form = new FormData();
  form.append('image', file);
  form.append('labels', labels, 'labels.png');
  form.append('persons', persons, 'persons.png');
  return (await request(`v1/appearance?person=${person}`, { method: 'POST', body: form })).json();
}

/** Whether the service keeps profiles and recommends. */
export async function hasPreferences() {
  return (await (await request('v1/limits', {})).json()).has_preferences === true;
}

/**
 * JSON there and back.
 *
 * @param {'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} method
 * @param {{body?: object, headers?: Record<string, string>}} options
 * @returns {Promise<object | null>} null where the answer is empty.
 */
export async function ask(method, path, { body, headers: own = {} } = {}) {
  const type = body ? { 'Content-Type': 'application/json' } : {};
  const answer = await request(path, { method, body: body && JSON.stringify(body), own: { ...own, ...type } });
  return answer.status === 204 ? null : answer.json();
}

/** `fetch` that throws a ServiceError for everything but a result. */
async function request(path, { own = {}, ...options }) {
  let answer;
  try {
    answer = await fetch(addressOf(path), { ...options, headers: { ...headers(), ...own } });
  } catch (error) {
    throw new ServiceError(error.name === 'AbortError' ? 'cancelled' : 'unreachable');
  }
  if (answer.ok) return answer;
  const document = await answer.json().catch(() => ({}));
  throw problem(answer.status, document, answer.headers.get('Retry-After'));
}

function problem(status, document, retryAfter) {
  const kind = document.type?.split('/').pop() ?? 'unreadable';
  const seconds = Number(retryAfter);
  const mayRetry = (status === 503 || status === 429) && retryAfter !== null && Number.isFinite(seconds);
  return new ServiceError(kind, { detail: `HTTP ${status}`, ...document }, mayRetry ? Math.max(1, seconds) : null);
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new ServiceError('cancelled'));
    });
  });
}
