import { tryonPanel } from './tryon-panel.js';

/**
 * Panels beside the photo. To add one, write a module and list it here:
 *
 *     import { measurePanel } from './measure-panel.js';
 *     export const PANELS = [tryonPanel, measurePanel];
 *
 * A panel has a name, a place and nothing else of the page. On wide screens it stands right of the list, on narrow ones
 * below it. It brings its own words and its own style sheet (`<link>` in index.html; the page's CSP allows no inline
 * style), and may use what page.css offers: `.card`, `.field`, `.button`, `.entry` and the colours at its top.
 *
 * @typedef {object} Panel
 * @property {string} id unique; becomes part of element ids
 * @property {(language: 'en' | 'zh') => string} title
 * @property {(place: HTMLElement, host: Host) => {update: (scene: Scene) => void}} mount
 *   called once; `update` is called whenever anything of the scene has changed, also after a change of language
 *
 * @typedef {object} Scene
 * @property {'en' | 'zh'} language
 * @property {File | null} file the photo that is shown; null while none is parsed
 * @property {import('./parsed-photo.js').ParsedPhoto | null} photo its people and parts; do not write to its maps
 * @property {{personId: number, classId: number} | null} selection what is chosen; classId 0 means the whole person
 *
 * @typedef {object} Host
 * @property {() => Promise<{file: File, labels: Blob, persons: Blob}>} maps the photo and its corrected maps as grey
 *   PNG of 8 bits, as the service takes them; people count from 1 in the order of `photo.people`
 * @property {(blob: Blob, name: string) => void} save let the visitor save a file
 * @property {(blob: Blob, name: string) => void} open add a picture to the photos of this visit
 * @property {(worn: {bitmap: ImageBitmap, boxXyxy: number[]} | null, isAfter?: boolean) => void} wear lay a picture
 *   over a box of the photo, in photo pixels; null shows the photo as it is. `isAfter`: there is an after, even if the
 *   before is shown now
 * @property {(handle: import('./stage.js').Handle | null) => void} hold put a handle on the photo, by which pointer and
 *   keys move something
 * @property {(text: string, kind?: 'check' | 'alert') => void} say show, and read aloud, a short message
 * @property {(text: string) => void} speak read a message aloud, to those who cannot see what has changed
 * @property {(error: Error) => void} fail show an error and what to do about it
 */

/** @type {Panel[]} */
export const PANELS = [tryonPanel];
