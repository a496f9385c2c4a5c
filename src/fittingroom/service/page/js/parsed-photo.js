/**
 * The parse of one photo, and every correction of it: who and what is on each pixel.
 *
 * A pixel's key is `person << 8 | class`; 0 is the background. The key of a whole person has class 0.
 */

import { decodePng } from './png.js';

export const keyOf = (personId, classId) => (personId << 8) | classId;
export const personOf = (key) => key >> 8;
export const classOf = (key) => key & 255;

const MOST_PEOPLE = 255;
// Each corrected pixel costs 8 bytes; older corrections than these can no longer be undone.
const MOST_PIXELS_TO_UNDO = 12_000_000;

/**
 * @typedef {{key: number, classId: number, areaPx: number, boxXyxy: number[], score: number | null}} Part
 *   box in photo pixels, half-open; score in [0, 1], null where a correction changed the part
 * @typedef {{id: number, key: number, areaPx: number, score: number | null, boxXyxy: number[], parts: Part[]}} Person
 * @typedef {{left: number, top: number, right: number, bottom: number}} Rectangle in photo pixels, half-open
 */

export class ParsedPhoto extends EventTarget {
  #applied = [];
  #undone = [];
  /** Keys that corrections have changed which can no longer be undone. */
  #changedForGood = new Set();
  #stroke = null;

  /**
   * Dispatches "change" with the changed `Rectangle` as detail (null: anywhere) when pixels changed, "measure" when
   * people and parts have been measured anew, and "visibility".
   *
   * @param {Uint8Array} classMap class ids, row by row; belongs to this object from here on.
   * @param {Uint8Array} personMap person ids; 0 exactly where the class is 0.
   * @param {import('./label-set.js').LabelSet} labelSet
   * @param {Map<number, number>} scores by key.
   */
  constructor({ width, height, classMap, personMap, labelSet, scores }) {
    super();
    Object.assign(this, { width, height, classMap, personMap, labelSet, scores });
    /** Keys of people and parts that are not shown. */
    this.hidden = new Set();
    /** Key of the one person or part that is shown, or null. */
    this.solo = null;
    this.#measure();
  }

  /**
   * From the answer of `POST /v1/parse?format=json&maps=true`.
   *
   * @param {object} parsed the JSON document.
   * @param {{labels: string, persons: string}} maps its maps, PNG in base 64.
   * @param {import('./label-set.js').LabelSet} labelSet
   */
  static async fromDocument(parsed, maps, labelSet) {
    const [classes, persons] = await Promise.all([maps.labels, maps.persons].map(decodeBase64Png));
    const [height, width] = parsed.size_hw;
    for (const map of [classes, persons]) {
      if (map.width !== width || map.height !== height) {
        throw new Error(`a map is ${map.width} x ${map.height}, the photo ${width} x ${height}`);
      }
    }
    if (parsed.people.length > MOST_PEOPLE) throw new Error(`${parsed.people.length} people; 255 can be shown`);
    const scores = new Map();
    for (const person of parsed.people) {
      scores.set(keyOf(person.id, 0), person.score);
      for (const part of person.parts) scores.set(keyOf(person.id, part.class_id), part.score);
    }
    return new ParsedPhoto({
      width,
      height,
      labelSet,
      scores,
      classMap: Uint8Array.from(classes.values),
      personMap: Uint8Array.from(persons.values),
    });
  }

  // ---- Looking -----------------------------------------------------------------------------------------------------

  /** The key of a pixel; 0 outside the photo. */
  keyAt(x, y) {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return 0;
    const i = y * this.width + x;
    return keyOf(this.personMap[i], this.classMap[i]);
  }

  /** @returns {Person | undefined} */
  person(id) {
    return this.people.find((person) => person.id === id);
  }

  /** @returns {Part | undefined} */
  part(key) {
    return this.person(personOf(key))?.parts.find((part) => part.key === key);
  }

  /** Keys of every class of each person, and of somebody new: all that a brush may paint. */
  get possibleKeys() {
    const ids = [...this.people.map((person) => person.id), this.freePersonId ?? 1];
    return [...new Set(ids)].flatMap((id) => this.labelSet.partIds.map((classId) => keyOf(id, classId)));
  }

  isShown(key) {
    if (this.solo !== null) return key === this.solo || keyOf(personOf(key), 0) === this.solo;
    return !this.hidden.has(key) && !this.hidden.has(keyOf(personOf(key), 0));
  }

  toggleHidden(key) {
    if (!this.hidden.delete(key)) this.hidden.add(key);
    this.solo = null;
    this.dispatchEvent(new Event('visibility'));
  }

  toggleSolo(key) {
    this.solo = this.solo === key ? null : key;
    this.dispatchEvent(new Event('visibility'));
  }

  showAll() {
    this.hidden.clear();
    this.solo = null;
    this.dispatchEvent(new Event('visibility'));
  }

  /** The people and their parts, measured on the maps as they are now. */
  #measure() {
    const areas = new Uint32Array(65536);
    const boxes = new Map();
    const { width, height, classMap, personMap } = this;
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width;) {
        const classId = classMap[i];
        const personId = personMap[i];
        const from = x;
        do {
          x++;
          i++;
        } while (x < width && classMap[i] === classId && personMap[i] === personId);
        if (classId === 0) continue;
        const key = keyOf(personId, classId);
        areas[key] += x - from;
        const box = boxes.get(key);
        if (!box) {
          boxes.set(key, [from, y, x, y + 1]);
        } else {
          if (from < box[0]) box[0] = from;
          if (x > box[2]) box[2] = x;
          box[3] = y + 1;
        }
      }
    }
    const touched = new Set([...this.#changedForGood, ...this.#applied.flatMap((edit) => [...edit.keys])]);
    const scoreOf = (key) => (touched.has(key) ? null : (this.scores.get(key) ?? null));
    const keys = [...boxes.keys()].sort((a, b) => a - b);
    /** @type {Person[]} */
    this.people = [...new Set(keys.map(personOf))].map((id) => {
      const parts = keys
        .filter((key) => personOf(key) === id)
        .map((key) => ({
          key,
          classId: classOf(key),
          areaPx: areas[key],
          boxXyxy: boxes.get(key),
          score: scoreOf(key),
        }));
      const key = keyOf(id, 0);
      return {
        id,
        key,
        parts,
        score: scoreOf(key),
        boxXyxy: joint(parts.map((part) => part.boxXyxy)),
        areaPx: parts.reduce((sum, part) => sum + part.areaPx, 0),
      };
    });
    this.dispatchEvent(new Event('measure'));
  }

  // ---- Correcting --------------------------------------------------------------------------------------------------

  get isCorrected() {
    return this.#applied.length > 0 || this.#changedForGood.size > 0;
  }

  /** Name of the correction that `undo` would take back, or null. */
  get undoable() {
    return this.#applied.at(-1)?.name ?? null;
  }

  get redoable() {
    return this.#undone.at(-1)?.name ?? null;
  }

  /** An id that nobody has; null when there are too many people. */
  get freePersonId() {
    for (let id = 1; id <= MOST_PEOPLE; id++) if (!this.person(id)) return id;
    return null;
  }

  /**
   * Start to paint. Pixels become `key`, where `mayPaint` of their present key says so.
   *
   * @param {string} name what the correction is called, a key of the page's words.
   */
  beginStroke(name, key, mayPaint = () => true) {
    this.#stroke = { ...newEdit(name), key, mayPaint };
  }

  /** Paint with a disc along a line; coordinates and radius in photo pixels. */
  strokeAlong(fromX, fromY, toX, toY, radius) {
    const { key, mayPaint } = this.#stroke;
    const top = Math.max(0, Math.floor(Math.min(fromY, toY) - radius));
    const bottom = Math.min(this.height, Math.ceil(Math.max(fromY, toY) + radius) + 1);
    const left = Math.max(0, Math.floor(Math.min(fromX, toX) - radius));
    const right = Math.min(this.width, Math.ceil(Math.max(fromX, toX) + radius) + 1);
    const [dx, dy] = [toX - fromX, toY - fromY];
    const lengthSquared = dx * dx + dy * dy;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        // The pixel's centre, measured from the start of the line
        const px = x + 0.5 - fromX;
        const py = y + 0.5 - fromY;
        const along = lengthSquared ? Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared)) : 0;
        if ((px - along * dx) ** 2 + (py - along * dy) ** 2 > radius * radius) continue;
        const i = y * this.width + x;
        const before = keyOf(this.personMap[i], this.classMap[i]);
        if (before !== key && mayPaint(before)) this.#set(this.#stroke, i, before, key);
      }
    }
    this.#changed({ left, top, right, bottom });
  }

  /** @returns {boolean} whether anything was painted. */
  endStroke() {
    const stroke = this.#stroke;
    this.#stroke = null;
    return stroke ? this.#commit(stroke) : false;
  }

  /** Give every pixel of the keys in `become` the key that stands there. @returns {boolean} whether any changed. */
  exchange(name, become) {
    const edit = newEdit(name);
    for (let i = 0; i < this.classMap.length; i++) {
      if (this.classMap[i] === 0) continue;
      const before = keyOf(this.personMap[i], this.classMap[i]);
      const after = become.get(before);
      if (after !== undefined && after !== before) this.#set(edit, i, before, after);
    }
    this.#changed(null);
    return this.#commit(edit);
  }

  /** A part becomes another class, or somebody else's. */
  changePart(key, newKey) {
    return this.exchange('change-part', new Map([[key, newKey]]));
  }

  /** Everything of one person becomes part of another. */
  mergePerson(id, intoId) {
    const become = new Map(this.labelSet.partIds.map((classId) => [keyOf(id, classId), keyOf(intoId, classId)]));
    return this.exchange('give-person', become);
  }

  /** A part, or a whole person, becomes background. */
  remove(key) {
    const classIds = classOf(key) ? [classOf(key)] : this.labelSet.partIds;
    return this.exchange('remove', new Map(classIds.map((classId) => [keyOf(personOf(key), classId), 0])));
  }

  /** A person's left parts become right ones, and the other way round. */
  swapSides(personId) {
    const pairs = [...this.labelSet.otherSide].map(([one, other]) => [keyOf(personId, one), keyOf(personId, other)]);
    return this.exchange('swap-sides', new Map(pairs));
  }

  undo() {
    this.#step(this.#applied, this.#undone, 'before');
  }

  redo() {
    this.#step(this.#undone, this.#applied, 'after');
  }

  /** Take every correction back that can be undone. */
  undoAll() {
    while (this.#applied.length > 0) this.#replay(this.#applied, this.#undone, 'before');
    this.#changed(null);
    this.#measure();
  }

  /** Copies of the maps in which people count from 1 without gaps, as the service wants them. */
  exportMaps() {
    const newIds = new Uint8Array(256);
    this.people.forEach((person, i) => {
      newIds[person.id] = i + 1;
    });
    return { classMap: this.classMap.slice(), personMap: this.personMap.map((id) => newIds[id]) };
  }

  #step(from, to, side) {
    if (from.length === 0 || this.#stroke) return;
    this.#replay(from, to, side);
    this.#changed(null);
    this.#measure();
  }

  #replay(from, to, side) {
    const edit = from.pop();
    edit.indices.forEach((i, n) => this.#write(i, edit[side][n]));
    to.push(edit);
  }

  #set(edit, i, before, after) {
    edit.indices.push(i);
    edit.before.push(before);
    edit.after.push(after);
    this.#write(i, after);
  }

  #write(i, key) {
    this.personMap[i] = personOf(key);
    this.classMap[i] = classOf(key);
  }

  #commit({ name, indices, before, after }) {
    if (indices.length === 0) return false;
    const keys = new Set();
    for (const key of [...new Set(before), ...new Set(after)]) {
      if (key !== 0) keys.add(key).add(keyOf(personOf(key), 0));
    }
    this.#applied.push({
      name,
      keys,
      indices: Uint32Array.from(indices),
      before: Uint16Array.from(before),
      after: Uint16Array.from(after),
    });
    this.#undone = [];
    this.#forgetOldest();
    this.#measure();
    return true;
  }

  #forgetOldest() {
    let pixels = this.#applied.reduce((sum, edit) => sum + edit.indices.length, 0);
    while (pixels > MOST_PIXELS_TO_UNDO && this.#applied.length > 1) {
      const oldest = this.#applied.shift();
      pixels -= oldest.indices.length;
      oldest.keys.forEach((key) => this.#changedForGood.add(key));
    }
  }

  #changed(rectangle) {
    this.dispatchEvent(new CustomEvent('change', { detail: rectangle }));
  }
}

function joint(boxes) {
  const side = (i, choose) => choose(...boxes.map((box) => box[i]));
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
}

function newEdit(name) {
  return { name, indices: [], before: [], after: [] };
}

function decodeBase64Png(text) {
  return decodePng(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}
