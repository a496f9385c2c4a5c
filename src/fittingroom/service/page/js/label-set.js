/** What class ids mean: names in two languages, colours, patterns, and which classes are left and right of a pair. */

/** Fillings that tell classes apart without colour; "solid" has none. */
export const PATTERNS = ['solid', 'rising', 'falling', 'dots', 'level', 'upright', 'grid', 'checks', 'rings'];

// Classes that touch have different fillings; left rises, right falls.
const PATTERN_OF = {
  hat: 'checks',
  hair: 'level',
  glove: 'checks',
  sunglasses: 'grid',
  'upper-clothes': 'solid',
  dress: 'dots',
  coat: 'upright',
  socks: 'grid',
  pants: 'level',
  'torso-skin': 'dots',
  scarf: 'checks',
  skirt: 'grid',
  face: 'solid',
  'left-arm': 'rising',
  'right-arm': 'falling',
  'left-leg': 'rising',
  'right-leg': 'falling',
  'left-shoe': 'rising',
  'right-shoe': 'falling',
};

export class LabelSet {
  /**
   * @param {{name: string, classes: {id: number, name: string, name_zh: string, colour: string}[],
   *   flip_pairs: number[][]}} description as `GET /v1/labels` gives it; classes stand in the order of their ids,
   *   colours are "#rrggbb".
   */
  constructor(description) {
    this.name = description.name;
    this.classes = description.classes.map((entry) => entry.name);
    this.classesZh = description.classes.map((entry) => entry.name_zh);
    this.coloursRgb = description.classes.map(({ colour }) =>
      [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)),
    );
    /** Class id -> id of the same part on the other side, for classes that have one. */
    this.otherSide = new Map(
      description.flip_pairs.flatMap(([left, right]) => [
        [left, right],
        [right, left],
      ]),
    );
  }

  /** Ids of everything but the background. */
  get partIds() {
    return this.classes.map((_, id) => id).slice(1);
  }

  /** For people to read: "Left shoe", or "左鞋". */
  nameOf(classId, language) {
    if (language === 'zh') return this.classesZh[classId];
    const words = this.classes[classId].replaceAll('-', ' ');
    return words[0].toUpperCase() + words.slice(1);
  }

  /** "rgb(255 0 0)" */
  cssColour(classId) {
    return `rgb(${this.coloursRgb[classId].join(' ')})`;
  }

  /** Index into `PATTERNS`. */
  patternOf(classId) {
    const name = PATTERN_OF[this.classes[classId]];
    return name ? PATTERNS.indexOf(name) : classId % PATTERNS.length;
  }

  /** Whether black writing is easier to read on the class's colour than white. */
  isLight(classId) {
    const [red, green, blue] = this.coloursRgb[classId];
    return 0.3 * red + 0.59 * green + 0.11 * blue > 140;
  }
}

/** Colours of label PNGs (PASCAL VOC's), 256 RGB triples: the bits of the id dealt out to red, green and blue. */
export function indexPalette() {
  const palette = new Uint8Array(3 * 256);
  for (let id = 0; id < 256; id++) {
    for (let bit = 0; bit < 8; bit++) palette[3 * id + (bit % 3)] |= ((id >> bit) & 1) << (7 - Math.floor(bit / 3));
  }
  return palette;
}
