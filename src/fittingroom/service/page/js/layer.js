/**
 * The coloured layer over the photo, computed at the size of the screen: crisp at every zoom, and its cost does not
 * depend on the photo. First the keys under the canvas are looked up, then every key gets its colour.
 */

import { PATTERNS } from './label-set.js';

/** How far beyond the canvas keys are looked up, in canvas pixels: lines look at their neighbours. */
const MARGIN = 8;

/** Canvas ImageData as 32-bit numbers: red in the lowest byte on every machine that has browsers. */
export const rgba = (red, green, blue, alpha) =>
  ((Math.round(255 * alpha) << 24) | (blue << 16) | (green << 8) | red) >>> 0;

const WHITE = rgba(255, 255, 255, 1);
const FADED_WHITE = rgba(255, 255, 255, 0.4);
const DARK = rgba(12, 12, 14, 0.85);

/** Key of what lies beside the photo; no class has this id. */
export const OUTSIDE = 255;

/**
 * @typedef {{scale: number, x: number, y: number}} Placement
 *   canvas pixels for each photo pixel, and where the photo's corner lies on the canvas
 * @typedef {object} Paint
 * @property {Uint32Array} fill 65536 colours by key
 * @property {Uint32Array} mark 65536 colours of a pattern's strokes, by key
 * @property {Uint32Array} edge 65536 colours of the line around a part, by key; 0 draws none
 * @property {Uint8Array} pattern 65536 indices into PATTERNS, by key
 * @property {number} casing colour beside the lines between parts, or 0
 * @property {number} lineWidth in canvas pixels
 * @property {boolean} hasPersonLines whether people have lines around them
 * @property {number} lit key of the part or person that has a bright line around it, or 0; the others' lines fade
 */

export class Layer {
  #context;
  #keys = new Uint16Array(0);
  #stride = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.#context = canvas.getContext('2d');
  }

  /**
   * Look up which key is under every pixel of the canvas.
   *
   * @param {import('./parsed-photo.js').ParsedPhoto} photo
   * @param {Placement} placement
   * @param {(key: number) => boolean} isShown what is not shown counts as background.
   */
  look(photo, placement, isShown) {
    const { width, height } = this.canvas;
    this.#stride = width + 2 * MARGIN;
    const rows = height + 2 * MARGIN;
    if (this.#keys.length !== this.#stride * rows) this.#keys = new Uint16Array(this.#stride * rows);
    const shown = new Uint16Array(65536);
    for (const key of photo.possibleKeys) if (isShown(key)) shown[key] = key;
    const columns = new Int32Array(this.#stride);
    for (let x = 0; x < this.#stride; x++) {
      const column = Math.floor((x - MARGIN + 0.5 - placement.x) / placement.scale);
      columns[x] = column >= 0 && column < photo.width ? column : -1;
    }
    const { classMap, personMap } = photo;
    for (let y = 0; y < rows; y++) {
      const row = Math.floor((y - MARGIN + 0.5 - placement.y) / placement.scale);
      const to = y * this.#stride;
      if (row < 0 || row >= photo.height) {
        this.#keys.fill(OUTSIDE, to, to + this.#stride);
        continue;
      }
      const from = row * photo.width;
      for (let x = 0; x < this.#stride; x++) {
        const i = from + columns[x];
        this.#keys[to + x] = columns[x] < 0 ? OUTSIDE : shown[(personMap[i] << 8) | classMap[i]];
      }
    }
  }

  /** Colour what was looked up. @param {Paint} paint */
  colour(paint) {
    const { width, height } = this.canvas;
    if (width === 0 || height === 0) return;
    const image = this.#context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const keys = this.#keys;
    const stride = this.#stride;
    const { fill, mark, edge, casing, pattern, lit, lineWidth, hasPersonLines } = paint;
    const tiles = tilesOf(Math.max(6, Math.round(5.5 * lineWidth)));
    const near = Math.max(1, Math.round(lineWidth / 2));
    const far = Math.min(MARGIN, near + Math.max(1, Math.round(lineWidth / 2)));
    const litPerson = lit >> 8;
    const litClass = lit & 255;
    const isLit = (key) => key >> 8 === litPerson && (litClass === 0 || (key & 255) === litClass);
    for (let y = 0; y < height; y++) {
      let at = (y + MARGIN) * stride + MARGIN;
      let to = y * width;
      for (let x = 0; x < width; x++, at++, to++) {
        const key = keys[at];
        const left = keys[at - far];
        const right = keys[at + far];
        const up = keys[at - far * stride];
        const down = keys[at + far * stride];
        if (left === key && right === key && up === key && down === key) {
          const tile = tiles[pattern[key]];
          pixels[to] = tile && tile.bits[(y % tile.size) * tile.size + (x % tile.size)] ? mark[key] : fill[key];
          continue;
        }
        const l = keys[at - near];
        const r = keys[at + near];
        const u = keys[at - near * stride];
        const d = keys[at + near * stride];
        if (lit !== 0) {
          const inside = isLit(key);
          if (isLit(l) !== inside || isLit(r) !== inside || isLit(u) !== inside || isLit(d) !== inside) {
            pixels[to] = WHITE;
            continue;
          }
          if (isLit(left) !== inside || isLit(right) !== inside || isLit(up) !== inside || isLit(down) !== inside) {
            pixels[to] = DARK;
            continue;
          }
        }
        const person = key >> 8;
        if (l >> 8 !== person || r >> 8 !== person || u >> 8 !== person || d >> 8 !== person) {
          const isOfLit = lit === 0 || [key, l, r, u, d].some((other) => other >> 8 === litPerson);
          if (hasPersonLines) pixels[to] = isOfLit ? WHITE : FADED_WHITE;
          else pixels[to] = fill[key];
        } else if (left >> 8 !== person || right >> 8 !== person || up >> 8 !== person || down >> 8 !== person) {
          const isOfLit = lit === 0 || [key, left, right, up, down].some((other) => other >> 8 === litPerson);
          pixels[to] = hasPersonLines && isOfLit ? DARK : fill[key];
        } else if (l !== key || r !== key || u !== key || d !== key) {
          pixels[to] = edge[key] || fill[key];
        } else {
          pixels[to] = (person && casing) || fill[key];
        }
      }
    }
    this.#context.putImageData(image, 0, 0);
  }
}

const tilesBySize = new Map();

/** One square of bits for each of PATTERNS; undefined for the solid one. */
function tilesOf(size) {
  if (!tilesBySize.has(size))
    tilesBySize.set(
      size,
      PATTERNS.map((name) => tile(name, size)),
    );
  return tilesBySize.get(size);
}

function tile(name, size) {
  if (name === 'solid') return undefined;
  const stroke = Math.max(1, Math.round(size / 5));
  const middle = (size - 1) / 2;
  const tests = {
    rising: (x, y) => (x + y) % size < stroke,
    falling: (x, y) => (x - y + size) % size < stroke,
    level: (x, y) => y < stroke,
    upright: (x) => x < stroke,
    grid: (x, y) => x < stroke || y < stroke,
    dots: (x, y) => Math.hypot(x - middle, y - middle) <= size / 5,
    rings: (x, y) => Math.abs(Math.hypot(x - middle, y - middle) - size / 3) <= stroke / 2,
    checks: (x, y) => x < size / 2 === y < size / 2,
  };
  const bits = new Uint8Array(size * size);
  for (let i = 0; i < bits.length; i++) bits[i] = tests[name](i % size, Math.floor(i / size)) ? 1 : 0;
  return { size, bits };
}

/** Draw a class's colour and pattern into a small canvas, for lists. */
export function drawSwatch(canvas, labelSet, classId) {
  const context = canvas.getContext('2d');
  const pattern = tilesOf(10)[labelSet.patternOf(classId)];
  context.fillStyle = labelSet.cssColour(classId);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = labelSet.isLight(classId) ? 'rgb(0 0 0 / .75)' : 'rgb(255 255 255 / .85)';
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      if (pattern?.bits[(y % pattern.size) * pattern.size + (x % pattern.size)]) context.fillRect(x, y, 1, 1);
    }
  }
}

/** Strokes of a pattern on the layer: black on light colours, white on dark ones. */
export function markColour(labelSet, classId, alpha) {
  return labelSet.isLight(classId) ? rgba(0, 0, 0, 0.75 * alpha) : rgba(255, 255, 255, 0.85 * alpha);
}
